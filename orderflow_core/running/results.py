"""What a run gives to who calls it from Python: bars, events and reports, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orderflow_core.contract.report import Report
from orderflow_core.contract.series import Series
from orderflow_core.events import Bars, Batch, Event, MetricBars
from orderflow_core.running.digest import Account
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.tables import Table
from orderflow_core.words import did_you_mean

_MARKS = ("known_at", "complete", "end", "sequence")
_TYPES: Mapping[str, type[Any]] = {
    "int": np.int64,
    "float": np.float64,
    "float | None": np.float64,
    "bool": np.bool_,
}


class Kept(Account):
    """An account that keeps what it sees: closed bars, and events of one's own."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: dict[str, list[Bars | MetricBars]] = {}
        self.found: list[Event] = []

    def saw_bars(self, bars: Bars | MetricBars) -> None:
        """Keep the closed ones; their columns are their own, and hold no block."""
        super().saw_bars(bars)
        pieces = self.pieces.setdefault(bars.series.key, [])
        if bars.closed.all():
            pieces.append(bars)
        elif bars.closed.any():
            pieces.append(bars.rows(bars.closed))

    def saw_event(self, event: Event) -> None:
        """Keep it."""
        super().saw_event(event)
        self.found.append(event)

    def saw_events(self, events: Batch) -> None:
        """Keep each."""
        super().saw_events(events)
        self.found += events


class Result:
    """What a run gave for one instrument; each table is made when it is asked for."""

    def __init__(self, run: InstrumentRun, kept: Sequence[Kept]) -> None:
        self._run = run
        self._kept = kept

    @property
    def report(self) -> Report:
        """The report, as `run.json` holds it."""
        return self._run.report

    @property
    def files(self) -> list[Path]:
        """The files that sinks have written."""
        return self._run.outputs

    @property
    def series(self) -> list[str]:
        """The keys of the series of bars, of prices and of metrics, that have any."""
        return list(dict.fromkeys(key for kept in self._kept for key in kept.pieces))

    def bars(self, key: str) -> Table:
        """Return the closed price bars of a series, in time order.

        Columns are `timestamp`, `open`, `high`, `low`, `close`, `volume`, `known_at`, `complete`,
        `end` and `sequence`. Raises KeyError where no such series was published.
        """
        return self._bars(key, Bars, "prices")

    def metric(self, key: str) -> Table:
        """Return the closed bars of a metric's series, as `bars` does, without a volume."""
        return self._bars(key, MetricBars, "a metric")

    def events(self, kind: type[Event]) -> Table:
        """Return the events of a class in the order of their delivery, a column for each field.

        `series` is the key of their series. Fields that are tuples or arrays are lists in Arrow.
        Raises TypeError for what is no event class.
        """
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            raise TypeError(f"{kind!r} is no event class, such as Signal, Cells or one of your own")
        found = [each for kept in self._kept for each in kept.found if isinstance(each, kind)]
        columns = {
            field.name: _values([getattr(event, field.name) for event in found], str(field.type))
            for field in sorted(fields(kind), key=lambda field: field.name not in _FIRST)
            if field.name != "instrument"
        }
        return Table(columns)

    def __repr__(self) -> str:
        report = self.report
        return (
            f"Result({report.instrument}, {report.status}: {', '.join(self.series) or 'no bars'})"
        )

    def _bars(self, key: str, kind: type[Bars | MetricBars], told: str) -> Table:
        pieces = self._pieces(key)
        known = [name for name in self.series if isinstance([*self._pieces(name), None][0], kind)]
        if key not in known:
            hint = did_you_mean(key, known) or f"there are {', '.join(known) or 'none'}"
            raise KeyError(f"no closed bar of {told} has the series {key!r}; {hint}")
        names = ("timestamp", *kind.values, *_MARKS)
        return Table({name: np.concatenate([getattr(p, name) for p in pieces]) for name in names})

    def _pieces(self, key: str) -> list[Bars | MetricBars]:
        return [each for kept in self._kept for each in kept.pieces.get(key, ())]


_FIRST = ("timestamp", "known_at", "series", "table")


def _values(values: Sequence[Any], kind: str) -> Sequence[Any] | NDArray[Any]:
    """Return the values of a field of this type as a column takes them."""
    if kind in _TYPES:
        return np.array([np.nan if value is None else value for value in values], _TYPES[kind])
    return [value.key if isinstance(value, Series) else value for value in values]


class Results(Mapping[str, Result]):
    """What a run gave, by instrument."""

    def __init__(self, results: Mapping[str, Result]) -> None:
        self._results = dict(results)

    def __getitem__(self, instrument: str) -> Result:
        if instrument not in self._results:
            raise KeyError(f"{instrument!r} was not run; there is {', '.join(self._results)}")
        return self._results[instrument]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        return f"Results({', '.join(map(repr, self._results.values()))})"
