"""Which attempt at a part of a run writes into a folder, told by a file in it.

A worker that is taken for dead may still write. So each attempt marks the folders that it holds;
the later takes them over, and the earlier finds another mark at its next write.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path

from orderflow_core.errors import OutputError

MARK = ".orderflow-attempt"


@dataclass(frozen=True)
class Attempt:
    """An attempt at a part of a run: that run, its number from 1, and the process that makes it."""

    run: str
    number: int
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)

    @property
    def name(self) -> str:
        """What is put into the names of temporary files."""
        return f"{self.host}-{self.pid}-{self.number}"


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def attempting(attempt: Attempt) -> Iterator[None]:
    """Let what this thread writes be of an attempt."""
    token = _current.set(attempt)
    try:
        yield
    finally:
        _current.reset(token)


def beside_others() -> bool:
    """Whether other parts of this run may go on beside this one, in other processes."""
    return _current.get() is not None


def name_of_attempt() -> str:
    """Return the name of this thread's attempt, empty where there is none."""
    attempt = _current.get()
    return attempt.name if attempt else ""


def mark(folder: Path) -> None:
    """Let a folder be that of this thread's attempt, if there is one."""
    attempt = _current.get()
    if attempt is None:
        return
    path = folder / MARK
    temporary = folder / f"{MARK}.{attempt.name}"
    try:
        temporary.write_text(json.dumps(asdict(attempt)), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def unmark(folder: Path) -> None:
    """Take the mark of this thread's attempt away, where it still is there."""
    attempt = _current.get()
    if attempt is not None and _found(folder) == attempt:
        with suppress(OSError):
            (folder / MARK).unlink()


def takes_over(folder: Path) -> bool:
    """Whether a folder is marked by this attempt's run, and by no later attempt of it."""
    attempt, found = _current.get(), _found(folder)
    if attempt is None or found is None:
        return False
    return found.run == attempt.run and found.number <= attempt.number


def still_held(folder: Path) -> None:
    """Raise OutputError where a later attempt has taken the folder over from this one."""
    attempt = _current.get()
    if attempt is not None and _found(folder) != attempt:
        raise OutputError(f"{folder} was taken over by a later attempt at the same part of the run")


def _found(folder: Path) -> Attempt | None:
    path = folder / MARK
    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        return Attempt(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
