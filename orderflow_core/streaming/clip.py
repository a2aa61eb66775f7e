"""Only what lies in the asked-for range; what lies before it still builds the book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from orderflow_core.events import Block, BookWindows, Floats, Ints, TradeBatches
from orderflow_core.events.block import NO_SPAN
from orderflow_core.events.windows import orders_of
from orderflow_core.streaming.join import last_end, opening_block
from orderflow_core.streaming.rows import TradeRows

Side: TypeAlias = tuple[Floats, Floats, Floats]
"""Prices and sizes of levels, and how many orders stand at each."""
EMPTY: Side = (np.empty(0), np.empty(0), np.empty(0))


def clip(blocks: Iterator[Block], start: int | None, stop: int | None) -> Iterator[Block]:
    """Pass rows and trades with times in `[start, stop)`, in ms.

    The level updates of rows before `start` are folded into the first row that is passed, so
    that the book is right from there on and its memory is that of a book. Trades in the range
    that come before that row get an opening window.
    """
    if start is not None:
        blocks = _from(blocks, start)
    if stop is not None:
        blocks = _until(blocks, stop)
    return blocks


def _from(blocks: Iterator[Block], start: int) -> Iterator[Block]:
    before = _Before(start)
    for block in blocks:
        if block.continued:
            before.go_on(block)
            continue
        cut = int(np.searchsorted(block.windows.timestamp, start))
        before.fold(block.rows(0, cut))
        if cut < len(block):
            rest = block.rows(cut, len(block))
            yield from before.opening(int(rest.windows.timestamp[0]))
            if rest.opening and len(rest) == 1:  # in a live stream it may go on
                before.go_on(rest)
                continue
            yield rest if rest.opening else before.prepend(rest)
            if not rest.opening:
                yield from blocks
                return
    yield from before.opening(None)


def _until(blocks: Iterator[Block], stop: int) -> Iterator[Block]:
    for block in blocks:
        cut = int(np.searchsorted(block.windows.timestamp, stop))
        kept = block.rows(0, cut)
        if cut and kept.windows.end_timestamp[-1] >= stop:
            yield _ended(kept, stop)
            return
        if cut:
            yield kept
        if cut < len(block):
            return


def _ended(block: Block, stop: int) -> Block:
    """Drop the trades from `stop` on and end the last window as a stream's last one ends."""
    batches = block.batches
    trades = int(np.searchsorted(batches.trade_timestamp, stop))
    end = last_end(int(batches.timestamp[-1]), batches.trade_timestamp[:trades])
    ends = np.append(batches.end_timestamp[:-1], end)
    batches = TradeBatches(
        instrument=batches.instrument,
        timestamp=batches.timestamp,
        end_timestamp=ends,
        offset=np.minimum(batches.offset, trades),
        id=batches.id[:trades],
        trade_id=batches.trade_id[:trades],
        price=batches.price[:trades],
        size=batches.size[:trades],
        side=batches.side[:trades],
        trade_timestamp=batches.trade_timestamp[:trades],
    )
    return replace(block, windows=replace(block.windows, end_timestamp=ends), batches=batches)


class _Before:
    """The book of the rows before `start`, and the trades from `start` on in their last window."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._bids = self._asks = EMPTY
        self._trades: list[TradeRows] = []
        self._instrument = ""
        self._span = NO_SPAN

    def fold(self, block: Block) -> None:
        if not len(block):
            return
        windows = block.windows
        snapshots = np.flatnonzero(windows.snapshot)
        if len(snapshots):
            self._bids = self._asks = EMPTY
            windows = windows.rows(int(snapshots[-1]), len(windows))
        bids = windows.bid_price, windows.bid_size, windows.bid_orders
        asks = windows.ask_price, windows.ask_size, windows.ask_orders
        self._bids, self._asks = _fold(self._bids, *bids), _fold(self._asks, *asks)
        self._trades.clear()
        self.go_on(block.rows(len(block) - 1, len(block)))

    def go_on(self, block: Block) -> None:
        """Keep the trades of the last window, or more of them, that are from `start` on."""
        batches = block.batches
        self._instrument, self._span = batches.instrument, block.span
        trades = TradeRows(
            id=batches.id,
            trade_id=batches.trade_id,
            price=batches.price,
            size=batches.size,
            side=batches.side,
            timestamp=batches.trade_timestamp,
        ).rows(int(np.searchsorted(batches.trade_timestamp, self._start)))
        if len(trades):
            self._trades.append(trades)

    def opening(self, end: int | None) -> Iterator[Block]:
        """Yield the opening window for the trades from `start` on, if there are any."""
        if not self._trades:
            return
        trades = TradeRows.joined(self._trades)
        self._trades.clear()
        stop = last_end(0, trades.timestamp) if end is None else end
        yield opening_block(self._instrument, trades, stop, self._span)

    def prepend(self, block: Block) -> Block:
        """Put the book's levels before the updates of the block's first row."""
        windows = block.windows
        if windows.snapshot[0]:
            return block
        return replace(block, windows=_prepended(windows, self._bids, self._asks))


def _fold(levels: Side, price: Floats, size: Floats, orders: Floats | None) -> Side:
    """Return what is left of levels after newer updates, without the deleted ones."""
    prices = np.concatenate([levels[0], price])[::-1]
    sizes = np.concatenate([levels[1], size])[::-1]
    counts = np.concatenate([levels[2], orders_of(size, orders)])[::-1]
    unique, newest = np.unique(prices, return_index=True)
    kept = sizes[newest] > 0
    return unique[kept], sizes[newest][kept], counts[newest][kept]


def _prepended(windows: BookWindows, bids: Side, asks: Side) -> BookWindows:
    def offset(old: Ints, added: int) -> Ints:
        return np.append(0, old[1:] + added)

    def counts(levels: Side, new: Floats | None) -> Floats | None:
        return None if new is None else np.concatenate([levels[2], new])

    return replace(
        windows,
        bid_offset=offset(windows.bid_offset, len(bids[0])),
        bid_price=np.concatenate([bids[0], windows.bid_price]),
        bid_size=np.concatenate([bids[1], windows.bid_size]),
        ask_offset=offset(windows.ask_offset, len(asks[0])),
        ask_price=np.concatenate([asks[0], windows.ask_price]),
        ask_size=np.concatenate([asks[1], windows.ask_size]),
        bid_orders=counts(bids, windows.bid_orders),
        ask_orders=counts(asks, windows.ask_orders),
    )
