"""A book with one level a row: consecutive rows of one time, number and flag are one book row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from orderflow_core import Bools, Floats, Ints
from orderflow_sqlite.connection import Cursor
from orderflow_sqlite.level_scan import Levels
from orderflow_sqlite.levels import TOO_LARGE, Unusable
from orderflow_sqlite.raw_rows import BLOB, NULL, REAL, TEXT, RawRows, Value
from orderflow_sqlite.relation import ORDERS

LEVEL_SIDE = "level_side"
"""The column that tells the side of a level: 1 bid, -1 ask, 0 what is neither."""
BAD_LEVEL_SIDE = Unusable("side is not bid or ask")
LEVEL = (LEVEL_SIDE, "price", "size")
_AT_ONCE = 65_536
_NO_SIDE = -np.inf
"""The price of a level that is of no side; it is told among the bids."""


class LevelRows(RawRows):
    """Book rows of which each is several rows of the table, with the levels of both sides."""

    bids: tuple[Levels, Bools]
    asks: tuple[Levels, Bools]

    @property
    def read(self) -> int:
        """How many rows of the table they are."""
        return len(self.bids[0].price) + len(self.asks[0].price)

    def parsed(self, side: str, row: int) -> list[object]:
        """Return the levels of one side of a row, of which some are unusable."""
        levels: tuple[Levels, Bools] = getattr(self, side)
        price, size, *orders = (column.tolist() for column in levels[0].of(row))
        more = [each for column in orders for each in ([0.0] * len(price), column)]
        return [
            BAD_LEVEL_SIDE if each[0] == _NO_SIDE else each
            for each in zip(price, size, *more, strict=True)
        ]


class _Levels(NamedTuple):
    side: Ints
    price: Floats
    size: Floats
    orders: Floats | None

    def part(self, start: int, stop: int | None = None) -> _Levels:
        some = slice(start, stop)
        orders = None if self.orders is None else self.orders[some]
        return _Levels(self.side[some], self.price[some], self.size[some], orders)


class LevelCursor:
    """A cursor over the book rows of such a table.

    `columns` names what the cursor gives. Where one of them is the `flag` that tells of
    snapshots, one begins where the flag turns on.
    """

    def __init__(
        self, cursor: Cursor, columns: Sequence[str], flag: str, *, any_price: bool = False
    ) -> None:
        self._lowest = -TOO_LARGE if any_price else 0.0
        self._cursor = cursor
        self.columns = cursor.columns
        self._places = {name: place for place, name in enumerate(columns)}
        self._keys = [
            place for name, place in self._places.items() if name not in ("id", *LEVEL, ORDERS)
        ]
        self._flag = self._places.get(flag)
        self._flagged = False
        self._chunks: Iterator[LevelRows] | None = None

    def fetch(self, rows: RawRows) -> None:
        """Fill `rows`, which are `LevelRows`, with the next book rows."""
        assert isinstance(rows, LevelRows)
        if self._chunks is None:
            self._chunks = self._read(rows.limit)
        found = next(self._chunks, None)
        rows.filled = 0 if found is None else len(found)
        if found is None:
            return
        for name in ("kind", "whole", "real", "size"):
            getattr(rows, name)[:, : len(found)] = getattr(found, name)
        rows.text, rows.bids, rows.asks = found.text, found.bids, found.asks

    def close(self) -> None:
        """Let go of the query."""
        self._cursor.close()

    def _read(self, limit: int) -> Iterator[LevelRows]:
        """Yield at most so many book rows at once; the last of a batch may go on in the next."""
        raw = RawRows(self.columns, _AT_ONCE)
        last: LevelRows | None = None
        levels: list[_Levels] = []
        while True:
            self._cursor.fetch(raw)
            if not len(raw):
                break
            read = self._levels(raw)
            starts = self._starts(raw, last)
            levels.append(read.part(0, int(starts[0]) if len(starts) else None))
            if not len(starts):
                continue
            if last is not None:
                yield self._closed(last, levels, np.zeros(1, np.int64))
            for place in range(0, len(starts) - 1, limit):
                begin = starts[place : place + limit + 1]
                part = read.part(int(begin[0]), int(begin[-1]))
                yield self._closed(_taken(raw, begin[:-1]), [part], begin[:-1] - begin[0])
            last, levels = _taken(raw, starts[-1:]), [read.part(int(starts[-1]))]
        if last is not None:
            yield self._closed(last, levels, np.zeros(1, np.int64))

    def _levels(self, raw: RawRows) -> _Levels:
        side, price, size = (self._places[name] for name in LEVEL)
        sides = raw.integers(side).copy()
        prices = np.where(sides == 0, _NO_SIDE, raw.numbers(price))
        orders = raw.numbers(self._places[ORDERS]) if ORDERS in self._places else None
        return _Levels(sides, prices, raw.numbers(size), orders)

    def _starts(self, raw: RawRows, last: LevelRows | None) -> Ints:
        """Return where a row has another time, number or flag than the one before it."""
        new = np.zeros(len(raw), np.bool_)
        new[0] = last is None or self._key(last, 0) != self._key(raw, 0)
        for column in self._keys:
            kind, whole, real = (
                each[column, : len(raw)] for each in (raw.kind, raw.whole, raw.real)
            )
            if ((kind == TEXT) | (kind == BLOB)).any():
                values = [raw.value(column, row) for row in range(len(raw))]
                new[1:] |= [a != b for a, b in zip(values[1:], values, strict=False)]
                continue
            value = np.where(kind == REAL, real.view(np.int64), whole)
            new[1:] |= (kind[1:] != kind[:-1]) | ((value[1:] != value[:-1]) & (kind[1:] != NULL))
        return np.flatnonzero(new)

    def _key(self, rows: RawRows, row: int) -> list[Value]:
        return [rows.value(column, row) for column in self._keys]

    def _closed(self, rows: LevelRows, levels: Sequence[_Levels], starts: Ints) -> LevelRows:
        """Give book rows their levels; those of row i begin at `starts[i]`."""
        side, price, size = (
            np.concatenate([getattr(each, name) for each in levels])
            for name in ("side", "price", "size")
        )
        counts = [each.orders for each in levels if each.orders is not None]
        orders = np.concatenate(counts) if counts else None
        row = np.repeat(np.arange(len(rows)), np.diff(np.append(starts, len(side))))
        for name, of_side in (("bids", side >= 0), ("asks", side < 0)):
            some = None if orders is None else orders[of_side]
            found = self._side(row[of_side], price[of_side], size[of_side], some, len(rows))
            setattr(rows, name, found)
        if self._flag is not None:
            flags = rows.integers(self._flag)
            begins = (flags == 1) & (np.append(self._flagged, flags[:-1]) != 1)
            self._flagged = bool(flags[-1] == 1)
            flags[:] = begins
        return rows

    def _side(
        self, row: Ints, price: Floats, size: Floats, orders: Floats | None, rows: int
    ) -> tuple[Levels, Bools]:
        """Return the levels of one side, and which rows have one that is unusable."""
        usable = (price > self._lowest) & (price < TOO_LARGE) & (size >= 0) & (size < TOO_LARGE)
        offset = np.append(0, np.cumsum(np.bincount(row, minlength=rows)))
        return Levels(offset, price, size, orders), np.bincount(row[~usable], minlength=rows) > 0


def _taken(raw: RawRows, places: Ints) -> LevelRows:
    """Return a copy of some of the rows."""
    taken = LevelRows(len(raw.kind), len(places))
    for name in ("kind", "whole", "real", "size"):
        getattr(taken, name)[:] = getattr(raw, name)[:, places]
    if taken.size.any():
        taken.text = raw.text.copy()
    taken.filled = len(places)
    return taken
