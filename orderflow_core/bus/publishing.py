"""What an event must be like to be published."""

from __future__ import annotations

import numpy as np

from orderflow_core.events import Bars, Books, BookWindows, MetricBars
from orderflow_core.plugin.base import Plugin


def check_books(books: Books, windows: BookWindows | None) -> None:
    """Raise ValueError unless `books` has one row a window of the block under way."""
    if windows is None:
        raise ValueError("Books are published in on_book_windows, at no other moment")
    if not np.array_equal(books.timestamp, windows.timestamp):
        raise ValueError(
            f"Books have one row a window, with its timestamp: found {len(books)} rows for "
            f"{len(windows)} windows, or other times"
        )


def check_bars(bars: Bars | MetricBars, plugin: Plugin, last_closed: dict[str, int]) -> None:
    """Raise ValueError unless `bars` continue a series of the plugin with finite values.

    `last_closed` holds the start of each series' last closed bar, and is brought up to date.
    """
    key = bars.series.key
    if key not in plugin.series_keys():
        raise ValueError(
            f"{plugin.name} publishes the series {key!r}; its own are {plugin.series_keys()}"
        )
    if not len(bars):
        return
    columns = [bars.open, bars.high, bars.low, bars.close]
    columns += [bars.volume] if isinstance(bars, Bars) else []
    values = np.column_stack(columns)
    if not np.isfinite(values).all():
        worst = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise ValueError(
            f"series {key!r} has the values {values[worst].tolist()} in its bar of "
            f"{bars.timestamp[worst]}; only finite ones may be published"
        )
    before = np.append(last_closed.get(key, np.iinfo(np.int64).min), bars.timestamp[:-1])
    if np.any(bars.timestamp <= before):
        wrong = int(np.flatnonzero(bars.timestamp <= before)[0])
        raise ValueError(
            f"series {key!r} has a bar of {bars.timestamp[wrong]} after one of {before[wrong]}; "
            "bars come in time order, each once closed"
        )
    if bars.closed.any():
        last_closed[key] = int(bars.timestamp[bars.closed][-1])
