"""`TradeBatches`: the trades of windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from orderflow_core.errors import EventError
from orderflow_core.events.columns import (
    Floats,
    Ints,
    Sides,
    Texts,
    check_lengths,
    check_offsets,
    check_order,
    freeze,
)

BUY, SELL = 1, -1
BEGIN_OF_TIME, END_OF_TIME = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False, kw_only=True)
class TradeBatches:
    """The trades of n windows; those of window i are `price[offset[i]:offset[i + 1]]` and so on.

    `side` is the aggressor's: +1 buy, -1 sell. `id` is the row of the recording, `trade_id` the
    exchange's own, a string (empty where the recording has none).
    """

    instrument: str
    timestamp: Ints
    end_timestamp: Ints
    offset: Ints
    id: Ints
    trade_id: Texts
    price: Floats
    size: Floats
    side: Sides
    trade_timestamp: Ints

    def __post_init__(self) -> None:
        freeze(self)
        check_lengths(self, len(self), "end_timestamp")
        check_offsets(self, "offset", "id", "trade_id", "price", "size", "side", "trade_timestamp")
        check_order(self, "timestamp")
        check_order(self, "trade_timestamp")
        self._check_windows()

    def _check_windows(self) -> None:
        """Raise EventError unless each trade is in the window of its time."""
        times = np.concatenate(([BEGIN_OF_TIME], self.trade_timestamp, [END_OF_TIME]))
        first = self.offset[:-1]  # trades of windows, between whose times that of the window is
        if (times[first] < self.timestamp).all() and (times[first + 1] >= self.timestamp).all():
            return  # as both columns of times never fall
        row = np.repeat(np.arange(len(self)), np.diff(self.offset))
        early = self.trade_timestamp < self.timestamp[row]
        late = self.trade_timestamp >= np.append(self.timestamp[1:], END_OF_TIME)[row]
        wrong = int(np.flatnonzero(early | late)[0])
        raise EventError(
            f"TradeBatches: the trade of {self.trade_timestamp[wrong]} is in the window that "
            f"begins at {self.timestamp[row[wrong]]}; a window has the trades from its row's "
            "time on, until the next row's"
        )

    def __len__(self) -> int:
        return len(self.timestamp)

    def __getitem__(self, index: int) -> TradeBatch:
        index = range(len(self))[index]
        return TradeBatch(
            int(self.timestamp[index]),
            int(self.end_timestamp[index]),
            self,
            int(self.offset[index]),
            int(self.offset[index + 1]),
        )

    def __iter__(self) -> Iterator[TradeBatch]:
        times, ends = self.timestamp.tolist(), self.end_timestamp.tolist()
        offset = self.offset.tolist()
        return map(TradeBatch, times, ends, repeat(self), offset, offset[1:])

    def rows(self, start: int, stop: int) -> TradeBatches:
        """Return the batches `start` to `stop` as an event of their own."""
        trades = slice(self.offset[start], self.offset[stop])
        return TradeBatches(
            instrument=self.instrument,
            timestamp=self.timestamp[start:stop],
            end_timestamp=self.end_timestamp[start:stop],
            offset=self.offset[start : stop + 1] - self.offset[start],
            id=self.id[trades],
            trade_id=self.trade_id[trades],
            price=self.price[trades],
            size=self.size[trades],
            side=self.side[trades],
            trade_timestamp=self.trade_timestamp[trades],
        )

    @cached_property
    def last_time(self) -> int:
        """The time of the block's last book row or trade, in ms."""
        last_row = int(self.timestamp[-1])
        return max(last_row, int(self.trade_timestamp[-1])) if len(self.price) else last_row

    def first_time_from(self, times: Ints) -> Ints:
        """For each time (not after `last_time`) the first book row or trade at or after it.

        What was found for the same times is kept: bars of many series end together.
        """
        asked = times.tobytes()
        if asked not in self._first_times:
            rows, trades = self._endless_times
            first = np.minimum(
                rows[self.timestamp.searchsorted(times)],
                trades[self.trade_timestamp.searchsorted(times)],
            )
            first.setflags(write=False)
            self._first_times[asked] = first
        return self._first_times[asked]

    def has(self, time: int) -> bool:
        """Whether a book row or a trade is of a time (not after `last_time`)."""
        rows, trades = self._endless_times
        return bool(
            trades[self.trade_timestamp.searchsorted(time)] == time
            or rows[self.timestamp.searchsorted(time)] == time
        )

    @cached_property
    def _first_times(self) -> dict[bytes, Ints]:
        return {}

    @cached_property
    def _endless_times(self) -> tuple[Ints, Ints]:
        """The times of rows and trades, each with one after them all."""
        end = END_OF_TIME
        return np.append(self.timestamp, end), np.append(self.trade_timestamp, end)


class Trade(NamedTuple):
    """One trade; `side` is the aggressor's, +1 buy, -1 sell."""

    id: int
    trade_id: str
    price: float
    size: float
    side: int
    timestamp: int

    @property
    def instrument(self) -> str:
        """The instrument's name in a hook; empty as a source makes it, whose trades are of one."""
        return ""


@cache
def _trade_of(instrument: str) -> type[Trade]:
    """Return the class of an instrument's trades: its name takes no place in the tuple."""
    own = {"__slots__": (), "instrument": instrument, "__reduce__": _reduced}
    return type("Trade", (Trade,), own)


def _reduced(trade: Trade) -> tuple[Any, ...]:
    return _restored, (trade.instrument, *trade)


def _restored(instrument: str, *values: Any) -> Trade:
    return _trade_of(instrument)(*values)


class TradeBatch:
    """The trades of one window, in order; iterating gives each as a `Trade`."""

    __slots__ = ("_batches", "_end_timestamp", "_start", "_stop", "_timestamp")

    def __init__(
        self, timestamp: int, end_timestamp: int, batches: TradeBatches, start: int, stop: int
    ) -> None:
        self._timestamp = timestamp
        self._end_timestamp = end_timestamp
        self._batches = batches
        self._start = start
        self._stop = stop

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, index: int) -> Trade:
        row = range(self._start, self._stop)[index]
        batches = self._batches
        return _trade_of(batches.instrument)(
            int(batches.id[row]),
            batches.trade_id[row],
            float(batches.price[row]),
            float(batches.size[row]),
            int(batches.side[row]),
            int(batches.trade_timestamp[row]),
        )

    def __iter__(self) -> Iterator[Trade]:
        columns = (self.id, self.trade_id, self.price, self.size, self.side, self.trade_timestamp)
        return map(_trade_of(self.instrument), *(column.tolist() for column in columns))

    @property
    def timestamp(self) -> int:
        """The book row's time, in ms."""
        return self._timestamp

    @property
    def end_timestamp(self) -> int:
        """The end of the row's window, in ms."""
        return self._end_timestamp

    @property
    def last_time(self) -> int:
        """The time of the last trade, in ms; the book row's where there is none."""
        if self._stop == self._start:
            return self._timestamp
        return max(self._timestamp, int(self._batches.trade_timestamp[self._stop - 1]))

    @property
    def instrument(self) -> str:
        """The instrument's name."""
        return self._batches.instrument

    @property
    def id(self) -> Ints:
        """Row ids in the recording."""
        return self._batches.id[self._start : self._stop]

    @property
    def trade_id(self) -> Texts:
        """The exchange's trade ids, strings."""
        return self._batches.trade_id[self._start : self._stop]

    @property
    def price(self) -> Floats:
        """Prices."""
        return self._batches.price[self._start : self._stop]

    @property
    def size(self) -> Floats:
        """Sizes, always positive."""
        return self._batches.size[self._start : self._stop]

    @property
    def side(self) -> Sides:
        """Aggressor sides, +1 buy, -1 sell."""
        return self._batches.side[self._start : self._stop]

    @property
    def trade_timestamp(self) -> Ints:
        """The trades' own times, in ms."""
        return self._batches.trade_timestamp[self._start : self._stop]

    def at(self, time: int) -> TradeBatch:
        """Return the same trades as the batch of a later time, in ms."""
        end = max(time, self._end_timestamp)
        return TradeBatch(time, end, self._batches, self._start, self._stop)

    def __repr__(self) -> str:
        return f"TradeBatch({self.timestamp}, {self.end_timestamp}, trades={len(self)})"
