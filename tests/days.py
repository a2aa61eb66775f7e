"""A simulated market drawn out to several days, for tests of sessions."""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copy
from typing import Literal

from orderflow_sqlite.simulate import START, write_sample

from orderflow_core.sources import DAY_MS

INSTRUMENT = "SIM-BTC-USDT"
DATES = ("2025-06-01", "2025-06-02", "2025-06-03")
_BEGIN = int(START.timestamp() * 1000)
_HOURS = 0.1


def write_days(folder: Path, files: Literal["one", "each"]) -> None:
    """Write three days of rows a minute or so apart: in one file, or each day in one of its own.

    The first row alone is a snapshot.
    """
    [path] = write_sample(folder, hours=_HOURS)
    factor = round(len(DATES) * DAY_MS / (_HOURS * 3_600_000))
    with closing(sqlite3.connect(path)) as database, database:
        for table in ("book", "trades"):
            database.execute(
                f"UPDATE {table} SET timestamp = {_BEGIN} + (timestamp - {_BEGIN}) * {factor}"
            )
    if files == "each":
        days = [path, *(Path(copy(path, _named(folder, date))) for date in DATES[1:])]
        for number, day in enumerate(days):
            _keep_only(day, _BEGIN + number * DAY_MS)


def _named(folder: Path, date: str) -> Path:
    return folder / f"{INSTRUMENT}-{date[2:]}.db"


def _keep_only(path: Path, begin: int) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for table in ("book", "trades"):
            database.execute(
                f"DELETE FROM {table} WHERE timestamp NOT BETWEEN ? AND ?",
                (begin, begin + DAY_MS - 1),
            )
