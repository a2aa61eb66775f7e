"""Whole files or none: bytes to a temporary file beside the target, then one replace."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from orderflow_core.errors import OutputError
from orderflow_core.output.attempt import name_of_attempt

TEMPORARY = ".orderflow-tmp"


def write_whole(path: Path, content: bytes, *, durable: bool = False, last: bool = True) -> None:
    """Replace `path` by these bytes.

    With `durable` the file survives a loss of power, for which the disk is waited for. One that is
    not the `last` of several in a folder does so once the last is written too: the names of all
    are waited for at once. Raises OutputError if it cannot be written; the file is then as it was.
    """
    temporary = path.with_name(f"{path.name}{name_of_attempt()}{TEMPORARY}")
    try:
        with _new(temporary) as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 (atomic, and named so)
        if durable and last:
            _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def remove_temporary_files(folder: Path) -> None:
    """Remove what a killed run has left half written."""
    for path in folder.glob(f"*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def _new(path: Path) -> IO[bytes]:
    """Open a file that is new, so that no link is followed, for one that a kill may have left."""
    try:
        return path.open("xb")
    except FileExistsError:
        path.unlink()
        return path.open("xb")


def _sync_folder(folder: Path) -> None:
    """Wait until the disk has the names of a folder, where the system can be asked to."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
