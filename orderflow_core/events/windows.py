"""`BookWindows`: the level updates of book rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np

from orderflow_core.events.columns import (
    Bools,
    Floats,
    Ints,
    check_lengths,
    check_offsets,
    check_order,
    freeze,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class BookWindows:
    """The level updates of n book rows; row i is open in `[timestamp[i], end_timestamp[i])`.

    The updates of row i are `bid_price[bid_offset[i]:bid_offset[i + 1]]` and so on; size 0
    deletes the level. Before a row with `snapshot` the book is cleared. `sure` is false where
    the source knows that updates before this row are missing.

    `bid_orders` and `ask_orders` are how many orders stand at each updated level, NaN where the
    recording does not tell and 0 where the level is gone. They are None where no plugin has
    `order_counts`.
    """

    instrument: str
    timestamp: Ints
    end_timestamp: Ints
    snapshot: Bools
    sure: Bools
    bid_offset: Ints
    bid_price: Floats
    bid_size: Floats
    ask_offset: Ints
    ask_price: Floats
    ask_size: Floats
    bid_orders: Floats | None = None
    ask_orders: Floats | None = None

    def __post_init__(self) -> None:
        freeze(self)
        check_lengths(self, len(self), "end_timestamp", "snapshot", "sure")
        check_offsets(self, "bid_offset", "bid_price", "bid_size")
        check_offsets(self, "ask_offset", "ask_price", "ask_size")
        check_order(self, "timestamp")
        if self.bid_orders is not None:
            check_lengths(self, len(self.bid_price), "bid_orders")
        if self.ask_orders is not None:
            check_lengths(self, len(self.ask_price), "ask_orders")

    def __len__(self) -> int:
        return len(self.timestamp)

    def __getitem__(self, index: int) -> BookWindow:
        index = range(len(self))[index]
        return BookWindow(int(self.timestamp[index]), int(self.end_timestamp[index]), self, index)

    def __iter__(self) -> Iterator[BookWindow]:
        times, ends = self.timestamp.tolist(), self.end_timestamp.tolist()
        return map(BookWindow, times, ends, repeat(self), range(len(self)))

    def rows(self, start: int, stop: int) -> BookWindows:
        """Return the windows `start` to `stop` as an event of their own."""
        bids = slice(self.bid_offset[start], self.bid_offset[stop])
        asks = slice(self.ask_offset[start], self.ask_offset[stop])
        return BookWindows(
            instrument=self.instrument,
            timestamp=self.timestamp[start:stop],
            end_timestamp=self.end_timestamp[start:stop],
            snapshot=self.snapshot[start:stop],
            sure=self.sure[start:stop],
            bid_offset=self.bid_offset[start : stop + 1] - self.bid_offset[start],
            bid_price=self.bid_price[bids],
            bid_size=self.bid_size[bids],
            ask_offset=self.ask_offset[start : stop + 1] - self.ask_offset[start],
            ask_price=self.ask_price[asks],
            ask_size=self.ask_size[asks],
            bid_orders=part(self.bid_orders, bids),
            ask_orders=part(self.ask_orders, asks),
        )

    def tells_orders(self) -> bool:
        """Whether it is known of any level how many orders stand there."""
        orders = self.bid_orders, self.ask_orders
        return any(bool((each > 0).any()) for each in orders if each is not None)

    def with_orders(self) -> BookWindows:
        """Return the same with a number of orders, or NaN, for each update."""
        bids = orders_of(self.bid_size, self.bid_orders)
        asks = orders_of(self.ask_size, self.ask_orders)
        if bids is self.bid_orders and asks is self.ask_orders:
            return self
        return replace(self, bid_orders=bids, ask_orders=asks)

    def without_orders(self) -> BookWindows:
        """Return the same without the numbers of orders."""
        if self.bid_orders is None and self.ask_orders is None:
            return self
        return replace(self, bid_orders=None, ask_orders=None)


def part(column: Floats | None, places: slice) -> Floats | None:
    """Return a part of a column that need not be there."""
    return None if column is None else column[places]


def orders_of(size: Floats, orders: Floats | None) -> Floats:
    """Return how many orders stand at each updated level, of what is told of it.

    A level that is gone has none. NaN is where nothing is told, or no number above 0.
    """
    if orders is None:
        return np.where(size == 0, 0.0, np.nan)
    wrong = ((orders == 0) != (size == 0)) | (orders < 0) | (orders == np.inf)
    return np.where(size == 0, 0.0, np.where(wrong, np.nan, orders)) if wrong.any() else orders


class BookWindow:
    """The level updates of one book row, and the span in which the row is the newest."""

    __slots__ = ("_end_timestamp", "_index", "_timestamp", "_windows")

    def __init__(
        self, timestamp: int, end_timestamp: int, windows: BookWindows, index: int
    ) -> None:
        self._timestamp = timestamp
        self._end_timestamp = end_timestamp
        self._windows = windows
        self._index = index

    @property
    def timestamp(self) -> int:
        """The row's time, in ms."""
        return self._timestamp

    @property
    def end_timestamp(self) -> int:
        """The next row's time, in ms: until then the row is the newest."""
        return self._end_timestamp

    @property
    def instrument(self) -> str:
        """The instrument's name."""
        return self._windows.instrument

    @property
    def snapshot(self) -> bool:
        """Whether the book is cleared before this row."""
        return bool(self._windows.snapshot[self._index])

    @property
    def sure(self) -> bool:
        """Whether no update before this row is known to be missing."""
        return bool(self._windows.sure[self._index])

    @property
    def bid_price(self) -> Floats:
        """Prices of the updated bids, in the recording's order."""
        offset = self._windows.bid_offset
        return self._windows.bid_price[offset[self._index] : offset[self._index + 1]]

    @property
    def bid_size(self) -> Floats:
        """New sizes of the updated bids; 0 deletes."""
        offset = self._windows.bid_offset
        return self._windows.bid_size[offset[self._index] : offset[self._index + 1]]

    @property
    def ask_price(self) -> Floats:
        """Prices of the updated asks, in the recording's order."""
        offset = self._windows.ask_offset
        return self._windows.ask_price[offset[self._index] : offset[self._index + 1]]

    @property
    def ask_size(self) -> Floats:
        """New sizes of the updated asks; 0 deletes."""
        offset = self._windows.ask_offset
        return self._windows.ask_size[offset[self._index] : offset[self._index + 1]]

    @property
    def bid_orders(self) -> Floats | None:
        """How many orders stand at the updated bids, NaN where that is not told."""
        offset = self._windows.bid_offset
        return part(self._windows.bid_orders, slice(offset[self._index], offset[self._index + 1]))

    @property
    def ask_orders(self) -> Floats | None:
        """How many orders stand at the updated asks, NaN where that is not told."""
        offset = self._windows.ask_offset
        return part(self._windows.ask_orders, slice(offset[self._index], offset[self._index + 1]))

    def at(self, time: int) -> BookWindow:
        """Return the same updates as those of a later time, in ms."""
        return BookWindow(time, max(time, self._end_timestamp), self._windows, self._index)

    def __repr__(self) -> str:
        return (
            f"BookWindow({self.timestamp}, {self.end_timestamp}, snapshot={self.snapshot}, "
            f"bids={len(self.bid_price)}, asks={len(self.ask_price)})"
        )
