"""Footprint: buys and sells by price within a bar, its delta, and its stacked imbalances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from orderflow_core import (
    BookWindows,
    Bools,
    Cells,
    Floats,
    Ints,
    Metric,
    MetricBars,
    PriceGrid,
    Run,
    RunningSum,
    Series,
    Signal,
    Ticks,
    TradeBatches,
    hookimpl,
    load_kernels,
    stretches,
)
from orderflow_footprint import adding


class Footprint(Metric):
    """Footprint: what aggressors bought and sold at each price of a bar.

    Formula: buys and sells by price, as cells. Their difference over all prices is the delta, the
    main series; `poc` is the point of control, the price with the most volume so far in the bar.
    A price has a buy imbalance where its buys are at least `ratio` times max(the sells one row
    below, a lot), a sell imbalance where its sells are so many times max(the buys one row above,
    a lot). `stack` or more neighbouring prices with imbalances of one side are a signal, when the
    bar is over.

    Unit: the recording's size; `poc` a price. A signal's value is the number of its prices, its
    price the lowest of a buy stack and the highest of a sell stack, its time the bar's beginning.

    Source: of traders' use (footprint, number bars, cluster charts).

    Not: volume at the bid or ask that was quoted: a buy is an aggressor's, which others call ask
    volume. By volume, not by count; on the full grid of prices, so that a price without trades is
    a neighbour too. The lowest and the highest price of a bar have no imbalance. Of equal volumes
    the higher price is the point of control. Nothing is fitted. Where no tick is
    known it is that of the first book row, and what was traded before that is left out; where no
    lot is known it is the least size of the bar.

    One-sided books: the book plays no part but for the tick.

    Example: bought / sold at 100.0: 0/3, 100.1: 9/2, 100.2: 8/1, 100.3: 7/0, 100.4: 0/3 has buy
    imbalances at 100.1, 100.2 and 100.3, a stack of 3; delta 15, point of control 100.1.
    """

    class Settings(Metric.Settings):
        """The grid, and what an imbalance is."""

        clock: Literal["time"] = Field("time", description="bars of time alone")
        tick: float | None = Field(None, gt=0, description="default: the instrument's")
        ticks: int = Field(1, ge=1, description="height of a row in ticks")
        lot: float | None = Field(None, gt=0, description="default: the instrument's")
        ratio: float = Field(3, gt=0, description="times the volume on the diagonal")
        stack: int = Field(3, ge=1, description="neighbouring imbalances that are a signal")

    settings: Settings
    publishes: ClassVar[Sequence[type[Any]]] = (MetricBars, Cells, Signal)
    title = "Footprint delta"
    style = "bars"
    per_bar = True
    series: ClassVar = {"poc": Series(title="Point of control", pane="price", style="line")}

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._ticks = Ticks()
        self._delta = RunningSum(self.settings.window_ms, self.settings.origin_ms)
        self._grid = PriceGrid(2)
        self._bar: int | None = None
        self._control = 0
        self._least = np.inf
        self._lot: float | None = None
        self._drawn = Series(title="Footprint", pane="price", style="footprint").named(
            f"{self.name}.cells"
        )
        self._stacks = Series(title="Stacked imbalances", pane="price").named(f"{self.name}.stacks")

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Take tick and lot from the settings, or of what is known of the instrument."""
        self._ticks = run.ticks(self.settings.tick)
        self._lot = self.settings.lot or run.facts.lot

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Find the tick."""
        self._ticks.see(windows)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Add the trades, and publish the bars that are over."""
        first = int(np.searchsorted(batches.trade_timestamp, self._ticks.since))
        times, size = batches.trade_timestamp[first:], batches.size[first:]
        side = batches.side[first:]
        if len(times):
            row = self._ticks.of(batches.price[first:]) // self.settings.ticks
            control = np.empty(len(times), np.int64)
            bars = self.settings.bars_at(times)
            for start, stop in stretches(bars):
                self._begin(int(bars[start]), int(row[start]), batches)
                part = slice(start, stop)
                self._add(row[part], size[part], side[part], control[part])
            self.sample(times, self._delta.add(times, size * side))
            self.sample(times, self._ticks.price(control * self.settings.ticks), series="poc")
        if self._bar is not None and self._end <= batches.last_time:
            self._close(batches)
        elif self._bar is not None:
            self._publish_cells(batches.last_time, closed=False)

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish the bar that the end cuts off."""
        if self._bar is not None:
            self._publish_cells(end, closed=True)
            self._tell_stacks(end)

    @property
    def _end(self) -> int:
        assert self._bar is not None
        return self.settings.start_of(self._bar + 1)

    def _begin(self, bar: int, row: int, batches: TradeBatches) -> None:
        if bar == self._bar:
            return
        if self._bar is not None:
            self._close(batches)
        self._bar, self._control = bar, row

    def _add(self, row: Ints, size: Floats, side: Any, control: Ints) -> None:
        kernels = load_kernels("orderflow_footprint.kernel") or adding
        grid = self._grid
        grid.reach(int(row.min()), int(row.max()))
        self._least = min(self._least, float(size.min()))
        self._control = kernels.add_trades(
            row, size, side, grid.low, grid.values, self._control, control
        )

    def _close(self, batches: TradeBatches) -> None:
        known_at = int(batches.first_time_from(np.array([self._end]))[0])
        self._publish_cells(known_at, closed=True)
        self._tell_stacks(known_at)
        self._grid.clear()
        self._bar, self._least = None, np.inf

    def _publish_cells(self, known_at: int, *, closed: bool) -> None:
        low, values = self._grid.used()
        height = self.settings.ticks
        self.publish(
            Cells(
                series=self._drawn,
                timestamp=self._end - self.settings.window_ms,
                known_at=known_at,
                end=self._end,
                tick=self._ticks.price_of(height),
                low=self._ticks.price_of(low * height),
                values=values,
                closed=closed,
            )
        )

    def _tell_stacks(self, known_at: int) -> None:
        low, values = self._grid.used()
        lot = self._lot or self._least
        for side, imbalanced in zip(
            (1, -1), imbalances(values, self.settings.ratio, lot), strict=True
        ):
            for start, length in runs(imbalanced, self.settings.stack):
                row = low + (start if side > 0 else start + length - 1)
                self.publish(
                    Signal(
                        series=self._stacks,
                        timestamp=self._end - self.settings.window_ms,
                        known_at=known_at,
                        price=self._ticks.price_of(row * self.settings.ticks),
                        value=float(length),
                        side=side,
                        text=f"{length} {'buy' if side > 0 else 'sell'} imbalances",
                    )
                )


def imbalances(values: Floats, ratio: float, lot: float) -> tuple[Bools, Bools]:
    """Return which rows of buys and sells `[rows, 2]` have a buy, and a sell imbalance."""
    buys, sells = values.T
    inner = slice(1, -1)
    buy, sell = np.zeros((2, len(values)), np.bool_)
    buy[inner] = buys[inner] >= ratio * np.maximum(sells[:-2], lot)
    sell[inner] = sells[inner] >= ratio * np.maximum(buys[2:], lot)
    return buy, sell


def runs(chosen: Bools, least: int) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of the runs of true values that have at least so many."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2).tolist():
        if stop - start >= least:
            yield start, stop - start
