"""Tiny recordings for tests: any value in any column, at any place."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

Row = dict[str, object]

BOOK_COLUMNS = ("id", "bids", "asks", "timestamp")
TRADE_COLUMNS = ("id", "price", "size", "side", "timestamp")


def book_row(timestamp: object, bids: object = (), asks: object = (), **columns: object) -> Row:
    """Return a row of `book`; lists and tuples of levels become JSON, all else stays as it is."""
    return {"bids": _json(bids), "asks": _json(asks), "timestamp": timestamp, **columns}


def trade_row(
    timestamp: object,
    price: object = 100.0,
    size: object = 1.0,
    side: object = "buy",
    **columns: object,
) -> Row:
    """Return a row of `trades`."""
    return {"price": price, "size": size, "side": side, "timestamp": timestamp, **columns}


def levels(count: int, best: float, step: float) -> list[tuple[float, float]]:
    """Return `count` levels of size 1 from the best one on, `step` apart."""
    return [(best + rank * step, 1.0) for rank in range(count)]


def write(
    path: Path,
    book: Iterable[Row] = (),
    trades: Iterable[Row] = (),
    *,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Write a recording and return its path.

    A table has the columns of its rows, without types, so that values are stored as they are
    given; `columns` says otherwise by table. Rows without an id are numbered from 1 on.
    """
    tables = {
        "book": _numbered(book, BOOK_COLUMNS),
        "trades": _numbered(trades, TRADE_COLUMNS),
    }
    with closing(sqlite3.connect(path)) as database, database:
        for table, (names, rows) in tables.items():
            names = (columns or {}).get(table, names)
            database.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            database.executemany(
                f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})",
                [[row.get(name) for name in names] for row in rows],
            )
    return path


def write_times(path: Path, table: str, times: Iterable[int]) -> Path:
    """Write a recording with rows at these times in one of its tables."""
    if table == "book":
        return write(path, map(book_row, times))
    return write(path, trades=map(trade_row, times))


def execute(path: Path, *statements: str) -> None:
    """Change a recording, or make a file of one's own."""
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def _json(side: object) -> object:
    return json.dumps(side) if isinstance(side, list | tuple) else side


def _numbered(rows: Iterable[Row], needed: Sequence[str]) -> tuple[Sequence[str], list[Row]]:
    numbered = [{"id": number, **row} for number, row in enumerate(rows, 1)]
    return list(dict.fromkeys([*needed, *(name for row in numbered for name in row)])), numbered
