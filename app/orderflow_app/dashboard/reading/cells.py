"""Columns of cells as the page gets them: sizes of a heat map in a byte, others as they are."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from orderflow_core.contract.shapes import CELLS_LINE, CellsColumn

Floats: TypeAlias = NDArray[np.float64]
Looks: TypeAlias = Mapping[str, Any]

STEPS = 12
"""How many steps a size takes to double: a size of a heat map is right to 3 %."""


@dataclass(frozen=True)
class Column:
    """One column: of which series, what that looks like, and what the browser is sent of it."""

    series: str
    looks: Looks
    wire: dict[str, Any]

    @property
    def weight(self) -> int:
        """How many bytes it is, about."""
        return 80 + len(self.wire["data"])


def read_column(line: bytes) -> Column:
    """Return a line of `cells_data.jsonl` as a column; raises ValueError for what is none."""
    return column_of(CELLS_LINE.validate_json(line))


def column_of(cells: CellsColumn) -> Column:
    """Return a column as the page gets it."""
    return column_from(looks_of(cells), place_of(cells), values_of(cells))


def column_from(looks: Looks, place: Mapping[str, Any], values: Floats) -> Column:
    """Return a column of sizes `[rows, channels]` at a place, as the page gets it."""
    values = np.nan_to_num(values)
    coded = _coded(values[:, 0]) if looks["style"] == "heat" else {"data": encoded(values)}
    return Column(place["series"], looks, {**place, **coded})


def looks_of(cells: CellsColumn) -> Looks:
    """Return how a series of cells is drawn."""
    names = ("title", "pane", "style", "unit", "color")
    return {name: getattr(cells, name) for name in names}


def place_of(cells: CellsColumn) -> dict[str, Any]:
    """Return where a column stands."""
    names = ("series", "timestamp", "end", "tick", "low")
    return {name: getattr(cells, name) for name in names}


def values_of(cells: CellsColumn) -> Floats:
    """Return sizes `[rows, channels]`, 0 for what is not there."""
    channels = len(cells.values[0]) if cells.values else 1
    values = np.array(cells.values, np.float64).reshape(-1, channels)
    return np.nan_to_num(values, copy=False)


def encoded(values: Floats | Sequence[float]) -> str:
    """Return numbers in single precision, as the browser takes them."""
    return b64encode(np.asarray(values, "<f4").tobytes()).decode()


def _coded(sizes: Floats) -> dict[str, Any]:
    """Return sizes as bytes: 0 for none, else size = 2 ** ((base + byte) / STEPS).

    The first and the last row, which hold all that lies outside, may be larger than the byte.
    """
    some = sizes > 0
    codes = np.zeros(len(sizes), np.int64)
    codes[some] = np.rint(np.log2(sizes[some]) * STEPS)
    inner = codes[1:-1][some[1:-1]]
    base = int(inner.max()) - 255 if len(inner) else 0
    stored = np.where(some, np.clip(codes - base, 1, 255), 0).astype(np.uint8)
    return {"base": base, "data": b64encode(stored.tobytes()).decode()}
