"""The samples of a metric, from the hooks that give them to the bars that they make."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, SupportsFloat, SupportsInt

import numpy as np

from orderflow_core.events import Block, Bools, Floats, Ints, Series
from orderflow_core.plugin import bars
from orderflow_core.plugin.bars import BarColumns, BarMaker
from orderflow_core.plugin.base import BarSettings
from orderflow_core.plugin.following import Followed, Follower
from orderflow_core.plugin.kernels import load_kernels
from orderflow_core.plugin.moment import Moment

NO_ROW = -1


class Track:
    """One series of a metric: its description, its open bar and the samples of this block.

    `times`, `values` and `rows` are those that were given one by one, since the last array.
    """

    def __init__(self, series: Series, maker: BarMaker | Follower) -> None:
        self.series = series
        self.maker = maker
        self._chunks: list[_Chunk] = []
        self._empty()

    def collect(self, timestamps: Ints, values: Any, row: int) -> None:
        """Take the values of several moments, given at a row of the block."""
        self._stack()
        values = np.asarray(values, np.float64)
        if values.shape != timestamps.shape:
            raise ValueError(
                f"series {self.series.key!r} got values of shape {values.shape} for "
                f"timestamps of shape {timestamps.shape}: give one value a timestamp"
            )
        rows = None if row == NO_ROW else np.full(timestamps.shape, row)
        self._chunks.append(_Chunk(timestamps, values, rows))

    def take(self) -> _Chunk:
        """Return the block's samples as they were collected, and forget them."""
        self._stack()
        if not self._chunks:
            return _NONE
        chunks, self._chunks = self._chunks, []
        times, values, rows = chunks[0] if len(chunks) == 1 else _joined(chunks)
        times = np.ascontiguousarray(times.astype(np.int64, casting="same_kind", copy=False))
        return _Chunk(times, np.ascontiguousarray(values), rows)

    def _stack(self) -> None:
        if self.times:
            columns = map(np.asarray, (self.times, self.values, self.rows))
            self._chunks.append(_Chunk(*columns))
            self._empty()

    def _empty(self) -> None:
        self.times, self.values, self.rows = array("q"), array("d"), array("q")


class Samples:
    """What a metric's hooks have sampled, by series; its seat on the bus asks for the bars.

    Attributes:
        moment: where in the stream the hooks are.
        left_out: how many samples were left out because their row is not sure.
        followed: the bars of the table that the metric's own follow, if they do.

    """

    def __init__(
        self, name: str, series: Mapping[str | None, Series], *, open_at_previous: bool
    ) -> None:
        self.moment = Moment()
        self.left_out = 0
        self.followed = Followed()
        self._name = name
        self._open_at_previous = open_at_previous
        self._tracks = {name: Track(each, self._follower()) for name, each in series.items()}
        self._last_time: int | None = None

    def make_bars_of(self, settings: BarSettings) -> None:
        """Make bars of time, and of none that are `followed`."""
        for track in self._tracks.values():
            how = settings.window_ms, settings.origin_ms
            track.maker = BarMaker(*how, open_at_previous=self._open_at_previous)

    def make_bars_followed(self) -> None:
        """Make bars that begin and end with those that are `followed`."""
        for track in self._tracks.values():
            track.maker = self._follower()

    def _follower(self) -> Follower:
        return Follower(self.followed, open_at_previous=self._open_at_previous)

    @property
    def keys(self) -> list[str]:
        """The keys of the series."""
        return [track.series.key for track in self._tracks.values()]

    def add(
        self,
        timestamps: SupportsInt | Ints,
        values: SupportsFloat | Floats,
        series: str | None,
    ) -> None:
        """Collect samples of a series, those of rows that are not sure left out."""
        track = self._tracks.get(series)
        if track is None:
            raise ValueError(f"{self._name} samples series {series!r}, which it does not declare")
        moment = self.moment
        if moment.sure is True and not isinstance(timestamps, np.ndarray):
            track.times.append(int(timestamps))  # here, as a call more would cost a third
            track.values.append(float(values))
            track.rows.append(moment.row)
            return
        if moment.sure is not True:
            times, numbers = np.atleast_1d(np.asarray(timestamps), np.asarray(values))
            sure = self._sure(times)
            self.left_out += int(np.count_nonzero(~sure & ~np.isnan(numbers)))
            timestamps, values = times[sure], numbers[sure]
        track.collect(np.asarray(timestamps), values, moment.row)

    def _sure(self, times: Ints) -> Bools:
        """Return for each sample whether its row is sure."""
        if self.moment.event is not None:
            return np.full(times.shape, self.moment.is_sure)
        sure = np.atleast_1d(self.moment.sure)
        if len(sure) != len(times):
            raise ValueError(
                f"{self._name} gave {len(times)} samples for {len(sure)} rows of which some "
                "are not sure: give one value a row, NaN where there is none"
            )
        return sure

    def close_block(self, block: Block) -> Iterator[tuple[Series, BarColumns]]:
        """Yield the bars of each series that the block's samples closed, and the open one."""
        batches = block.batches
        for track in self._tracks.values():
            times, values = self._taken(track, block.last_time, block)
            yield track.series, track.maker.add(times, values, None, batches)
        self.followed.pass_on()
        self._last_time = block.last_time

    def close_stream(self, end: int) -> Iterator[tuple[Series, BarColumns]]:
        """Yield the open bars, closed by the end of the stream."""
        for track in self._tracks.values():
            yield track.series, track.maker.finish(end, *self._taken(track, end))

    def _taken(self, track: Track, last: int, block: Block | None = None) -> tuple[Ints, Floats]:
        """Return the finite samples of a series in order of their times, which are up to `last`."""
        key, taken = track.series.key, track.take()
        first = _FIRST if self._last_time is None else self._last_time
        whole = (load_kernels("orderflow_core.plugin.bar_kernel") or bars).in_order
        as_given = whole(taken.times, taken.values, first, last)
        if not as_given:
            taken = _finite(key, taken)
        if block is not None:
            _check_windows(key, taken, block)
        return (taken.times, taken.values) if as_given else self._sorted(key, taken, last)

    def _sorted(self, key: str, samples: _Chunk, last: int) -> tuple[Ints, Floats]:
        times, values = samples.times, samples.values
        if (times[1:] < times[:-1]).any():
            order = np.argsort(times, kind="stable")
            times, values = times[order], values[order]
        if len(times) and self._last_time is not None and times[0] < self._last_time:
            raise ValueError(
                f"series {key!r} has a sample at {times[0]}, earlier than {self._last_time}, the "
                "last time of the block before"
            )
        if len(times) and times[-1] > last:
            raise ValueError(
                f"series {key!r} has a sample at {times[-1]}, later than {last}, the last time of "
                "its block"
            )
        return times, values


class _Chunk(NamedTuple):
    """Samples, and at which row of the block each was given; `NO_ROW` outside the row hooks.

    `rows` is None where all were given outside them.
    """

    times: Ints
    values: Floats
    rows: Ints | None


_NONE = _Chunk(np.empty(0, np.int64), np.empty(0), None)


_FIRST = int(np.iinfo(np.int64).min)


def _finite(key: str, samples: _Chunk) -> _Chunk:
    """Return the samples without NaN; raises ValueError for infinite ones."""
    times, values, rows = samples
    infinite = np.isinf(values)
    if infinite.any():
        raise ValueError(f"series {key!r} has an infinite sample at {times[infinite][0]}")
    there = ~np.isnan(values)
    return _Chunk(times[there], values[there], None if rows is None else rows[there])


def _joined(chunks: Sequence[_Chunk]) -> _Chunk:
    """Return all samples as one chunk."""
    return _Chunk(
        np.concatenate([chunk.times for chunk in chunks]),
        np.concatenate([chunk.values for chunk in chunks]),
        np.concatenate([_rows_of(chunk) for chunk in chunks]),
    )


def _rows_of(chunk: _Chunk) -> Ints:
    return np.full(chunk.times.shape, NO_ROW) if chunk.rows is None else chunk.rows


def _check_windows(key: str, samples: _Chunk, block: Block) -> None:
    """Raise ValueError for a sample of a row hook outside its row's window.

    Were it allowed, a result would depend on which rows happen to be in one block.
    """
    if samples.rows is None:
        return
    given = samples.rows != NO_ROW
    if not given.any():
        return
    times, rows = samples.times[given], samples.rows[given]
    begin, last = block.windows.timestamp[rows], _last_times(block)[rows]
    wrong = np.flatnonzero((times < begin) | (times > last))
    if len(wrong):
        first = int(wrong[0])
        raise ValueError(
            f"series {key!r} has a sample at {times[first]}, outside the window under way, whose "
            f"row is of {begin[first]} and whose last trade of {last[first]}"
        )


def _last_times(block: Block) -> Ints:
    """Return for each row the time of its window's last trade, or its own."""
    times = block.windows.timestamp.copy()
    batches = block.batches
    traded = np.flatnonzero(np.diff(batches.offset))
    times[traded] = batches.trade_timestamp[batches.offset[traded + 1] - 1]
    return times
