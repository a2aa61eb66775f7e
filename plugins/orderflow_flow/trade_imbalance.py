"""Trade imbalance, by volume and by count."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from orderflow_core import Metric, RunningSum, Series, TradeBatches, hookimpl


class TradeImbalance(Metric):
    """Trade imbalance: what aggressors bought against what they sold.

    Formula: (B - S) / (B + S) of the trades in the window of the bar so far, by volume; the
    series `count` by their number. A bar closes at its window's.

    Unit: a number in [-1, 1].

    Source: the sides are the recording's own aggressors, nothing is classified. By number and by
    volume as in Chordia, Roll and Subrahmanyam 2002, "Order imbalance, liquidity, and market
    returns".

    Not: a forecast; it goes with the price move of its own window. Nothing is fitted. A window
    without trades has none.

    One-sided books: the book plays no part.

    Example: 100.1 buy 2, 100.1 buy 1, 100.0 sell 4, 100.2 buy 3, 100.0 sell 1, 100.1 buy 5 gives
    (11 - 5) / 16 = 0.375 by volume and (4 - 2) / 6 = 0.3333 by count.
    """

    title = "Trade imbalance"
    pane = "trade imbalance"
    style = "line"
    per_bar = True
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
