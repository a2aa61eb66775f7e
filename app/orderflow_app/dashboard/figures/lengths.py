"""Bars of another length, made of those that there are, where that gives the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from orderflow_app.dashboard.figures.panes import bar_length, price_length, tables_of
from orderflow_app.dashboard.reading.reader import View
from orderflow_core.contract.files import ROWS
from orderflow_core.contract.series import PRICE, VOLUME
from orderflow_core.plugin.base import LONGEST_BAR

Length: TypeAlias = Annotated[int, Field(gt=0, le=round(LONGEST_BAR * 1000))]
"""A length of bars in ms, as the page asks for it."""


@dataclass(frozen=True)
class Own:
    """The bars of one series as the run makes them: how long, and whether values begin anew."""

    length: int
    per_bar: bool = False

    def makes(self, length: int) -> bool:
        """Return whether bars of a length are made of these, value by value."""
        return length == self.length or (length % self.length == 0 and not self.per_bar)


def own_bars(view: View) -> dict[str, Own]:
    """Return how the bars of each series are made, the price's first."""
    anew = {plugin.name for plugin in (view.run.plugins if view.run else []) if plugin.per_bar}
    found = {PRICE: Own(price_length(view))}
    for key, table in tables_of(view).items():
        times = [row[0] for row in view.series[key].rows]
        found[key] = Own(bar_length(view, table, times), table in anew)
    return found


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
    if length % own.length:
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
    bars = columns[:, 0].astype(np.int64) // length
    if cut and len(rows) >= ROWS and rows[0][0] % length:
        columns, bars = columns[bars > bars[0]], bars[bars > bars[0]]
    return [] if not len(bars) else _joined(columns, bars, length)


def _joined(columns: NDArray[Any], bars: NDArray[np.int64], length: int) -> list[Any]:
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
    times = (bars[first] * length).tolist()
    return list(zip(times, *(column.tolist() for column in made), strict=True))
