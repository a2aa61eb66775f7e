"""Large trades."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import (
    Events,
    Plugin,
    PluginSettings,
    Series,
    Signal,
    TradeBatches,
    hookimpl,
    load_kernels,
)
from orderflow_tape import ranks


class LargeTrades(Plugin):
    """Large trades: those that are large among the trades before them, as signals.

    Formula: a trade whose size is at or above the nearest-rank `quantile` (the ceil(q n)-th of n)
    of the last `trades` sizes, itself left out. With `least` its size is also at least so much.

    Unit: the signal's value is the size, in the recording's unit; its side is the aggressor's, its
    price and time the trade's own.

    Source: of traders' use.

    Not: large orders: one that is filled by many is many trades, and one that is split is not
    seen. Nothing looks ahead, so the first `trades` trades are never large. A size equal to the
    rank's counts as large. No forecast, and nothing is fitted but the rank.

    One-sided books: the book plays no part.

    Example: after the sizes 1 to 20 with quantile 0.95 the 19th, 19, is the least that is large:
    two of the 20 are at or above it.
    """

    class Settings(PluginSettings):
        """What is large."""

        quantile: float = Field(0.999, gt=0, le=1, description="of the sizes before")
        trades: int = Field(1000, ge=1, le=1_000_000, description="how many sizes before")
        least: float = Field(0, ge=0, description="least size, whatever the others are")

    settings: Settings
    publishes = (Signal,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        room = self.settings.trades
        self._rank = ranks.nearest_rank(room, self.settings.quantile)
        self._ring, self._threshold = np.zeros(room), np.zeros(1)
        self._counts = np.zeros(3, np.int64)
        self._series = Series(title="Large trades", pane="price").named(self.name)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Hold each trade to those before it."""
        mark = (load_kernels("orderflow_tape.kernel") or ranks).mark_large
        state = self._rank, self._ring, self._threshold, self._counts
        large = np.zeros(len(batches.size), np.bool_)
        before = ranks.fill_ring(batches.size, *state)
        mark(batches.size[before:], *state, large[before:])
        found = np.flatnonzero(large & (batches.size >= self.settings.least))
        time, size = batches.trade_timestamp[found], batches.size[found]
        self.publish(
            Events(
                Signal,
                timestamp=time,
                known_at=time,
                series=self._series,
                price=batches.price[found],
                value=size,
                side=batches.side[found],
                text=[f"{each:g}" for each in size.tolist()],
            )
        )
