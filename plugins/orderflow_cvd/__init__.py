"""Cumulative volume delta."""

from __future__ import annotations

from typing import Any

from orderflow_core import Metric, RunningSum, TradeBatches, hookimpl


class Cvd(Metric):
    """Running sum of trade size, plus for an aggressor buy, minus for an aggressor sell.

    Carried across bars and files, in the recording's size unit. A bar opens at the value before
    its first trade.
    """

    title = "CVD"
    bar_open = "previous"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._sum = RunningSum()

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample the sum after each trade."""
        deltas = batches.size * batches.side
        self.sample(batches.trade_timestamp, self._sum.add(batches.trade_timestamp, deltas))
