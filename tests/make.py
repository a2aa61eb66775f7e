"""Small recordings for tests."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

Levels = Sequence[Sequence[Any]]


def write_recording(
    path: Path,
    book: Iterable[tuple[int, Levels, Levels]],
    trades: Iterable[tuple[int, Any, Any, str]] = (),
    instrument: str = "TEST-USDT",
) -> Path:
    """Write book rows (time, bids, asks) and trades (time, price, size, side); return the path."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "CREATE TABLE book (id INTEGER PRIMARY KEY, instrument TEXT, bids TEXT, asks TEXT,"
            " timestamp INTEGER);"
            "CREATE TABLE trades (id INTEGER PRIMARY KEY, instrument TEXT, trade_id TEXT,"
            " price REAL, size REAL, side TEXT, timestamp INTEGER);"
        )
        database.executemany(
            "INSERT INTO book (instrument, bids, asks, timestamp) VALUES (?, ?, ?, ?)",
            [(instrument, json.dumps(bids), json.dumps(asks), time) for time, bids, asks in book],
        )
        database.executemany(
            "INSERT INTO trades (instrument, trade_id, price, size, side, timestamp)"
            " VALUES (?, '', ?, ?, ?, ?)",
            [(instrument, price, size, side, time) for time, price, size, side in trades],
        )
    return path
