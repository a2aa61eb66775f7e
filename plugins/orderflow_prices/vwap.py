"""VWAP with bands: by the day, from an anchor, or by the bar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from orderflow_core import (
    Floats,
    Metric,
    Series,
    SessionSettings,
    TradeBatches,
    hookimpl,
    load_kernels,
)
from orderflow_core.sources import DAY_MS
from orderflow_prices import running


class Vwap(Metric):
    """VWAP, the volume-weighted average price, with bands of standard deviations.

    Formula: sum(P Q) / sum(Q), and that plus and minus `bands` times the volume-weighted standard
    deviation sqrt(sum(Q (P - VWAP)^2) / sum(Q)), over the trades since the session began: the day
    from `session_start` on, the bar (`reset = "bar"`), the recording (`"never"`), or since
    `anchor`, before which there is none; with one it never begins anew unless `reset` says so.

    Unit: price.

    Source: Berkowitz, Logue and Noser 1988, "The total cost of transactions on the NYSE"; bands
    and anchors are of traders' use.

    Not: a forecast; nothing is fitted. The bands are no bounds of confidence.

    One-sided books: the book plays no part.

    Example: 100.1 buy 2, 100.1 buy 1, 100.0 sell 4, 100.2 buy 3, 100.0 sell 1, 100.1 buy 5 gives
    100.0875, one standard deviation being 0.0695971.
    """

    class Settings(SessionSettings):
        """The session, and how wide the bands are."""

        bands: float = Field(1, ge=0, le=1e6, description="standard deviations to either band")
        reset: Literal["never", "day", "bar"] = Field("day", description="when it begins anew")
        anchor: datetime | None = Field(
            None, description="the time from which it counts, UTC, such as 2025-06-01T12:00:00"
        )

        @model_validator(mode="before")
        @classmethod
        def _from_an_anchor_on(cls, values: dict[str, Any]) -> dict[str, Any]:
            return {"reset": "never", **values} if values.get("anchor") else values

        @model_validator(mode="after")
        def _bars_are_its_own(self) -> Self:
            if self.reset == "bar" and self.clock != "time":
                raise ValueError('reset = "bar" begins anew with bars of clock = "time" alone')
            return self

    settings: Settings
    title = "VWAP"
    pane = "price"
    style = "line"
    color = "#e0b040"
    series: ClassVar = {
        "upper": Series(title="VWAP, upper band", pane="price", style="line", color="#806830"),
        "lower": Series(title="VWAP, lower band", pane="price", style="line", color="#806830"),
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        sessions = {
            "never": (0, 0),
            "day": (DAY_MS, self.settings.session_start_ms),
            "bar": (self.settings.window_ms, self.settings.origin_ms),
        }
        self._session = sessions[self.settings.reset]
        self._begun, self._sums = np.array([-1]), np.zeros(3)
        self.per_bar = self.settings.reset == "bar"
        self._origin: float | None = None
        self._anchor = _ms(self.settings.anchor)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Sample after each trade."""
        times, price, size = batches.trade_timestamp, batches.price, batches.size
        if self._anchor is not None and len(times) and times[0] < self._anchor:
            first = int(np.searchsorted(times, self._anchor))
            times, price, size = times[first:], price[first:], size[first:]
        if len(times):
            self._sample_trades(times, price, size)

    def _sample_trades(self, times: Any, price: Floats, size: Floats) -> None:
        if self._origin is None:
            self._origin = float(price[0])
        fill = (load_kernels("orderflow_prices.kernel") or running).averages
        how = self._origin, self.settings.bands, *self._session
        filled = np.empty((3, len(times)))
        fill(times, price, size, *how, self._begun, self._sums, *filled)
        for name, values in zip((None, "upper", "lower"), filled, strict=True):
            self.sample(times, values, series=name)


def _ms(moment: datetime | None) -> int | None:
    """Return a time in ms; one that names no zone is UTC."""
    if moment is None:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1000)
