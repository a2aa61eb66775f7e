"""Sweeps: runs of trades that go through several levels at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import (
    Floats,
    Ints,
    Plugin,
    PluginSettings,
    Series,
    Signal,
    TradeBatches,
    hookimpl,
)


class Sweeps(Plugin):
    """Sweeps: runs of trades that go through several prices at once, as signals.

    Formula: consecutive trades of one aggressor side, each at most `within_ms` after the one
    before and at no better price for the aggressor, at `levels` different prices or more.

    Unit: the signal's value is the size of all of them, in the recording's unit; its price is the
    last, its time that of the last trade. It is known with the next trade, which is no part of
    it, or at the end.

    Source: of traders' use; intermarket sweeps as in Chakravarty, Jain, Upson and Wood 2012,
    "Clean sweep: informed trading through intermarket sweep orders".

    Not: proof of one order: trades of several may fall into one millisecond, and a feed that adds
    up an order's fills at a price shows what it shows. Levels that nobody traded at do not count.

    One-sided books: the book plays no part.

    Example: 100.0 buy 1, 100.1 buy 2, 100.3 buy 1 of one millisecond is a sweep of 3 levels, size
    4, to 100.3.
    """

    class Settings(PluginSettings):
        """What is a sweep."""

        levels: int = Field(5, ge=2, description="least number of different prices")
        within_ms: int = Field(0, ge=0, description="most time between two of its trades")

    settings: Settings
    publishes = (Signal,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._run: list[Any] = [np.empty(0, kind) for kind in "qddb"]
        self._series = Series(title="Sweeps", pane="price").named(self.name)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Publish each run that a trade of this block has ended."""
        new: Any = (batches.trade_timestamp, batches.price, batches.size, batches.side)
        columns = [np.append(*pair) for pair in zip(self._run, new, strict=True)]
        times, price, _, side = columns
        if not len(times):
            return
        starts = self._starts(times, price, side)
        for start, stop, levels in self._long_runs(starts, price):
            self._tell(columns, slice(start, stop), levels, int(times[stop]))
        self._run = [column[starts[-1] :].copy() for column in columns]

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish a run that is under way."""
        price = self._run[1]
        levels = 1 + int(np.count_nonzero(np.diff(price)))
        if len(price) and levels >= self.settings.levels:
            self._tell(self._run, slice(0, len(price)), levels, end)

    def _starts(self, times: Ints, price: Floats, side: Any) -> Ints:
        """Return where the runs begin."""
        better = np.diff(price) * side[1:] < 0
        apart = (np.diff(times) > self.settings.within_ms) | (side[1:] != side[:-1]) | better
        return np.append(0, np.flatnonzero(apart) + 1)

    def _long_runs(self, starts: Ints, price: Floats) -> Any:
        """Return (start, stop, levels) of the runs that are over and have enough prices."""
        changes = np.append(0, np.cumsum(np.diff(price) != 0))
        levels = 1 + changes[starts[1:] - 1] - changes[starts[:-1]]
        chosen = np.flatnonzero(levels >= self.settings.levels)
        found = starts[chosen], starts[chosen + 1], levels[chosen]
        return zip(*(column.tolist() for column in found), strict=True)

    def _tell(self, columns: Sequence[Any], run: slice, levels: int, known_at: int) -> None:
        times, price, size, side = columns
        self.publish(
            Signal(
                timestamp=int(times[run.stop - 1]),
                known_at=known_at,
                series=self._series,
                price=float(price[run.stop - 1]),
                value=sum(size[run].tolist()),
                side=int(side[run.start]),
                text=f"{levels} levels",
            )
        )
