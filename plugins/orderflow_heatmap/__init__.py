"""Heat map of the book: the size that stood at each price in each stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isnan
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from orderflow_core import (
    BarSettings,
    Books,
    BookWindows,
    Cells,
    Events,
    Floats,
    Ints,
    Plugin,
    PluginSettings,
    Run,
    Series,
    Ticks,
    TradeBatches,
    check_whole_book,
    hookimpl,
    load_kernels,
    stretches,
)
from orderflow_heatmap import filling

KERNEL = "orderflow_heatmap.kernel"
_Picture: TypeAlias = tuple[int, int, Floats]
"""A bar, the row of its first cell, and its cells."""
_SHARE = 0.02
"""What the picture spans of the price where `ticks` is not set: a hundredth to either side."""
_HEADROOM = 4
"""The book is kept up to so many times the first price, and down to as many below 0."""
_MOST_ROWS = 1 << 23
"""Or up to so many rows to either side of it; what lies beyond is one row."""


class HeatMap(Plugin):
    """Heat map of the book: the size that stood at each price in each stretch of time, as cells.

    Formula: for each row of `ticks` ticks the size of both sides in it, over the bar: its mean,
    weighted by the time for which it stood, or its largest or last value. `rows` rows lie about
    the mid with which the bar begins; the first and the last cell have all that lies outside.

    Unit: the recording's size.

    Source: of traders' use.

    Not: a flow: a snapshot replaces what stood. No forecast; nothing is fitted. It sees the whole
    book, not the levels that Books carry, with the ghosts of feeds that never delete levels. Time
    in which the book is not sure has no weight, and a bar without any other has no cells. Prices
    are rounded to the tick, then put into rows from a whole multiple of `ticks` on, which is their
    lowest. A row stands until the next one. What lies farther from 0 than four times the first
    price is in the first or the last cell; rows below 0 are there where a price has been.

    One-sided books: the side that is there; the picture begins with the first mid, and keeps its
    place while there is none.

    Example: 5 for 300 ms, then 8 for 200 ms: mean 6.2, max 8, last 8.
    """

    class Settings(BarSettings):
        """The grid, and what a cell holds."""

        size: Literal["mean", "max", "last"] = Field("mean", description="what a cell holds")
        rows: int = Field(400, ge=2, le=10_000, description="rows about the mid")
        tick: float | None = Field(None, gt=0, description="default: the instrument's")
        ticks: int | None = Field(
            None, ge=1, description="height of a row; default: such that rows span 2 % of the mid"
        )

    settings: Settings
    publishes = (Cells,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._ticks = Ticks()
        self._series = Series(title="Heat map", pane="price", style="heat").named(self.name)
        self._height = self.settings.ticks or 1
        self._lowest = 0
        self._state = np.zeros(6, np.int64)
        self._shown, self._weighted, self._largest = np.zeros((3, self.settings.rows + 2))
        self._since = np.zeros(self.settings.rows + 2, np.int64)
        self._sizes, self._levels = np.zeros(0), np.zeros(0, np.int64)
        self._bar: int | None = None
        self._begun = 0
        self._mid = np.nan
        self._pictures: list[_Picture] = []
        self._windows: BookWindows | None = None
        self._books: Books | None = None

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Take the tick from the settings, or of what is known of the instrument."""
        self._ticks = run.ticks(self.settings.tick)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Find the tick, and keep the updates."""
        self._ticks.see(windows)
        self._windows = windows

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Keep the sizes before the updates, and the mids."""
        check_whole_book(self.name, books)
        self._books = books

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Fill the cells, and publish those of the bars that are over."""
        windows, books = self._windows, self._books
        self._windows = self._books = None
        if windows is None or books is None or self._ticks.size is None:
            return
        if not len(self._sizes) and not self._make_room(windows):
            return
        bars = self.settings.bars_at(windows.timestamp)
        for start, stop in stretches(bars):
            bar, row = int(bars[start]), start
            if bar != self._bar:
                self._close()
            if isnan(self._mid):
                known = np.flatnonzero(np.isfinite(books.mid[start:stop]))
                row = start + int(known[0]) + 1 if len(known) else stop
                self._fill(start, row, windows, books)
            if self._bar is None and not isnan(self._mid):
                self._begin(bar)
            self._fill(row, stop, windows, books)
        if self._bar is not None and self.settings.start_of(self._bar + 1) <= batches.last_time:
            self._close()
        self._publish_pictures(batches.first_time_from(self._ends_of(self._pictures)))
        if self._bar is not None:
            self._publish_cells(
                self._picture(self._bar), np.array([batches.last_time]), closed=False
            )

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish the cells of the bar that the end cuts off."""
        self._close(end)
        self._publish_pictures(np.full(len(self._pictures), end))

    def _make_room(self, windows: BookWindows) -> bool:
        """Take the height of a row, and room for the whole book, from the first row's prices.

        Return whether there is such a row.
        """
        levels = np.flatnonzero(windows.bid_offset[1:] + windows.ask_offset[1:])
        if not len(levels):
            return False
        row = int(levels[0]) + 1
        sides = (windows.bid_price, windows.bid_offset), (windows.ask_price, windows.ask_offset)
        prices = np.concatenate([price[: min(1, offset[row])] for price, offset in sides])
        ticks = int(self._ticks.of(prices).max())
        if self.settings.ticks is None:
            self._height = max(1, ceil(_SHARE * abs(ticks) / self.settings.rows))
        first, away = ticks // self._height, abs(ticks) // self._height
        room = _HEADROOM * (away + 1) + self.settings.rows + 2
        self._lowest = -room if room <= _MOST_ROWS else first - _MOST_ROWS
        self._sizes = np.zeros(2 * min(room, _MOST_ROWS))  # none of it is there until written to
        self._levels = np.zeros(len(self._sizes), np.int64)
        self._state[filling.FIRST], self._state[filling.LAST] = len(self._sizes), -1
        return True

    def _fill(self, start: int, stop: int, windows: BookWindows, books: Books) -> None:
        """Apply the rows `start` to `stop`, and keep their last mid."""
        if start == stop:
            return
        kernels = load_kernels(KERNEL) or filling
        kernels.fill(
            *(start, stop, windows.timestamp, windows.snapshot, windows.sure),
            *(windows.bid_offset, windows.bid_price, windows.bid_size, books.bid_before),
            *(windows.ask_offset, windows.ask_price, windows.ask_size, books.ask_before),
            *(self._ticks.size, self._height, self._lowest, self._state, self._sizes, self._levels),
            *(self._shown, self._since, self._weighted, self._largest),
            self.settings.size == "max",
        )
        bid, ask = books.best_bid, books.best_ask
        for row in range(stop - 1, start - 1, -1):  # most often one step
            mid = float(bid[row] + ask[row]) / 2
            if not isnan(mid):
                self._mid = mid
                break

    def _begin(self, bar: int) -> None:
        """Begin the cells of a bar, with what stands."""
        rows, state = self.settings.rows, self._state
        self._bar = bar
        self._advance(self.settings.start_of(bar))
        middle = int(self._ticks.of(np.array([self._mid]))[0]) // self._height - self._lowest
        first, end = int(state[filling.FIRST]), int(state[filling.LAST]) + 1
        least = max(1, min(first, -self._lowest))  # the row of the price 0, or what has been below
        low = max(least, min(middle - rows // 2, len(self._sizes) - 1 - rows))
        self._shown[0] = self._sizes[min(first, low) : low].sum()
        self._shown[1:-1] = self._sizes[low : low + rows]
        self._shown[-1] = self._sizes[low + rows : max(end, low + rows)].sum()
        self._largest[:] = self._shown if state[filling.SURE] else 0.0
        self._weighted[:] = 0.0
        self._since[:] = self._begun = int(state[filling.CLOCK])
        state[filling.LOW] = low

    def _advance(self, time: int) -> None:
        """Let the book stand up to a time."""
        state = self._state
        if time > state[filling.TIME]:
            if state[filling.SURE]:
                state[filling.CLOCK] += time - state[filling.TIME]
            state[filling.TIME] = time

    def _close(self, end: int | None = None) -> None:
        """Keep the picture of the bar under way, the book standing up to its end, or that of all.

        They are published all at once, which takes half the time.
        """
        if self._bar is None:
            return
        self._advance(self.settings.start_of(self._bar + 1) if end is None else end)
        self._pictures += self._picture(self._bar)
        self._bar = None

    def _picture(self, bar: int) -> list[_Picture]:
        """Return the picture of the bar under way, none where the book has not been sure in it."""
        clock = int(self._state[filling.CLOCK])
        duration = clock - self._begun
        if not duration:
            return []
        if self.settings.size == "mean":
            values = (self._weighted + self._shown * (clock - self._since)) / duration
        else:
            values = (self._largest if self.settings.size == "max" else self._shown).copy()
        return [(bar, int(self._state[filling.LOW]) - 1 + self._lowest, values)]

    def _ends_of(self, pictures: Sequence[_Picture]) -> Ints:
        """Return when the bars of pictures end."""
        return np.array([self.settings.start_of(bar + 1) for bar, *_ in pictures], np.int64)

    def _publish_pictures(self, known_at: Ints) -> None:
        """Publish the pictures that are kept."""
        pictures, self._pictures = self._pictures, []
        self._publish_cells(pictures, known_at, closed=True)

    def _publish_cells(self, pictures: Sequence[_Picture], known_at: Ints, *, closed: bool) -> None:
        if not pictures:
            return
        ends = self._ends_of(pictures)
        self.publish(
            Events(
                Cells,
                series=self._series,
                timestamp=ends - self.settings.window_ms,
                known_at=known_at,
                end=ends,
                tick=self._ticks.price_of(self._height),
                low=[self._ticks.price_of(low * self._height) for _, low, _ in pictures],
                values=np.array([values for *_, values in pictures])[:, :, None],
                closed=closed,
            )
        )
