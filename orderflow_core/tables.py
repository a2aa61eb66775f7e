"""`Table`: named columns, as NumPy arrays and as an Arrow stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

MILLISECONDS = frozenset({"timestamp", "known_at", "end"})
"""The columns that are times, in ms since the epoch, UTC."""


class Table:
    """Columns of one length by their names: `table["close"]` is a NumPy array.

    Times are int64, in ms since the epoch, UTC. A number that is not there is NaN, anything else
    None. What reads the Arrow C stream interface takes a table as it is, as polars, duckdb and
    pyarrow do, with times as `timestamp[ms, UTC]`.

    Attributes:
        columns: the arrays by name, read-only, for what takes no Arrow.

    """

    def __init__(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        made = {name: _column(values) for name, values in columns.items()}
        self.columns: Mapping[str, NDArray[Any]] = MappingProxyType(made)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.columns:
            raise KeyError(f"there is no column {name!r}: they are {', '.join(self.columns)}")
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __repr__(self) -> str:
        return f"Table({len(self):,} rows: {', '.join(self.columns)})"

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the table as a capsule of the Arrow C stream interface."""
        from arro3.core import Table as ArrowTable

        arrays = {name: _arrow(name, column) for name, column in self.columns.items()}
        return ArrowTable.from_pydict(arrays).__arrow_c_stream__(requested_schema)


def _column(values: Sequence[Any] | NDArray[Any]) -> NDArray[Any]:
    """Return values as one read-only column, of objects where they are no numbers."""
    column = values if isinstance(values, np.ndarray) else _of_list(values)
    column = np.ascontiguousarray(column).view()
    column.flags.writeable = False
    return column


def _of_list(values: Sequence[Any]) -> NDArray[Any]:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return np.array(values, np.bool_)
    if kinds == {int}:
        return np.array(values, np.int64)
    if kinds and kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return np.array([np.nan if value is None else value for value in values], np.float64)
    column = np.empty(len(values), object)
    for place, value in enumerate(values):
        column[place] = value
    return column


def _arrow(name: str, column: NDArray[Any]) -> Any:
    from arro3.core import Array, DataType

    if column.dtype == np.bool_:
        return Array(column.tolist(), DataType.bool())
    if column.dtype == object:
        return _arrow_objects(column.tolist())
    array = Array(column)
    return array.cast(DataType.timestamp("ms", tz="UTC")) if name in MILLISECONDS else array


def _arrow_objects(values: Sequence[Any]) -> Any:
    """Return texts, and lists of any depth, as Arrow has them; other values as their texts."""
    from arro3.core import Array, DataType, list_array

    if any(isinstance(value, tuple | np.ndarray) for value in values):
        lists = [() if value is None else tuple(value) for value in values]
        offsets = np.cumsum([0, *map(len, lists)], dtype=np.int32)
        inner = _column(list(map(_plain, chain.from_iterable(lists))))
        return list_array(Array(offsets), _arrow("", inner))
    return Array([None if value is None else str(value) for value in values], DataType.utf8())


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
