"""Bars of samples that begin and end with another table's price bars."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from orderflow_core.events import Bars, Floats, Ints
from orderflow_core.plugin.bars import (
    NO_TIMES,
    NO_VALUES,
    BarColumns,
    BarFiller,
    Clock,
    EndOfStream,
)

_NO_ROWS: dict[str, Any] = {
    **{name: np.empty(0, np.int64) for name in ("timestamp", "known_at", "end", "sequence")},
    **{name: np.empty(0, np.bool_) for name in ("closed", "complete")},
}


class Followed:
    """The bars of the series that is followed, which have numbers from 0.

    A sample belongs to the first bar that becomes known at its time or later. A bar comes after
    all rows and trades of the millisecond at which it is known, so this is where a row hook would
    have given the sample.
    """

    def __init__(self) -> None:
        self._first = 0
        self._rows = _NO_ROWS

    def add(self, bars: Bars) -> None:
        """Take bars that were published; the open one takes the place of that of before."""
        kept = self._rows["closed"]
        self._rows = {
            name: np.append(column[kept], getattr(bars, name))
            for name, column in self._rows.items()
        }

    def pass_on(self) -> None:
        """Leave the bars that have closed behind."""
        is_open = ~self._rows["closed"]
        if not len(is_open):  # as of most metrics
            return
        self._first += int(np.count_nonzero(~is_open))
        self._rows = {name: column[is_open] for name, column in self._rows.items()}

    def numbers(self, times: Ints) -> Ints:
        """Return for each time the number of the bar to which a sample of it belongs."""
        known_at = self._rows["known_at"][self._rows["closed"]]
        numbers: Ints = self._first + np.searchsorted(known_at, times)
        return numbers

    def bars(self, numbers: Ints, values: Floats, clock: Clock) -> BarColumns:
        """Return bars of these numbers; one that has not begun yet is left out."""
        places = numbers - self._first
        there = places < len(self._rows["closed"])
        row = {name: column[places[there]] for name, column in self._rows.items()}
        known_at = clock.first_time_from(row["known_at"])
        row["known_at"] = np.where(row["closed"], known_at, clock.last_time)
        begin = row.pop("timestamp")
        return BarColumns(begin, *np.ascontiguousarray(values[:, there]), **row)


class Follower:
    """Makes the bars of one series of samples, as a `BarMaker` does."""

    def __init__(self, followed: Followed, *, open_at_previous: bool = False) -> None:
        self._followed = followed
        self._filler = BarFiller(open_at_previous=open_at_previous)

    def add(
        self, timestamps: Ints, values: Floats, sizes: Floats | None, clock: Clock
    ) -> BarColumns:
        """Take the samples of one block and return the bars that are closed, and the open one."""
        numbers, filled = self._filler.add(self._followed.numbers(timestamps), values, sizes)
        bars = self._followed.bars(numbers, filled, clock)
        if len(bars) == len(numbers) and bars.closed.all():
            self._filler.close()
        return bars

    def finish(
        self,
        end: int,
        timestamps: Ints = NO_TIMES,
        values: Floats = NO_VALUES,
        sizes: Floats | None = None,
    ) -> BarColumns:
        """Take the samples that came after the last block and return all bars that have closed."""
        bars = self.add(timestamps, values, sizes, EndOfStream(end))
        rows = bars.columns().items()
        return replace(bars, **{name: column[bars.closed] for name, column in rows})
