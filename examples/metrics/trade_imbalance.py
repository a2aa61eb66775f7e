"""Trade imbalance, by volume and by count."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from orderflow_core import Metric, RunningSum, Series, TradeBatches, hookimpl


class TradeImbalance(Metric):
    """(B - S) / (B + S) of the aggressors' buys and sells in the window of the bar so far.

    In [-1, 1]; the bar's close is the window's. The main series is by volume, `count` by number.
    """

    title = "Trade imbalance"
    pane = "trade imbalance"
    style = "line"
    series: ClassVar = {
        "count": Series(title="Trade imbalance by count", pane="trade imbalance", style="line")
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._sums = [RunningSum(self.settings.window_ms) for _ in range(4)]

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample both after each trade."""
        times, side = batches.trade_timestamp, batches.side.astype(np.float64)
        columns = (batches.size * side, batches.size, side, np.ones(len(side)))
        delta, volume, net, count = (
            total.add(times, column) for total, column in zip(self._sums, columns, strict=True)
        )
        self.sample(times, delta / volume)
        self.sample(times, net / count, series="count")
