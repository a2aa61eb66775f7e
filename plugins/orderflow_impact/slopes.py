"""Kyle's lambda and Amihud's illiquidity, over intervals of time in which there were trades."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import Floats, Ints, Metric, TradeBatches, hookimpl, load_kernels
from orderflow_impact import rolling

KERNEL = "orderflow_impact.kernel"


class Rolling(Metric):
    """The base of both: observations of the last `intervals`, one an interval with trades."""

    class Settings(Metric.Settings):
        """How long an observation is, and how many of them count."""

        interval_seconds: float = Field(
            10, ge=0.001, le=1e6, description="length of an observation"
        )
        intervals: int = Field(60, ge=2, le=100_000, description="observations that count")

    settings: Settings
    style = "line"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._begun = np.array([-1])
        self._state = np.array([0, 0, 0, np.nan, 0])
        self._kept: Floats = np.empty((0, 4))

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample when an interval is over, with the trade that comes after it."""
        kernels = load_kernels(KERNEL) or rolling
        times, seen = self._observed(kernels, batches)
        if not len(times):
            return
        rows = np.concatenate([self._kept, seen])
        window = self.settings.intervals
        values = np.empty(max(0, len(rows) - window + 1))
        columns = [np.ascontiguousarray(column) for column in rows.T]
        self._values(kernels, columns, values)
        self.sample(times[len(times) - len(values) :], values)
        self._kept = rows[len(rows) - min(len(rows), window - 1) :].copy()

    def _observed(self, kernels: Any, batches: TradeBatches) -> tuple[Ints, Floats]:
        """Return when each interval was over, and its observation `[k, 4]`."""
        times = np.empty(len(batches.price), np.int64)
        seen = np.empty((len(batches.price), 4))
        count = kernels.observe(
            batches.trade_timestamp,
            batches.price,
            batches.size,
            batches.side,
            max(1, round(self.settings.interval_seconds * 1000)),
            self._begun,
            self._state,
            times,
            seen,
        )
        return times[:count], seen[:count]

    def _values(self, kernels: Any, columns: list[Floats], values: Floats) -> None:
        """Fill `values` from net volume, turnover, change of price and return."""
        raise NotImplementedError


class Kyle(Rolling):
    """Kyle's lambda: how far the price moves with a unit of net volume.

    Formula: the least-squares slope, with an intercept, of the change of the last price on the
    net aggressor volume, over the last `intervals` of `interval_seconds` in which there were
    trades; the change is from the last price of the one before.

    Unit: price for a unit of size.

    Source: Kyle 1985, "Continuous auctions and insider trading".

    Not: a cause, nor a forecast. It is fitted to what happened together, price and flow of one
    interval, and moves with the length of these. An interval without trades is no observation. A
    sample is of the trade that comes after an interval, when it is known to be over.

    One-sided books: the book plays no part. None where all net volumes are equal.

    Example: net volumes 10, -5, 8, -12, 4 and changes .20, -.11, .15, -.25, .06 give 0.0201744, the
    intercept being -0.0101744.
    """

    title = "Kyle's lambda"

    def _values(self, kernels: Any, columns: list[Floats], values: Floats) -> None:
        net, _, change, _ = columns
        kernels.slopes(net, change, self.settings.intervals, values)


class Amihud(Rolling):
    """Amihud's illiquidity: how far the price moves with the money that is traded.

    Formula: 1,000,000 times the mean of |r| / turnover over the last `intervals` of
    `interval_seconds` in which there were trades; r is the return of the last price on that of
    the interval before, turnover the sum of price times size.

    Unit: return for a million of quote currency; where sizes are contracts, for a million of
    price times contracts.

    Source: Amihud 2002, "Illiquidity and stock returns: cross-section and time-series effects".

    Not: impact: the volume has no side. No forecast: it goes with the price moves of its own
    intervals, and nothing is fitted. Made for days, it is larger for shorter intervals, as their
    returns are mostly bounces between bid and ask. A sample is of the trade that comes after an
    interval, when it is known to be over.

    One-sided books: the book plays no part. None while an interval of these has a turnover, or
    returns from a price, that is not above 0.

    Example: returns .001, -.002, .0005 with turnovers 1e6, 2e6, 5e5 give 0.001.
    """

    title = "Amihud's illiquidity"

    def _values(self, kernels: Any, columns: list[Floats], values: Floats) -> None:
        _, turnover, _, returns = columns
        kernels.ratios(returns, turnover, self.settings.intervals, values)
        values *= 1e6
