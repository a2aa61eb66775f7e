"""What a page asks of a run that goes on: pause, steps, speed, and going ahead."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orderflow_app.dashboard.figures.panes import price_length
from orderflow_app.dashboard.reading.places import Places
from orderflow_app.dashboard.reading.reader import SETTLE_SECONDS, Reader, View
from orderflow_core.contract.control import Control, Speed
from orderflow_core.contract.files import CONTROL, END_OF_TIME
from orderflow_core.contract.report import Report
from orderflow_core.sinks import TEMPORARY


class Asked(BaseModel):
    """What the page asks of the run of an instrument.

    `speed` is that to go on at, `seek` where to go on to, as a share of the whole, 0 to 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: str
    action: Literal["pause", "go", "row", "bar", "speed", "seek"]
    speed: Speed | None = None
    seek: float = Field(0.0, ge=0, le=1)


class SteeringError(Exception):
    """Why a run cannot be asked, in words for who asked."""


class Replay:
    """Steers the runs whose files a page shows; may be asked by several threads."""

    def __init__(self, places: Places, reader: Reader) -> None:
        self._places = places
        self._reader = reader
        self._lock = Lock()

    def ask(self, asked: Asked) -> None:
        """Write what is asked for the run that goes on; raises SteeringError."""
        view = self._reader.view(asked.instrument)
        folder = self._places.instruments().get(asked.instrument, {}).get(view.day)
        if folder is None or view.run is None or view.run.status != "running":
            raise SteeringError(f"no run of {asked.instrument} goes on")
        with self._lock:
            before = self._before(folder, view)
            control = _changed(asked, before, view, view.run)
            try:
                _write(folder / CONTROL, control.model_dump_json().encode())
            except OSError as error:
                told = f"{CONTROL} cannot be written: {error.strerror}"
                raise SteeringError(told) from error

    def _before(self, folder: Path, view: View) -> Control:
        """Return what was asked last, as the run says it is where it has written since."""
        assert view.run is not None
        now = Control(
            started_at=view.run.started_at,
            paused=view.run.paused,
            speed=view.run.speed,
            rows=0,
            seek=None,
        )
        try:
            with os.fdopen(self._places.open(folder, CONTROL), "rb") as file:
                written = os.fstat(file.fileno()).st_mtime
                before = Control.model_validate_json(file.read())
        except (OSError, ValidationError):
            return now
        if before.started_at != now.started_at:
            return now
        if view.written is not None and view.written > written + SETTLE_SECONDS:
            return before.model_copy(update={"paused": now.paused, "speed": now.speed})
        return before


def replay(view: View) -> dict[str, Any] | None:
    """Return what the controls show, None where no run goes on, or one of a live source."""
    run = view.run
    if run is None or view.state not in ("live", "stale") or run.lag_seconds is not None:
        return None
    return {
        "paused": run.paused,
        "speed": run.speed,
        "progress": min(max(run.progress, 0.0), 1.0),
        "first": run.first_timestamp,
        "end": _end(run),
    }


def is_own_origin(origin: str | None, host: str) -> bool:
    """Return whether a request comes from a page of the server that is asked as `host`."""
    try:
        parts = urlsplit(origin or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower() != ""


def _changed(asked: Asked, before: Control, view: View, run: Report) -> Control:
    changes: dict[str, dict[str, Any]] = {
        "pause": {"paused": True, "seek": None},
        "go": {"paused": False, "seek": None},
        "speed": {"speed": asked.speed, "seek": None},
        "row": {"paused": True, "rows": before.rows + 1},
        "bar": {"paused": True, "seek": _next_bar(before, view, run)},
        "seek": {"seek": _time_at(asked.seek, run)},
    }
    return before.model_copy(update=changes[asked.action])


def _next_bar(before: Control, view: View, run: Report) -> int | None:
    """Return when the bar under way ends, or the one after a step that is still to be taken."""
    if not view.bars or run.last_timestamp is None:
        return before.seek
    length, begin = price_length(view), view.bars[-1][0]
    end = begin + ((run.last_timestamp - begin) // length + 1) * length
    return end if before.seek is None or before.seek < end else before.seek + length


def _time_at(share: float, run: Report) -> int | None:
    end = _end(run)
    if end is None or run.first_timestamp is None:
        return None
    return round(run.first_timestamp + (end - run.first_timestamp) * share)


def _end(run: Report) -> int | None:
    """Return when the data ends, as far as progress and times tell."""
    if run.first_timestamp is None or run.last_timestamp is None or run.progress <= 0:
        return None
    length = (run.last_timestamp - run.first_timestamp) / run.progress
    return min(round(run.first_timestamp + length), END_OF_TIME - 1)


def _write(path: Path, content: bytes) -> None:
    """Replace a file by one that its owner alone may read."""
    with NamedTemporaryFile(
        dir=path.parent, prefix=f"{path.name}.", suffix=TEMPORARY, delete=False
    ) as file:
        try:
            file.write(content)
            file.flush()
            os.replace(file.name, path)  # noqa: PTH105 (atomic, and named so)
        except OSError:
            os.unlink(file.name)  # noqa: PTH108
            raise
