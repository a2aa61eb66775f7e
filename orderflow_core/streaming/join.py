"""Book rows and trades, each in time order, into blocks: every trade in exactly one window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, pairwise
from typing import TypeVar

import numpy as np

from orderflow_core.errors import InputError
from orderflow_core.events import Block, BookWindows, Ints, Span, TradeBatches
from orderflow_core.events.columns import falls
from orderflow_core.streaming.rows import BookRow, BookRows, TradeRows

MOST_AT_ONCE = 65_536
"""Rows of one millisecond after which a block is cut in the midst of it."""
ALONE = 4_096
"""Trades in a window where there is no book; a setting would change the windows, and the digest."""


def join(
    instrument: str,
    books: Iterable[BookRows],
    trades: Iterable[TradeRows],
    span: Span,
) -> Iterator[Block]:
    """Join chunks of book rows and of trades into blocks, about one a chunk of book rows.

    A block never splits the rows of one millisecond, unless they are more than `MOST_AT_ONCE`.
    Row i is open in `[timestamp[i], timestamp[i + 1])`; of rows with equal timestamps the last
    one has the trades. Trades before the first book row come in an opening window; the last
    window runs to one ms after the later of its row and the last trade. Where there are no book
    rows at all, each window has whole milliseconds of at most `ALONE` trades, or one millisecond of
    more. Raises InputError where times decrease.
    """
    tape = Tape(_in_order("trades", trades))
    chunks = whole_milliseconds(_in_order("book rows", books))
    chunk, until = next(chunks, (None, None))
    if chunk is None:
        yield from trades_alone(instrument, tape, span)
        return
    opening = tape.take(before=int(chunk.timestamp[0]))
    if len(opening):
        yield opening_block(instrument, opening, int(chunk.timestamp[0]), span)
    while chunk:
        yield block_of(instrument, chunk, tape.take(before=until), until, span)
        chunk, until = next(chunks, (None, None))


def whole_milliseconds(chunks: Iterator[BookRows]) -> Iterator[tuple[BookRows, int | None]]:
    """Cut chunks anew, such that none begins in the midst of a millisecond.

    Each comes with the time of the row after it, None after the last. A millisecond of more than
    `MOST_AT_ONCE` rows is cut after each so many, counted from its first: wherever the chunks of
    a source begin, what comes of them is the same.
    """
    chunk = next(chunks, None)
    while chunk:
        following = next(chunks, None)
        last = int(chunk.timestamp[-1])
        if following is None or following.timestamp[0] != last:
            yield from pieces_of(chunk, int(following.timestamp[0]) if following else None)
            chunk = following
            continue
        cut = int(np.searchsorted(chunk.timestamp, last))
        if cut:
            yield from pieces_of(chunk.rows(0, cut), last)
        chunk = BookRows.joined([chunk.rows(cut, len(chunk)), following])
        while len(chunk) > MOST_AT_ONCE and chunk.timestamp[MOST_AT_ONCE] == last:
            yield chunk.rows(0, MOST_AT_ONCE), last
            chunk = chunk.rows(MOST_AT_ONCE, len(chunk))


def pieces_of(chunk: BookRows, until: int | None) -> Iterator[tuple[BookRows, int | None]]:
    """Yield a chunk, cut where a millisecond of it has more than `MOST_AT_ONCE` rows."""
    cuts = _cuts(chunk.timestamp) if len(chunk) > MOST_AT_ONCE else []
    if not cuts:
        yield chunk, until
        return
    for start, stop in pairwise([0, *cuts]):
        yield chunk.rows(start, stop), int(chunk.timestamp[stop])
    yield chunk.rows(cuts[-1], len(chunk)), until


def _cuts(times: Ints) -> list[int]:
    begins = np.flatnonzero(np.diff(times, prepend=times[0] - 1)).tolist()
    return [
        cut
        for begin, end in pairwise([*begins, len(times)])
        for cut in range(begin + MOST_AT_ONCE, end, MOST_AT_ONCE)
    ]


def opening_block(instrument: str, trades: TradeRows, end: int, span: Span) -> Block:
    """Return the block of one window without levels for the trades before the first book row."""
    rows = BookRows.of([BookRow(int(trades.timestamp[0]), (), ())])
    block = block_of(instrument, rows, trades, end, span)
    return replace(block, opening=True)


def trades_alone(instrument: str, tape: Tape, span: Span) -> Iterator[Block]:
    """Yield windows without levels, each up to the next one."""
    trades = tape.take_some(ALONE)
    while len(trades):
        following = tape.take_some(ALONE)
        end = int(following.timestamp[0]) if len(following) else last_end(0, trades.timestamp)
        yield opening_block(instrument, trades, end, span)
        trades = following


def last_end(timestamp: int, trades: Ints) -> int:
    """Return the end of a last window: one ms after the later of its row and its last trade."""
    return max(timestamp, int(trades[-1]) if len(trades) else timestamp) + 1


def block_of(
    instrument: str, rows: BookRows, trades: TradeRows, end: int | None, span: Span
) -> Block:
    """Return rows and the trades of their windows as a block; None: the last one ends here."""
    if end is None:
        end = last_end(int(rows.timestamp[-1]), trades.timestamp)
    ends = np.concatenate((rows.timestamp[1:], (end,)))
    offset = np.concatenate((trades.timestamp.searchsorted(rows.timestamp), (len(trades),)))
    windows = BookWindows(
        instrument=instrument,
        timestamp=rows.timestamp,
        end_timestamp=ends,
        snapshot=rows.snapshot,
        sure=rows.sure,
        bid_offset=rows.bid_offset,
        bid_price=rows.bid_price,
        bid_size=rows.bid_size,
        ask_offset=rows.ask_offset,
        ask_price=rows.ask_price,
        ask_size=rows.ask_size,
        bid_orders=rows.bid_orders,
        ask_orders=rows.ask_orders,
    )
    batches = TradeBatches(
        instrument=instrument,
        timestamp=rows.timestamp,
        end_timestamp=ends,
        offset=offset,
        id=trades.id,
        trade_id=trades.trade_id,
        price=trades.price,
        size=trades.size,
        side=trades.side,
        trade_timestamp=trades.timestamp,
    )
    return Block(windows=windows, batches=batches, span=span)


class Tape:
    """Trades in chunks, taken off from the front."""

    def __init__(self, chunks: Iterator[TradeRows]) -> None:
        self._chunks = chunks
        self._head = next(chunks, None)

    def take(self, before: int | None) -> TradeRows:
        """Take the trades with a time below `before`, or all that are left."""
        pieces = []
        while self._head and (before is None or self._head.timestamp[-1] < before):
            pieces.append(self._head)
            self._head = next(self._chunks, None)
        if self._head and before is not None:
            cut = int(np.searchsorted(self._head.timestamp, before))
            pieces.append(self._head.rows(0, cut))
            self._head = self._head.rows(cut)
        return _concatenated(pieces)

    def take_some(self, most: int) -> TradeRows:
        """Take whole milliseconds of at most so many trades, or one of more."""
        pieces: list[TradeRows] = []
        while self._head and sum(map(len, pieces)) <= most:
            pieces.append(self._head)
            self._head = next(self._chunks, None)
        taken = _concatenated(pieces)
        if len(taken) <= most:
            return taken
        if self._head:
            self._chunks = chain([self._head], self._chunks)
        self._head = taken
        return self.take(before=max(int(taken.timestamp[most]), int(taken.timestamp[0]) + 1))


def _concatenated(pieces: list[TradeRows]) -> TradeRows:
    if len(pieces) == 1:
        return pieces[0]
    return TradeRows.joined(pieces) if pieces else TradeRows.of(())


Rows = TypeVar("Rows", BookRows, TradeRows)


def _in_order(what: str, chunks: Iterable[Rows]) -> Iterator[Rows]:
    """Pass the chunks that have rows, checking that time does not go back."""
    last = None
    for chunk in chunks:
        if not len(chunk):
            continue
        times = chunk.timestamp
        if falls(times) or (last is not None and times[0] < last):
            times = times if last is None else np.append(last, times)
            wrong = int(np.flatnonzero(times[1:] < times[:-1])[0])
            raise InputError(
                f"the source gave {what} out of order: {times[wrong + 1]} after {times[wrong]}"
            )
        last = times[-1]
        yield chunk
