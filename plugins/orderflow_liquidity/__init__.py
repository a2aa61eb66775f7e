"""Liquidity fate: of the size that was quoted, what was consumed, what pulled, and what added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from orderflow_core import (
    Books,
    BookWindows,
    Bools,
    Cells,
    Events,
    Floats,
    Ints,
    Metric,
    MetricBars,
    Run,
    Series,
    Ticks,
    TradeBatches,
    Unbroken,
    check_whole_book,
    hookimpl,
    load_kernels,
    stretches,
)
from orderflow_liquidity import fates

KERNEL = "orderflow_liquidity.kernel"
_FATES = ("consumed", "pulled", "added")
_DISTANCE = "distance from the touch"


def _series(title: str) -> Series:
    return Series(title=title, pane="liquidity fate", style="line")


class Liquidity(Metric):
    """Liquidity fate: of the size that was quoted, what was consumed, what pulled, and what added.

    Formula: of a decrease at a price, min(the decrease, what was traded there by aggressors of the
    other side since the row before, up to and with the row's own millisecond) was consumed, the
    rest was pulled; an increase was added. Summed over the bar so far, both sides and the whole
    book: the main series is what was pulled, besides it are `consumed` and `added`; of what was
    pulled and added, the part within `near` ticks of the best price of the row before, or better,
    is `pulled_near` and `added_near`. Of each of the `bands`, which end so many ticks from that
    price, there are `consumed_5`, `pulled_5` and `added_5`, 5 being its end: what lies farther than
    the band before it ends. As cells, where they are asked for, there are all three: with `reach`
    by price, so many ticks to either side of the mid with which the bar begins, what lies outside
    in the first and the last cell; with `distances` by the distance from that best price, both
    sides together, from 0 to so many ticks, what is better in the first cell, what is farther in
    the last.

    Unit: the recording's size.

    Source: none is known that ships it; the split of what leaves the book is in Cont, Stoikov and
    Talreja 2010, "A stochastic model for order book dynamics", as market orders and cancellations.

    Not: orders: of a price at which one order came and another left between two rows only the
    difference is seen. Gross, row by row: what is pulled and put back counts twice. A trade against
    a hidden order consumes nothing that was quoted. Two updates of one price in one row are two
    changes. A snapshot, the recording's first row, a row that is not sure and the one after that
    are no flow. No forecast; nothing is fitted.

    One-sided books: where the side had no best price before, all of it counts as near.

    Example: 5 at a price, then 2 after a trade of 2 there: 2 were consumed, 1 was pulled; then 6: 4
    were added.
    """

    class Settings(Metric.Settings):
        """What is near, and what the cells span."""

        clock: Literal["time"] = Field("time", description="bars of time alone")
        near: int = Field(10, ge=0, description="ticks from the touch that are near")
        bands: list[int] = Field(
            [], max_length=20, description="ends of bands, in ticks from the touch, such as [1, 5]"
        )
        reach: int = Field(
            0, ge=0, le=10_000, description="ticks to either side in the cells; 0: none"
        )
        distances: int = Field(
            0, ge=0, le=10_000, description="ticks from the touch in cells of their own; 0: none"
        )
        tick: float | None = Field(None, gt=0, description="default: the instrument's")

        @field_validator("bands")
        @classmethod
        def _rise(cls, value: list[int]) -> list[int]:
            if any(one >= other for one, other in pairwise([-1, *value])):
                raise ValueError("must rise, from 0 on, as in [1, 5, 20]")
            return value

    settings: Settings
    publishes: ClassVar[Sequence[type[Any]]] = (MetricBars, Cells)
    title = "Pulled"
    pane = "liquidity fate"
    style = "line"
    per_bar = True

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._ends = np.array(sorted({self.settings.near, *self.settings.bands}), np.float64)
        self._parts = self._sums_of_series()
        self._ticks = Ticks()
        self._unbroken = Unbroken()
        self._windows: BookWindows | None = None
        self._flow: Bools = np.empty(0, np.bool_)
        self._books: Books | None = None
        self._best = np.nan, np.nan
        self._mid = np.nan
        self._trades: list[Any] = [np.empty(0, kind) for kind in "qddb"]
        self._under_way: _Bars | None = None
        self._drawn = [
            Series(title=f"{fate.capitalize()} by price", pane="price", style="heat").named(
                f"{self.name}.{fate}_cells"
            )
            for fate in _FATES
        ]
        self._by_distance = [
            Series(title=f"{fate.capitalize()} by distance", pane=_DISTANCE, style="heat").named(
                f"{self.name}.{fate}_distances"
            )
            for fate in _FATES
        ]

    @property
    def series(self) -> dict[str, Series]:  # type: ignore[override]
        """The further series; those of the bands hang on the settings."""
        found = {
            "consumed": _series("Consumed"),
            "added": _series("Added"),
            "pulled_near": _series("Pulled near the touch"),
            "added_near": _series("Added near the touch"),
        }
        for end in self.settings.bands:
            for fate in _FATES:
                found[f"{fate}_{end}"] = _series(f"{fate.capitalize()}, band to {end} ticks")
        return found

    def _sums_of_series(self) -> dict[str | None, tuple[slice, int]]:
        """Return for each series the bands of the sums that it is made of, and its fate."""
        up_to = {end: place + 1 for place, end in enumerate(self._ends.tolist())}
        near = slice(0, up_to[self.settings.near])
        parts: dict[str | None, tuple[slice, int]] = {
            "consumed": (slice(None), fates.CONSUMED),
            None: (slice(None), fates.PULLED),
            "added": (slice(None), fates.ADDED),
            "pulled_near": (near, fates.PULLED),
            "added_near": (near, fates.ADDED),
        }
        before = 0
        for end in self.settings.bands:
            for fate, name in enumerate(_FATES):
                parts[f"{name}_{end}"] = slice(before, up_to[end]), fate
            before = up_to[end]
        return parts

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Take the tick from the settings, or of what is known of the instrument."""
        self._ticks = run.ticks(self.settings.tick)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Find the tick, and keep the updates and which rows are flow."""
        self._ticks.see(windows)
        self._windows, self._flow = windows, self._unbroken.rows(windows)

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Keep the sizes before the updates, and the best prices."""
        check_whole_book(self.name, books)
        self._books = books

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Hold each decrease against the trades, bar by bar."""
        windows, books = self._windows, self._books
        self._windows = self._books = None
        if windows is None or books is None:
            return
        times = windows.timestamp
        trades = self._trades_up_to(int(times[-1]), batches)
        sides = self._sides(windows, books)
        first = int(np.searchsorted(times, self._ticks.since))
        if first == len(times):
            return
        numbers = self.settings.bars_at(times[first:])
        starts = np.array([0, *(stop for _, stop in stretches(numbers))])
        numbers, starts = numbers[starts[:-1]], starts + first
        before = self._under_way
        if before and before.numbers[0] != numbers[0]:
            self._publish_cells(before, batches.first_time_from)
            before = None
        bars = self._bars_of(numbers, self._middles(books, starts.tolist()), before)
        self._add(starts, times, sides, trades, bars)
        ends = self._ends_of(bars)
        over = int(np.count_nonzero(ends <= batches.last_time))
        self._under_way = bars.part(slice(over, None)) if over < len(ends) else None
        self._publish_cells(bars.part(slice(over)), batches.first_time_from)

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish the cells of the bar that the end cuts off."""
        if self._under_way:
            self._publish_cells(self._under_way, lambda ends: np.full(len(ends), end))

    def _ends_of(self, bars: _Bars) -> Ints:
        return self.settings.start_of(bars.numbers + 1)

    def _trades_up_to(self, time: int, batches: TradeBatches) -> list[Any]:
        """Return the trades that came after the block before, and keep those later than a time."""
        new: Any = batches.trade_timestamp, batches.price, batches.size, batches.side
        trades = [np.concatenate(pair) for pair in zip(self._trades, new, strict=True)]
        later = int(np.searchsorted(trades[0], time, side="right"))
        self._trades = [column[later:].copy() for column in trades]
        return trades

    def _sides(self, windows: BookWindows, books: Books) -> list[tuple[Any, ...]]:
        """Return each side's columns: updates, size before, best price after and before, sign."""
        bid, ask = books.best_bid, books.best_ask
        bids = windows.bid_offset, windows.bid_price, windows.bid_size, books.bid_before, bid
        asks = windows.ask_offset, windows.ask_price, windows.ask_size, books.ask_before, ask
        bid_before, ask_before = self._best
        self._best = float(bid[-1]), float(ask[-1])
        return [(*bids, bid_before, 1), (*asks, ask_before, -1)]

    def _middles(self, books: Books, starts: list[int]) -> Floats:
        """Return the mid before each stretch of rows, or at its first row where there is none."""
        bid, ask = books.best_bid, books.best_ask
        middles = np.empty(len(starts) - 1)
        for stretch, (first, start) in enumerate(pairwise([0, *starts])):
            for row in range(start - 1, first - 1, -1):  # most often one step
                if not isnan(mid := float(bid[row] + ask[row]) / 2):
                    self._mid = mid
                    break
            if stretch < len(middles):
                unknown = isnan(self._mid)
                middles[stretch] = (bid[start] + ask[start]) / 2 if unknown else self._mid
        return middles

    def _bars_of(self, numbers: Ints, middles: Floats, before: _Bars | None) -> _Bars:
        """Return bars that begin with these mids; the first goes on from that of `before`."""
        count, ends, reach = len(numbers), len(self._ends), self.settings.reach
        bars = _Bars(
            numbers=numbers,
            drawn=np.isfinite(middles),
            low=self._ticks.of(np.where(np.isfinite(middles), middles, 0.0)) - reach,
            sums=np.zeros((2, 2, count, ends + 1, len(_FATES))),
            cells=np.zeros((2, count, len(_FATES), 2 * reach + 3)),
            distances=np.zeros((2, count, len(_FATES), self.settings.distances + 3)),
        )
        if before:
            bars.drawn[:1], bars.low[:1] = before.drawn, before.low
            bars.sums[:, :, :1], bars.cells[:, :1] = before.sums, before.cells
            bars.distances[:, :1] = before.distances
        return bars

    def _add(
        self, starts: Ints, times: Ints, sides: list[Any], trades: list[Any], bars: _Bars
    ) -> None:
        """Add what became of size in the rows, and sample it after the first and last of each bar.

        Sums never fall, so that these make the bar.
        """
        kernels, nothing = load_kernels(KERNEL) or fates, (None, None)
        ends: Floats | None = None
        drawn: tuple[Any, Any] = nothing, nothing
        if self.settings.distances or self.settings.bands:
            add_fates, ends = kernels.add_all_fates, self._ends
            drawn = bars.cells, bars.distances
        elif self.settings.reach:
            add_fates, drawn = kernels.add_fates_in_cells, (bars.cells, nothing)
        else:
            add_fates = kernels.add_fates
        how = self._ticks.size, self.settings.near, ends, bars.low
        for side, *grown in zip(sides, *bars.sums, *drawn, strict=True):
            add_fates(starts, times, self._flow, *side, *trades, *how, *grown)
        at = times[np.array([starts[:-1], starts[1:] - 1]).T.ravel()]
        sums = bars.sums.sum(axis=1).swapaxes(0, 1).reshape(len(at), -1, len(_FATES))
        for name, (bands, fate) in self._parts.items():
            self.sample(at, sums[:, bands, fate].sum(axis=1), series=name)

    def _publish_cells(self, bars: _Bars, known: Callable[[Ints], Ints]) -> None:
        """Publish the cells of bars that are over: those by price where the bar had a mid.

        `known` returns when the ends of bars are known.
        """
        if not (self.settings.reach or self.settings.distances):
            return
        ends, drawn = self._ends_of(bars), slice(int(np.count_nonzero(~bars.drawn)), None)
        known_at = known(ends)
        if self.settings.reach:
            cells, lows = bars.cells[:, drawn], bars.low[drawn] - 1
            self._publish_all(self._drawn, ends[drawn], known_at[drawn], lows, cells)
        if self.settings.distances:
            lows = np.full(len(ends), -1)
            self._publish_all(self._by_distance, ends, known_at, lows, bars.distances)

    def _publish_all(
        self, series: Sequence[Series], ends: Ints, known_at: Ints, lows: Ints, cells: Floats
    ) -> None:
        """Publish the cells of each fate, both sides together, of `[side, n, fate, cell]`."""
        if not len(ends):
            return
        where: dict[str, Any] = {
            "timestamp": ends - self.settings.window_ms,
            "known_at": known_at,
            "end": ends,
            "tick": self._ticks.price_of(1),
            "low": self._ticks.price(lows),
        }
        both = np.add(*cells.swapaxes(1, 2), order="C")  # a fate's cells lie together, to be quick
        for each, values in zip(series, both, strict=True):
            self.publish(Events(Cells, series=each, values=values[:, :, None], **where))


@dataclass(frozen=True)
class _Bars:
    """n bars: whether their cells have a place, which price is the second, both sides' sums.

    `sums` are those after the first and the last row, `[2, side, n, band, fate]`, the others
    `[side, n, fate, cell]`.
    """

    numbers: Ints
    drawn: Bools
    low: Ints
    sums: Floats
    cells: Floats
    distances: Floats

    def part(self, bars: slice) -> _Bars:
        """Return some of them."""
        columns = self.numbers[bars], self.drawn[bars], self.low[bars]
        return _Bars(*columns, self.sums[:, :, bars], self.cells[:, bars], self.distances[:, bars])
