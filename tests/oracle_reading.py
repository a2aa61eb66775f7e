"""What recordings hold, read the plain way: the reading half of the oracle."""

import ast
import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Level = tuple[float, float]  # price, size

SIDES = {b"buy": 1, b"sell": -1}
NUMBER_CHARACTERS = frozenset("0123456789+-.eE")
COLUMNS = {
    "book": ("id", "bids", "asks", "timestamp", "instrument", "action", "seq_id", "prev_seq_id"),
    "trades": ("id", "price", "size", "side", "timestamp", "instrument"),
}
YEAR_1980, YEAR_2200 = 315_532_800_000, 7_258_118_400_000
YEAR_1, YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000


@dataclass(frozen=True)
class BookRow:
    """The level updates of one row of the book table; a snapshot replaces the whole book."""

    timestamp: int
    bids: list[Level]
    asks: list[Level]
    snapshot: bool = False
    sure: bool = True


@dataclass(frozen=True)
class Trade:
    """One trade; the side is the aggressor's, +1 for a buy and -1 for a sell."""

    timestamp: int
    price: float
    size: float
    side: int


class Text(bytes):
    """A text, which may be no UTF-8; a blob is of bytes."""


class OutOfOrderError(Exception):
    """A table whose times fall in the order of its ids."""


def read(
    paths: Sequence[Path], snapshot_levels: int = 50, instrument: str | None = None
) -> tuple[list[BookRow], list[Trade], Counter[str]]:
    """Read recordings, in the order given, as one stream, and count what is refused.

    The counts are of "level": one bad level, the rest of its row is used; "row": a book row with
    an unreadable text; "trade": a bad trade; "time": a row of either table without one;
    "instrument": one of another than the instrument, where that is given.
    """
    rows: list[BookRow] = []
    trades: list[Trade] = []
    refused: Counter[str] = Counter()
    for path in paths:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.text_factory = Text
            for table in ("book", "trades"):
                found = _select(database, table, instrument, refused)
                if table == "book":
                    rows += _read_book(found, snapshot_levels, refused)
                else:
                    trades += _read_trades(found, refused)
    return rows, trades, refused


def _select(
    database: sqlite3.Connection, table: str, instrument: str | None, refused: Counter[str]
) -> Iterator[dict[str, Any]]:
    """The rows of a table that are of the instrument and have a time, which must not fall."""
    there = {name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")}
    names = [name for name in COLUMNS[table] if name.encode() in there]
    before = -math.inf
    columns = ", ".join(f'"{name}"' for name in names)
    for values in database.execute(f"SELECT {columns} FROM {table} ORDER BY id"):
        row = dict(zip(names, values, strict=True))
        time = parse_time(row["timestamp"])
        if instrument and "instrument" in row and not _is_text(row["instrument"], instrument):
            refused["instrument"] += 1
        elif time is None:
            refused["time"] += 1
        elif time < before:
            raise OutOfOrderError(table)
        else:
            before = time
            yield {**row, "timestamp": time}


def _read_book(
    rows: Iterable[dict[str, Any]], snapshot_levels: int, refused: Counter[str]
) -> Iterator[BookRow]:
    """A snapshot is what `action` says; without that column, a first row with levels enough.

    Where rows are numbered, one from -1 is a snapshot too, and one that does not name the row
    before makes the book unsure until the next snapshot, as does one that lacks a number after
    others had one.
    """
    first, sure, last, numbered = True, True, None, False
    for row in rows:
        bid_values, ask_values = parse_text(row["bids"]), parse_text(row["asks"])
        if bid_values is None or ask_values is None:
            refused["row"] += 1
            continue
        bids, asks = _good_levels(bid_values, refused), _good_levels(ask_values, refused)
        if "action" in row:
            snapshot = _is_text(row["action"], "snapshot")
        else:
            fewest = min(sum(size > 0 for _, size in side) for side in (bids, asks))
            snapshot = first and fewest >= snapshot_levels
        first = False
        if "seq_id" in row and "prev_seq_id" in row:
            seq, prev = parse_number_of_row(row["seq_id"]), parse_number_of_row(row["prev_seq_id"])
            snapshot = snapshot or prev == -1
            numbered = numbered or seq is not None or prev is not None
            fits = seq is not None and prev is not None and prev == last
            sure = snapshot or (sure and (fits or not numbered))
            last = seq
        yield BookRow(row["timestamp"], bids, asks, snapshot, sure)


def parse_number_of_row(value: object) -> int | None:
    """A whole number, or a text of one; None for anything else."""
    if isinstance(value, Text):
        return int(value) if value.lstrip(b"-").isdigit() else None
    if isinstance(value, int | float) and math.isfinite(value) and value == int(value):
        return int(value)
    return None


def _read_trades(rows: Iterable[dict[str, Any]], refused: Counter[str]) -> Iterator[Trade]:
    """A trade needs a good price, a size above zero, buy or sell in any case, and a whole id."""
    for row in rows:
        level = parse_level([_plain(row["price"]), _plain(row["size"])])
        side = row["side"]
        sign = SIDES.get(side.lower()) if isinstance(side, Text) else None
        if level is None or level[1] == 0 or sign is None or not isinstance(row["id"], int):
            refused["trade"] += 1
        else:
            yield Trade(row["timestamp"], *level, sign)


def _is_text(value: object, text: str) -> bool:
    return isinstance(value, Text) and value == text.encode()


def _plain(value: object) -> object:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def parse_time(value: object) -> int | None:
    """Whole milliseconds, as a number or a text of digits; None for what is in another unit.

    None too for what no calendar shows: it has the years 1 to 9999.
    """
    if isinstance(value, bytes):
        value = int(value) if value.isdigit() and len(value) < 20 else None
    if not isinstance(value, int | float) or not abs(value) < 1 << 62 or value != int(value):
        return None
    time = int(value)
    if YEAR_1980 <= time < YEAR_2200:
        return time
    others = (time * 1000, time // 1000, time // 1_000_000)
    if any(YEAR_1980 <= other < YEAR_2200 for other in others):
        return None
    return time if YEAR_1 <= time < YEAR_10000 else None


def _good_levels(values: Sequence[object], refused: Counter[str]) -> list[Level]:
    """The good levels; bad ones are left out and counted."""
    levels = []
    for value in values:
        level = parse_level(value)
        if level is None:
            refused["level"] += 1
        else:
            levels.append(level)
    return levels


def parse_text(text: object) -> list[object] | None:
    """The elements of a JSON text or a Python literal of a list; None where it is neither."""
    if isinstance(text, bytes):
        try:
            text = str(text, "utf-8")
        except UnicodeDecodeError:
            return None
    if not isinstance(text, str):
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        if "\\" in text:
            return None
        try:
            values = ast.literal_eval(text)
        except (TypeError, ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    return list(values) if isinstance(values, list | tuple) else None


def parse_level(value: object) -> Level | None:
    """The first two of 2 to 4 elements, decimal texts or numbers, as a price > 0, a size >= 0."""
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= 4:
        return None
    price, size = map(parse_number, value[:2])
    if price is None or size is None:
        return None
    return (price, size) if price > 0 and size >= 0 else None


def parse_number(value: object) -> float | None:
    """A number below 1e100 of a number or of a decimal text: no blanks, no `_`, no names."""
    if isinstance(value, str):
        if not NUMBER_CHARACTERS.issuperset(value):
            return None
    elif type(value) not in (int, float):
        return None  # float() would take true and bytes too
    try:
        number = float(value)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
    return number if number < 1e100 else None  # NaN is not
