"""Price bars from trades."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from orderflow_core import (
    BarColumns,
    BarMaker,
    Bars,
    BarSettings,
    Plugin,
    Run,
    Series,
    TradeBatches,
    hookimpl,
)
from orderflow_ohlc.trade_bars import TradeBars


class Ohlc(Plugin):
    """Open, high, low, close and volume of trades, in bars of time or of trades.

    With `clock = "time"` a bar is a window, and a trade counts in the one of its own time. With
    any other a bar closes with the trade at which `threshold` is reached, unsplit, by the trades'
    number, volume, value in the quote currency, or imbalance: how many more aggressors bought than
    sold, or sold than bought. There is no bar where there is no trade. Prices and volume are in the
    recording's units.
    """

    class Settings(BarSettings):
        """What closes a bar."""

        clock: Literal["time", "trades", "volume", "value", "imbalance"] = Field(
            "time", description="what closes a bar"
        )
        threshold: float | None = Field(
            None, gt=0, allow_inf_nan=False, description="at which it does, of any but time"
        )

        @model_validator(mode="after")
        def _threshold_of_the_clock(self) -> Self:
            if self.clock == "time" and self.threshold is not None:
                raise ValueError(
                    'threshold is of another clock than "time", whose bars are window_seconds long'
                )
            if self.clock != "time" and self.threshold is None:
                raise ValueError(f'clock = "{self.clock}" needs a threshold, as in threshold = 100')
            return self

    settings: Settings
    publishes = (Bars,)

    def __init__(self, settings: BarSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._series = Series(pane="price").named(self.name)
        self._windows = BarMaker(self.settings.window_ms, self.settings.origin_ms)
        self._trade_bars: TradeBars | None = None

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Learn what trades are worth."""
        if self.settings.clock != "time" and self.settings.threshold is not None:
            how = self.settings.clock, self.settings.threshold
            self._trade_bars = TradeBars(*how, run.facts)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Add the block's trades and publish the bars they close, and the open one."""
        if self._trade_bars is not None:
            self._publish_bars(self._trade_bars.add(batches))
        else:
            trades = (batches.trade_timestamp, batches.price, batches.size)
            self._publish_bars(self._windows.add(*trades, batches))

    @hookimpl
    def on_end(self, end: int) -> None:
        """Close the open bar."""
        self._publish_bars((self._trade_bars or self._windows).finish(end))

    def _publish_bars(self, bars: BarColumns) -> None:
        if len(bars):
            columns = bars.columns()
            self.publish(Bars(instrument=self.instrument, series=self._series, **columns))
