"""Cumulative volume delta."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from orderflow_core import Metric, RunningSum, SessionSettings, TradeBatches, hookimpl
from orderflow_core.sources import DAY_MS


class Cvd(Metric):
    """Cumulative volume delta: what aggressors have bought more than sold.

    Formula: the running sum of size, plus for an aggressor buy, minus for an aggressor sell. A
    bar opens at the value before its first trade.

    Unit: the recording's size. Carried across bars and files; with `reset = "day"` it begins at 0
    with each day's session, at `session_start`.

    Source: of traders' use; the sides are the recording's own aggressors, nothing is classified.

    Not: a forecast, and nothing is fitted. Not comparable between contracts of one coin and of one
    dollar: a contract that is valued in quote currency is counted as the recording counts it.

    One-sided books: the book plays no part.

    Example: 100.1 buy 2, 100.1 buy 1, 100.0 sell 4, 100.2 buy 3, 100.0 sell 1, 100.1 buy 5 gives
    2, 3, -1, 2, 1, 6: a bar from 0 to 6, low -1, high 6.
    """

    class Settings(SessionSettings):
        """When it begins anew."""

        reset: Literal["never", "day"] = Field("never", description="when it begins at 0 again")

    settings: Settings
    title = "CVD"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        by_day = self.settings.reset == "day"
        self._sum = RunningSum(DAY_MS if by_day else None, self.settings.session_start_ms)

    @property
    def bar_open(self) -> Literal["first", "previous"]:  # type: ignore[override]
        """A bar opens at the value before its first trade, which a new day makes 0."""
        return "first" if self.settings.reset == "day" else "previous"

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample the sum after each trade, and where days begin anew before each too."""
        times, deltas = batches.trade_timestamp, batches.size * batches.side
        if self.settings.reset == "day":
            times, deltas = np.repeat(times, 2), np.column_stack([np.zeros(len(deltas)), deltas])
        self.sample(times, self._sum.add(times, deltas.ravel()))
