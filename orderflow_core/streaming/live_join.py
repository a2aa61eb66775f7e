"""Book rows and trades into blocks as they come, without waiting for what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Generic, TypeVar

import numpy as np

from orderflow_core.events import Block, Ints
from orderflow_core.events.block import NO_SPAN
from orderflow_core.events.columns import falls
from orderflow_core.streaming.join import (
    ALONE,
    Tape,
    block_of,
    last_end,
    opening_block,
    pieces_of,
    trades_alone,
)
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.streaming.rows import BookRows, TradeRows

END = np.iinfo(np.int64).max

Rows = TypeVar("Rows", BookRows, TradeRows)


class LiveJoin:
    """Joins rows that come bit by bit, with the results of `join` over all of them.

    Each book row goes out with the trades there are, once all rows of its millisecond are known to
    be there; later trades of its window come in blocks of their own, which are `continued`. With
    `whole_windows` a window waits for the row that ends it; without a book (`has_book` false, until
    a row of one comes) each has as many trades as those of `join` then. A row that comes with a
    time up to which all rows were said to be there, or below that of the one before it, is used at
    that time, and counted as `late` in the ledger.
    """

    def __init__(
        self,
        instrument: str,
        ledger: Ledger,
        *,
        whole_windows: bool = False,
        has_book: bool = True,
    ) -> None:
        self._instrument = instrument
        self._ledger = ledger
        self._whole_windows = whole_windows
        self._has_book = has_book
        self._books = _Waiting(BookRows.of(()))
        self._trades = _Waiting(TradeRows.of(()))
        self._until: int | None = None
        self._begun = False

    @property
    def newest(self) -> int | None:
        """The latest time of all rows, in ms, None before the first."""
        times = [each.last for each in (self._books, self._trades) if each.last is not None]
        return max(times, default=None)

    @property
    def waits(self) -> bool:
        """Whether there are rows of which it was not said that all of their time are there."""
        newest = self.newest
        return newest is not None and (self._until is None or newest >= self._until)

    def add(self, books: BookRows | None = None, trades: TradeRows | None = None) -> None:
        """Take the next rows of either kind."""
        if books is not None and len(books):
            self._ledger.late += self._books.add(books, self._until)
        if trades is not None and len(trades):
            self._ledger.late += self._trades.add(trades, self._until)

    def take(self, until: int) -> Iterator[Block]:
        """Yield what can be given once all rows with times below `until`, in ms, are there."""
        if self._until is not None and until <= self._until:
            return
        self._until = until
        if not self._whole_windows:
            yield from self._at_once(until)
        elif self._has_book or self._books.last is not None:
            yield from self._closed(until)
        else:
            yield from self._full(until)

    def end(self) -> Iterator[Block]:
        """Yield what is left, once no row comes any more."""
        if not self._whole_windows:
            yield from self._at_once(END)
            return
        books, trades = self._books.take(END), self._trades.take(END)
        if len(books):
            yield from self._opening(trades, int(books.timestamp[0]))
            rest = trades.rows(int(np.searchsorted(trades.timestamp, books.timestamp[0])))
            yield from self._blocks(books, rest, None)
        else:
            yield from trades_alone(self._instrument, Tape(_some(trades)), NO_SPAN)

    def _at_once(self, until: int) -> Iterator[Block]:
        """Yield all rows below a time; the last window goes on."""
        books, trades = self._books.take(until), self._trades.take(until)
        first = int(books.timestamp[0]) if len(books) else END
        before = int(np.searchsorted(trades.timestamp, first))
        if before:
            lead = trades.rows(0, before)
            block = opening_block(self._instrument, lead, last_end(0, lead.timestamp), NO_SPAN)
            yield replace(block, opening=False, continued=True) if self._begun else block
            self._begun = True
        if len(books):
            yield from self._blocks(books, trades.rows(before), None)
            self._begun = True

    def _closed(self, until: int) -> Iterator[Block]:
        """Yield the windows that a row below a time has ended."""
        times = self._books.before(until)
        if not len(times):
            return
        first, close = int(times[0]), int(times[-1])
        yield from self._opening(self._trades.take(first), first)
        books = self._books.take(close)
        if len(books):
            yield from self._blocks(books, self._trades.take(close), close)

    def _full(self, until: int) -> Iterator[Block]:
        """Yield windows of trades alone, cut as those of a whole stream are."""
        while len(times := self._trades.before(until)) > ALONE:
            close = max(int(times[ALONE]), int(times[0]) + 1)
            following = int(np.searchsorted(times, close))
            if following == len(times):
                return
            end = int(times[following])
            yield opening_block(self._instrument, self._trades.take(close), end, NO_SPAN)

    def _opening(self, trades: TradeRows, end: int) -> Iterator[Block]:
        lead = trades.rows(0, int(np.searchsorted(trades.timestamp, end)))
        if len(lead):
            yield opening_block(self._instrument, lead, end, NO_SPAN)

    def _blocks(self, books: BookRows, trades: TradeRows, end: int | None) -> Iterator[Block]:
        tape = Tape(_some(trades))
        for piece, until in pieces_of(books, end):
            yield block_of(self._instrument, piece, tape.take(before=until), until, NO_SPAN)


class _Waiting(Generic[Rows]):
    """Rows of one kind that have come and not gone out yet; `last` is the time of the last one."""

    def __init__(self, none: Rows) -> None:
        self._none: Rows = none
        self._rows: Any = none
        self.last: int | None = None

    def add(self, rows: Rows, until: int | None) -> int:
        """Take rows, and return how many of them were late."""
        floor = max((time for time in (self.last, until) if time is not None), default=None)
        times, late = rows.timestamp, 0
        if falls(times) or (floor is not None and times[0] < floor):
            times = np.maximum.accumulate(times)
            times = times if floor is None else np.maximum(times, floor)
            late = int(np.count_nonzero(times > rows.timestamp))
            rows = replace(rows, timestamp=times)
        self._rows = type(rows).joined([self._rows, rows]) if len(self._rows) else rows
        self.last = int(times[-1])
        return late

    def before(self, until: int) -> Ints:
        """Return the times below a time."""
        times: Ints = self._rows.timestamp
        return times[: np.searchsorted(times, until)]

    def take(self, until: int) -> Rows:
        """Take off the rows with times below a time."""
        if not (cut := len(self.before(until))):
            return self._none
        taken: Rows = self._rows.rows(0, cut)
        left = cut < len(self._rows)
        self._rows = self._rows.rows(cut, len(self._rows)) if left else self._none
        return taken


def _some(trades: TradeRows) -> Iterator[TradeRows]:
    return iter([trades] if len(trades) else [])
