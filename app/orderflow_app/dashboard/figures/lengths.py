"""Bars of another length, made of those that there are, where that gives the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from orderflow_app.dashboard.figures.panes import (
    bar_length,
    price_length,
    price_table,
    tables_of,
)
from orderflow_app.dashboard.reading.reader import View
from orderflow_core.contract.files import ROWS
from orderflow_core.contract.series import PRICE, TIME, VOLUME
from orderflow_core.plugin.base import LONGEST_BAR
from orderflow_core.times import DAY_MS, MONDAY_MS

Length: TypeAlias = Annotated[int, Field(gt=0, le=round(LONGEST_BAR * 1000))]
"""A length of bars in ms, as the page asks for it."""


@dataclass(frozen=True)
class Own:
    """The bars of one series as the run makes them.

    They are `length` ms long and begin `offset` ms later than the clock's; `per_bar` says that
    values begin anew with each, `timed` that they are windows of time.
    """

    length: int
    offset: int = 0
    per_bar: bool = False
    timed: bool = True

    def origin(self, length: int) -> int:
        """Return where a bar of a length begins, from which others are so many lengths away."""
        return self.offset + (MONDAY_MS if length % (7 * DAY_MS) == 0 else 0)

    def begin(self, time: int, length: int | None) -> int:
        """Return where the bar begins that a time lies in: one of a length, or its own."""
        length = length or self.length
        return (time - self.origin(length)) // length * length + self.origin(length)

    def makes(self, length: int) -> bool:
        """Return whether bars of a length are made of these, value by value."""
        return self.timed and (length == self.length or (not self.per_bar and self.fits(length)))

    def fits(self, length: int) -> bool:
        """Return whether each bar of a length begins and ends with one of these."""
        apart = self.origin(length) - self.origin(self.length)
        return length % self.length == apart % self.length == 0


def own_bars(view: View) -> dict[str, Own]:
    """Return how the bars of each series are made, the price's first."""
    anew = {plugin.name for plugin in (view.run.plugins if view.run else []) if plugin.per_bar}
    found = {PRICE: _own(view, price_table(view), price_length(view), anew)}
    for key, table in tables_of(view).items():
        times = [row[0] for row in view.series[key].rows]
        found[key] = _own(view, table, bar_length(view, table, times), anew)
    return found


def _own(view: View, table: str, length: int, anew: Collection[str]) -> Own:
    settings = view.run.settings if view.run else {}
    options = settings.get("plugins", {}).get(table)
    options = options if isinstance(options, Mapping) else {}
    offset = options.get("offset_seconds")
    if not isinstance(offset, int | float) or not abs(offset) <= LONGEST_BAR:
        offset = 0
    timed = options.get("clock", TIME) == TIME
    return Own(length, round(offset * 1000), table in anew, timed)


def with_length(
    view: View, length: int | None, own: Mapping[str, Own], *, cut: bool = True
) -> View:
    """Return a view whose bars have this length; without one, the view itself.

    A series whose bars do not make such bars has no rows then. With `cut` a first bar of which
    the files hold no more than a part is left out.
    """
    if length is None:
        return view
    series = {
        key: each.model_copy(update={"rows": _made(each.rows, length, own[key], cut)})
        for key, each in view.series.items()
    }
    return replace(
        view, bars=_made(view.bars, length, own[PRICE], cut), series=series, length=length
    )


def missing(length: int | None, own: Mapping[str, Own]) -> dict[str, str]:
    """Return for each series that has no bars of a length why not, in words."""
    found = {
        key: _reason(each, length)
        for key, each in own.items()
        if length is not None and not each.makes(length)
    }
    return {**found, **({VOLUME: found[PRICE]} if PRICE in found else {})}


def _reason(own: Own, length: int) -> str:
    told = f"no bars of {length / 1000:g} s"
    if not own.timed:
        return f"{told}: its own are no windows of time"
    if not own.fits(length):
        return f"{told}: those of {own.length / 1000:g} s do not make them"
    return (
        f"{told}: its values begin anew with each bar, so this takes a run with "
        f"window_seconds = {length / 1000:g}"
    )


def _made(rows: Sequence[Any], length: int, own: Own, cut: bool) -> list[Any]:
    if length == own.length:
        return list(rows)
    if not rows or not own.makes(length):
        return []
    columns = np.array(rows, np.float64)
    columns = columns[~np.isnan(columns[:, 4])]
    if not len(columns):
        return []
    origin = own.origin(length)
    bars = (columns[:, 0].astype(np.int64) - origin) // length
    if cut and len(rows) >= ROWS and (rows[0][0] - origin) % length:
        columns, bars = columns[bars > bars[0]], bars[bars > bars[0]]
    return [] if not len(bars) else _joined(columns, bars, bars * length + origin)


def _joined(columns: NDArray[Any], bars: NDArray[np.int64], begins: NDArray[np.int64]) -> list[Any]:
    """Return a bar for each run of equal numbers: first open, extremes, last close, sums."""
    first = np.flatnonzero(np.diff(bars, prepend=bars[0] - 1))
    last = np.append(first[1:], len(bars)) - 1
    made = [
        columns[first, 1],
        np.fmax.reduceat(columns[:, 2], first),
        np.fmin.reduceat(columns[:, 3], first),
        columns[last, 4],
        *(np.add.reduceat(np.nan_to_num(column), first) for column in columns.T[5:]),
    ]
    return list(zip(begins[first].tolist(), *(column.tolist() for column in made), strict=True))
