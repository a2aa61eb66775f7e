"""The progress of a run on a terminal: rate, data time, time left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from orderflow_core.report import Report


@contextmanager
def progress(console: Console, *, shown: bool) -> Iterator[Callable[[Report], None]]:
    """Give what shows a report; it shows nothing where the console is no terminal."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[time]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not (shown and console.is_terminal),
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def watch(report: Report) -> None:
        if report.instrument not in tasks:
            tasks[report.instrument] = bars.add_task(_name(report), total=1.0, rate="", time="")
        bars.update(
            tasks[report.instrument],
            completed=report.progress,
            rate=f"{report.counts.windows / max(report.seconds, 1e-3):,.0f} windows/s",
            time=data_time(report.last_timestamp),
        )

    with bars:
        yield watch


def _name(report: Report) -> str:
    return f"{report.instrument} SIMULATED" if report.simulated else report.instrument


def data_time(timestamp: int | None) -> str:
    """Return a data time for people, UTC."""
    if timestamp is None:
        return "no data yet"
    return datetime.fromtimestamp(timestamp / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
