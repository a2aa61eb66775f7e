"""Volume profile: volume by price since the day began, with its value area."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, ClassVar

from pydantic import Field

from orderflow_core import Metric, Series, TradeBatch, hookimpl

DAY_MS = 86_400_000


class VolumeProfile(Metric):
    """Point of control of the UTC day so far, and the bounds of its value area.

    The value area grows from the point of control, row by row towards the larger volume, until
    it holds `share` of the day's; ties go up.
    """

    class Settings(Metric.Settings):
        """The grid, and how the value area grows."""

        tick: float = Field(gt=0, description="height of a row")
        share: float = Field(0.7, gt=0, le=1, description="of the volume in the value area")
        rows: int = Field(1, ge=1, le=2, description="rows that are compared at once")

    settings: Settings
    title = "Point of control"
    pane = "price"
    style = "line"
    series: ClassVar = {
        "high": Series(title="Value area high", pane="price", style="line"),
        "low": Series(title="Value area low", pane="price", style="line"),
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._day = -1
        self._volumes: dict[int, float] = {}

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Sample after the trades of each book row, or of a day's part of them."""
        for day, trades in groupby(batch, key=lambda trade: trade.timestamp // DAY_MS):
            if day != self._day:
                self._day, self._volumes = day, {}
            for trade in trades:
                ticks = round(trade.price / self.settings.tick)
                self._volumes[ticks] = self._volumes.get(ticks, 0.0) + trade.size
            low, poc, high = value_area(self._volumes, self.settings.share, self.settings.rows)
            for name, row in ((None, poc), ("low", low), ("high", high)):
                self.sample(trade.timestamp, row * self.settings.tick, series=name)


def value_area(volumes: Mapping[int, float], share: float, rows: int) -> tuple[int, int, int]:
    """Return the lowest row of the value area, the point of control, and the highest row."""
    lowest, highest = min(volumes), max(volumes)
    poc = max(volumes, key=lambda row: (volumes[row], row))
    low = high = poc
    held, wanted = volumes[poc], share * sum(volumes.values())
    while held < wanted and (low > lowest or high < highest):
        above = range(high + 1, min(high + rows, highest) + 1)
        below = range(max(low - rows, lowest), low)
        up, down = (sum(volumes.get(row, 0.0) for row in part) for part in (above, below))
        if above and (up >= down or not below):
            high, held = above[-1], held + up
        else:
            low, held = below[0], held + down
    return low, poc, high
