"""Footprint: buys and sells by price within a bar, its delta, and its stacked imbalances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from orderflow_core import (
    BookWindows,
    Cells,
    Events,
    Floats,
    Ints,
    Metric,
    MetricBars,
    Run,
    Series,
    Signal,
    Ticks,
    TradeBatches,
    hookimpl,
    load_kernels,
    stretches,
)
from orderflow_footprint import adding

_MOST_ROWS = 1 << 24


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
    volume. By volume, not by count; on the full grid of prices, so that a price without trades is a
    neighbour too. The lowest and the highest price of a bar have no imbalance. Of equal volumes the
    higher price is the point of control. No forecast: it is what was traded, and nothing is fitted.
    Where no tick is known it is that of the first book row, and what was traded before that is left
    out; where no lot is known it is the least size of the bar.

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
        self._under_way: _Bar | None = None
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
        bars = self._bars_with(batches, first) if first < len(batches.price) else []
        if self._under_way and not (bars and bars[0].number == self._under_way.number):
            bars.insert(0, self._under_way)
        if not bars:
            return
        self._under_way = None
        if batches.last_time < self._end_of(bars[-1]):
            self._under_way = bars.pop()
        ends = np.array([self._end_of(bar) for bar in bars], np.int64)
        self._tell(bars, ends, batches.first_time_from(ends))
        if self._under_way:
            self._publish_cells(self._under_way, batches.last_time, closed=False)

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish the bar that the end cuts off."""
        if self._under_way:
            ends = np.array([self._end_of(self._under_way)])
            self._tell([self._under_way], ends, np.array([end]))

    def _end_of(self, bar: _Bar) -> int:
        return self.settings.start_of(bar.number + 1)

    def _bars_with(self, batches: TradeBatches, first: int) -> list[_Bar]:
        """Return the bars of the trades from the `first` on, sampled after each of them.

        What was traded before in the first of them is part of it.
        """
        times, size = batches.trade_timestamp[first:], batches.size[first:]
        side = batches.side[first:]
        row = self._ticks.of(batches.price[first:]) // self.settings.ticks
        numbers = self.settings.bars_at(times)
        starts = np.array([*(start for start, _ in stretches(numbers)), len(times)])
        begin = starts[:-1]
        low, high = np.minimum.reduceat(row, begin), np.maximum.reduceat(row, begin)
        least, control, delta = np.minimum.reduceat(size, begin), row[begin], np.zeros(len(begin))
        before = self._under_way
        if before and before.number != numbers[0]:
            before = None
        if before:
            low[0], high[0] = min(low[0], before.low), max(high[0], before.high)
            least[0] = min(least[0], before.least)
            control[0], delta[0] = before.control, before.delta
        if (high - low).max() >= _MOST_ROWS:
            raise ValueError(
                "the prices of a bar are too far apart for one picture: set a larger tick, or more "
                "ticks a row"
            )
        place = np.append(0, np.cumsum(high - low + 1))
        values = np.zeros((place[-1], 2))
        if before:
            values[before.low - low[0] :][: len(before.values)] = before.values
        controls, deltas = np.empty_like(row), np.empty(len(row))
        how = low, place, values, control, delta, controls, deltas
        _kernels().add_trades(starts, row, size, side, *how)
        self.sample(times, deltas)
        self.sample(times, self._ticks.price(controls * self.settings.ticks), series="poc")
        parts = (values[one:other] for one, other in pairwise(place.tolist()))
        columns = (column.tolist() for column in (numbers[begin], low, least, control, delta))
        return [_Bar(*bar) for bar in zip(*columns, parts, strict=True)]

    def _tell(self, bars: Sequence[_Bar], ends: Ints, known_at: Ints) -> None:
        """Publish bars that are over, and their stacks."""
        rows, lengths, sides, bar_of = [], [], [], []
        for place, (bar, known) in enumerate(zip(bars, known_at.tolist(), strict=True)):
            self._publish_cells(bar, known, closed=True)
            found = np.empty((len(bar.values), 3), np.int64)
            how = self.settings.ratio, self._lot or bar.least, self.settings.stack
            count = _kernels().find_stacks(bar.values, *how, found)
            for sells, start, length in found[:count].tolist():
                rows.append(bar.low + (start + length - 1 if sells else start))
                lengths.append(length)
                sides.append(-1 if sells else 1)
                bar_of.append(place)
        named = {1: "buy", -1: "sell"}
        self.publish(
            Events(
                Signal,
                series=self._stacks,
                timestamp=ends[bar_of] - self.settings.window_ms,
                known_at=known_at[bar_of],
                price=[self._ticks.price_of(row * self.settings.ticks) for row in rows],
                value=[*map(float, lengths)],
                side=sides,
                text=[
                    f"{n} {named[side]} imbalances" for n, side in zip(lengths, sides, strict=True)
                ],
            )
        )

    def _publish_cells(self, bar: _Bar, known_at: int, *, closed: bool) -> None:
        end, height = self._end_of(bar), self.settings.ticks
        self.publish(
            Cells(
                series=self._drawn,
                timestamp=end - self.settings.window_ms,
                known_at=known_at,
                end=end,
                tick=self._ticks.price_of(height),
                low=self._ticks.price_of(bar.low * height),
                values=bar.values,
                closed=closed,
            )
        )


@dataclass(frozen=True)
class _Bar:
    """What was traded in a bar: its first row, the least size, and buys and sells by row."""

    number: int
    low: int
    least: float
    control: int
    delta: float
    values: Floats

    @property
    def high(self) -> int:
        """The last row."""
        return self.low + len(self.values) - 1


def _kernels() -> Any:
    return load_kernels("orderflow_footprint.kernel") or adding
