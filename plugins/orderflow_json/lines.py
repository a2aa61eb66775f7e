"""Files that grow by whole lines, and are never written again."""

from __future__ import annotations

import os
from pathlib import Path

from orderflow_core import OutputError
from orderflow_core.sinks import write_whole


class LinesFile:
    """Grows by whole lines; past `most_bytes` it is renamed to `older`, and begun anew.

    So what is written costs what is new. A kill in the midst of a write leaves a last line
    without its end, which readers pass over.
    """

    def __init__(self, path: Path, older: Path, most_bytes: int) -> None:
        self.path = path
        self._older = older
        self._most_bytes = most_bytes
        self._lines: list[bytes] = []
        self._size = 0

    def reset(self) -> None:
        """Begin with an empty file; raises OutputError."""
        _remove(self._older)
        write_whole(self.path, b"")
        self._size = 0

    def remove(self) -> None:
        """Leave no file; raises OutputError."""
        _remove(self.path)
        _remove(self._older)

    def add(self, line: bytes) -> None:
        """Keep a line, its end included, for the next write."""
        self._lines.append(line)

    def write(self, *, durable: bool = False) -> None:
        """Append what has been kept; raises OutputError."""
        lines, self._lines = self._lines, []
        try:
            first, size = 0, self._size
            for number, line in enumerate(lines):
                if size and size + len(line) > self._most_bytes:
                    self._append(b"".join(lines[first:number]), durable=durable)
                    os.replace(self.path, self._older)  # noqa: PTH105 (atomic, and named so)
                    first, size, self._size = number, 0, 0
                size += len(line)
            self._append(b"".join(lines[first:]), durable=durable)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}") from error

    def _append(self, content: bytes, *, durable: bool) -> None:
        if not content:
            return
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(self.path, flags, 0o666), "ab", buffering=0) as file:  # noqa: PTH123
            written = 0
            while written < len(content):
                written += file.write(content[written:]) or 0
            if durable:
                os.fsync(file.fileno())
        self._size += len(content)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be removed: {error.strerror}") from error
