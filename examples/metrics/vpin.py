"""VPIN, the volume-synchronised probability of informed trading."""

from __future__ import annotations

from collections import deque
from typing import Any

from pydantic import Field

from orderflow_core import Metric, TradeBatch, hookimpl


class Vpin(Metric):
    """sum |Vb - Vs| / (n V) over the last n buckets of V volume each, in [0, 1].

    A trade is split at the edge of a bucket; a sample is taken when a bucket is full and n are.
    Sides are the aggressors' own. Easley, Lopez de Prado and O'Hara 2012, "Flow toxicity and
    liquidity in a high-frequency world".
    """

    class Settings(Metric.Settings):
        """The buckets."""

        bucket_volume: float = Field(gt=0, allow_inf_nan=False, description="V, a bucket's volume")
        buckets: int = Field(50, ge=1, description="n, how many buckets count")

    settings: Settings
    title = "VPIN"
    style = "line"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._imbalances: deque[float] = deque(maxlen=self.settings.buckets)
        self._filled = 0.0
        self._delta = 0.0

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Fill buckets, and sample at each full one."""
        for trade in batch:
            left = trade.size
            while left >= self.settings.bucket_volume - self._filled:
                part = self.settings.bucket_volume - self._filled
                self._close(trade.timestamp, self._delta + trade.side * part)
                left -= part
            self._filled += left
            self._delta += trade.side * left

    def _close(self, timestamp: int, delta: float) -> None:
        self._imbalances.append(abs(delta))
        self._filled = self._delta = 0.0
        if len(self._imbalances) == self.settings.buckets:
            volume = self.settings.buckets * self.settings.bucket_volume
            self.sample(timestamp, sum(self._imbalances) / volume)
