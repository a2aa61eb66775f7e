"""`Metric`: samples in, metric bars out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, SupportsFloat, SupportsInt

import numpy as np

from orderflow_core.events import Bools, Floats, Ints, MetricBars, Series, Style, TradeBatches
from orderflow_core.plugin.bars import NO_TIMES, NO_VALUES, BarColumns, BarMaker
from orderflow_core.plugin.base import BarSettings, Plugin, PluginSettings


class Metric(Plugin):
    """A plugin that gives values over time; the base class makes and publishes their bars.

    A subclass calls `sample` in its hooks. Class attributes describe the main series, keyed by
    the table's name; `series` describes further ones, keyed `<table>.<name>`.

    Attributes:
        title: the pane's title, by default the series' key.
        pane: the pane, `"price"` to draw over the candles; by default the series' key.
        style: `"candles"`, `"line"` or `"bars"`.
        unit: shown beside the values.
        color: a CSS hex colour, or None for the screen's choice.
        bar_open: `"first"` opens a bar at its first sample, `"previous"` at the value before it,
            as running sums want.
        series: further series by name.

    """

    class Settings(BarSettings):
        """Only the length of a bar."""

    publishes = (MetricBars,)
    title: ClassVar[str] = ""
    pane: ClassVar[str] = ""
    style: ClassVar[Style] = "candles"
    unit: ClassVar[str] = ""
    color: ClassVar[str | None] = None
    bar_open: ClassVar[Literal["first", "previous"]] = "first"
    series: ClassVar[Mapping[str, Series]] = {}

    def __init__(
        self, settings: PluginSettings | None = None, /, *, name: str = "", **values: Any
    ) -> None:
        super().__init__(settings, name=name, **values)
        main = Series("", self.title, self.pane, self.style, self.unit, self.color)
        described: dict[str | None, Series] = {None: main}
        described.update(self.series)
        self.__tracks = {
            series: _Track(description.named(self.series_key(series)), self.__bar_maker())
            for series, description in described.items()
        }
        self.__last_time: int | None = None
        self.__sure: Bools | bool = True

    def series_key(self, series: str | None) -> str:
        """Return the key of a further series, or of the main one for None."""
        return self.name if series is None else f"{self.name}.{series}"

    def series_keys(self) -> list[str]:
        """Return the keys of the main series and the further ones."""
        return [track.series.key for track in self.__tracks.values()]

    def mark_sure(self, sure: Bools | bool) -> None:
        """Take whether the rows that come next are sure; for the bus."""
        self.__sure = sure

    def sample(
        self,
        timestamps: SupportsInt | Ints,
        values: SupportsFloat | Floats,
        series: str | None = None,
    ) -> None:
        """Collect the value of a moment (in ms), or arrays of both; NaN is no sample.

        In the book hooks give one value a row, NaN where there is none, so that rows that are
        not sure can be left out. Raises ValueError for an unknown `series` and for values that
        are not one a timestamp. The plugin fails at the end of the block where a value is
        infinite, or a time outside the block.
        """
        track = self.__tracks.get(series)
        if track is None:
            raise ValueError(f"{self.name} samples series {series!r}, which it does not declare")
        if self.__sure is not True:
            timestamps, values = self.__only_sure(
                np.atleast_1d(np.asarray(timestamps)), np.atleast_1d(np.asarray(values))
            )
        track.collect(timestamps, values)

    def __only_sure(self, timestamps: Ints, values: Floats) -> tuple[Ints, Floats]:
        sure = np.atleast_1d(self.__sure)
        if len(sure) != len(timestamps):
            raise ValueError(
                f"{self.name} gave {len(timestamps)} samples for {len(sure)} rows of which some "
                "are not sure: give one value a row, NaN where there is none"
            )
        self.samples_left_out += int(np.count_nonzero(~sure & ~np.isnan(values)))
        return timestamps[sure], values[sure]

    def close_block(self, batches: TradeBatches) -> None:
        """Make bars of the block's samples and publish them."""
        for track in self.__tracks.values():
            times, values = self.__sorted_samples(track, batches.last_time)
            sizes = np.zeros(len(times))
            self.__publish_bars(track, track.maker.add(times, values, sizes, batches))
        self.__last_time = batches.last_time

    def close_stream(self, end: int) -> None:
        """Close the open bars and publish them."""
        for track in self.__tracks.values():
            times, values = self.__sorted_samples(track, end)
            self.__publish_bars(track, track.maker.finish(end, times, values, np.zeros(len(times))))

    def __bar_maker(self) -> BarMaker:
        return BarMaker(self.settings.window_ms, open_at_previous=self.bar_open == "previous")

    def __sorted_samples(self, track: _Track, last: int) -> tuple[Ints, Floats]:
        times, values = track.take()
        if len(times) and np.any(times[1:] < times[:-1]):
            order = np.argsort(times, kind="stable")
            times, values = times[order], values[order]
        if len(times) and self.__last_time is not None and times[0] < self.__last_time:
            raise ValueError(
                f"series {track.series.key!r} has a sample at {times[0]}, earlier than "
                f"{self.__last_time}, the last time of the block before"
            )
        if len(times) and times[-1] > last:
            raise ValueError(
                f"series {track.series.key!r} has a sample at {times[-1]}, later than {last}, "
                "the last time of its block"
            )
        return times, values

    def __publish_bars(self, track: _Track, bars: BarColumns) -> None:
        if len(bars):
            self.publish(
                MetricBars(
                    instrument=self.instrument,
                    series=track.series,
                    timestamp=bars.timestamp,
                    open=bars.open,
                    high=bars.high,
                    low=bars.low,
                    close=bars.close,
                    closed=bars.closed,
                    known_at=bars.known_at,
                )
            )


class _Track:
    """One series of a metric: its description, its open bar and the samples of this block."""

    def __init__(self, series: Series, maker: BarMaker) -> None:
        self.series = series
        self.maker = maker
        self._chunks: list[tuple[Ints, Floats]] = []
        self._times: list[int] = []
        self._values: list[float] = []

    def collect(self, timestamps: SupportsInt | Ints, values: SupportsFloat | Floats) -> None:
        if isinstance(timestamps, np.ndarray):
            self._stack()
            values = np.asarray(values, np.float64)
            if values.shape != timestamps.shape:
                raise ValueError(
                    f"series {self.series.key!r} got values of shape {values.shape} for "
                    f"timestamps of shape {timestamps.shape}: give one value a timestamp"
                )
            self._chunks.append((timestamps, values))
        else:
            self._times.append(int(timestamps))
            self._values.append(float(values))

    def take(self) -> tuple[Ints, Floats]:
        """Return the block's samples as they were collected, without NaN, and forget them."""
        self._stack()
        if not self._chunks:
            return NO_TIMES, NO_VALUES
        times = np.concatenate([chunk[0] for chunk in self._chunks], dtype=np.int64)
        values = np.concatenate([chunk[1] for chunk in self._chunks])
        self._chunks.clear()
        finite = np.isfinite(values)
        if finite.all():
            return times, values
        infinite = ~finite & ~np.isnan(values)
        if infinite.any():
            raise ValueError(
                f"series {self.series.key!r} has an infinite sample at {times[infinite][0]}"
            )
        return times[finite], values[finite]

    def _stack(self) -> None:
        if self._times:
            self._chunks.append((np.array(self._times), np.array(self._values)))
            self._times, self._values = [], []
