"""What a run has done, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from os.path import commonprefix
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orderflow_app.progress import data_time
from orderflow_core.contract.report import SessionReport
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.words import printable

if TYPE_CHECKING:
    from orderflow_core.engine.driving import Gathered

Ran: TypeAlias = "InstrumentRun | Gathered"
"""What came of an instrument, whoever ran it."""
_ODD = (
    *("crossed", "unsure", "samples_left_out", "carried_without_snapshot"),
    *("stale", "late", "duplicates"),
)
MOST_FILES = 20
"""Files that are listed one by one."""


def show_summary(console: Console, pipeline: Ran) -> None:
    """Print one instrument's summary."""
    report = pipeline.report
    title = f"{report.instrument}: {report.status}"
    table = Table(title=f"SIMULATED {title}" if report.simulated else title, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(pipeline):
        table.add_row(name, Text(printable(value)))
    console.print(table)


def _rows(pipeline: Ran) -> Iterator[tuple[str, str]]:
    report = pipeline.report
    counts = report.counts
    yield "from", data_time(report.first_timestamp)
    yield "to", data_time(report.last_timestamp)
    yield "windows", f"{counts.windows:,}"
    yield "trades", f"{counts.trades:,}"
    yield "bars", ", ".join(f"{key} {n:,}" for key, n in pipeline.bars.items()) or "none"
    if report.events:
        yield "events", ", ".join(f"{key} {n:,}" for key, n in report.events.items())
    yield "refused", "\n".join(f"{n:,} x {why}" for why, n in counts.refused.items()) or "none"
    for name in _ODD:
        if number := getattr(counts, name):
            yield name.replace("_", " "), f"{number:,}"
    if report.gaps:
        first = report.gaps[0]
        seconds = (first.before - first.after) / 1000
        yield (
            "gaps",
            f"{len(report.gaps):,}; the first of {seconds:,.0f} s after {data_time(first.after)}",
        )
    if report.sessions:
        yield "sessions", _sessions(report.sessions)
    for warning in report.warnings:
        yield "WARNING", warning
    yield "seconds", f"{report.seconds:.2f}"
    yield "windows/s", f"{counts.windows / max(report.seconds, 1e-3):,.0f}"
    for plugin in report.plugins:
        state = "" if plugin.status == "ok" else f", {plugin.status.upper()}"
        error = f": {plugin.error}" if plugin.error else ""
        totals = "".join(f", {number:,} {what}" for what, number in plugin.totals.items())
        yield f"  {plugin.name}", f"{plugin.seconds:.2f} s{totals}{state}{error}"
    yield "files", _files(pipeline.outputs)
    yield "digest", report.digest or "none"


def _files(outputs: Sequence[Path]) -> str:
    """Return the files of a run; of many, as days have them, how many there are below where."""
    if len(outputs) <= MOST_FILES:
        return "\n".join(map(str, outputs)) or "none"
    common = commonprefix([path.parts for path in outputs])  # noqa: RUF071 (of parts)
    below = Counter(Path(*path.parts[: len(common) + 1]) for path in outputs)
    if len(below) > MOST_FILES:
        return f"{len(outputs):,} in {Path(*common)}"
    return "\n".join(f"{number:,} in {folder}" for folder, number in below.items())


def _sessions(sessions: Sequence[SessionReport]) -> str:
    """Return how many sessions have ended how, and the days of those that are not well."""
    fared: dict[str, list[str]] = {}
    for each in sessions:
        fared.setdefault(each.status, []).append(each.date)
    return "\n".join(
        f"{len(days):,} {status}" if status == "ok" else f"{status}: {', '.join(days)}"
        for status, days in fared.items()
    )
