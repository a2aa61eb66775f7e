"""VPIN, the volume-synchronised probability of informed trading."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import Metric, RunningSum, TradeBatches, hookimpl, load_kernels
from orderflow_impact import rolling
from orderflow_impact.slopes import KERNEL

_MEASURED_MS = 600_000
_PARTS = 10


class Vpin(Metric):
    """VPIN, the volume-synchronised probability of informed trading.

    Formula: sum |Vb - Vs| / (n V) over the last n `buckets` of V = `bucket_volume`, aggressor buys
    and sells; a trade is split at the edge of a bucket. A sample is taken whenever a bucket is
    full, once n are.

    Unit: a number in [0, 1].

    Source: Easley, Lopez de Prado and O'Hara 2012, "Flow toxicity and liquidity in a high-frequency
    world".

    Not: the bulk-classified VPIN of the source, which mostly tracks volatility: sides are the
    recording's own aggressors. No probability that was fitted, and a weak forecast (Andersen and
    Bondarenko 2014). It depends on V; without one, V is a tenth of what is traded in the ten
    minutes after the first trade, and buckets are filled from then on.

    One-sided books: the book plays no part.

    Example: V = 4 and buckets of (buys, sells) (3, 1), (1, 3), (3, 1), (4, 0) give
    (2 + 2 + 2 + 4) / 16 = 0.625.
    """

    class Settings(Metric.Settings):
        """The buckets."""

        bucket_volume: float | None = Field(
            None, gt=0, allow_inf_nan=False, description="V; default: a minute's, of the first ten"
        )
        buckets: int = Field(50, ge=1, le=100_000, description="n, how many buckets count")

    settings: Settings
    title = "VPIN"
    style = "line"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._volume = self.settings.bucket_volume
        self._first: int | None = None
        self._traded = RunningSum()
        self._last_total = 0.0
        self._filled = np.array([0])
        self._state = np.zeros(3)
        self._imbalances = np.zeros(self.settings.buckets)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Fill buckets, and sample at each full one."""
        first = self._measured(batches) if self._volume is None else 0
        if self._volume is None:
            return
        fill = (load_kernels(KERNEL) or rolling).fill_buckets
        times, values = np.empty(4096, np.int64), np.empty(4096)
        columns = batches.trade_timestamp, batches.size, batches.side
        while first < len(batches.price):
            states = self._filled, self._state, self._imbalances
            count, first = fill(*columns, self._volume, *states, times, values, first)
            self.sample(times[:count].copy(), values[:count].copy())

    def _measured(self, batches: TradeBatches) -> int:
        """Add up what is traded at first, and return the trade with which buckets begin."""
        times = batches.trade_timestamp
        if not len(times):
            return 0
        if self._first is None:
            self._first = int(times[0])
        end = int(np.searchsorted(times, self._first + _MEASURED_MS))
        if end:
            self._last_total = float(self._traded.add(times[:end], batches.size[:end])[-1])
        if end < len(times):
            self._volume = self._last_total / _PARTS
        return end
