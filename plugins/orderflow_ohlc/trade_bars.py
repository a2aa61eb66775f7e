"""Bars that trades close: by their number, volume, value or imbalance."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from orderflow_core import (
    BarColumns,
    BarFiller,
    Floats,
    InstrumentFacts,
    Ints,
    TradeBatches,
    load_kernels,
)
from orderflow_ohlc import counting

TradeClock: TypeAlias = Literal["trades", "volume", "value", "imbalance"]
KERNEL = "orderflow_ohlc.kernel"
NO_TIMES: Ints = np.empty(0, np.int64)
NO_VALUES: Floats = np.empty(0, np.float64)
_ROUNDING = 1e-12
"""The part of a threshold that a sum of floats may lack: ten sizes of 0.1 are 1."""


class TradeBars:
    """Makes bars of which each closes with the trade that reaches the threshold, unsplit.

    A bar begins with its first trade, and ends with its last, at which it is known.
    """

    def __init__(self, clock: TradeClock, threshold: float, facts: InstrumentFacts) -> None:
        self._clock = clock
        self._threshold = threshold * (1 - _ROUNDING)
        self._facts = facts
        self._filler = BarFiller()
        self._total = np.zeros(1)
        self._number = 0
        self._last = _NONE

    def add(self, batches: TradeBatches) -> BarColumns:
        """Take the trades of a block and return the bars that they closed, and the open one."""
        kernels = load_kernels(KERNEL) or counting
        numbers = np.empty(len(batches.price), np.int64)
        how = self._threshold, self._total, self._number
        self._number = int(kernels.number_trades(self._steps(batches), *how, numbers))
        filled = self._filler.add(numbers, batches.price, batches.size)
        return self._bars(numbers, batches.trade_timestamp, *filled, batches.last_time)

    def finish(self, end: int) -> BarColumns:
        """Return the open bar, closed by the end of the stream."""
        filled = self._filler.add(NO_TIMES, NO_VALUES, NO_VALUES)
        bars = self._bars(NO_TIMES, NO_TIMES, *filled, end)
        self._filler.close()
        return replace(bars, closed=np.ones(len(bars), np.bool_))

    def _steps(self, batches: TradeBatches) -> Floats:
        """Return by how much each trade moves the clock."""
        if self._clock == "trades":
            return np.ones(len(batches.price))
        if self._clock == "volume":
            return batches.size
        if self._clock == "imbalance":
            return batches.side.astype(np.float64)
        value: Floats = self._facts.value(batches.size, batches.price)
        return value

    def _bars(
        self, trades: Ints, times: Ints, numbers: Ints, values: Floats, now: int
    ) -> BarColumns:
        """Return the bars of these numbers; `trades` are those of the bars of the trades."""
        begin, sequence = self._begins(trades, times, numbers)
        last = np.searchsorted(trades, numbers, side="right")
        closed = numbers < self._number
        known_at = np.where(closed, np.append(now, times)[last], now)
        if len(numbers):
            self._last = _Begun(int(numbers[-1]), int(begin[-1]), int(sequence[-1]))
            if closed[-1]:
                self._filler.close()
        return BarColumns(*(begin, *values, closed, known_at, closed, known_at, sequence))

    def _begins(self, trades: Ints, times: Ints, numbers: Ints) -> tuple[Ints, Ints]:
        """Return when each bar began, and how many did so before it in that millisecond."""
        last = self._last
        begin = np.append(times, last.time)[np.searchsorted(trades, numbers)]
        begin[numbers == last.number] = last.time
        place = np.arange(len(begin))
        first = np.searchsorted(begin, begin)
        sequence = place - first
        if len(begin):
            earlier = last.sequence + (numbers[0] != last.number)
            sequence[begin == last.time] += earlier
        return begin, sequence


class _Begun(NamedTuple):
    """The bar that began last: its number, the time, and how many began before it then."""

    number: int
    time: int
    sequence: int


_NONE = _Begun(-1, np.iinfo(np.int64).min, 0)
