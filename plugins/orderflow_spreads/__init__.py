"""Spreads: quoted, effective, and the effective one's two parts, realised and impact."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from orderflow_core import (
    Books,
    Floats,
    Ints,
    LastBefore,
    Metric,
    Series,
    TradeBatches,
    hookimpl,
    load_kernels,
)
from orderflow_spreads import parting


class QuotedSpread(Metric):
    """Quoted spread: what buying and at once selling the least size would cost.

    Formula: Pa - Pb of the touch, after each row.

    Unit: price.

    Source: Huang and Stoll 1996, "Dealer versus auction markets".

    Not: what is paid: trades happen within the spread, and beyond the touch. A crossed book gives
    a negative one. No forecast; nothing is fitted.

    One-sided books: none while a side is empty.

    Example: bid 100.0 x 5, ask 100.1 x 3 gives 0.1.
    """

    title = "Quoted spread"

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample after each row."""
        self.sample(books.timestamp, books.spread)


class EffectiveSpread(Metric):
    """Effective spread: what aggressors paid, there and back, over the mid.

    Formula: 2 D (P - M) of each trade, D being +1 for an aggressor buy and -1 for a sell, M the
    mid before the trade's millisecond. In some recordings the book row of that millisecond shows
    the book after the trade already.

    Unit: price.

    Source: Huang and Stoll 1996, "Dealer versus auction markets".

    Not: fitted, and no forecast. The sides are the recording's own aggressors.

    One-sided books: a trade has none where the last book before it lacks a side, or is not sure.

    Example: a buy at 100.10 with the mid at 100.05 before it gives 0.10.
    """

    title = "Effective spread"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._mid = LastBefore()

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Keep the mids."""
        self._mid.add(books.timestamp, sure_mid(books))

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample each trade that has a mid before it."""
        mid = self._mid.at(batches.trade_timestamp)
        self.sample(batches.trade_timestamp, 2 * batches.side * (batches.price - mid))


class RealisedSpread(Metric):
    """Realised spread and price impact: the two parts of the effective spread.

    Formula: 2 D (P - M+) of each trade, and the series `impact` 2 D (M+ - M): together the
    effective spread 2 D (P - M). D is +1 for an aggressor buy and -1 for a sell, M the mid before
    the trade's millisecond, M+ the mid `horizon_ms` after the trade.

    Unit: price.

    Source: Huang and Stoll 1996, "Dealer versus auction markets"; Bouchaud, Gefen, Potters and
    Wyart 2004, "Fluctuations and response in financial markets".

    Not: known when the trade happens. A sample is of the time at which M+ is known, the first row
    after the horizon, so that nothing looks ahead; a trade whose horizon lies beyond the end has
    none. No forecast; nothing is fitted.

    One-sided books: a trade has none where either mid is missing or not sure.

    Example: a buy at 100.10, M 100.05, M+ 100.12 gives -0.04 and the impact 0.14.
    """

    class Settings(Metric.Settings):
        """How long after a trade its M+ is."""

        horizon_ms: int = Field(5000, ge=1, le=86_400_000, description="time from a trade to M+")

    settings: Settings
    title = "Realised spread"
    series: ClassVar = {"impact": Series(title="Price impact")}

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._mid = LastBefore()
        self._rows: Ints = np.empty(0, np.int64)
        self._mids: Floats = np.empty(0)
        self._waiting: list[Any] = [np.empty(0, kind) for kind in "qddd"]

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Keep the mids, those of the block with the one before it."""
        mid = sure_mid(books)
        self._mid.add(books.timestamp, mid)
        self._rows = np.append(self._rows[-1:], books.timestamp)
        self._mids = np.append(self._mids[-1:], mid)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Let each trade wait for its horizon, and sample those that it has come for."""
        if not len(self._rows):
            return
        times = batches.trade_timestamp
        new: Any = (
            times + self.settings.horizon_ms,
            batches.price,
            batches.side,
            self._mid.at(times),
        )
        self._waiting = [np.append(*pair) for pair in zip(self._waiting, new, strict=True)]
        over = int(np.searchsorted(self._waiting[0], self._rows[-1]))  # a row after it is there
        trades = [column[:over] for column in self._waiting]
        self._waiting = [column[over:] for column in self._waiting]
        fill = (load_kernels("orderflow_spreads.kernel") or parting).parts
        known_at, realised, impact = np.empty(over, np.int64), np.empty(over), np.empty(over)
        fill(self._rows, self._mids, *trades, known_at, realised, impact)
        self.sample(known_at, realised)
        self.sample(known_at, impact, series="impact")


def sure_mid(books: Books) -> Floats:
    """Return the mids `[n]`, NaN where a side is empty or the row is not sure."""
    return np.where(books.sure, books.mid, np.nan)
