"""Liquidity fate: of the size that was quoted, what was consumed, what pulled, and what added."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from orderflow_core import (
    Books,
    BookWindows,
    Bools,
    Cells,
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
    the band before it ends. As cells there are all three by price, `reach` ticks to
    either side of the mid with which the bar begins, what lies outside in the first and the last
    cell.

    Unit: the recording's size.

    Source: none is known that ships it; the split of what leaves the book is in Cont, Stoikov and
    Talreja 2010, "A stochastic model for order book dynamics", as market orders and cancellations.

    Not: orders: of a price at which one order came and another left between two rows only the
    difference is seen. Gross, row by row: what is pulled and put back counts twice. A trade against
    a hidden order consumes nothing that was quoted. Two updates of one price in one row are two
    changes. A snapshot, the recording's first row, a row that is not sure and the one after that
    are no flow.

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
        reach: int = Field(200, ge=1, le=10_000, description="ticks to either side in the cells")
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
        self._ends = np.array(sorted({self.settings.near, *self.settings.bands}))
        self._parts = self._sums_of_series()
        self._ticks = Ticks()
        self._unbroken = Unbroken()
        self._windows: BookWindows | None = None
        self._flow: Bools = np.empty(0, np.bool_)
        self._books: Books | None = None
        self._best: Floats = np.full(2, np.nan)
        self._mid = np.nan
        self._trades: list[Any] = [np.empty(0, kind) for kind in "qddb"]
        self._last_row = np.iinfo(np.int64).min
        self._bar: int | None = None
        self._middle = np.nan
        self._low = 0
        # of bids and asks, by band and fate, each added up in order
        self._sums, self._opening = np.zeros((2, 2, len(self._ends) + 1, len(_FATES)))
        self._drawn = [
            Series(title=f"{fate.capitalize()} by price", pane="price", style="heat").named(
                f"{self.name}.{fate}_cells"
            )
            for fate in _FATES
        ]
        self._kept: list[tuple[int, list[float]]] = []
        self._cells = np.zeros((2, 2 * self.settings.reach + 3, 3))

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
        sides, edges, trades = self._columns(windows, books, batches)
        mids = books.mid
        bars = self.settings.bars_at(windows.timestamp)
        for start, stop in stretches(bars):
            if self._bar is not None and bars[start] != self._bar:
                self._close(self._known_at(batches))
            if self._bar is None and self._ticks.size is not None:
                self._begin(int(bars[start]), float(mids[start]))
            if self._bar is not None:
                self._add(start, stop, sides, edges, trades)
                if stop - start > 1:
                    self._keep(int(windows.timestamp[start]), self._opening)
                self._keep(int(windows.timestamp[stop - 1]), self._sums)
            self._keep_mid(mids[start:stop])
        self._sample_kept()
        if self._bar is not None and self._end <= batches.last_time:
            self._close(self._known_at(batches))

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish the cells of the bar that the end cuts off."""
        if self._bar is not None:
            self._close(end)

    @property
    def _end(self) -> int:
        assert self._bar is not None
        return self.settings.start_of(self._bar + 1)

    def _known_at(self, batches: TradeBatches) -> int:
        return int(batches.first_time_from(np.array([self._end]))[0])

    def _columns(
        self, windows: BookWindows, books: Books, batches: TradeBatches
    ) -> tuple[list[Any], Ints, list[Any]]:
        """Return each side's columns, which trades are each row's, and the trades.

        Those of row i came after row i - 1, and no later than row i.
        """
        new: Any = batches.trade_timestamp, batches.price, batches.size, batches.side
        trades = [np.append(*pair) for pair in zip(self._trades, new, strict=True)]
        edges = np.searchsorted(
            trades[0], np.append(self._last_row, windows.timestamp), side="right"
        )
        self._trades = [column[edges[-1] :].copy() for column in trades]
        self._last_row = int(windows.timestamp[-1])
        bests = [
            np.append(before, best[:-1])
            for before, best in zip(self._best, (books.best_bid, books.best_ask), strict=True)
        ]
        self._best = np.array([books.best_bid[-1], books.best_ask[-1]])
        bids = windows.bid_offset, windows.bid_price, windows.bid_size, books.bid_before
        asks = windows.ask_offset, windows.ask_price, windows.ask_size, books.ask_before
        return [(*bids, bests[0], 1), (*asks, bests[1], -1)], edges, trades[1:]

    def _add(self, start: int, stop: int, sides: list[Any], edges: Ints, trades: list[Any]) -> None:
        add_fates = (load_kernels(KERNEL) or fates).add_fates
        how = self._ticks.size, self._ends, self._low
        for side, *grown in zip(sides, self._opening, self._sums, self._cells, strict=True):
            add_fates(start, stop, self._flow, *side, edges, *trades, *how, *grown)

    def _keep(self, time: int, sums: Floats) -> None:
        """Keep all sums for sampling; they never fall, so the first and last of a bar make it."""
        both = sums[0] + sums[1]
        values = [float(both[bands, fate].sum()) for bands, fate in self._parts.values()]
        self._kept.append((time, values))

    def _sample_kept(self) -> None:
        kept, self._kept = self._kept, []
        if kept:
            times = np.array([time for time, _ in kept])
            columns = np.array([values for _, values in kept]).T
            for name, column in zip(self._parts, columns, strict=True):
                self.sample(times, column, series=name)

    def _begin(self, bar: int, mid: float) -> None:
        """Begin a bar about the mid before its first row, or at it where there is none before."""
        self._bar = bar
        self._sums[:], self._cells[:] = 0.0, 0.0
        self._middle = mid if np.isnan(self._mid) else self._mid
        if not np.isnan(self._middle):
            self._low = int(self._ticks.of(np.array([self._middle]))[0]) - self.settings.reach

    def _keep_mid(self, mids: Floats) -> None:
        known = np.flatnonzero(np.isfinite(mids))
        if len(known):
            self._mid = float(mids[known[-1]])

    def _close(self, known_at: int) -> None:
        """Publish the cells of the bar under way."""
        if not np.isnan(self._middle):
            both = self._cells[0] + self._cells[1]
            for fate, series in enumerate(self._drawn):
                self._publish_cells(series, both[:, fate], known_at)
        self._bar = None

    def _publish_cells(self, series: Series, values: Floats, known_at: int) -> None:
        self.publish(
            Cells(
                series=series,
                timestamp=self._end - self.settings.window_ms,
                known_at=known_at,
                end=self._end,
                tick=self._ticks.price_of(1),
                low=self._ticks.price_of(self._low - 1),
                values=values[:, None],
            )
        )
