"""The results on a terminal and as a Markdown page."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import rich.table
from rich.console import Console

from benchmarks.market import INSTRUMENTS, WEEK, Market
from benchmarks.plan import PEERS
from benchmarks.results import Results
from benchmarks.tables import tables

PACKAGES = ("orderflow-bus", "numpy", "numba", "pluggy", "pydantic", "orjson", *PEERS)


def show(results: Results, console: Console) -> None:
    """Print the tables."""
    for table in tables(results):
        shown = rich.table.Table(
            title=table.title, title_justify="left", caption=table.note, caption_justify="left"
        )
        for number, head in enumerate(table.heads):
            shown.add_column(head, justify="right" if number else "left")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown, "")


def markdown(results: Results, command: str) -> str:
    """Return a page with the machine, the versions, the command and the tables."""
    lines = [
        "# Measured",
        "",
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}.",
        "",
        *(f"- {name}: {value}" for name, value in _machine()),
        *(f"- {_holds(name, market)}" for name, market in _markets(results)),
        "",
        "Every figure is of a process of its own, whole, its interpreter's start included, except "
        "where a line says alone. CPU is user and system time of all its threads. Cases run one "
        "after the other in rounds; figures are medians over the rounds, and ratios are medians "
        "of the ratios within a round.",
    ]
    for table in tables(results):
        lines += ["", f"## {table.title}", ""]
        lines += [_line(table.heads), _line(["---", *["---:"] * (len(table.heads) - 1)])]
        lines += map(_line, table.rows)
        lines += ["", table.note] if table.note else []
    return "\n".join(lines) + "\n"


def _machine() -> Iterator[tuple[str, str]]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield "machine", f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB"
    yield "system", f"{platform.system()} {platform.release()}"
    yield "load", f"{os.getloadavg()[2]:.1f} over the last 15 minutes, this command included"
    versions = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    yield "versions", ", ".join([*versions, *_versions()])


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _versions() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _markets(results: Results) -> Iterator[tuple[str, Market]]:
    yield "the day", results.day
    if results.messages:
        yield "messages", results.messages
    if results.week:
        yield f"the week, {WEEK} files", results.week
    if results.units:
        yield f"the days of {INSTRUMENTS} instruments", results.units


def _holds(name: str, market: Market) -> str:
    return (
        f"{name}: {market.rows:,} book rows, {market.trades:,} trades, "
        f"{market.megabytes:,.0f} MB, simulated"
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
