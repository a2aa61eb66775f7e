"""The metric vwap: the volume-weighted average price, with bands."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from orderflow_core import Metric, RunningSum, Series, TradeBatches, hookimpl
from pydantic import Field


class Vwap(Metric):
    """Volume-weighted average price of the window so far, with bands of standard deviations.

    sum(P Q) / sum(Q), plus and minus `bands` times the volume-weighted standard deviation of the
    prices; a bar closes at its window's. Drawn over the candles.
    """

    class Settings(Metric.Settings):
        """How wide the bands are."""

        bands: float = Field(1, ge=0, description="standard deviations to either band")

    settings: Settings
    title = "VWAP"
    pane = "price"
    style = "line"
    color = "#e0b040"
    series: ClassVar = {
        "upper": Series(title="VWAP, upper band", pane="price", style="line", color="#806830"),
        "lower": Series(title="VWAP, lower band", pane="price", style="line", color="#806830"),
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._sums = [RunningSum(self.settings.window_ms) for _ in range(3)]
        self._origin: float | None = None

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample after each trade.

        Prices are taken from the first one, as squares of large numbers that lie close together
        would leave nothing of their difference.
        """
        if not len(batches.price):
            return
        if self._origin is None:
            self._origin = float(batches.price[0])
        times, size = batches.trade_timestamp, batches.size
        price = batches.price - self._origin
        volume, first, second = (
            total.add(times, size * price**power) for power, total in enumerate(self._sums)
        )
        mean = first / volume
        width = self.settings.bands * np.sqrt(np.maximum(second / volume - mean**2, 0))
        for name, offset in ((None, 0), ("upper", width), ("lower", -width)):
            self.sample(times, self._origin + mean + offset, series=name)
