"""The progress of a run on a terminal: rate, data time, time left; of a live one, rows and lag."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from orderflow_core.contract.report import Report
from orderflow_core.plugin.kernels import COMPILING
from orderflow_core.plugin.kernels import log as logger
from orderflow_core.times import utc

if TYPE_CHECKING:
    from orderflow_core.engine.driving import Far


@contextmanager
def progress(console: Console, *, shown: bool) -> Iterator[Callable[[Report], None]]:
    """Give what shows a report; it shows nothing where the console is no terminal."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[share]}"),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[time]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not (shown and console.is_terminal),
        transient=True,
    )
    tasks: dict[str, TaskID] = {}
    note = _CompilingNote(bars)

    def watch(report: Report) -> None:
        note.clear()
        if report.instrument not in tasks:
            tasks[report.instrument] = _added(bars, _name(report))
        bars.update(tasks[report.instrument], **_told(report))

    with bars, note:
        yield watch


@contextmanager
def unit_progress(console: Console, *, shown: bool) -> Iterator[Callable[[Far], None]]:
    """Give what shows how far the units of a run are, on one line."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        disable=not (shown and console.is_terminal),
        transient=True,
    )
    task = bars.add_task("units", total=1.0)

    def watch(far: Far) -> None:
        failed = f", {far.failed} failed" if far.failed else ""
        told = f"{far.ended} of {far.units} units{failed}"
        bars.update(task, completed=far.progress, description=told)

    with bars:
        yield watch


class _CompilingNote(logging.Handler):
    """Shows that kernels are being compiled, from the log's word of it to `clear`."""

    def __init__(self, bars: Progress) -> None:
        super().__init__(logging.INFO)
        self._bars = bars
        self._task: TaskID | None = None
        self._level = logging.NOTSET

    def __enter__(self) -> None:
        self._level = logger.level
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def __exit__(self, *_: object) -> None:
        logger.removeHandler(self)
        logger.setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line of its own for it."""
        if record.msg == COMPILING and self._task is None:
            self._task = _added(self._bars, COMPILING)
            self._bars.refresh()

    def clear(self) -> None:
        """Take the line away."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None


def _added(bars: Progress, name: str) -> TaskID:
    """Add a line of which no end is known, and nothing is to be told yet."""
    return bars.add_task(name, total=None, share="", rate="", time="")


def _told(report: Report) -> dict[str, Any]:
    """Return what the columns show of a run; that of a live one has no end to be near."""
    time = data_time(report.last_timestamp)
    if report.lag_seconds is not None:
        rows = f"{report.counts.windows:,} windows"
        return {"share": f"{report.lag_seconds:,.1f} s behind", "rate": rows, "time": time}
    return {
        "total": 1.0,
        "completed": report.progress,
        "share": f"{report.progress:>4.0%}",
        "rate": f"{report.counts.windows / max(report.seconds, 1e-3):,.0f} windows/s",
        "time": time,
    }


def _name(report: Report) -> str:
    return f"{report.instrument} SIMULATED" if report.simulated else report.instrument


def data_time(timestamp: int | None) -> str:
    """Return a data time for people, UTC."""
    return "no data yet" if timestamp is None else utc(timestamp)
