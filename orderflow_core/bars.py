"""Samples in time order into bars, block by block, with the same result however they are cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from orderflow_core.events import Bools, Floats, Ints

NO_TIMES: Ints = np.empty(0, np.int64)
NO_VALUES: Floats = np.empty(0, np.float64)


class Clock(Protocol):
    """The stream's time in one block; `TradeBatches` is one."""

    @property
    def last_time(self) -> int:
        """The time of the last book row or trade, in ms."""

    def first_time_from(self, times: Ints) -> Ints:
        """For each time the first book row or trade at or after it."""


@dataclass(frozen=True)
class _EndOfStream:
    """The clock after the last block: only its last time is left to be known."""

    last_time: int

    def first_time_from(self, times: Ints) -> Ints:
        return np.full(len(times), self.last_time)


@dataclass(frozen=True)
class BarColumns:
    """Rows of bars, the closed ones first and the open one, where there is one, last."""

    timestamp: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    closed: Bools
    known_at: Ints

    def __len__(self) -> int:
        return len(self.timestamp)

    def columns(self) -> dict[str, Any]:
        """Return the columns by name, as `Bars` takes them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class BarMaker:
    """Makes bars `[start, start + window_ms)`, `start = floor(timestamp / window_ms) * window_ms`.

    A bar closes when the stream's time reaches its end. With `open_at_previous` a bar opens at
    the value before its first sample (0.0 at first), which then counts for high and low.
    """

    def __init__(self, window_ms: int, *, open_at_previous: bool = False) -> None:
        self._window = window_ms
        self._open_at_previous = open_at_previous
        self._previous = 0.0
        self._open: BarColumns | None = None

    def add(self, timestamps: Ints, values: Floats, sizes: Floats, clock: Clock) -> BarColumns:
        """Take the samples of one block and return the bars that they closed, and the open one.

        `values` are finite, `sizes` are summed up to the volume; both `[k]` as `timestamps`,
        which do not decrease and are within the block's time.
        """
        bars = self._group(timestamps, values + 0.0, sizes) if len(timestamps) else None
        bars = _join(self._open, bars)
        if bars is None:
            return _EMPTY
        ends = bars.timestamp + self._window
        closed = ends <= clock.last_time
        known_at = np.where(closed, clock.first_time_from(ends), clock.last_time)
        bars = replace(bars, closed=closed, known_at=known_at)
        self._open = None if closed[-1] else _rows(bars, slice(-1, None))
        return bars

    def finish(
        self,
        end: int,
        timestamps: Ints = NO_TIMES,
        values: Floats = NO_VALUES,
        sizes: Floats = NO_VALUES,
    ) -> BarColumns:
        """Take the samples that came after the last block and return all bars, closed."""
        bars = self.add(timestamps, values, sizes, _EndOfStream(end))
        self._open = None
        return replace(bars, closed=np.ones(len(bars), np.bool_))

    def _group(self, timestamps: Ints, values: Floats, sizes: Floats) -> BarColumns:
        starts = timestamps // self._window * self._window
        first = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
        close = values[np.append(first[1:], len(values)) - 1]
        opens = values[first]
        high = np.maximum.reduceat(values, first)
        low = np.minimum.reduceat(values, first)
        volume = np.array([_ordered_sum(part) for part in np.split(sizes, first[1:])])
        if self._open_at_previous:
            opens = np.append(self._previous, close[:-1])
            high, low = np.maximum(high, opens), np.minimum(low, opens)
            self._previous = float(close[-1])
        if self._open is not None and self._open.timestamp[0] == starts[first[0]]:
            head = sizes[: first[1]] if len(first) > 1 else sizes
            volume[0] = _ordered_sum(np.append(self._open.volume, head))
        known_at = np.zeros(len(first), np.int64)
        closed = known_at.astype(np.bool_)
        return BarColumns(starts[first], opens, high, low, close, volume, closed, known_at)


def _ordered_sum(values: Floats) -> float:
    """Add strictly from left to right, so that the sum does not depend on the cut of blocks."""
    return float(np.add.accumulate(values)[-1])


def _join(open_bar: BarColumns | None, bars: BarColumns | None) -> BarColumns | None:
    """Put the open bar before the new ones, as one with the first if it is the same bar."""
    if open_bar is None or bars is None:
        return bars if open_bar is None else open_bar
    if open_bar.timestamp[0] != bars.timestamp[0]:
        pairs = zip(_columns(open_bar), _columns(bars), strict=True)
        return BarColumns(*(np.append(*pair) for pair in pairs))
    bars.open[0] = open_bar.open[0]
    bars.high[0] = max(open_bar.high[0], bars.high[0])
    bars.low[0] = min(open_bar.low[0], bars.low[0])
    return bars


def _columns(bars: BarColumns) -> tuple[Any, ...]:
    return tuple(bars.columns().values())


def _rows(bars: BarColumns, rows: slice) -> BarColumns:
    return BarColumns(*(column[rows].copy() for column in _columns(bars)))


_EMPTY = BarColumns(*(np.empty(0, kind) for kind in "qddddd?q"))
