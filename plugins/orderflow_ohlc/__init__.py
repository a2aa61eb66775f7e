"""Price bars from trades."""

from __future__ import annotations

from typing import Any

from orderflow_core import (
    BarColumns,
    BarMaker,
    Bars,
    BarSettings,
    Plugin,
    Series,
    TradeBatches,
    hookimpl,
)


class Ohlc(Plugin):
    """Open, high, low, close and volume of the trades of each window.

    A trade counts in the bar of its own time; there is no bar where there is no trade. Prices
    and volume are in the recording's units.
    """

    class Settings(BarSettings):
        """Only the length of a bar."""

    settings: Settings
    publishes = (Bars,)

    def __init__(self, settings: BarSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._series = Series(pane="price").named(self.name)
        self._maker = BarMaker(self.settings.window_ms)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Add the block's trades and publish the bars they close, and the open one."""
        trades = (batches.trade_timestamp, batches.price, batches.size)
        self._publish_bars(self._maker.add(*trades, batches))

    @hookimpl
    def on_end(self, end: int) -> None:
        """Close the open bar."""
        self._publish_bars(self._maker.finish(end))

    def _publish_bars(self, bars: BarColumns) -> None:
        if len(bars):
            columns = bars.columns()
            self.publish(Bars(instrument=self.instrument, series=self._series, **columns))
