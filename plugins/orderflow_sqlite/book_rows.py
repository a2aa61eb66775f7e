"""The table `book` as columns of level updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orderflow_core import Bools, Floats, Ints
from orderflow_core.sources import BookRows, Gap, Ledger
from orderflow_sqlite.chain import NO_NUMBER, Chain
from orderflow_sqlite.level_scan import Levels, scan
from orderflow_sqlite.levels import BAD_LEVELS, parse_levels, read_level
from orderflow_sqlite.raw_rows import INTEGER, RawRows
from orderflow_sqlite.reader import TableReader

SNAPSHOT = "snapshot"
"""The column that tells, 1 or 0, whether a row's `action` says that it is a snapshot."""
SEQUENCE = ("seq_id", "prev_seq_id")
"""The columns of a feed's numbers, followed where a recording has both of them."""

_Side = tuple[Floats, Floats]


@dataclass
class BookReading:
    """How book rows are read, and what carries from file to file.

    `guess_snapshot` takes the first row of a file for a snapshot if it sets at least
    `snapshot_levels` levels on each side, where the recording has no column `action`. What is
    told of the reading begins at `start`, in ms, where there is one.
    """

    ledger: Ledger
    guess_snapshot: bool
    snapshot_levels: int
    gap_ms: int
    start: int | None = None
    last_time: int | None = None
    _first: bool = True
    _chain: Chain = field(default_factory=Chain)

    def read(self, reader: TableReader) -> Iterator[BookRows]:
        """Yield the rows of one file in chunks."""
        self._first = True
        for rows in reader.batches():
            sides = [scan(rows, reader.place(side)) for side in ("bids", "asks")]
            (bids, odd_bids), (asks, odd_asks) = sides
            plain = not (odd_bids.any() or odd_asks.any())
            times = reader.times(rows) if plain else None
            if times is None:
                yield self._row_by_row(reader, rows, sides)
            else:
                yield self._whole(reader, rows, times, bids, asks)

    def _whole(
        self, reader: TableReader, rows: RawRows, times: Ints, bids: Levels, asks: Levels
    ) -> BookRows:
        snapshot: Bools = np.zeros(len(rows), np.bool_)
        if reader.has(SNAPSHOT):
            snapshot = rows.integers(reader.place(SNAPSHOT)) == 1
        elif self._first:
            snapshot[0] = self._is_large(bids.of(0), asks.of(0))
        snapshot, sure = self._followed(reader, rows, slice(None), snapshot)
        self._note(times, snapshot)
        return _book_rows(times, snapshot, sure, bids, asks)

    def _row_by_row(
        self, reader: TableReader, rows: RawRows, sides: list[tuple[Levels, Bools]]
    ) -> BookRows:
        columns = _Columns()
        for row in range(len(rows)):
            time = reader.time(rows, row)
            if reader.stopped:
                break
            levels = None if time is None else _read_levels(reader, rows, row, sides)
            if time is None or levels is None:
                continue
            if reader.has(SNAPSHOT):
                snapshot = reader.value(rows, SNAPSHOT, row) == 1
            else:
                snapshot = self._first and not columns.row and self._is_large(*levels)
            columns.add(row, time, snapshot, levels)
        marks = np.array(columns.snapshot, np.bool_)
        times, used = np.array(columns.timestamp, np.int64), np.array(columns.row, np.int64)
        marks, sure = self._followed(reader, rows, used, marks)
        self._note(times, marks)
        return _book_rows(times, marks, sure, _joined(columns.bids), _joined(columns.asks))

    def _followed(
        self, reader: TableReader, rows: RawRows, used: Ints | slice, snapshot: Bools
    ) -> tuple[Bools, Bools]:
        """Return which of the used rows are snapshots, and after which the book is sure."""
        if not all(map(reader.has, SEQUENCE)):
            return snapshot, np.ones(len(snapshot), np.bool_)
        seq, prev = (_numbers(rows, reader.place(column))[used] for column in SEQUENCE)
        return self._chain.follow(seq, prev, snapshot)

    def _is_large(self, bids: _Side, asks: _Side) -> bool:
        present = min(np.count_nonzero(bids[1]), np.count_nonzero(asks[1]))
        return self.guess_snapshot and bool(present >= self.snapshot_levels)

    def _note(self, times: Ints, snapshot: Bools) -> None:
        """Count a book that is carried into a file, and list the gaps."""
        if not len(times):
            return
        started = self.start is None or times[0] >= self.start
        if started and self._first and not snapshot[0] and self.last_time is not None:
            self.ledger.carried_without_snapshot += 1
        self._first = False
        known = times if self.last_time is None else np.append(self.last_time, times)
        if self.start is not None:
            known = np.maximum(known, self.start)
        for gap in np.flatnonzero(np.diff(known) > self.gap_ms):
            self.ledger.gaps.append(Gap(after=int(known[gap]), before=int(known[gap + 1])))
        self.last_time = int(times[-1])


def _numbers(rows: RawRows, column: int) -> Ints:
    known = rows.kind[column, : len(rows)] == INTEGER
    return np.where(known, rows.integers(column), NO_NUMBER)


def _read_levels(
    reader: TableReader, rows: RawRows, row: int, sides: list[tuple[Levels, Bools]]
) -> tuple[_Side, _Side] | None:
    """Return the usable levels of both sides, or None for a row that is refused as a whole."""
    found: list[_Side | list[Any]] = []
    for name, (scanned, odd) in zip(("bids", "asks"), sides, strict=True):
        side = parse_levels(reader.value(rows, name, row)) if odd[row] else scanned.of(row)
        if side is None:
            reader.refuse(rows, row, BAD_LEVELS)
            return None
        found.append(side)
    bids, asks = (
        _usable(reader, rows, row, side) if isinstance(side, list) else side for side in found
    )
    return bids, asks


def _usable(reader: TableReader, rows: RawRows, row: int, levels: list[Any]) -> _Side:
    usable = []
    for level in levels:
        found = read_level(level)
        if isinstance(found, str):
            reader.refuse(rows, row, found)
        else:
            usable.append(found)
    price, size = np.array(usable, np.float64).reshape(-1, 2).T
    return price, size


@dataclass
class _Columns:
    row: list[int] = field(default_factory=list)
    timestamp: list[int] = field(default_factory=list)
    snapshot: list[bool] = field(default_factory=list)
    bids: list[_Side] = field(default_factory=list)
    asks: list[_Side] = field(default_factory=list)

    def add(self, row: int, timestamp: int, snapshot: bool, levels: tuple[_Side, _Side]) -> None:
        self.row.append(row)
        self.timestamp.append(timestamp)
        self.snapshot.append(snapshot)
        self.bids.append(levels[0])
        self.asks.append(levels[1])


def _joined(sides: list[_Side]) -> Levels:
    """Return the levels of each row as columns."""
    prices: list[Floats] = [np.empty(0)]
    sizes: list[Floats] = [np.empty(0)]
    for price, size in sides:
        prices.append(price)
        sizes.append(size)
    return Levels(np.cumsum([*map(len, prices)]), np.concatenate(prices), np.concatenate(sizes))


def _book_rows(times: Ints, snapshot: Bools, sure: Bools, bids: Levels, asks: Levels) -> BookRows:
    return BookRows(
        timestamp=times,
        snapshot=snapshot,
        sure=sure,
        bid_offset=bids.offset,
        bid_price=bids.price,
        bid_size=bids.size,
        ask_offset=asks.offset,
        ask_price=asks.price,
        ask_size=asks.size,
    )
