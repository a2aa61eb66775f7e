"""Effective spread, of each trade against the mid before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from orderflow_core import Books, LastBefore, Metric, TradeBatches, hookimpl


class EffectiveSpread(Metric):
    """2 D (P - M): what an aggressor paid over the mid, in quote currency; D is +1 for a buy.

    M is the mid before the trade's millisecond: in some recordings the book row of that
    millisecond shows the book after the trade already. A mid that is not sure counts as none.
    """

    title = "Effective spread"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._mid = LastBefore()

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Keep the mids."""
        self._mid.add(books.timestamp, np.where(books.sure, books.mid, np.nan))

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample each trade that has a mid before it."""
        mid = self._mid.at(batches.trade_timestamp)
        self.sample(batches.trade_timestamp, 2 * batches.side * (batches.price - mid))
