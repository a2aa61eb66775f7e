"""One run to a folder: held by a lock of the operating system, and told by the report."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from orderflow_core.errors import OutputError
from orderflow_core.output.attempt import mark, takes_over, unmark

log = logging.getLogger(__name__)

_held: dict[Path, int] = {}  # what this process holds, for the sinks of all its instruments
_NO_LOCK = -1


def hold(folder: Path, report: Path | None = None) -> None:
    """Make a folder and keep other processes out of it until `release`.

    The lock is on the folder itself and falls with its process: nothing is left behind. Where
    there are no locks, this is told once and the process that `report` names, if any, is asked for.
    A later attempt at the same part of a run takes the folder over from an earlier one. Raises
    OutputError where another run has the folder, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} is not writable: {error.strerror}") from error
    place = folder.resolve()
    if place in _held:
        return
    try:
        _held[place] = _locked(folder)
    except BlockingIOError as error:
        if not takes_over(folder):
            raise OutputError(taken(folder, living_owner(report))) from error
        _held[place] = _NO_LOCK
    except OSError as error:
        if pid := living_owner(report):
            raise OutputError(taken(folder, pid)) from error
        _held[place] = _NO_LOCK
        log.warning(
            "%s cannot be locked (%s): see to it that no other run begins to write there",
            folder,
            error.strerror,
        )
    mark(folder)


def release(folder: Path) -> None:
    """Let go of a folder that is held; other runs may have it."""
    unmark(folder)
    descriptor = _held.pop(folder.resolve(), _NO_LOCK)
    if descriptor != _NO_LOCK:
        os.close(descriptor)


def taken(folder: Path, pid: int | None) -> str:
    """Return what to tell of a folder that another run has."""
    who = f" (process {pid})" if pid else ""
    return (
        f"{folder} belongs to a run that is still going on{who}: stop it, or choose another "
        "directory"
    )


def _locked(folder: Path) -> int:
    """Return the descriptor of the locked folder; BlockingIOError if it is locked already."""
    if sys.platform == "win32":
        raise OSError(0, "this system locks no folders")
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def living_owner(report: Path | None) -> int | None:
    """Return the process id of the running run whose report this is, if it is another, alive."""
    try:
        if report is None or not report.is_file():  # a pipe would be waited for
            return None
        found = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    running = isinstance(found, dict) and found.get("status") == "running"
    pid = found.get("pid") if running else None
    if type(pid) is not int or pid <= 0 or pid == os.getpid() or takes_over(report.parent):
        return None
    return pid if _is_alive(pid) else None


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return False  # elsewhere signal 0 is no question but an order
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
