"""The simulated markets that are measured with, made once and kept."""

from __future__ import annotations

import shutil
import sqlite3
import sys
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
    return _market(cache / f"day-{hours:g}h", hours, 1)


def messages(cache: Path, hours: float) -> Market:
    """Return the first `MESSAGES` book rows of the day, or all of a shorter one."""
    hours = min(hours, MESSAGES / ROWS_AN_HOUR)
    return _market(cache / f"messages-{hours:.4g}h", hours, 1)


def week(cache: Path, hours: float) -> Market:
    """Return seven files of a quarter of the day each."""
    return _market(cache / f"week-{hours / 4:g}h", hours / 4, WEEK)


def _market(folder: Path, hours: float, days: int) -> Market:
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        for number in range(days):
            _write(part, hours, number)
        part.rename(folder)
    market = Market(folder, *_count(folder))
    rows = days * round(hours * ROWS_AN_HOUR)
    if market.rows != rows or not _plausible(market.trades, days * hours):
        raise BenchmarkError(
            f"{folder} has {market.rows:,} book rows and {market.trades:,} trades where {rows:,} "
            f"and about {days * hours * 41_000:,.0f} are expected: delete it to have it made anew"
        )
    return market


def _plausible(trades: int, hours: float) -> bool:
    return hours < 1 or TRADES_AN_HOUR.start <= trades / hours < TRADES_AN_HOUR.stop


def _write(folder: Path, hours: float, number: int) -> None:
    start, seed = FIRST_DAY + timedelta(days=number), number + 1
    options = ["--hours", hours, "--start", start, "--seed", seed]
    command = ["-m", "orderflow_app.cli", "sample", folder, *options]
    run(Case("market", "writing a market", [sys.executable, *map(str, command)]))


def _count(folder: Path) -> tuple[int, int]:
    rows = trades = 0
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows += database.execute("SELECT count(*) FROM book").fetchone()[0]
            trades += database.execute("SELECT count(*) FROM trades").fetchone()[0]
    return rows, trades
