"""The results of one UTC day, while they are still to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orderflow_core import Series
from orderflow_core.store import BARS, COLUMNS, Columns, Span
from orderflow_parquet.file import described

_PIECES = 256


class Rows:
    """Rows of one series as they come, in few pieces, each a column a name."""

    def __init__(self) -> None:
        self._pieces: list[Columns] = []
        self._small: list[Columns] = []

    def add(self, columns: Columns) -> None:
        """Take rows; many small pieces become one."""
        self._small.append(columns)
        if len(self._small) == _PIECES:
            self._pieces.append(_joined(self._small))
            self._small = []

    def all(self) -> Columns:
        """Return all rows, sorted by time, those of one time in the order in which they came."""
        found = _joined([*self._pieces, *self._small])
        order = np.argsort(found["timestamp"], kind="stable")
        return {name: values[order] for name, values in found.items()}


class Day:
    """What passed on a day, and its rows by kind and series, until they are written.

    Attributes:
        first, last: the times of the first and the last row or trade, None before one.
        unsure: when the book was not sure.
        rows: by kind and series, the rows that are to be written.
        written: the kinds whose rows are in a file, and no longer here.

    """

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int | None = None
        self.unsure: list[Span] = []
        self.rows: dict[str, dict[str, Rows]] = {}
        self.written: set[str] = set()

    def passed(self, first: int, last: int) -> None:
        """Take notice of what passed."""
        self.first = first if self.first is None else self.first
        self.last = last

    def was_unsure(self, span: Span) -> None:
        """Take notice of a stretch that follows those before."""
        if self.unsure and self.unsure[-1].end >= span.start:
            self.unsure[-1] = Span(self.unsure[-1].start, span.end)
        else:
            self.unsure.append(span)

    def add(self, kind: str, key: str, columns: Columns) -> None:
        """Take rows of a series."""
        self.rows.setdefault(kind, {}).setdefault(key, Rows()).add(columns)

    def recall(self, kind: str, columns: Columns) -> None:
        """Take back the rows of a kind that are in its file, before those that came late."""
        late = self.rows.pop(kind)
        for key, part in by_series(kind, columns).items():
            self.add(kind, key, part)
        for key, rows in late.items():
            self.add(kind, key, rows.all())


def table_of(
    kind: str, rows: Mapping[str, Rows], series: Mapping[str, Series], settings: str
) -> tuple[Columns, dict[str, dict[str, Any]]]:
    """Return all rows of a kind sorted by series, time and sequence, and what each series is."""
    parts, told = [], {}
    for key in sorted(rows):
        part = rows[key].all()
        if kind not in BARS:
            part["sequence"] = sequence(part["timestamp"])
        told[key] = described(kind, part, series[key])
        part["series"] = _filled(key, len(part["timestamp"]))
        part["settings"] = _filled(settings, len(part["timestamp"]))
        parts.append(part)
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS[kind]}, told


def sequence(timestamps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers from 0 for the rows of one time; the times do not fall."""
    place = np.arange(len(timestamps))
    begins = np.ones(len(timestamps), bool)
    begins[1:] = timestamps[1:] != timestamps[:-1]
    first: NDArray[np.int64] = np.maximum.accumulate(np.where(begins, place, 0))
    return place - first


def by_series(kind: str, columns: Columns) -> dict[str, Columns]:
    """Return the rows of a file again by series, without what is one for all or made anew."""
    keys = columns["series"]
    left_out = ("series", "settings") if kind in BARS else ("series", "settings", "sequence")
    kept = {name: values for name, values in columns.items() if name not in left_out}
    return {
        key: {name: values[keys == key] for name, values in kept.items()}
        for key in dict.fromkeys(keys.tolist())
    }


def _filled(text: str, count: int) -> NDArray[Any]:
    found = np.empty(count, object)
    found[:] = text
    return found


def _joined(pieces: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
