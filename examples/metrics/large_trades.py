"""Large trades."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from math import ceil
from typing import Any

from pydantic import Field

from orderflow_core import Metric, TradeBatch, hookimpl


class LargeTrades(Metric):
    """Sizes of the trades that are large among those before them, minus for aggressor sells.

    Large is at or above the nearest-rank quantile of the last `trades` sizes, this one left out;
    there is no sample until there have been so many.
    """

    class Settings(Metric.Settings):
        """What is large."""

        quantile: float = Field(0.95, gt=0, le=1, description="of the sizes before")
        trades: int = Field(1000, ge=1, description="how many sizes before")

    settings: Settings
    title = "Large trades"
    style = "bars"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._recent: deque[float] = deque()
        self._sorted: list[float] = []

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Hold each trade to those before it."""
        for trade in batch:
            full = len(self._recent) == self.settings.trades
            if full and trade.size >= nearest_rank(self._sorted, self.settings.quantile):
                self.sample(trade.timestamp, trade.side * trade.size)
            if full:
                del self._sorted[bisect_left(self._sorted, self._recent.popleft())]
            self._recent.append(trade.size)
            insort(self._sorted, trade.size)


def nearest_rank(ordered: Sequence[float], quantile: float) -> float:
    """Return the quantile of ascending values: the ceil(q n)-th of them."""
    return ordered[max(1, ceil(quantile * len(ordered))) - 1]
