"""Files that stay open as long as SQLite has them open too."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import BinaryIO

_lock = Lock()
_files: dict[tuple[int, int], list[BinaryIO]] = {}
_users: dict[tuple[int, int], int] = {}


class KeptOpen:
    """A file to read from beside SQLite, closed once nobody in this process has it open any more.

    Where a process closes a file, the system ends all locks that it has on it, those of another
    connection too. A recorder that ends takes itself for the last one then, and removes its log
    from beneath whoever follows it: what comes after its next start is never seen.
    """

    def __init__(self, path: Path) -> None:
        with _lock:
            key = _key(path.stat())
            if key not in _files:
                file = path.open("rb")
                key = _key(os.fstat(file.fileno()))
                _files.setdefault(key, []).append(file)
            _users[key] = _users.get(key, 0) + 1
            self._file = _files[key][0]
        self._held: tuple[int, int] | None = key

    def is_of(self, status: os.stat_result) -> bool:
        """Whether it is the file of which that was told."""
        return self._held == _key(status)

    def begin(self, size: int) -> bytes:
        """Return its first bytes."""
        return os.pread(self._file.fileno(), size, 0)

    def close(self) -> None:
        """Use it no longer."""
        with _lock:
            key, self._held = self._held, None
            if key is None:
                return
            _users[key] -= 1
            if not _users[key]:
                del _users[key]
                for file in _files.pop(key):
                    file.close()


def _key(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
