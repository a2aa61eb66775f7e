"""Liquidity fate: of the size that was quoted, what was consumed, what pulled, and what added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

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
    SettingsError,
    Ticks,
    TradeBatches,
    Unbroken,
    hookimpl,
    load_kernels,
    stretches,
)
from orderflow_liquidity import fates

KERNEL = "orderflow_liquidity.kernel"
_FATES = ("consumed", "pulled", "added")
_SUMS = ("consumed", None, "added", "pulled_near", "added_near")


def _series(title: str) -> Series:
    return Series(title=title, pane="liquidity", style="line")


class Liquidity(Metric):
    """Liquidity fate: of the size that was quoted, what was consumed, what pulled, and what added.

    Formula: of a decrease at a price, min(the decrease, what was traded there by aggressors of the
    other side since the row before, up to and with the row's own millisecond) was consumed, the
    rest was pulled; an increase was added. Summed over the bar so far, both sides and the whole
    book: the main series is what was pulled, besides it are `consumed` and `added`; of what was
    pulled and added, the part within `near` ticks of the best price of the row before, or better,
    is `pulled_near` and `added_near`. As cells there are all three by price, `reach` ticks to
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

        near: int = Field(10, ge=0, description="ticks from the touch that are near")
        reach: int = Field(200, ge=1, le=10_000, description="ticks to either side in the cells")
        tick: float | None = Field(None, gt=0, description="default: the instrument's")

    settings: Settings
    publishes: ClassVar[Sequence[type[Any]]] = (MetricBars, Cells)
    title = "Pulled"
    pane = "liquidity"
    style = "line"
    per_bar = True
    series: ClassVar = {
        "consumed": _series("Consumed"),
        "added": _series("Added"),
        "pulled_near": _series("Pulled near the touch"),
        "added_near": _series("Added near the touch"),
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
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
        self._sums = np.zeros((2, len(_SUMS)))  # bids and asks, each added up in order
        self._cells = np.zeros((2, 2 * self.settings.reach + 3, 3))

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Take the tick from the settings, or of what is known of the instrument."""
        self._ticks = Ticks(self.settings.tick or run.facts.tick)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Find the tick, and keep the updates and which rows are flow."""
        self._ticks.see(windows)
        self._windows, self._flow = windows, self._unbroken.rows(windows)

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Keep the sizes before the updates, and the best prices."""
        if books.bid_before is None or books.ask_before is None:
            raise SettingsError(
                f"[plugins.{self.name}] needs the whole book, of which these Books tell nothing: "
                'let the plugin "book" publish them'
            )
        self._books = books

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Hold each decrease against the trades, bar by bar."""
        windows, books = self._windows, self._books
        self._windows = self._books = None
        if windows is None or books is None:
            return
        sides, edges, trades = self._columns(windows, books, batches)
        bars = windows.timestamp // self.settings.window_ms
        for start, stop in stretches(bars):
            if self._bar is not None and bars[start] != self._bar:
                self._close(self._known_at(batches))
            if self._bar is None and self._ticks.size is not None:
                self._begin(int(bars[start]), float(books.mid[start]))
            for first, last in ((start, start + 1), (start + 1, stop)):
                if self._bar is not None and first < last:
                    self._add(first, last, sides, edges, trades)
                    self._sample(int(windows.timestamp[last - 1]))
            self._keep_mid(books.mid[start:stop])
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
        return int((self._bar + 1) * self.settings.window_ms)

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
        how = self._ticks.size, self.settings.near, self._low
        for side, sums, cells in zip(sides, self._sums, self._cells, strict=True):
            add_fates(start, stop, self._flow, *side, edges, *trades, *how, sums, cells)

    def _sample(self, time: int) -> None:
        """Sample all sums; they never fall, so the first and the last of a bar make it."""
        for name, value in zip(_SUMS, self._sums.sum(axis=0).tolist(), strict=True):
            self.sample(time, value, series=name)

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
            for fate, values in zip(_FATES, self._cells.sum(axis=0).T, strict=True):
                self._publish_cells(fate, values, known_at, self._low - 1)
        self._bar = None

    def _publish_cells(self, fate: str, values: Floats, known_at: int, low: int) -> None:
        series = Series(title=f"{fate.capitalize()} by price", pane="price", style="heat")
        self.publish(
            Cells(
                series=series.named(f"{self.name}.{fate}_cells"),
                timestamp=self._end - self.settings.window_ms,
                known_at=known_at,
                end=self._end,
                tick=float(self._ticks.price(1)),
                low=float(self._ticks.price(low)),
                values=values[:, None],
            )
        )
