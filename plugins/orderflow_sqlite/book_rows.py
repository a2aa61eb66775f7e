"""The table `book` as columns of level updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal, TypeAlias

import numpy as np

from orderflow_core import Bools, Floats, InputError, Ints
from orderflow_core.sources import BookRows, Gap, Ledger
from orderflow_sqlite.chain import FROM_NOTHING, NO_NUMBER
from orderflow_sqlite.first_rows import (
    NO_NUMBERS,
    PREV,
    SEQ,
    Numbers,
    SequenceKind,
    are_books,
    find_numbers,
    first_levels,
)
from orderflow_sqlite.level_scan import Levels, scan
from orderflow_sqlite.levels import (
    BAD_LEVELS,
    NOTHING,
    is_absent,
    parse_levels,
    read_level,
    read_orders,
)
from orderflow_sqlite.losses import Losses, losses_of, tells_losses
from orderflow_sqlite.one_level import LevelRows
from orderflow_sqlite.raw_rows import NULL, RawRows
from orderflow_sqlite.reader import SNAPSHOT, TableReader
from orderflow_sqlite.relation import SIDES
from orderflow_sqlite.search import Search
from orderflow_sqlite.sequence import Sequence

SnapshotRule: TypeAlias = Literal["auto", "always", "never"]
UNSEEN = (
    "the seq_id of the book does not rise by 1 from row to row and there is no prev_seq_id: "
    "rows that are missing cannot be seen"
)
_Side = tuple[Floats, ...]
"""Prices and sizes, and the numbers of orders where these are asked for."""


@dataclass
class BookReading:
    """How book rows are read, and what carries from file to file.

    Where `snapshots` is "auto" and no column tells, whole books in the place of updates are
    noticed, and the first row of a file is taken for a snapshot if it sets at least
    `snapshot_levels` levels on each side; "always" takes every row for one. What is told of the
    reading is of the range from `start` to `stop`, in ms, where there is one.
    """

    ledger: Ledger
    snapshots: SnapshotRule
    snapshot_levels: int
    sequence: SequenceKind
    gap_ms: int
    start: int | None = None
    stop: int | None = None
    last_time: int | None = None
    losses: Losses = field(init=False)
    _unseen: list[str] | None = None
    _first: bool = True
    _new: bool = True
    _books: bool = False
    _numbers: Numbers = NO_NUMBERS
    _sequence: Sequence = field(default_factory=Sequence)

    def __post_init__(self) -> None:
        self.losses = Losses(self.ledger, self.start)

    def read(self, reader: TableReader) -> Iterator[BookRows]:
        """Yield the rows of one file in chunks."""
        self.look_at(reader)
        if tells_losses(reader.database):
            self.losses.learn(losses_of(reader.database, reader.clock))
        yield from self.go_on(reader)
        if reader.since is None and not reader.stream.stopped:
            self._check_sides(reader)

    def _check_sides(self, reader: TableReader) -> None:
        """Raise InputError where both sides were NULL in all rows of a file, and tell of one."""
        unseen = self._unseen or []
        told = f"{reader.where}: {' and '.join(unseen)} are NULL in every row"
        if len(unseen) == len(SIDES):
            raise InputError(f"{told}: name their columns in [source.columns]")
        if unseen:
            self.ledger.warnings.append(told)

    def _look_for_sides(self, reader: TableReader, rows: RawRows) -> None:
        """Note which sides have had nothing in any row."""
        if self._unseen != [] and not isinstance(rows, LevelRows):
            sides = SIDES if self._unseen is None else self._unseen
            self._unseen = [side for side in sides if rows.are(reader.place(side), NULL)]

    def go_on(self, reader: TableReader) -> Iterator[BookRows]:
        """Yield the rows that a file has besides those that were read, once it was looked at."""
        for rows in reader.batches(by_id=self._numbers.seen):
            self._look_for_sides(reader, rows)
            sides = _scanned(reader, rows)
            (bids, odd_bids), (asks, odd_asks) = sides
            plain = not (odd_bids.any() or odd_asks.any())
            times = reader.times(rows) if plain else None
            used: Ints | slice = slice(None)
            if times is None:
                read, used = self._row_by_row(reader, rows, sides)
            else:
                read = self._whole(reader, rows, times, bids, asks)
            reader.refusals.used += len(read)
            found = self._in_time(self._followed(reader, rows, used, read))
            reader.stream.stopped = self._is_after(self.last_time)
            yield found

    @property
    def has_numbers(self) -> bool:
        """Whether the table that was looked at last has the feed's numbers."""
        return self._numbers.seen

    def last_snapshot(self, reader: TableReader, search: Search, until: int | None) -> int | None:
        """Return the id of the last row, up to `until`, that would be read as a snapshot."""
        self.look_at(reader)
        if self.snapshots == "always" or self._books:
            return search.last_where("1", until)
        said = [reader.columns[SNAPSHOT]] if reader.has(SNAPSHOT) else []
        if self._numbers.kind == "chain":
            said.append(f"{reader.columns[PREV]} IS {FROM_NOTHING}")
        found = search.last_where(" OR ".join(said), until) if said else None
        if found is None and not reader.has(SNAPSHOT):
            levels, first = first_levels(reader), search.first
            if levels is not None and self._is_large(*levels) and (until or first) >= first:
                return first
        return found

    def end(self) -> Iterator[BookRows]:
        """Yield what was held back for what might follow, once there is no more file."""
        for rows in self._sequence.end():
            yield self._in_time(rows)
        self._count_stale()

    @property
    def held(self) -> int | None:
        """The time of a row that was read and waits for what might follow, None without one."""
        return self._sequence.held

    @property
    def is_guess(self) -> bool:
        """Whether it took many rows to tell what the numbers of a file are."""
        return self.sequence == "auto" and self._numbers.kind in ("counter", "order")

    def look_at(self, reader: TableReader) -> None:
        """Learn what can be told of a file beforehand."""
        self._first, self._new, self._unseen = reader.since is None, True, None
        self._numbers = find_numbers(reader, self.sequence)
        if self._numbers.kind == "order" and UNSEEN not in self.ledger.warnings:
            self.ledger.warnings.append(UNSEEN)
        if self._numbers.kind is not None:
            self._sequence.chain.kind = self._numbers.kind
        if self.snapshots == "auto":
            found = are_books(reader)
            self._books = self._books if found is None else found

    def look_again(self, reader: TableReader) -> None:
        """Tell what only a whole file tells: where it would be read otherwise than it was, too.

        Raises InputError where neither side of the book was ever there.
        """
        self._check_sides(reader)
        found = are_books(reader) if self.snapshots == "auto" else None
        books = self._books if found is None else found
        if (find_numbers(reader, self.sequence), books) != (self._numbers, self._books):
            self.ledger.warnings.append(
                f"{reader.where}: its first rows, read when there were few of them, told something "
                "else of its numbers or snapshots than all of them do: read afterwards it gives "
                "other results, unless sequence and snapshot are set in [source]"
            )

    def _whole(
        self, reader: TableReader, rows: RawRows, times: Ints, bids: Levels, asks: Levels
    ) -> BookRows:
        if reader.has(SNAPSHOT):
            snapshot: Bools = rows.integers(reader.place(SNAPSHOT)) == 1
        else:
            snapshot = np.zeros(len(rows), np.bool_)
            snapshot[0] = self._first and self._is_large(bids.of(0), asks.of(0))
        self._first = False
        return _book_rows(times, snapshot, bids, asks)

    def _row_by_row(
        self, reader: TableReader, rows: RawRows, sides: list[tuple[Levels, Bools]]
    ) -> tuple[BookRows, Ints]:
        columns = _Columns()
        for row in range(len(rows)):
            time = reader.time(rows, row, may_go_back=self._numbers.seen)
            levels = None if time is None else _read_levels(reader, rows, row, sides)
            if time is None or levels is None:
                continue
            if reader.has(SNAPSHOT):
                snapshot = reader.value(rows, SNAPSHOT, row) == 1
            else:
                snapshot = self._first and self._is_large(*levels)
            self._first = False
            columns.add(row, time, snapshot, levels)
            if reader.stream.is_after(time) and not self._numbers.seen:
                break
        marks = np.array(columns.snapshot, np.bool_)
        times, used = np.array(columns.timestamp, np.int64), np.array(columns.row, np.int64)
        return _book_rows(times, marks, _joined(columns.bids), _joined(columns.asks)), used

    def _followed(
        self, reader: TableReader, rows: RawRows, used: Ints | slice, read: BookRows
    ) -> BookRows:
        """Return those of the used rows that apply, with what is known of them by their numbers."""
        if self.snapshots == "always" or self._books:
            read = replace(read, snapshot=np.ones(len(read), np.bool_))
        kind = self._numbers.kind
        if kind is None:
            ended = self._sequence.end()
            return BookRows.joined([*ended, read]) if ended else read
        seq = rows.whole_numbers(reader.place(SEQ), NO_NUMBER)[used]
        prev = seq
        if kind == "chain":
            prev = rows.whole_numbers(reader.place(PREV), NO_NUMBER)[used]
            read = replace(read, snapshot=read.snapshot | (prev == FROM_NOTHING))
        found = self._sequence.follow(read, seq, prev)
        self._count_stale()
        return found

    def _count_stale(self) -> None:
        self.ledger.stale += sum(self._is_asked_for(time) for time in self._sequence.stale)
        self._sequence.stale.clear()

    def _is_large(self, bids: _Side, asks: _Side) -> bool:
        present = min(np.count_nonzero(bids[1]), np.count_nonzero(asks[1]))
        return self.snapshots == "auto" and bool(present >= self.snapshot_levels)

    def _is_asked_for(self, time: int) -> bool:
        return (self.start is None or time >= self.start) and not self._is_after(time)

    def _is_after(self, time: int | None) -> bool:
        return time is not None and self.stop is not None and time >= self.stop

    def _in_time(self, rows: BookRows) -> BookRows:
        """Let no time go back, leave out all but the first of what is after the range, and note.

        What is noted is what is to be told of the rows.
        """
        if not len(rows) or self._is_after(self.last_time):
            return rows.rows(0, 0)
        times = _raised(rows.timestamp, self.last_time)
        if self.stop is not None and times[-1] >= self.stop:
            kept = int(np.searchsorted(times, self.stop)) + 1
            times, rows = times[:kept], rows.rows(0, kept)
        if times is not rows.timestamp:
            late = times[times > rows.timestamp]
            self.ledger.late += sum(map(self._is_asked_for, late.tolist()))
            rows = replace(rows, timestamp=times)
        self._note(times, rows.snapshot)
        self.last_time = int(times[-1])
        return self.losses.mark(rows)

    def _note(self, times: Ints, snapshot: Bools) -> None:
        """Count a book that is carried into a file, and list the gaps."""
        if self._is_after(int(times[-1])):
            times = times[:-1]
        if not len(times):
            return
        started = self.start is None or times[0] >= self.start
        if started and self._new and not snapshot[0] and self.last_time is not None:
            self.ledger.carried_without_snapshot += 1
        self._new = False
        if self.last_time is not None and times[-1] - self.last_time <= self.gap_ms:
            return
        known = times if self.last_time is None else np.append(self.last_time, times)
        if self.start is not None:
            known = np.maximum(known, self.start)
        for gap in np.flatnonzero(np.diff(known) > self.gap_ms):
            self.ledger.gaps.append(Gap(after=int(known[gap]), before=int(known[gap + 1])))


def _raised(times: Ints, last: int | None) -> Ints:
    """Return times as they are, or where any goes back, as the latest up to each."""
    if (last is None or times[0] >= last) and (
        len(times) < 2 or bool((times[1:] >= times[:-1]).all())
    ):
        return times
    raised: Ints = np.maximum.accumulate(times)
    return raised if last is None else np.maximum(raised, last)


def _scanned(reader: TableReader, rows: RawRows) -> list[tuple[Levels, Bools]]:
    if isinstance(rows, LevelRows):
        return [rows.bids, rows.asks]
    orders = reader.stream.with_orders
    return [scan(rows, reader.place(side), orders=orders) for side in SIDES]


def _read_levels(
    reader: TableReader, rows: RawRows, row: int, sides: list[tuple[Levels, Bools]]
) -> tuple[_Side, _Side] | None:
    """Return the usable levels of both sides, or None for a row that is refused as a whole."""
    found: list[_Side | list[Any]] = []
    for name, (scanned, odd) in zip(SIDES, sides, strict=True):
        side = _parsed(reader, rows, name, row) if odd[row] else scanned.of(row)
        if side is None:
            reader.refuse(rows, row, BAD_LEVELS, name)
            return None
        found.append(side)
    given, refused = sum(map(_count, found)), 0
    with_orders = sides[0][0].orders is not None
    sides_of_row: list[_Side] = []
    for name, side in zip(SIDES, found, strict=True):
        if isinstance(side, list):
            side, more = _usable(reader, rows, row, name, side, with_orders)
            refused += more
        sides_of_row.append(side)
    bids, asks = sides_of_row
    return None if given and refused == given else (bids, asks)


def _count(side: _Side | list[Any]) -> int:
    return len(side) if isinstance(side, list) else len(side[0])


def _parsed(reader: TableReader, rows: RawRows, side: str, row: int) -> list[Any] | None:
    if isinstance(rows, LevelRows):
        return rows.parsed(side, row)
    value = reader.value(rows, side, row)
    return [] if is_absent(value) else parse_levels(value)


def _usable(
    reader: TableReader,
    rows: RawRows,
    row: int,
    column: str,
    levels: list[Any],
    with_orders: bool,
) -> tuple[_Side, int]:
    """Return the levels that can be used, and how many were refused."""
    found = [read_level(level, any_price=reader.any_price) for level in levels]
    reasons = [level for level in found if isinstance(level, str)]
    for reason in reasons:
        reader.refuse(rows, row, reason, column)
    nothing = None if reader.any_price else NOTHING
    usable = [
        (*level, read_orders(given)) if with_orders else level
        for level, given in zip(found, levels, strict=True)
        if not isinstance(level, str) and level != nothing
    ]
    width = 3 if with_orders else 2
    flat = np.fromiter(chain.from_iterable(usable), np.float64, width * len(usable))
    return tuple(flat.reshape(-1, width).T), len(reasons)


@dataclass
class _Columns:
    """The columns of rows that are read one by one."""

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
    if not sides:
        return Levels(np.zeros(1, np.int64), np.empty(0), np.empty(0))
    offset = np.cumsum([0, *map(_count, sides)])
    return Levels(offset, *map(np.concatenate, zip(*sides, strict=True)))


def _book_rows(times: Ints, snapshot: Bools, bids: Levels, asks: Levels) -> BookRows:
    return BookRows(
        timestamp=times,
        snapshot=snapshot,
        sure=np.ones(len(times), np.bool_),
        bid_offset=bids.offset,
        bid_price=bids.price,
        bid_size=bids.size,
        ask_offset=asks.offset,
        ask_price=asks.price,
        ask_size=asks.size,
        bid_orders=bids.orders,
        ask_orders=asks.orders,
    )
