"""`Events`: many events of one class at once, in columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any, Generic, TypeVar

import numpy as np

from orderflow_core.errors import EventError
from orderflow_core.events.cells import Cells
from orderflow_core.events.columns import Ints
from orderflow_core.events.event import Event, made_of, settled, stamped
from orderflow_core.events.signals import Signal

Kind = TypeVar("Kind", bound=Event)


class Events(Generic[Kind]):
    """Many events of one class, to publish at once: as if one after the other, and far quicker.

        self.publish(Events(Signal, timestamp=times, known_at=times, price=prices, side=1))

    `timestamp` and `known_at` are `[n]`, in ms. Of further fields of the class a list or an array
    has one value an event, anything else is the value of all. Raises EventError for columns of
    other lengths.
    """

    def __init__(
        self, kind: type[Kind], /, *, timestamp: Ints, known_at: Ints, **fields: Any
    ) -> None:
        self.kind = kind
        given = {"timestamp": timestamp, "known_at": known_at, **fields}
        self._columns = {name: each for name, each in given.items() if _is_column(each)}
        self._shared = {name: each for name, each in given.items() if name not in self._columns}
        for name, column in self._columns.items():
            if len(column) != len(timestamp):
                raise EventError(
                    f"{kind.__name__}: {name} has {len(column)} values where {len(timestamp)} are "
                    "needed"
                )

    def __len__(self) -> int:
        return len(self._columns["timestamp"])

    def __iter__(self) -> Iterator[Kind]:
        for row in zip(*map(_as_python, self._columns.values()), strict=True):
            yield self.kind(**self._shared, **dict(zip(self._columns, row, strict=True)))

    def batch(self, instrument: str, table: str) -> Batch | None:
        """Return the events as they travel; None where they are to be made one by one."""
        times = [self._columns[name] for name in ("timestamp", "known_at")]
        if self.kind not in (Signal, Cells) or not all(map(_are_times, times)):
            return None
        first: Any = next(iter(self))
        if not first.fits(self._columns):
            return None
        made = stamped(first, instrument=instrument, table=table, time=None, sure=True)
        columns = {name: _settled(name, column) for name, column in self._columns.items()}
        return Batch(made, columns, *map(np.array, times))


class Batch:
    """Events of one class as they travel, in columns; each is made when it is asked for.

    Attributes:
        first: the first of them.
        columns: by field, their values, `[n]` each; in all other fields they are as the first.
        timestamp, known_at: their times in ms, `[n]`.

    """

    def __init__(
        self, first: Event, columns: dict[str, Any], timestamp: Ints, known_at: Ints
    ) -> None:
        self.first = first
        self.columns = columns
        self.timestamp = timestamp
        self.known_at = known_at

    def __len__(self) -> int:
        return len(self.known_at)

    def __iter__(self) -> Iterator[Any]:
        shared = vars(self.first)
        for row in zip(*self.columns.values(), strict=True):
            yield made_of(type(self.first), shared | dict(zip(self.columns, row, strict=True)))

    def of(self, field: str) -> Any:
        """Return the values of a field, one an event."""
        if field in self.columns:
            return self.columns[field]
        return repeat(getattr(self.first, field), len(self))


def _is_column(value: Any) -> bool:
    return isinstance(value, list | np.ndarray)


def _as_python(column: Any) -> Any:
    """Return a column of one number an event as numbers of Python, which need no settling."""
    return column.tolist() if isinstance(column, np.ndarray) and column.ndim == 1 else column


def _are_times(column: Any) -> bool:
    return isinstance(column, np.ndarray) and column.dtype == np.int64 and column.ndim == 1


def _settled(name: str, column: Any) -> Any:
    """Return a column as it may travel: numbers and texts of Python, or arrays of its own."""
    if not isinstance(column, np.ndarray):
        are_texts = set(map(type, column)) == {str} and "".join(column).isascii()
        return list(column) if are_texts else [settled(name, value) for value in column]
    if column.ndim > 1:
        return settled(name, column)
    return column.tolist() if column.dtype.kind in "bif" else [settled(name, v) for v in column]
