"""Realised spread and price impact: the two parts of the effective spread."""

from __future__ import annotations

from collections import deque
from math import nan
from typing import Any, ClassVar

from pydantic import Field

from orderflow_core import Book, Metric, Series, Trade, TradeBatch, hookimpl


class RealisedSpread(Metric):
    """2 D (P - M+) and the impact 2 D (M+ - M), in quote currency; together the effective spread.

    M is the mid before the trade's millisecond, M+ the mid `horizon_ms` after it. A sample is of
    the time at which M+ is known, never of the trade's own, so that nothing looks ahead.
    """

    class Settings(Metric.Settings):
        """How long after a trade its M+ is."""

        horizon_ms: int = Field(5000, ge=1, description="time from a trade to its M+")

    settings: Settings
    title = "Realised spread"
    series: ClassVar = {"impact": Series(title="Price impact")}

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._time = -1
        self._mid = nan
        self._mid_before = nan  # the last mid of an earlier millisecond
        self._waiting: deque[tuple[Trade, float]] = deque()

    @hookimpl
    def on_book(self, book: Book) -> None:
        """Settle the trades whose horizon ended before this row."""
        while self._waiting and self._due(self._waiting[0][0]) < book.timestamp:
            trade, mid = self._waiting.popleft()
            self.sample(book.timestamp, 2 * trade.side * (trade.price - self._mid))
            self.sample(book.timestamp, 2 * trade.side * (self._mid - mid), series="impact")
        if book.timestamp != self._time:
            self._mid_before = self._mid
        self._time, self._mid = book.timestamp, book.mid if book.sure else nan

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Let each trade wait for its horizon with the mid before its millisecond."""
        for trade in batch:
            mid = self._mid if self._time < trade.timestamp else self._mid_before
            self._waiting.append((trade, mid))

    def _due(self, trade: Trade) -> int:
        horizon: int = self.settings.horizon_ms
        return trade.timestamp + horizon
