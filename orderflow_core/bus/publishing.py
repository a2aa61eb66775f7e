"""What an event must be like to be published."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orderflow_core.events import (
    Bars,
    Batch,
    Books,
    BookWindows,
    Bools,
    Event,
    Ints,
    MetricBars,
    Series,
    TradeBatches,
)
from orderflow_core.plugin.moment import Moment


class Bounds(NamedTuple):
    """The times, in ms, at which what is published now may be known.

    In the hooks for columns these are the times of the block's rows and trades, which `clock`
    tells; where there is none, `first` and `last` are the one time under way.
    """

    first: int
    last: int
    clock: TradeBatches | None = None

    @property
    def time(self) -> int | None:
        """The one time under way, None in the hooks for columns."""
        return self.last if self.clock is None else None

    def at(self, moment: Moment) -> Bounds:
        """Return what is left of them in a row hook: the time under way alone."""
        time = moment.time
        return self if time is None else Bounds(time, time)

    def outside(self, times: Ints) -> Bools:
        """Return which times are none of these.

        Were a time between two rows one of them, a result would depend on the block, in which the
        later row may not be yet.
        """
        out: Bools = (times < self.first) | (times > self.last)
        if self.clock is not None and not out.any():
            out = self.clock.first_time_from(times) != times
        return out

    def holds(self, time: int) -> bool:
        """Whether one time is none outside."""
        if not self.first <= time <= self.last:
            return False
        return self.clock is None or self.clock.has(time)

    def told(self) -> str:
        """Return the bounds for people."""
        if self.clock is None:
            return f"the time under way is {self.last}"
        return (
            f"the block under way is of {self.first} to {self.last}, and what is published is "
            "known at the time of one of its rows or trades"
        )


class Latest(NamedTuple):
    """The last closed bar of a series: where it begins, which one there, and when it was known."""

    timestamp: int
    sequence: int
    known_at: int


_NEVER = Latest(np.iinfo(np.int64).min, 0, np.iinfo(np.int64).min)


def check_books(books: Books, windows: BookWindows | None, before: Books | None) -> None:
    """Raise ValueError unless `books` has one row a window of the block under way.

    `before` are those that have been published for that block.
    """
    if windows is None:
        raise ValueError("Books are published in on_book_windows, at no other moment")
    if before is not None:
        raise ValueError("Books are published once a block, and these are the second")
    if not np.array_equal(books.timestamp, windows.timestamp):
        raise ValueError(
            f"Books have one row a window, with its timestamp: found {len(books)} rows for "
            f"{len(windows)} windows, or other times"
        )
    for side in ("bid", "ask"):
        sizes, updates = getattr(books, f"{side}_before"), getattr(windows, f"{side}_price")
        if sizes is not None and sizes.shape != updates.shape:
            raise ValueError(
                f"Books have the {side}_before of {len(sizes)} updates where the windows have "
                f"{len(updates)}"
            )


def check_bars(bars: Bars | MetricBars, bounds: Bounds) -> None:
    """Raise ValueError unless `bars` are of finite values, in order, and known in time."""
    if not len(bars):
        return
    _check_values(bars)
    times = bars.timestamp
    if (times[1:] <= times[:-1]).any():
        _check_order(bars)
    _check_known(bars, bounds)


def check_continues(bars: Bars | MetricBars, latest: dict[str, Latest]) -> None:
    """Raise ValueError unless bars that are in order continue their series.

    `latest` holds each series' last closed bar, and is brought up to date.
    """
    if not len(bars):
        return
    last = latest.get(bars.series.key, _NEVER)
    first = _place(bars, 0)
    if first[:2] <= last[:2]:
        raise _disorder(bars, first.timestamp, last.timestamp)
    if first.known_at < last.known_at:
        raise _known_too_early(bars, 0)
    closed = bars.closed.nonzero()[0]
    if len(closed):
        latest[bars.series.key] = _place(bars, closed[-1])


def _place(bars: Bars | MetricBars, row: int) -> Latest:
    assert bars.sequence is not None
    return Latest(int(bars.timestamp[row]), int(bars.sequence[row]), int(bars.known_at[row]))


def _check_values(bars: Bars | MetricBars) -> None:
    if all(np.isfinite(getattr(bars, name)).all() for name in bars.values):
        return
    values = np.column_stack([getattr(bars, name) for name in bars.values])
    worst = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
    raise ValueError(
        f"series {bars.series.key!r} has the values {values[worst].tolist()} in its bar of "
        f"{bars.timestamp[worst]}; only finite ones may be published"
    )


def _check_order(bars: Bars | MetricBars) -> None:
    """Raise ValueError unless bars of one time have numbers that rise, and no time goes back."""
    assert bars.sequence is not None
    before, times = bars.timestamp[:-1], bars.timestamp[1:]
    later = bars.sequence[1:] > bars.sequence[:-1]
    falls = (times < before) | ((times == before) & ~later)
    if falls.any():
        wrong = int(np.flatnonzero(falls)[0])
        raise _disorder(bars, times[wrong], before[wrong])


def _disorder(bars: Bars | MetricBars, time: int, before: int) -> ValueError:
    return ValueError(
        f"series {bars.series.key!r} has a bar of {time} after one of {before}; bars come in time "
        "order, each once closed, those of one time with a sequence"
    )


def _check_known(bars: Bars | MetricBars, bounds: Bounds) -> None:
    known_at = bars.known_at
    assert bars.complete is not None
    assert bars.end is not None
    out = bounds.outside(known_at) | (known_at < bars.timestamp)
    if out.any():
        wrong = int(np.flatnonzero(out)[0])
        early = known_at[wrong] < bars.timestamp[wrong]
        rule = "no bar is known before it begins" if early else bounds.told()
        raise ValueError(
            f"series {bars.series.key!r} has a bar of {bars.timestamp[wrong]} that is known at "
            f"{known_at[wrong]}: {rule}"
        )
    unfinished = bars.closed & bars.complete & (bars.end > known_at)
    if unfinished.any():
        wrong = int(np.flatnonzero(unfinished)[0])
        raise ValueError(
            f"series {bars.series.key!r} has a bar of {bars.timestamp[wrong]} that is complete and "
            f"known at {known_at[wrong]}, before it ends at {bars.end[wrong]}"
        )
    falls = known_at[1:] < known_at[:-1]
    if falls.any():
        raise _known_too_early(bars, int(np.flatnonzero(falls)[0]) + 1)


def _known_too_early(bars: Bars | MetricBars, row: int) -> ValueError:
    return ValueError(
        f"series {bars.series.key!r} has a bar of {bars.timestamp[row]} that is known at "
        f"{bars.known_at[row]}, before the one that comes first in time; bars become known in "
        "their order"
    )


def check_event(event: Event, table: str, bounds: Bounds) -> None:
    """Raise ValueError unless an event is known in time, and its series is its table's."""
    name = type(event).__name__
    if not bounds.holds(event.known_at):
        raise ValueError(f"{name} is known at {event.known_at}: {bounds.told()}")
    if event.timestamp > event.known_at:
        raise ValueError(f"{name} is of {event.timestamp}, and known before, at {event.known_at}")
    if not _is_of(table, event):
        key = getattr(event, "series", Series()).key
        raise ValueError(
            f"{name} has the series {key!r}: leave its key out, or let it be {table!r} or "
            f"{table + '.name'!r}"
        )


def are_fit(batch: Batch, table: str, bounds: Bounds | None) -> bool:
    """Whether all events of a batch are known in time, in their order, and of the table's series.

    What is wrong with one that is not is told when it is published by itself.
    """
    known_at = batch.known_at
    if bounds is None or bounds.outside(known_at).any() or (batch.timestamp > known_at).any():
        return False
    in_order = bool((known_at[1:] >= known_at[:-1]).all())
    return in_order and _is_of(table, batch.first)


def _is_of(table: str, event: Event) -> bool:
    """Whether the series of an event, where it has one, is its table's."""
    series = getattr(event, "series", None)
    return not isinstance(series, Series) or f"{series.key}.".startswith(f"{table}.")
