"""The columns that events are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from orderflow_core.errors import EventError

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Sides: TypeAlias = NDArray[np.int8]


class Texts(Sequence[str]):
    """A column of strings, kept as UTF-8 bytes until they are asked for.

    String i is `utf8[begin[i]:end[i]]`. Unlike the arrays of an event it may be kept.
    """

    __slots__ = ("_begin", "_end", "_utf8")

    def __init__(self, utf8: NDArray[np.uint8], begin: Ints, end: Ints) -> None:
        self._utf8 = utf8
        self._begin = begin
        self._end = end

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Return a column of strings."""
        encoded = [text.encode() for text in texts]
        end = np.cumsum([0, *map(len, encoded)])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), end[:-1], end[1:])

    @classmethod
    def joined(cls, columns: Sequence[Texts]) -> Texts:
        """Return several columns as one."""
        starts = np.cumsum([0, *(len(column._utf8) for column in columns)])[:-1]
        shifted = list(zip(columns, starts.tolist(), strict=True))
        return cls(
            np.concatenate([column._utf8 for column in columns]),
            np.concatenate([column._begin + start for column, start in shifted]),
            np.concatenate([column._end + start for column, start in shifted]),
        )

    def __len__(self) -> int:
        return len(self._begin)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Texts: ...
    def __getitem__(self, index: int | slice) -> str | Texts:
        if isinstance(index, slice):
            return Texts(self._utf8, self._begin[index], self._end[index])
        return str(self._utf8[self._begin[index] : self._end[index]].tobytes(), "utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        return iter(self.tolist())

    def tolist(self) -> list[str]:
        """Return the strings."""
        utf8 = self._utf8.tobytes()
        bounds = zip(self._begin.tolist(), self._end.tolist(), strict=True)
        return [str(utf8[begin:end], "utf-8", "replace") for begin, end in bounds]

    def __repr__(self) -> str:
        return f"Texts({self.tolist()!r})"


_COLUMNS: dict[str, Any] = {
    "Ints": np.dtype(np.int64),
    "Ints | None": np.dtype(np.int64),
    "Floats": np.dtype(np.float64),
    "Floats | None": np.dtype(np.float64),
    "Bools": np.dtype(np.bool_),
    "Bools | None": np.dtype(np.bool_),
    "Sides": np.dtype(np.int8),
    "Texts": Texts,
}


def freeze(event: Any) -> None:
    """Give each array field its declared type and a read-only view."""
    values = vars(event)  # as the event itself is frozen
    for name, kind, optional in _columns(event.__class__):
        value = values[name]
        if optional and value is None:
            continue
        if kind is not Texts:
            if type(value) is not np.ndarray or value.dtype is not kind:
                value = _typed(f"{type(event).__name__}: {name}", np.asarray(value), kind)
            if value.ndim == 1:  # as kernels take them
                value = np.ascontiguousarray(value)
            value = value.view()
            value.setflags(write=False)
        elif not isinstance(value, Texts):
            value = Texts.of(map(str, value))
        values[name] = value


@cache
def _columns(event_class: Any) -> list[tuple[str, Any, bool]]:
    named = [(field.name, str(field.type)) for field in fields(event_class)]
    return [(name, _COLUMNS[kind], "None" in kind) for name, kind in named if kind in _COLUMNS]


def _typed(where: str, column: Any, kind: Any) -> Any:
    """Return a column as `kind`; raises EventError where its values would become others."""
    if column.dtype == kind:
        return column
    if column.dtype.kind not in "biuf":
        raise EventError(f"{where} holds {column.dtype} values where {np.dtype(kind)} are needed")
    with np.errstate(invalid="ignore"):
        typed = column.astype(kind)
    if kind != np.float64 and not np.array_equal(typed, column):
        raise EventError(f"{where} holds values that are none of {np.dtype(kind)}")
    return typed


def check_lengths(event: Any, length: int, *names: str) -> None:
    """Raise EventError unless all these columns are rows of so many values."""
    for name in names:
        column = getattr(event, name)
        if getattr(column, "ndim", 1) != 1:
            raise EventError(
                f"{type(event).__name__}: {name} is of the shape {column.shape}, not one row"
            )
        found = len(column)
        if found != length:
            raise EventError(
                f"{type(event).__name__}: {name} has {found} values where {length} are needed"
            )


def check_offsets(event: Any, offset_name: str, *names: str) -> None:
    """Raise EventError unless the offsets fit the rows, and the columns fit the offsets."""
    offset = getattr(event, offset_name)
    check_lengths(event, len(event.timestamp) + 1, offset_name)
    if offset[0] != 0 or falls(offset):
        raise EventError(f"{type(event).__name__}: {offset_name} must begin at 0 and never fall")
    check_lengths(event, int(offset[-1]), *names)


def falls(column: Ints) -> bool:
    """Whether any value is below the one before it."""
    return len(column) > 1 and bool((column[1:] < column[:-1]).any())


def check_order(event: Any, name: str) -> None:
    """Raise EventError unless the times of a column never fall."""
    times = getattr(event, name)
    if falls(times):
        wrong = int(np.flatnonzero(times[1:] < times[:-1])[0])
        raise EventError(
            f"{type(event).__name__}: {name} goes back from {times[wrong]} to {times[wrong + 1]}"
        )
