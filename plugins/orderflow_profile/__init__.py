"""Volume profile: volume by price since the session began, with its value area."""

from __future__ import annotations

from collections.abc import Sequence
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
    Series,
    SessionSettings,
    Ticks,
    TradeBatches,
    hookimpl,
    load_kernels,
    stretches,
)
from orderflow_core.sources import DAY_MS
from orderflow_profile import areas

KERNEL = "orderflow_profile.kernel"
_LEVELS = ("low", None, "high")


def _steps(title: str) -> Series:
    return Series(title=title, pane="price", style="steps")


class VolumeProfile(Metric):
    """Volume profile: volume by price since the session began, its point of control and value area.

    Formula: the point of control (POC) is the price with the most volume, the main series; the
    value area grows from it, by `rows` rows at once towards the larger volume, until it holds
    `share` of all (series `high` and `low`, VAH and VAL). They are developing: at the end of each
    bar in which there were trades, of the session so far. When a session ends they are final, as
    the series `final_poc`, `final_high` and `final_low`. The profile itself is cells, buys and
    sells by price.

    Unit: price; of the cells the recording's size.

    Source: Steidlmayer 1984, market profile; by volume, of traders' use.

    Not: time at price; by volume. Ties go up, of the point of control and of the value area; its
    first bound is met by whole rows, so that it holds at least `share`. Prices are rounded to the
    tick, then put into rows of `ticks` of them. No forecast; nothing is fitted. Where no tick is
    known it is that of the first book row, and what was traded before that is left out. A session
    that the end cuts off has no final values.

    One-sided books: the book plays no part but for the tick.

    Example: 99.8: 10, 99.9: 25, 100.0: 20, 100.1: 50, 100.2: 30, 100.3: 5, 100.4: 10 has the POC
    100.1, and row by row the area 99.9 to 100.2 with 125 of 150, by two 99.9 to 100.3 with 130.
    """

    class Settings(SessionSettings):
        """The session, the grid, and how the value area grows."""

        clock: Literal["time"] = Field("time", description="bars of time alone")
        reset: Literal["never", "day"] = Field("day", description="when a session begins")
        tick: float | None = Field(None, gt=0, description="default: the instrument's")
        ticks: int = Field(1, ge=1, description="height of a row in ticks")
        share: float = Field(0.7, gt=0, le=1, description="of the volume in the value area")
        rows: int = Field(1, ge=1, le=2, description="rows that are compared at once")

    settings: Settings
    publishes: ClassVar[Sequence[type[Any]]] = (MetricBars, Cells)
    title = "Point of control"
    pane = "price"
    style = "steps"
    series: ClassVar = {
        "high": _steps("Value area high"),
        "low": _steps("Value area low"),
        "final_poc": _steps("Point of control, session before"),
        "final_high": _steps("Value area high, session before"),
        "final_low": _steps("Value area low, session before"),
    }

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._ticks = Ticks()
        self._grid = PriceGrid(2)
        self._session: int | None = None
        self._levels: Ints = np.empty((0, 5), np.int64)
        self._sampled_to = int(np.iinfo(np.int64).min)
        self._start = self.settings.session_start_ms
        self._drawn = Series(title="Volume profile", pane="price", style="profile").named(
            f"{self.name}.cells"
        )

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Take the tick from the settings, or of what is known of the instrument."""
        self._ticks = run.ticks(self.settings.tick)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Find the tick."""
        self._ticks.see(windows)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Add the trades, and sample at the end of each bar and session."""
        if self._ticks.size is None:
            return
        first = int(np.searchsorted(batches.trade_timestamp, self._ticks.since))
        times = batches.trade_timestamp[first:]
        if len(times):
            self._add(times, batches, first)
        self._end_session(batches.last_time, batches)
        self._sample_bars(batches)
        if self._session is not None and len(times):
            self._publish_cells(batches.last_time, closed=False)

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish the session that the end cuts off."""
        if self._session is not None:
            self._publish_cells(end, closed=True)

    def _add(self, times: Ints, batches: TradeBatches, first: int) -> None:
        """Add the trades from the `first` on, session by session."""
        row = self._ticks.of(batches.price[first:]) // self.settings.ticks
        size, sold = batches.size[first:], batches.side[first:] < 0
        start = 0
        while start < len(times):
            time = int(times[start])
            self._end_session(time, batches)
            self._session = self._session_of(time)
            stop = int(times.searchsorted(self._ends(self._session)))
            part = slice(start, stop)
            self._add_bars(times[part], row[part], size[part], sold[part])
            start = stop

    def _add_bars(self, times: Ints, row: Ints, size: Floats, sold: Bools) -> None:
        """Add trades of the session under way, and keep the levels after each of their bars."""
        assert self._session is not None
        grid, bars = self._grid, self.settings.bars_at(times)
        grid.reach(int(row.min()), int(row.max()))
        starts = np.array([*(start for start, _ in stretches(bars)), len(bars)])
        levels = np.empty((len(starts) - 1, 3), np.int64)
        how = self.settings.share, self.settings.rows
        kernels = load_kernels(KERNEL) or areas
        kernels.value_areas(starts, row - grid.low, size, sold, grid.values, *how, levels)
        ends = self.settings.start_of(bars[starts[:-1]] + 1)
        session_ends = np.full(len(ends), self._ends(self._session))
        new = np.column_stack([ends, session_ends, levels + grid.low])
        self._levels = np.concatenate([self._levels, new])

    def _session_of(self, time: int) -> int:
        return 0 if self.settings.reset == "never" else (time - self._start) // DAY_MS

    def _end_session(self, time: int, batches: TradeBatches) -> None:
        """Publish the session under way where it is over at a time of the stream."""
        if self._session is None or time < (end := self._ends(self._session)):
            return
        [known_at] = batches.first_time_from(np.array([end])).tolist()
        for name, row in zip(_LEVELS, self._levels[-1, 2:].tolist(), strict=True):
            self.sample(known_at, self._price(row), series=f"final_{name or 'poc'}")
        self._publish_cells(known_at, closed=True)
        self._grid.clear()
        self._session = None

    def _ends(self, session: int) -> int:
        if self.settings.reset == "never":
            return int(np.iinfo(np.int64).max)
        return (session + 1) * DAY_MS + self._start

    def _sample_bars(self, batches: TradeBatches) -> None:
        """Sample the levels of the bars that are over, but where their session was over by then."""
        ends, session_ends, *_ = self._levels.T
        over = (self._sampled_to < ends) & (ends <= batches.last_time)
        over[:-1] &= ends[1:] != ends[:-1]  # the last of each bar
        known_at = batches.first_time_from(ends[over])
        developing = known_at < session_ends[over]
        prices = self._ticks.price(self._levels[over, 2:] * self.settings.ticks)
        for name, column in zip(_LEVELS, prices[developing].T, strict=True):
            self.sample(known_at[developing], column, series=name)
        self._levels, self._sampled_to = self._levels[-1:], batches.last_time

    def _price(self, row: int) -> float:
        return self._ticks.price_of(row * self.settings.ticks)

    def _publish_cells(self, known_at: int, *, closed: bool) -> None:
        assert self._session is not None
        by_day = self.settings.reset == "day"
        low, values = self._grid.used()
        self.publish(
            Cells(
                series=self._drawn,
                timestamp=self._ends(self._session - 1) if by_day else 0,
                known_at=known_at,
                end=self._ends(self._session) if by_day else known_at,
                tick=self._price(1),
                low=self._price(low),
                values=values,
                closed=closed,
            )
        )
