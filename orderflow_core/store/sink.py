"""What a sink that keeps everything has in common with others, whatever its format."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import fields
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from orderflow_core.contract.series import Series
from orderflow_core.events import (
    Bars,
    BookWindows,
    Cells,
    Event,
    MetricBars,
    Signal,
    TradeBatches,
)
from orderflow_core.plugin.base import Plugin, PluginSettings, Run
from orderflow_core.plugin.hookspecs import hookimpl
from orderflow_core.store.columns import COLUMNS, Columns, column
from orderflow_core.store.reading import Span
from orderflow_core.times import DAY_MS

log = logging.getLogger(__name__)


class StoreSettings(PluginSettings):
    """What every sink that keeps results can be told."""

    cells: bool = Field(False, description="keep footprints, heat maps and profiles too")


class Passed(NamedTuple):
    """The times of the first and the last row or trade that passed on a UTC day."""

    day: int
    first: int
    last: int


class StoreSink(Plugin):
    """Turns whatever is final into rows of a store; what becomes of them, a subclass says.

    Attributes:
        fingerprint: that of the run's settings.
        version: that of orderflow.
        described: each series that was kept, by kind and key.
        open_bars: where the bar begins that is not closed yet, by kind and key of its series.

    """

    class Settings(StoreSettings):
        """No settings but those of every such sink."""

    settings: StoreSettings
    required = True

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self.fingerprint = ""
        self.version = ""
        self.described: dict[tuple[str, str], Series] = {}
        self.open_bars: dict[tuple[str, str], int] = {}
        self.__unsure: list[Span] = []
        self.__told: set[str] = set()

    def keep(self, kind: str, series: Series, rows: Columns) -> None:
        """Take rows of one series, in the order in which they were known.

        They have the columns of their kind but `series` and `settings`, which are one for all, and
        but for bars `sequence`, which tells rows of one time apart by the order of these.
        """
        raise NotImplementedError

    def passed(self, days: Sequence[Passed], unsure: Sequence[Span]) -> None:
        """Take notice of the days of a block, and of when its book was not sure."""
        raise NotImplementedError

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Learn what the rows are of."""
        self.fingerprint, self.version = run.fingerprint, run.version

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Take the stretches in which the book is not sure."""
        self.__unsure = [] if windows.sure.all() else _unsure(windows)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Take the days that the block is of."""
        self.passed(list(_days(batches)), self.__unsure)

    @hookimpl
    def on_bars(self, bars: Bars) -> None:
        """Keep the closed bars."""
        self.__keep_bars("bars", bars)

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        """Keep the closed bars."""
        self.__keep_bars("metrics", bars)

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        """Keep the signal."""
        values = {
            "price": nan if signal.price is None else signal.price,
            "value": nan if signal.value is None else signal.value,
            "side": signal.side,
            "text": signal.text,
        }
        self.__keep_event("signals", signal, signal.series, values)

    @hookimpl
    def on_cells(self, cells: Cells) -> None:
        """Keep a column of a picture that is complete, where that is wished."""
        if cells.closed and self.settings.cells:
            values = {
                "end": cells.end,
                "tick": cells.tick,
                "low": cells.low,
                "channels": cells.values.shape[1],
                "values": cells.values.ravel().tolist(),
            }
            self.__keep_event("cells", cells, cells.series, values)

    @hookimpl
    def on_event(self, event: Event) -> None:
        """Keep an event of a class of one's own, if each of its fields is one value."""
        name = type(event).__name__
        found = _own_fields(event)
        nested = [key for key, value in found.items() if isinstance(value, tuple | np.ndarray)]
        if nested:
            if name not in self.__told:
                log.warning(
                    "[plugins.%s] keeps no %s: its field %s has several values",
                    self.name,
                    name,
                    nested[0],
                )
            self.__told.add(name)
            return
        series = getattr(event, "series", None)
        own = series if isinstance(series, Series) else Series().named(event.table)
        text = json.dumps({key: _finite(value) for key, value in found.items()}, ensure_ascii=False)
        self.__keep_event("events", event, own, {"event": name, "fields": text})

    def __keep_bars(self, kind: str, bars: Bars | MetricBars) -> None:
        key = bars.series.key
        closed = bars.closed
        if len(bars) and not closed[-1]:
            self.open_bars[kind, key] = int(bars.timestamp[-1])
        else:
            self.open_bars.pop((kind, key), None)
        if not closed.any():
            return
        chosen = bars if closed.all() else bars.rows(closed)
        names = ("timestamp", "sequence", "end", *chosen.values, "known_at", "complete")
        columns = {name: getattr(chosen, name).copy() for name in names}
        self.__keep(kind, bars.series, columns)

    def __keep_event(self, kind: str, event: Event, series: Series, values: dict[str, Any]) -> None:
        times = {"timestamp": event.timestamp, "known_at": event.known_at}
        marks = {"table": event.table, "sure": event.sure}
        row = {**times, **values, **marks}
        kinds = COLUMNS[kind]
        self.__keep(kind, series, {name: column(kinds[name], [row[name]]) for name in row})

    def __keep(self, kind: str, series: Series, columns: Columns) -> None:
        self.described[kind, series.key] = series
        self.keep(kind, series, columns)


_DESCRIBED = frozenset(("instrument", "table", "hook", "series", "timestamp", "known_at", "sure"))


def _own_fields(event: Event) -> dict[str, Any]:
    return {
        field.name: getattr(event, field.name)
        for field in fields(event)
        if field.name not in _DESCRIBED
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value


def _unsure(windows: BookWindows) -> list[Span]:
    """Return the stretches of rows that are not sure, those that touch made one."""
    spans: list[Span] = []
    rows = ~windows.sure
    times = zip(windows.timestamp[rows].tolist(), windows.end_timestamp[rows].tolist(), strict=True)
    for start, end in times:
        if spans and spans[-1].end >= start:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, end))
        else:
            spans.append(Span(start, end))
    return spans


def _days(batches: TradeBatches) -> Iterator[Passed]:
    first, last = int(batches.timestamp[0]), batches.last_time
    if first // DAY_MS == last // DAY_MS:
        yield Passed(first // DAY_MS, first, last)
        return
    times: NDArray[np.int64] = np.sort(np.concatenate([batches.timestamp, batches.trade_timestamp]))
    days, places = np.unique(times // DAY_MS, return_index=True)
    ends = np.append(places[1:], len(times)) - 1
    for day, place, end in zip(days.tolist(), places.tolist(), ends.tolist(), strict=True):
        yield Passed(day, int(times[place]), int(times[end]))
