"""A file that grows, read as it grows: only lines that are new."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from orderflow_core.contract.files import whole_lines

T = TypeVar("T")


@dataclass(frozen=True)
class Rows(Generic[T]):
    """Rows that have numbers: the first one has `first`, and each keeps its own for an epoch."""

    epoch: str = ""
    first: int = 0
    rows: tuple[T, ...] = ()

    @property
    def end(self) -> int:
        """The number after the last row's."""
        return self.first + len(self.rows)


class Following(Generic[T]):
    """The rows of the lines of a file, and of the older file that it becomes when it is large.

    `read` makes a row of a line, and raises ValueError for what is none: `error` is the first such
    in an epoch, and the line is left out.
    """

    def __init__(self, name: str, older: str, read: Callable[[bytes], T]) -> None:
        self._names = name, older
        self._read = read
        self._older: list[T] = []
        self._newer: list[T] = []
        self._inode: int | None = None
        self._offset = 0
        self.rows: Rows[T] = Rows()
        self.error: ValueError | None = None

    def look(self, open_file: Callable[[str], int]) -> None:
        """Read what has come, where `open_file` opens a file by its name.

        Raises OSError; what had been read stays.
        """
        name, older = self._names
        try:
            descriptor = open_file(name)
        except FileNotFoundError:
            return  # nobody writes it
        try:
            epoch, first = self.rows.epoch, self.rows.first
            found = os.fstat(descriptor)
            turned = found.st_ino != self._inode or found.st_size < self._offset
            if turned:
                epoch, first = self._turn(open_file, older)
                self._inode, self._offset = found.st_ino, 0
            if self._take(descriptor, self._newer) or turned:
                self.rows = Rows(epoch, first, (*self._older, *self._newer))
        finally:
            os.close(descriptor)

    def _turn(self, open_file: Callable[[str], int], older: str) -> tuple[str, int]:
        """Go on after the file was renamed, or was begun anew; return epoch and first row."""
        descriptor = None
        try:
            descriptor = open_file(older)
            renamed = self._inode == os.fstat(descriptor).st_ino
        except FileNotFoundError:
            renamed = False
        try:
            if renamed:
                epoch, first = self.rows.epoch, self.rows.first + len(self._older)
                self._older, self._newer = self._newer, []
            else:
                epoch, first = f"{time.time_ns():x}", 0
                self._older, self._newer, self._offset, self.error = [], [], 0, None
            if descriptor is not None:
                self._take(descriptor, self._older)
        finally:
            if descriptor is not None:
                os.close(descriptor)
        return epoch, first

    def _take(self, descriptor: int, rows: list[T]) -> bool:
        """Read the whole lines from the offset on."""
        size = os.fstat(descriptor).st_size - self._offset
        content = os.pread(descriptor, size, self._offset) if size > 0 else b""
        lines = whole_lines(content)
        self._offset += sum(map(len, lines)) + len(lines)
        for line in lines:
            try:
                rows.append(self._read(line))
            except ValueError as error:
                self.error = self.error or error
        return bool(lines)
