"""The file of an instrument's UTC day: its tables, and what a batch does to them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from orderflow_core import OutputError
from orderflow_core.sources import DAY_MS, folder_name
from orderflow_record.recording import Past
from orderflow_record.rows import CHANNELS, Batch, Channel, GapEnd, GapRow
from orderflow_record.trade_ids import REMEMBERED

log = logging.getLogger(__name__)

Durability: TypeAlias = Literal["kill", "power"]
_SYNCHRONOUS: dict[Durability, str] = {"kill": "NORMAL", "power": "FULL"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS book (id INTEGER PRIMARY KEY, instrument TEXT NOT NULL,
    bids TEXT NOT NULL, asks TEXT NOT NULL, timestamp INTEGER NOT NULL, action TEXT NOT NULL,
    seq_id INTEGER, prev_seq_id INTEGER, checksum INTEGER, receipt INTEGER,
    exchange_timestamp INTEGER, late INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS trades (id INTEGER PRIMARY KEY, instrument TEXT NOT NULL,
    trade_id TEXT NOT NULL, price REAL NOT NULL, size REAL NOT NULL, side TEXT NOT NULL,
    timestamp INTEGER NOT NULL, receipt INTEGER, exchange_timestamp INTEGER NOT NULL,
    late INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS gaps (id INTEGER PRIMARY KEY, "from" INTEGER NOT NULL, "to" INTEGER,
    channel TEXT NOT NULL, reason TEXT NOT NULL, expected TEXT, got TEXT);
CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY CHECK (id = 1),
    book_id INTEGER NOT NULL, trade_id INTEGER NOT NULL, timestamp INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT);
"""
_BOOK = f"INSERT INTO book VALUES (NULL{', ?' * 11})"
_TRADE = f"INSERT INTO trades VALUES (NULL{', ?' * 9})"
_GAP = f"INSERT INTO gaps VALUES (NULL{', ?' * 6})"
_GAP_END = 'UPDATE gaps SET "to" = max(?, "from") WHERE channel = ? AND "to" IS NULL'
_PROGRESS = """INSERT OR REPLACE INTO progress SELECT 1,
    (SELECT coalesce(max(id), 0) FROM book), (SELECT coalesce(max(id), 0) FROM trades), ?"""
_META = "INSERT OR REPLACE INTO meta VALUES (?, ?)"


def file_of(directory: Path, instrument: str, day: int) -> Path:
    """Return the file of a day, whose midnight is given in ms since the epoch."""
    return (
        directory / f"{folder_name(instrument)}-{_EPOCH + timedelta(milliseconds=day):%y-%m-%d}.db"
    )


class DayFile:
    """A file that is written to, which is made where there is none.

    Raises `sqlite3.Error`, or OSError where it is gone: what is written to a file without a name
    would be lost in silence.
    """

    def __init__(
        self, path: Path, instrument: str, durability: Durability, meta: Mapping[str, str]
    ) -> None:
        self._path = path
        self._instrument = instrument
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}")
            self._database.executescript(f"BEGIN; {_SCHEMA} DELETE FROM meta WHERE key = 'closed';")
            self._database.executemany(_META, meta.items())
            self._database.execute("COMMIT")
            self._identity = _identity(path)
        except BaseException:
            self._database.close()
            raise

    def write(self, batch: Batch) -> None:
        """Write a batch in one transaction: all of it is in the file, or nothing."""
        database, name = self._database, self._instrument
        if self._identity != _identity(self._path):
            raise FileNotFoundError("it was removed or replaced while it was written")
        database.execute("BEGIN IMMEDIATE")
        try:
            for gap in batch.gaps:
                if isinstance(gap, GapEnd):
                    database.execute(_GAP_END, gap)
                else:
                    database.execute(_GAP, gap)
            database.executemany(_BOOK, ((name, *row) for row in batch.book))
            database.executemany(_TRADE, ((name, *row) for row in batch.trades))
            database.executemany(_META, batch.meta.items())
            if batch.closed:
                database.execute(_META, ("closed", "1"))
            database.execute(_PROGRESS, (batch.progress,))
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file; its log goes into it, which SQLite leaves out while others read it."""
        try:
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:  # all is committed, and the log is read with the file
            log.warning("%s: its log stays beside it: %s", self._path, error)
        self._database.close()


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from another one at its path; raises OSError where there is none."""
    status = path.stat()
    return status.st_dev, status.st_ino


def find_past(directory: Path, instrument: str) -> Past | None:
    """Return what the last file of an instrument says, None where there is none with progress.

    Raises OutputError for a file that is damaged, as it cannot be gone on with.
    """
    prefix = folder_name(instrument)
    names = sorted(path.name for path in directory.glob("*.db") if path.name.startswith(prefix))
    for name in reversed(names):
        day = day_of(name.removeprefix(f"{prefix}-"))
        try:
            past = None if day is None else _past(directory / name, day)
        except sqlite3.Error as error:
            raise OutputError(f"{directory / name}: {error}: move it elsewhere") from error
        if past is not None:
            return past
    return None


def day_of(name: str) -> int | None:
    """Return the midnight of a name's day, None for one that has none."""
    try:
        day = datetime.strptime(name, "%y-%m-%d.db").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (day - _EPOCH) // timedelta(milliseconds=1)


def _past(path: Path, day: int) -> Past | None:
    with closing(sqlite3.connect(path)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if "progress" not in tables:
            return None
        progress = database.execute("SELECT max(timestamp) FROM progress").fetchone()[0]
        if progress is None:
            return None
        gaps = database.execute(
            'SELECT "from", NULL, channel, reason, expected, got FROM gaps WHERE "to" IS NULL'
        )
        found: dict[Channel, GapRow] = {row[2]: GapRow(*row) for row in gaps if row[2] in CHANNELS}
        ids = database.execute(f"SELECT trade_id FROM trades ORDER BY id DESC LIMIT {REMEMBERED}")
        known = tuple(id for (id,) in ids)[::-1]
        return Past(day, min(progress, day + DAY_MS), found, known, _last(database))


def _last(database: sqlite3.Connection) -> dict[Channel, int]:
    """Return the time of the last row of each table that has one."""
    found = {
        channel: database.execute(
            f"SELECT timestamp FROM {channel} ORDER BY id DESC LIMIT 1"
        ).fetchone()
        for channel in CHANNELS
    }
    return {channel: row[0] for channel, row in found.items() if row is not None}
