"""Footprint: buys and sells by price within a bar, and their imbalances."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, ClassVar

from pydantic import Field

from orderflow_core import BUY, Metric, Series, TradeBatch, hookimpl

Volumes = dict[int, list[float]]
"""Ticks of a price to its volume of [aggressor buys, aggressor sells]."""


class Footprint(Metric):
    """Of the trades of the window so far: delta, point of control, and the longest stacks.

    A price has a buy imbalance where its buys are at least `ratio` times the sells one tick below
    (or one lot), a sell imbalance where its sells are so much more than the buys one tick above;
    the lowest and the highest price have none. A stack is a run of neighbouring prices with
    imbalances of one side.
    """

    class Settings(Metric.Settings):
        """The grid, and what an imbalance is."""

        tick: float = Field(gt=0, description="least step of the price")
        lot: float = Field(1, gt=0, description="least size")
        ratio: float = Field(3, gt=0, description="times the diagonal volume")

    settings: Settings
    title = "Footprint delta"
    style = "bars"
    series: ClassVar = {
        "poc": Series(title="Point of control", pane="price", style="line"),
        "buy_stack": Series(title="Stacked buy imbalances", pane="stacks", style="bars"),
        "sell_stack": Series(title="Stacked sell imbalances", pane="stacks", style="bars"),
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._window = -1
        self._volumes: Volumes = {}

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Sample after the trades of each book row, or of a bar's part of them."""
        length = self.settings.window_ms
        for window, trades in groupby(batch, key=lambda trade: trade.timestamp // length):
            if window != self._window:
                self._window, self._volumes = window, {}
            for trade in trades:
                ticks = round(trade.price / self.settings.tick)
                volumes = self._volumes.setdefault(ticks, [0.0, 0.0])
                volumes[trade.side != BUY] += trade.size
            self._sample(trade.timestamp)

    def _sample(self, time: int) -> None:
        settings = self.settings
        self.sample(time, sum(buys - sells for buys, sells in self._volumes.values()))
        self.sample(time, point_of_control(self._volumes) * settings.tick, series="poc")
        for side, name in enumerate(("buy_stack", "sell_stack")):
            stack = longest_stack(self._volumes, side, settings.ratio, settings.lot)
            self.sample(time, stack, series=name)


def point_of_control(volumes: Volumes) -> int:
    """Return the price, in ticks, with the most volume; the higher one of equals."""
    return max(volumes, key=lambda ticks: (sum(volumes[ticks]), ticks))


def longest_stack(volumes: Mapping[int, list[float]], side: int, ratio: float, lot: float) -> int:
    """Return the length of the longest run of imbalances of buys (`side` 0) or sells (1)."""
    longest = run = 0
    step = -1 if side == 0 else 1
    none = [0.0, 0.0]
    for ticks in range(min(volumes) + 1, max(volumes)):
        own = volumes.get(ticks, none)[side]
        against = volumes.get(ticks + step, none)[1 - side]
        run = run + 1 if own >= ratio * max(against, lot) else 0
        longest = max(longest, run)
    return longest
