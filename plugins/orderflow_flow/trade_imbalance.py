"""Trade imbalance, by volume and by count."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from orderflow_core import Metric, Series, TradeBatches, hookimpl, load_kernels
from orderflow_flow import running


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

    class Settings(Metric.Settings):
        """The length of its bars."""

        clock: Literal["time"] = Field("time", description="bars of time alone")

    settings: Settings
    title = "Trade imbalance"
    pane = "trade imbalance"
    style = "line"
    per_bar = True
    series: ClassVar = {
        "count": Series(title="Trade imbalance by count", pane="trade imbalance", style="line")
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._begun, self._sums = np.array([-1]), np.zeros(4)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample both after each trade."""
        fill = (load_kernels("orderflow_flow.kernel") or running).imbalances
        times = batches.trade_timestamp - self.settings.origin_ms
        trades = times, batches.size, batches.side
        by_volume, by_count = np.empty((2, len(batches.size)))
        window = self.settings.window_ms
        fill(*trades, window, self._begun, self._sums, by_volume, by_count)
        self.sample(batches.trade_timestamp, by_volume)
        self.sample(batches.trade_timestamp, by_count, series="count")
