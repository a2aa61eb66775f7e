"""Samples in time order into bars, block by block, with the same result however they are cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, NamedTuple, Protocol

import numpy as np

from orderflow_core.events import Bools, Floats, Ints
from orderflow_core.plugin.kernels import load_kernels

NO_TIMES: Ints = np.empty(0, np.int64)
NO_VALUES: Floats = np.empty(0, np.float64)


class Clock(Protocol):
    """The stream's time in one block; `TradeBatches` is one."""

    @property
    def last_time(self) -> int:
        """The time of the last book row or trade, in ms."""

    def first_time_from(self, times: Ints) -> Ints:
        """For each time the first book row or trade at or after it.

        Where there is none yet it is none before `last_time`.
        """


class EndOfStream(NamedTuple):
    """The clock after the last block: only its last time is left to be known."""

    last_time: int

    def first_time_from(self, times: Ints) -> Ints:
        """For each time the last one there is."""
        return np.full(len(times), self.last_time)


@dataclass(frozen=True)
class BarColumns:
    """Rows of bars, the closed ones first and the open one, where there is one, last.

    A bar whose end the stream has reached is `complete`; `sequence` tells bars apart that begin in
    one millisecond.
    """

    timestamp: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    closed: Bools
    known_at: Ints
    complete: Bools
    end: Ints
    sequence: Ints

    def __len__(self) -> int:
        return len(self.timestamp)

    def columns(self) -> dict[str, Any]:
        """Return the columns by name, as `Bars` takes them."""
        return vars(self).copy()


class BarFiller:
    """Adds samples to bars, each to the bar of its number, block by block.

    Numbers do not decrease; a number without a sample has no bar. With `open_at_previous` a bar
    opens at the value before its first sample (0.0 at first), which then counts for high and low.
    With a `window` the number of a bar is where a window of numbers begins, a whole number of them
    from `origin`: so the numbers of samples may be times.
    """

    def __init__(self, window: int = 1, origin: int = 0, *, open_at_previous: bool = False) -> None:
        self._window = window
        self._origin = origin
        self._open_at_previous = open_at_previous
        self._numbers: Ints = np.empty(1, np.int64)
        self._values: Floats = np.zeros((5, 1))
        self._open = 0

    def add(
        self, numbers: Ints, values: Floats, sizes: Floats | None = None
    ) -> tuple[Ints, Floats]:
        """Add samples, `[k]` each, and return the bars that there are now; the last stays open.

        These are the open one of before and those of the samples: their numbers `[n]`, and open,
        high, low, close and volume `[5, n]`; without `sizes` that is 0. Raises ValueError for
        columns of other lengths, and for numbers that fall.
        """
        sized = values if sizes is None else sizes
        if not len(numbers) == len(values) == len(sized):
            raise ValueError(
                f"{len(numbers)} times, {len(values)} values and {len(sized)} sizes: give each "
                "sample one of each"
            )
        count = self._fill(numbers, values, NO_VALUES if sizes is None else sizes)
        bars = self._numbers[:count].copy(), self._values[:, :count].copy()
        if count:
            self._numbers[0] = self._numbers[count - 1]
            self._values[:, 0] = self._values[:, count - 1]
            self._open = 1
        return bars

    def close(self) -> None:
        """Close the last bar: it is not among those that `add` returns next."""
        self._open = 0

    def _fill(self, numbers: Ints, values: Floats, sizes: Floats) -> int:
        """Add the samples to the open bar and to new ones, and return how many there are then."""
        if not len(numbers):
            return self._open
        most = 1 + min(len(numbers), int(numbers[-1] - numbers[0]) // self._window + 2)
        if most > len(self._numbers):
            self._numbers = np.resize(self._numbers, most)
            self._values = np.hstack([self._values, np.empty((5, most - self._values.shape[1]))])
        kernels = load_kernels("orderflow_core.plugin.bar_kernel")
        fill = fill_bars if kernels is None else kernels.fill_bars
        how = self._window, self._origin, self._open_at_previous
        count: int = fill(numbers, values, sizes, *how, self._numbers, self._values, self._open)
        if count < 0:
            raise ValueError("the times of samples fall: they must be in order")
        return count


class BarMaker:
    """Makes bars `[start, start + window_ms)`; a start is a whole number of them from `origin_ms`.

    A bar closes when the stream's time reaches its end. With `open_at_previous` a bar opens at
    the value before its first sample (0.0 at first), which then counts for high and low.
    """

    def __init__(
        self, window_ms: int, origin_ms: int = 0, *, open_at_previous: bool = False
    ) -> None:
        self._window = window_ms
        self._filler = BarFiller(window_ms, origin_ms, open_at_previous=open_at_previous)

    def add(
        self, timestamps: Ints, values: Floats, sizes: Floats | None, clock: Clock
    ) -> BarColumns:
        """Take the samples of one block and return the bars that they closed, and the open one.

        `values` are finite, `sizes` are summed up to the volume (None: bars without one); both
        `[k]` as `timestamps`, which do not decrease and are within the block's time. Raises
        ValueError for columns of other lengths, and for times that fall and so would make more
        bars than there is time for.
        """
        starts, bars = self._filler.add(timestamps, values, sizes)
        if not len(starts):
            return NO_BARS
        ends = starts + self._window
        closed = ends <= clock.last_time
        known_at = np.minimum(clock.first_time_from(ends), clock.last_time)
        if closed[-1]:
            self._filler.close()
        sequence = np.zeros(len(starts), np.int64)
        return BarColumns(*(starts, *bars, closed, known_at, closed, ends, sequence))

    def finish(
        self,
        end: int,
        timestamps: Ints = NO_TIMES,
        values: Floats = NO_VALUES,
        sizes: Floats | None = None,
    ) -> BarColumns:
        """Take the samples that came after the last block and return all bars, closed."""
        bars = self.add(timestamps, values, sizes, EndOfStream(end))
        self._filler.close()
        return replace(bars, closed=np.ones(len(bars), np.bool_))


def in_order(times: Ints, values: Floats, first: int, last: int) -> bool:
    """Whether samples are finite and in the order of their times, all from `first` to `last`.

    It is compiled in `bar_kernel.py`.
    """
    for sample in range(len(times)):
        if not (first <= times[sample] <= last and isfinite(values[sample])):
            return False
        first = times[sample]
    return True


def fill_bars(
    numbers: Ints,
    values: Floats,
    sizes: Floats,
    window: int,
    origin: int,
    open_at_previous: bool,
    starts: Ints,
    bars: Floats,
    count: int,
) -> int:
    """Add samples to bars, strictly in their order, and return how many bars there are then.

    Bar i starts at `starts[i]`, a whole number of windows from `origin`; `bars[:, i]` are its open,
    high, low, close and volume, for which `sizes` may be empty. `count` of them, none or one, are
    there already; if none, `bars[3, 0]` is the last close. -1 says that there are more bars than
    places for them. It is compiled in `bar_kernel.py`.
    """
    start = starts[0]
    high, low, close, volume = bars[1, 0], bars[2, 0], bars[3, 0], bars[4, 0]
    for sample in range(len(numbers)):
        number = numbers[sample]
        value = values[sample] + 0.0  # one zero, not two, whatever the order of samples
        if count == 0 or not start <= number < start + window:
            if count == len(starts):
                return -1
            start = (number - origin) // window * window + origin
            high = low = close if open_at_previous else value
            volume = 0.0
            starts[count] = start
            bars[0, count] = high
            count += 1
        bar = count - 1
        if len(sizes):
            volume += sizes[sample]
        bars[1, bar] = high = value if value > high else high
        bars[2, bar] = low = value if value < low else low
        bars[3, bar] = close = value
        bars[4, bar] = volume
    return count


NO_BARS = BarColumns(*(np.empty(0, kind) for kind in "qddddd?q?qq"))
