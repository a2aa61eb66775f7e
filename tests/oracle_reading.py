"""What recordings hold, read the plain way: the reading half of the oracle."""

import ast
import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from tests.oracle_sequence import BookRow, Level, Numbered, follow

__all__ = ["BookRow", "Level", "Reading", "Trade", "parse_level", "parse_text", "read"]

SIDES = {b"buy": 1, b"sell": -1}
PRICE_NAMES = ["price", "px", "p", "rate", "price_level"]
SIZE_NAMES = ["size", "sz", "qty", "quantity", "amount", "volume", "vol", "q", "s", "v"]
SIZE_NAMES.append("new_quantity")
WORDS = ["new", "change", "insert", "update", "add", "set", "snapshot"]
NUMBER_CHARACTERS = frozenset("0123456789+-.eE")
COLUMNS = {
    "book": (
        *("id", "bids", "asks", "timestamp", "instrument", "action", "seq_id", "prev_seq_id"),
        *("is_snapshot", "snapshot"),
    ),
    "trades": ("id", "price", "size", "side", "timestamp", "instrument"),
}
SNAPSHOTS = {b"snapshot", b"partial", b"full", b"initial", b"image", b"all", b"snap"}
YES = {b"1", b"true", b"t", b"yes", b"y"}
YEAR_2000, YEAR_2200 = 946_684_800_000, 7_258_118_400_000
YEAR_1, YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000
HOUR, DAY = 3_600_000, 86_400_000
UNITS = {"ms": Fraction(1), "s": Fraction(1000), "us": Fraction(1, 1000), "ns": Fraction(1, 10**6)}
"""What makes milliseconds of each unit."""


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


class NothingUsableError(Exception):
    """A table of which every row was refused."""


@dataclass
class Reading:
    """What was read; `odd` counts rows that are "stale" or "late".

    The refusals are of "level": one bad level, the rest of its row is used; "row": a book row with
    an unreadable text; "trade": a bad trade; "time": a row of either table without one;
    "instrument": one of another than the instrument, where that is given.
    """

    rows: list[BookRow]
    trades: list[Trade]
    refused: Counter[str]
    odd: Counter[str]


def read(
    paths: Sequence[Path],
    snapshot_levels: int = 50,
    instrument: str | None = None,
    *,
    sort: bool = False,
) -> Reading:
    """Read recordings, in the order given, as one stream, and count what is refused or odd.

    With `sort` the rows of a table without numbers are put in the order of their times.
    """
    reader = _Reader(snapshot_levels, instrument, sort)
    for path in paths:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.text_factory = Text
            if instrument and _is_of_others(database, instrument):
                continue
            for table, read_rows in (("book", reader.read_book), ("trades", reader.read_trades)):
                if _is_there(database, table):
                    read_rows(_select(database, table))
    rows, stale = follow(reader.books)
    times = list(accumulate((row.timestamp for row in rows), max))
    late = sum(row.timestamp < time for row, time in zip(rows, times, strict=True))
    in_time = [replace(row, timestamp=time) for row, time in zip(rows, times, strict=True)]
    return Reading(in_time, reader.trades, reader.refused, Counter(stale=stale, late=late))


def _select(database: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table in the order of their ids."""
    there = _columns(database, table)
    names = [name for name in COLUMNS[table] if name in there]
    columns = ", ".join(f'"{name}"' for name in names)
    order = _order(database, table, there)
    found = database.execute(f"SELECT {columns}, {order} AS place FROM {table} ORDER BY place")
    return [{**dict(zip(names, row, strict=False)), "id": row[-1]} for row in found]


def _is_there(database: sqlite3.Connection, table: str) -> bool:
    """Whether a file has a table; raises KeyError where another one looks like it."""
    listed = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = [_name(name) for (name,) in listed]
    needed = {"timestamp", *(("bids", "asks") if table == "book" else ("price", "size", "side"))}
    alike = [name for name in names if name not in COLUMNS and needed <= _columns(database, name)]
    if table not in names and (alike or not set(COLUMNS) & set(names)):
        raise KeyError(table)
    return table in names


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    listed = database.execute(f"PRAGMA table_info({table})")
    return {_name(name) for _, name, *_ in listed}


def _name(name: bytes) -> str:
    """Return a name as SQLite compares it; a damaged one may be no UTF-8, and is no other's."""
    return str(name, "utf-8", "replace").lower()


def _order(database: sqlite3.Connection, table: str, there: set[str]) -> str:
    """Return what rows are in the order of: ids, where the first is a whole number, else rowids."""
    if "id" not in there:
        return "rowid"
    first = database.execute(f"SELECT id FROM {table} ORDER BY rowid LIMIT 1").fetchone()
    return "id" if first in (None, (None,)) or isinstance(first[0], int) else "rowid"


def _is_of_others(database: sqlite3.Connection, instrument: str) -> bool:
    """Whether the rows of a file name instruments, and none of them this one."""
    tables = [table for table in COLUMNS if "instrument" in _columns(database, table)]
    found = [
        row[0] for table in tables for row in database.execute(f"SELECT instrument FROM {table}")
    ]
    names = [name for name in found if isinstance(name, Text)]
    return bool(names) and instrument.encode() not in names


class _Reader:
    def __init__(self, snapshot_levels: int, instrument: str | None, sort: bool) -> None:
        self.snapshot_levels, self.instrument, self.sort = snapshot_levels, instrument, sort
        self.books: list[Numbered] = []
        self.trades: list[Trade] = []
        self.refused: Counter[str] = Counter()
        self.last: dict[str, int | None] = {"book": None, "trades": None}
        self.whole = False

    def read_book(self, rows: list[dict[str, Any]]) -> None:
        """A snapshot is what `action` or a flag says; else a first row with levels enough."""
        before = self.refused.total()
        kind, numbered = _kind_of_numbers([row for row in rows if self._is_own(row)])
        first, used = True, 0
        self.whole = self._are_books(rows)
        for row in self._timed("book", rows, may_go_back=numbered):
            sides = self._levels(row)
            if sides is None:
                continue
            used += 1
            marked = _is_marked(row)
            if marked is None:
                fewest = min(sum(size > 0 for _, size in side) for side in sides)
                marked = first and fewest >= self.snapshot_levels
            first = False
            seq = parse_number_of_row(row.get("seq_id"))
            prev = parse_number_of_row(row.get("prev_seq_id"))
            snapshot = marked or self.whole or (kind == "chain" and prev == -1)
            self.books.append(
                Numbered(BookRow(row["timestamp"], *sides, snapshot), kind, seq, prev)
            )
        if not used and self.refused.total() > before:
            raise NothingUsableError("book")

    def read_trades(self, rows: list[dict[str, Any]]) -> None:
        """A trade needs a good price, a size above zero, buy or sell in any case, a whole id."""
        before, used = self.refused.total(), len(self.trades)
        for row in self._timed("trades", rows, may_go_back=False):
            level = parse_level([_plain(row["price"]), _plain(row["size"])])
            side = row["side"]
            sign = SIDES.get(side.lower()) if isinstance(side, Text) else None
            if not level or level[1] == 0 or sign is None or not isinstance(row["id"], int):
                self.refused["trade"] += 1
            else:
                self.trades.append(Trade(row["timestamp"], *level, sign))
        if len(self.trades) == used and self.refused.total() > before:
            raise NothingUsableError("trades")

    def _is_own(self, row: dict[str, Any]) -> bool:
        if self.instrument is None or "instrument" not in row:
            return True
        return _is_text(row["instrument"], self.instrument)

    def _timed(
        self, table: str, rows: list[dict[str, Any]], *, may_go_back: bool
    ) -> Iterator[dict[str, Any]]:
        """The rows that are of the instrument and have a time, which falls only where it may.

        A time that is a day from those around it, which are of one hour, is none.
        """
        clock = Clock([row["timestamp"] for row in rows[:100]])
        if self.sort and not may_go_back:
            rows = sorted(rows, key=lambda row: exact_time(row["timestamp"], clock.unit) or 0)
        times = [clock.read(row["timestamp"]) if self._is_own(row) else None for row in rows]
        for place, row in enumerate(rows):
            time, last = times[place], self.last[table]
            after = next((other for other in times[place + 1 :] if other is not None), None)
            if not self._is_own(row):
                self.refused["instrument"] += 1
            elif time is None or _is_far(last, time, after):
                self.refused["time"] += 1
            elif last is not None and time < last and not may_go_back:
                raise OutOfOrderError(table)
            else:
                self.last[table] = time
                yield {**row, "timestamp": time}

    def _levels(self, row: dict[str, Any]) -> tuple[list[Level], list[Level]] | None:
        """The good levels of both sides; bad ones are left out and counted."""
        texts = [[] if _is_absent(row[side]) else parse_text(row[side]) for side in SIDES_OF_BOOK]
        bids, asks = texts
        if bids is None or asks is None:
            self.refused["row"] += 1
            return None
        sides = [[parse_level(value) for value in side] for side in (bids, asks)]
        bad = sum(side.count(None) for side in sides)
        self.refused["level"] += bad
        if bad and bad == len(bids) + len(asks):
            return None
        good_bids, good_asks = (
            [level for level in side if level and level != NOTHING] for side in sides
        )
        return good_bids, good_asks

    def _are_books(self, rows: list[dict[str, Any]]) -> bool:
        """Whether the first 1,000 rows are whole books; as before where they may be."""
        highest, lowest, crossed, count = -math.inf, math.inf, 0, 0
        for row in rows[:1000]:
            if not self._is_own(row):
                continue
            sides = []
            for side in SIDES_OF_BOOK:
                values = parse_text(row[side]) or []
                sides.append([level for level in map(parse_level, values) if level is not None])
            bids, asks = sides
            if _is_marked(row) or not bids or not asks or 0 in [size for _, size in bids + asks]:
                return False
            best_bid, best_ask = max(price for price, _ in bids), min(price for price, _ in asks)
            if best_bid >= best_ask:
                return False
            highest, lowest = max(highest, best_bid), min(lowest, best_ask)
            crossed += highest >= lowest
            count += 1
        return self.whole or crossed * 100 > count


NOTHING: Level = (0.0, 0.0)
SIDES_OF_BOOK = ("bids", "asks")


def _is_far(last: int | None, time: int, after: int | None) -> bool:
    if last is None or after is None:
        return False
    return abs(time - last) > DAY and abs(time - after) > DAY and abs(after - last) <= HOUR


def _is_marked(row: dict[str, Any]) -> bool | None:
    """Whether a row says that it is a snapshot; None where the table has no column for it."""
    flags = [row[name] for name in ("is_snapshot", "snapshot") if name in row]
    if "action" not in row and not flags:
        return None
    action = row.get("action")
    said = isinstance(action, Text) and action.lower() in SNAPSHOTS
    return said or any(
        flag.lower() in YES if isinstance(flag, Text) else not isinstance(flag, bytes) and flag == 1
        for flag in flags
    )


def _kind_of_numbers(rows: list[dict[str, Any]]) -> tuple[str | None, bool]:
    """What the numbers are, as the first 1,001 rows tell, and whether there are any."""
    rows = rows[:1001]
    if not rows or "seq_id" not in rows[0]:
        return None, False
    numbers = [parse_number_of_row(row["seq_id"]) for row in rows]
    before = [parse_number_of_row(row.get("prev_seq_id")) for row in rows]
    names_before = any(number is not None for number in before)
    seen = names_before or any(number is not None for number in numbers)
    if "prev_seq_id" in rows[0] and (names_before or not seen):
        return "chain", seen
    known = [
        (number, _is_marked(row))
        for number, row in zip(numbers, rows, strict=True)
        if number is not None
    ]
    steps = [b - a for (a, _), (b, marked) in pairwise(known) if not marked]
    return "counter" if steps and steps.count(1) >= 0.9 * len(steps) else "order", seen


def parse_number_of_row(value: object) -> int | None:
    """A whole number of 64 bits, or a text of one; None for anything else."""
    if isinstance(value, Text):
        found = re.fullmatch(rb"[ \t\n\v\f\r]*([+-]?[0-9]+)([.]0*)?[ \t\n\v\f\r]*", value)
        value = int(found[1]) if found else None
    if isinstance(value, int | float) and abs(value) < 1 << 63 and value == int(value):
        return int(value)
    return None


def _is_text(value: object, text: str) -> bool:
    return isinstance(value, Text) and value == text.encode()


def _plain(value: object) -> object:
    return value.decode("latin-1") if isinstance(value, bytes) else value


class Clock:
    """The unit of a table's times, as its first ones tell, and whether they are usual ones."""

    def __init__(self, values: Sequence[object]) -> None:
        found = [{unit for unit in UNITS if _is_usual(milliseconds(v, unit))} for v in values]
        counts = {unit: sum(unit in units for units in found) for unit in UNITS}
        self.unit = max(UNITS, key=lambda unit: counts[unit])
        self.usual = counts[self.unit] > 0

    def read(self, value: object) -> int | None:
        """Whole milliseconds, rounded down; None for a time that cannot be right."""
        time = milliseconds(value, self.unit)
        if time is None or _is_usual(time):
            return time
        if self.usual or any(_is_usual(milliseconds(value, unit)) for unit in UNITS):
            return None
        return time if YEAR_1 <= time < YEAR_10000 else None


def _is_usual(time: int | None) -> bool:
    return time is not None and YEAR_2000 <= time < YEAR_2200


def milliseconds(value: object, unit: str) -> int | None:
    """A time, rounded down."""
    time = exact_time(value, unit)
    return None if time is None else math.floor(time)


def exact_time(value: object, unit: str) -> Fraction | None:
    """A number, or a text of one, in its unit; else a date of ISO 8601, of UTC where it is bare."""
    if isinstance(value, bytes):
        text = value.decode("ascii", "replace")
        if not re.fullmatch(r"[0-9]{1,19}([.][0-9]{0,30})?", text):
            return _of_date(text)
    elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1 << 62:
        text = repr(value)
    else:
        return None
    return Fraction(text.rstrip(".")) * UNITS[unit]


def _of_date(text: str) -> Fraction | None:
    try:
        date = datetime.fromisoformat(text)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        microseconds = (date - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        return Fraction(microseconds, 1_000)
    except (ValueError, OverflowError):
        return None


def _is_absent(value: object) -> bool:
    return value is None or (isinstance(value, bytes) and value.strip() in (b"null", b"None"))


def parse_text(text: object) -> list[object] | None:
    """The elements of a JSON text or a Python literal of a list; None where it is neither.

    Those of a mapping are its pairs, if its keys are numbers. One whose price and size are null, or
    empty texts, is none.
    """
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
    if isinstance(values, dict) and None not in map(parse_key, values):
        return [*values.items()]
    if not isinstance(values, list | tuple):
        return None
    empty = ([None, None], ["", ""], (None, None), ("", ""))
    return [
        value for value in values if not (isinstance(value, list | tuple) and value[:2] in empty)
    ]


def parse_key(value: object) -> float | None:
    """The price that is a key, which may be of bytes; no level is made of that."""
    return parse_number(value.decode("latin-1") if isinstance(value, bytes) else value)


def parse_level(value: object) -> Level | None:
    """The first two of 2 to 4 elements, decimal texts or numbers, as a price > 0, a size >= 0.

    Or as `NOTHING`, where both are 0. A word may come before them, and an object have them under
    one of their names.
    """
    if isinstance(value, dict):
        price_name = next((name for name in PRICE_NAMES if name in value), None)
        size_name = next((name for name in SIZE_NAMES if name in value), None)
        if price_name is None or size_name is None:
            return None
        value = [value[price_name], value[size_name]]
    gone = False
    if isinstance(value, list | tuple) and len(value) > 2 and isinstance(value[0], str):
        word = value[0].lower()
        gone = word in ("delete", "remove")
        if gone or word in WORDS:
            value = value[1:]
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= 4:
        return None
    price, size = map(parse_number, value[:2])
    if price is None or size is None:
        return None
    if price == size == 0:
        return NOTHING
    return (price, 0.0 if gone else size) if price > 0 and size >= 0 else None


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
