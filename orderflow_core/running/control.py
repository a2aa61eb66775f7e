"""What the pages of a run ask of it, by a file beside each report that a sink writes."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from orderflow_core.contract import files
from orderflow_core.contract.control import CONTROL_BYTES, Control, Speed
from orderflow_core.running.pipeline import Pipeline

log = logging.getLogger(__name__)


class Wish(NamedTuple):
    """What is asked for now: `rows` more rows of the pipeline, and a time to go on to."""

    pipeline: Pipeline
    paused: bool
    speed: Speed | None
    rows: int
    seek: int | None


class Controls:
    """The control files of a run, each beside the report of a sink."""

    def __init__(self) -> None:
        self._files: dict[Pipeline, list[_ControlFile]] = {}

    def wishes(self, pipeline: Pipeline) -> list[Wish]:
        """Return what is new in the control files of a pipeline; costs a look at their times."""
        if pipeline.last_time is None:  # no sink has begun to write
            return []
        if pipeline not in self._files:
            reports = (path for path in pipeline.outputs if path.name == files.RUN)
            paths = (path.with_name(files.CONTROL) for path in reports)
            self._files[pipeline] = [_ControlFile(path) for path in paths]
        found = (file.wish(pipeline) for file in self._files[pipeline])
        return [wish for wish in found if wish is not None]


class _ControlFile:
    """One control file: when it was looked at last, and what was taken from it.

    What is no control file of this user for this run is told of, once a reason, and ignored.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, ...] | None = None
        self._rows = 0
        self._seek: int | None = None
        self._told: set[str] = set()

    def wish(self, pipeline: Pipeline) -> Wish | None:
        """Return what is asked of a pipeline if that has changed."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        if stamp is None:
            self._rows, self._seek = 0, None
            return None
        try:
            return self._new(pipeline, _read(self._path, pipeline.report.started_at))
        except OSError as error:
            self._tell(f"it cannot be read: {error.strerror}")
        except ValueError as error:
            self._tell(str(error))
        return None

    def _new(self, pipeline: Pipeline, control: Control) -> Wish:
        rows = max(control.rows - self._rows, 0)
        seek = control.seek if control.seek != self._seek else None
        self._rows, self._seek = control.rows, control.seek
        return Wish(pipeline, control.paused, control.speed, rows, seek)

    def _tell(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            log.warning("%s is ignored: %s", self._path, reason)


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _read(path: Path, started_at: str) -> Control:
    """Return what a control file says; raises OSError, ValueError for one that must not count."""
    _check(path.lstat())
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123
        _check(os.fstat(file.fileno()))
        content = file.read(CONTROL_BYTES + 1)
    if len(content) > CONTROL_BYTES:
        raise ValueError(_TOO_LARGE)
    try:
        control = Control.model_validate_json(content)
    except ValidationError as error:
        raise ValueError(_MISSHAPEN) from error
    if control.started_at != started_at:
        raise ValueError("it is for another run")
    return control


_TOO_LARGE = f"it is larger than {CONTROL_BYTES:,} bytes"
_MISSHAPEN = f"it is no JSON object with {', '.join(Control.model_fields)}, each of its own type"


def _check(found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise ValueError("it is a link")
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is no regular file")
    if os.name == "posix" and found.st_uid != os.getuid():
        raise ValueError("it belongs to another user")
    if os.name == "posix" and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ValueError("it can be written by others")
    if found.st_size > CONTROL_BYTES:
        raise ValueError(_TOO_LARGE)
