"""Columns that still grow: which of their rows have changed since a browser got them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orderflow_app.dashboard.reading.cells import (
    Floats,
    Looks,
    encoded,
    looks_of,
    place_of,
    values_of,
)
from orderflow_core.contract.shapes import CellsColumn


@dataclass(frozen=True)
class OpenColumn:
    """A column that grows; `changed[i]` is the `known_at` with which row i was seen to change."""

    looks: Looks
    place: dict[str, Any]
    known_at: int
    values: Floats
    changed: NDArray[np.int64]

    @property
    def key(self) -> tuple[int, float]:
        """What stays while it grows: its begin, and the height of a row."""
        return self.place["timestamp"], self.place["tick"]

    def since(self, timestamp: int, known_at: int) -> dict[str, Any] | None:
        """Return the rows that have changed for who has it as of `known_at`; None for no change.

        All rows are given where another column was known.
        """
        if timestamp == self.key[0] and known_at == self.known_at:
            return None
        known = known_at if timestamp == self.key[0] else -1
        rows = np.flatnonzero(self.changed > known)
        return {
            **self.place,
            "known_at": self.known_at,
            "count": len(self.values),
            "rows": rows.tolist(),
            "data": encoded(self.values[rows]),
        }


def grown(before: OpenColumn | None, cells: CellsColumn) -> OpenColumn:
    """Return a column after one of before it: rows that are the same keep their time of change."""
    values = values_of(cells)
    changed = np.full(len(values), cells.known_at, np.int64)
    found = OpenColumn(looks_of(cells), place_of(cells), cells.known_at, values, changed)
    if before is None or before.key != found.key or before.values.shape[1:] != values.shape[1:]:
        return found
    shift = round((found.place["low"] - before.place["low"]) / cells.tick)
    start, stop = max(shift, 0), min(shift + len(values), len(before.values))
    if start < stop:
        old, new = slice(start, stop), slice(start - shift, stop - shift)
        same = (before.values[old] == values[new]).all(axis=1)
        changed[new][same] = before.changed[old][same]
    return found


def all_grown(
    before: dict[str, OpenColumn], columns: Sequence[CellsColumn]
) -> dict[str, OpenColumn]:
    """Return the columns that grow, by series."""
    return {cells.series: grown(before.get(cells.series), cells) for cells in columns}
