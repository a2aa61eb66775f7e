"""The metric trade_size: the mean size of trades."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from orderflow_core import Metric, RunningSum, Series, TradeBatches, hookimpl
from pydantic import Field


class TradeSize(Metric):
    """Mean size of the trades in the window so far, and each trade's own size.

    sum(Q) / n, in the recording's size unit; a bar closes at its window's mean, and the high of
    the series `each` is its largest trade.
    """

    class Settings(Metric.Settings):
        """Which trades count."""

        clock: Literal["time"] = Field("time", description="bars of time alone")
        least: float = Field(0, ge=0, description="trades of a smaller size do not count")

    settings: Settings
    title = "Trade size"
    pane = "trade size"
    style = "line"
    color = "#e0b040"
    series: ClassVar = {"each": Series(title="Size of each trade", pane="trade size")}

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._sums = [
            RunningSum(self.settings.window_ms, self.settings.origin_ms) for _ in range(2)
        ]

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample after each trade that counts."""
        counted = batches.size >= self.settings.least
        times, size = batches.trade_timestamp[counted], batches.size[counted]
        total, number = (
            running.add(times, column)
            for running, column in zip(self._sums, (size, np.ones(len(size))), strict=True)
        )
        self.sample(times, total / number)
        self.sample(times, size, series="each")
