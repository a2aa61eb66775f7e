"""Bars that are older than those of the files: from the store of the run's results."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from orderflow_app.dashboard.reading.places import Look
from orderflow_app.dashboard.reading.reader import MOST_KEPT, View
from orderflow_core.contract.instruments import filled
from orderflow_core.contract.report import Report
from orderflow_core.contract.shapes import SeriesRows
from orderflow_core.errors import InputError
from orderflow_core.store import Columns, Span, Store, open_store

_ROW = ("timestamp", "open", "high", "low", "close")
NO_STORE = "There are no older bars: no store was found. A run with [plugins.parquet] keeps all."
NO_NAME = "There are no older bars: the run does not tell its settings, as one of today would."


@dataclass(frozen=True)
class Known:
    """What the store of a run's results went over, and how it is read."""

    store: Store
    instrument: str
    settings: str
    covered: Sequence[Span]


class History:
    """Reads the stores of runs; may be asked by several threads.

    `store` is where they are, with `{instrument}` in it or not; without it, the report of a run
    tells. Results are those of the run's own settings.
    """

    def __init__(self, store: Path | None = None) -> None:
        self._store = store
        self._covered: dict[tuple[Path, str, str], Look[Sequence[Span]]] = {}

    def known(self, view: View) -> Known:
        """Return what is known of a view's run; raises InputError, in words, where nothing is."""
        run = view.run
        store = None if run is None else self._found(run)
        if run is None or store is None:
            raise InputError(NO_STORE)
        if not run.fingerprint:
            raise InputError(NO_NAME)
        covered = self._look(store, run.instrument, run.fingerprint).found()
        if not covered:
            raise InputError(
                f"There are no older bars: {store.path} has none of {run.instrument} by the "
                "settings of this run."
            )
        return Known(store, run.instrument, run.fingerprint, covered)

    def _found(self, run: Report) -> Store | None:
        for path in self._paths(run):
            try:
                return open_store(filled(path, run.instrument))
            except InputError:
                if self._store is not None:
                    raise
        return None

    def _paths(self, run: Report) -> Iterator[Path]:
        """Yield where a run's store may be: as was said, else the folders of its tables."""
        if self._store is not None:
            yield self._store
            return
        listed = run.settings.get("plugins", {}).values()
        tables = [table for table in listed if isinstance(table, Mapping)]
        for table in sorted(tables, key=lambda table: table.get("use") != "parquet"):
            directory = table.get("directory")
            if isinstance(directory, str) and "\0" not in directory:
                yield Path(directory)

    def _look(self, store: Store, instrument: str, settings: str) -> Look[Sequence[Span]]:
        key = store.path, instrument, settings
        if len(self._covered) > MOST_KEPT:
            self._covered.clear()
        return self._covered.setdefault(
            key, Look(lambda: store.covered(instrument, settings), time.monotonic)
        )


def older(view: View, known: Known, bars: str, start: int, end: int) -> View:
    """Return a view of what a store has from `[start, end)`; `bars` are the series of the price.

    Raises InputError for what cannot be read.
    """

    def rows(kind: str, key: str, names: Sequence[str]) -> list[Any]:
        found = known.store.columns(kind, known.instrument, key, start, end, known.settings)
        return _rows(found, names)

    series: Mapping[str, SeriesRows] = {
        key: each.model_copy(update={"rows": rows("metrics", key, _ROW)})
        for key, each in view.series.items()
    }
    prices = {
        key: each.model_copy(update={"rows": rows("bars", key, (*_ROW, "volume"))})
        for key, each in view.prices.items()
    }
    return replace(view, bars=rows("bars", bars, (*_ROW, "volume")), prices=prices, series=series)


def without_rows(view: View) -> View:
    """Return a view of the same series, of which nothing has been read."""
    series = {key: each.model_copy(update={"rows": []}) for key, each in view.series.items()}
    return replace(view, bars=[], series=series)


def _rows(columns: Columns, names: Sequence[str]) -> list[Any]:
    """Return rows of one time each: of several the last."""
    times = columns["timestamp"]
    last = np.append(times[1:] != times[:-1], True) if len(times) else np.empty(0, bool)
    listed = [columns[name][last].tolist() for name in names]
    return [
        tuple(None if value != value else value for value in row)
        for row in zip(*listed, strict=True)
    ]
