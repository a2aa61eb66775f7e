"""The simulated markets that are measured with, made once and kept."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import BenchmarkError, Case, run

FIRST_DAY = date(2025, 6, 1)
ROWS_AN_HOUR = 36_000
TRADES_AN_HOUR = range(20_000, 70_000)  # an hour's trades vary; a day has about 1,000,000
WHOLE_DAY = 24 * ROWS_AN_HOUR
MESSAGES = 200_000
WEEK = 7
INSTRUMENTS, DAYS = 20, 5
FIRST = "SIM-01"
STARTS = (20, 10_000, 20_000)


@dataclass(frozen=True)
class Market:
    """A folder of recordings and what they hold."""

    folder: Path
    rows: int
    trades: int

    @property
    def files(self) -> list[Path]:
        """Its recordings in the order of their days."""
        return sorted(self.folder.glob("*.db"))

    @property
    def megabytes(self) -> float:
        """The size of its files."""
        return sum(path.stat().st_size for path in self.files) / 1e6


def day(cache: Path, hours: float) -> Market:
    """Return one file of up to 24 hours."""
    return _market(cache / f"day-{hours:g}h", [hours], 1)


def messages(cache: Path, hours: float) -> Market:
    """Return the first `MESSAGES` book rows of the day, or all of a shorter one."""
    hours = min(hours, MESSAGES / ROWS_AN_HOUR)
    return _market(cache / f"messages-{hours:.4g}h", [hours], 1)


def week(cache: Path, hours: float) -> Market:
    """Return seven files of a quarter of the day each."""
    return _market(cache / f"week-{hours / 4:g}h", [hours / 4] * WEEK, WEEK)


def units(cache: Path, hours: float) -> Market:
    """Return five files, of half an hour at most, of each of twenty instruments."""
    hours = min(hours, 0.5)
    return _market(cache / f"units-{hours:g}h", [hours] * DAYS * INSTRUMENTS, DAYS)


def starts(cache: Path) -> Market:
    """Return a day of each of three instruments, of as many book rows as `STARTS` says."""
    return _market(cache / "starts", [rows / ROWS_AN_HOUR for rows in STARTS], 1)


def _market(folder: Path, hours: Sequence[float], days: int) -> Market:
    """Return files of so many hours each, a number of days of each instrument."""
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        for number, each in enumerate(hours):
            _write(part, each, number, days)
        part.rename(folder)
    market = Market(folder, *_count(folder))
    rows = sum(round(each * ROWS_AN_HOUR) for each in hours)
    if market.rows != rows or not _plausible(market.trades, sum(hours)):
        raise BenchmarkError(
            f"{folder} has {market.rows:,} book rows and {market.trades:,} trades where {rows:,} "
            f"and about {sum(hours) * 41_000:,.0f} are expected: delete it to have it made anew"
        )
    return market


def _plausible(trades: int, hours: float) -> bool:
    return hours < 1 or TRADES_AN_HOUR.start <= trades / hours < TRADES_AN_HOUR.stop


def _write(folder: Path, hours: float, number: int, days: int) -> None:
    instrument, day = divmod(number, days)
    start, seed = FIRST_DAY + timedelta(days=day), number + 1
    options = ["--hours", hours, "--start", start, "--seed", seed]
    if instrument:
        options += ["--instrument", f"SIM-{instrument:02}"]
    command = ["-m", "orderflow_app.cli", "sample", folder, *options]
    run(Case("market", "writing a market", [sys.executable, *map(str, command)]))


def _count(folder: Path) -> tuple[int, int]:
    rows = trades = 0
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows += database.execute("SELECT count(*) FROM book").fetchone()[0]
            trades += database.execute("SELECT count(*) FROM trades").fetchone()[0]
    return rows, trades
