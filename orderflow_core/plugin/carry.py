"""State that measures carry from block to block, such that the cut of blocks does not show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from orderflow_core.events import Bars, BookWindows, Bools, Floats, Ints, MetricBars
from orderflow_core.plugin.bars import NO_TIMES, NO_VALUES
from orderflow_core.plugin.kernels import load_kernels


def stretches(values: Ints) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of each stretch of equal values, such as the numbers of bars."""
    if len(values):
        changes = (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
        yield from pairwise([0, *changes, len(values)])


class RunningSum:
    """A running sum of values over time, added strictly in order.

    With `window_ms` it begins anew with each window `[start, start + window_ms)`; a start is a
    whole number of them from `origin_ms`, as of bars.
    """

    def __init__(self, window_ms: int | None = None, origin_ms: int = 0) -> None:
        self._window = window_ms or 0
        self._origin = origin_ms
        self._start, self._total = np.array([np.iinfo(np.int64).min]), np.zeros(1)

    def add(self, timestamps: Ints, values: Floats) -> Floats:
        """Return the sum after each value, `[k]` as the values; times do not decrease."""
        added = np.ascontiguousarray(values, np.float64)
        if not self._window:
            sums: Floats = np.add.accumulate(np.append(self._total, added))
            self._total[0] = sums[-1]
            return sums[1:]
        kernels = load_kernels("orderflow_core.plugin.carry_kernel")
        fill = running_sums if kernels is None else kernels.running_sums
        times = np.ascontiguousarray(timestamps, np.int64)
        sums = np.empty(len(added))
        fill(times, added, self._window, self._origin, self._start, self._total, sums)
        return sums


def running_sums(
    times: Ints,
    values: Floats,
    window: int,
    origin: int,
    start: Ints,
    total: Floats,
    sums: Floats,
) -> None:
    """Fill `sums` `[k]` with the sum after each value, of those of its window so far.

    `start[0]` is where the window under way begins, `total[0]` its sum. It is compiled in
    `carry_kernel.py`.
    """
    begin, so_far = start[0], total[0]
    for at in range(len(values)):
        time = times[at]
        if not begin <= time < begin + window:
            begin = (time - origin) // window * window + origin
            so_far = 0.0
        so_far += values[at]
        sums[at] = so_far
    start[0], total[0] = begin, so_far


class Unbroken:
    """Which book rows follow the row before them without a break: what differs is flow.

    The first row does not, nor does a snapshot row, a row that is not sure, and the one after it.
    """

    def __init__(self) -> None:
        self._begun = self._sure = False

    def rows(self, windows: BookWindows) -> Bools:
        """Return for each of a block's rows whether it does, `[n]`."""
        sure = windows.sure.copy()
        if not self._begun:  # the row of the trades before the first book row is none
            levels = np.flatnonzero(windows.bid_offset[1:] + windows.ask_offset[1:])
            self._begun = len(levels) > 0
            sure[: levels[0] if self._begun else None] = False
        unbroken: Bools = sure & ~windows.snapshot
        unbroken[1:] &= sure[:-1]
        unbroken[0] &= self._sure
        self._sure = bool(sure[-1])
        return unbroken


class LastBefore:
    """The last value strictly before a moment, such as the mid before a trade's millisecond.

    Values are added as they come, a block's or one at a time, as often as one likes. Times are
    asked for in the order of the stream too: those asked for after an `add` that follows an `at`
    are none before the last value that was there by then.
    """

    def __init__(self) -> None:
        self._times: Ints = NO_TIMES
        self._values: Floats = NO_VALUES
        self._asked = False

    def add(self, timestamps: Ints | int, values: Floats | float) -> None:
        """Add a value of a moment, or `[k]` as their times, which do not decrease."""
        kept = 0
        if self._asked and len(self._times):
            kept = max(0, int(np.searchsorted(self._times, self._times[-1])) - 1)
        self._asked = False
        self._times = np.append(self._times[kept:], timestamps)
        self._values = np.append(self._values[kept:], values)

    def at(self, times: Ints) -> Floats:
        """Return for each time, `[k]`, the last value before it, NaN where there is none."""
        self._asked = True
        rows = np.empty(len(times), np.int64)
        kernels = load_kernels("orderflow_core.plugin.place_kernel")
        places = places_of if kernels is None else kernels.places_of
        places(self._times, np.ascontiguousarray(times, np.int64), rows)
        values: Floats = np.append(np.nan, self._values)[rows]
        return values


def places_of(times: Ints, asked: Ints, places: Ints) -> None:
    """Fill `places` `[k]` with how many of `times`, in order, are before each that is asked for.

    These are in order too, nearly always, so that it goes on from the place before. It is compiled
    in `place_kernel.py`.
    """
    place = 0
    for at in range(len(asked)):
        time = asked[at]
        while place > 0 and times[place - 1] >= time:
            place -= 1
        while place < len(times) and times[place] < time:
            place += 1
        places[at] = place


class LastKnown:
    """The last bar of a series that was known before a moment, for joining columns in time.

    It gives what a row hook would have been given by then, and so cannot look ahead: a bar that
    became known at a time comes after all rows and trades of that millisecond.
    """

    def __init__(self) -> None:
        self._known_at: Ints = NO_TIMES
        self._columns: dict[str, Floats] = {}
        self._asked: int | None = None

    def add(self, bars: Bars | MetricBars) -> None:
        """Add the closed bars of an event of the series."""
        kept = 0
        if self._asked is not None:
            kept = max(0, int(np.searchsorted(self._known_at, self._asked)) - 1)
        self._asked = None
        self._known_at = np.append(self._known_at[kept:], bars.known_at[bars.closed])
        for name in bars.values:
            before = self._columns.get(name, NO_VALUES)[kept:]
            self._columns[name] = np.append(before, getattr(bars, name)[bars.closed])

    def before(self, times: Ints, column: str = "close") -> Floats:
        """Return a column of the last bar known strictly before each time, NaN where there is none.

        `times` are `[k]`, of the block under way, in any order; `column` is `"open"`, `"high"`,
        `"low"`, `"close"` or, of price bars, `"volume"`.
        """
        if len(times):
            first = int(times.min())
            self._asked = first if self._asked is None else min(first, self._asked)
        places = np.searchsorted(self._known_at, times)
        values: Floats = np.append(np.nan, self._columns.get(column, NO_VALUES))[places]
        return values
