"""Rows as SQLite holds them, in columns, before their meaning is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from orderflow_core import Bools, Floats, Ints, Texts
from orderflow_sqlite.levels import number

INTEGER, REAL, TEXT, BLOB, NULL = 1, 2, 3, 4, 5
PADDING = 288
"""Bytes behind the last text: the NUL that ends it, and more, so that from any place of a text and
from its end so many bytes can be read."""

Value: TypeAlias = int | float | bytes | None
_KINDS = {int: INTEGER, float: REAL, bytes: TEXT, type(None): NULL}


class RawRows:
    """Room for `limit` rows of so many columns, of which `len` are filled.

    Attributes:
        kind: `[columns, limit]`, int8: SQLite's type of each value.
        whole: `[columns, limit]`, int64: integers; of texts and blobs where they begin in `text`.
        real: `[columns, limit]`, float64: reals.
        size: `[columns, limit]`, int64: how many bytes a text or blob has, 0 for other values.
        text: the bytes of all texts and blobs, one after the other, each with a NUL behind it.

    """

    def __init__(self, columns: int, limit: int) -> None:
        self.kind = np.empty((columns, limit), np.int8)
        self.whole = np.empty((columns, limit), np.int64)
        self.real = np.empty((columns, limit), np.float64)
        self.size = np.zeros((columns, limit), np.int64)
        self.text: NDArray[np.uint8] = np.empty(1 << 16, np.uint8)
        self.limit = limit
        self.filled = 0

    def __len__(self) -> int:
        return self.filled

    @property
    def read(self) -> int:
        """How many rows of the table they are."""
        return self.filled

    def value(self, column: int, row: int) -> Value:
        """Return one value; texts and blobs as bytes."""
        kind = self.kind[column, row]
        if kind == INTEGER:
            return int(self.whole[column, row])
        if kind == REAL:
            return float(self.real[column, row])
        if kind == NULL:
            return None
        begin = int(self.whole[column, row])
        return self.text[begin : begin + int(self.size[column, row])].tobytes()

    def are(self, column: int, kind: int) -> bool:
        """Whether all values of a column are of one kind."""
        return bool((self.kind[column, : self.filled] == kind).all())

    def integers(self, column: int) -> Ints:
        """Return a column of integers; what other kinds hold there has no meaning."""
        column_of_integers: Ints = self.whole[column, : self.filled]
        return column_of_integers

    def reals(self, column: int) -> Floats:
        """Return a column of reals; what other kinds hold there has no meaning."""
        column_of_reals: Floats = self.real[column, : self.filled]
        return column_of_reals

    def whole_numbers(self, column: int, other: int) -> Ints:
        """Return a column of integers, with `other` in the place of all else."""
        known = self.kind[column, : self.filled] == INTEGER
        return np.where(known, self.integers(column), other)

    def numbers(self, column: int) -> Floats:
        """Return a copy of a column as floats, NaN for what is no number."""
        if self.are(column, REAL):
            return self.reals(column).copy()
        if self.are(column, INTEGER):
            return self.integers(column).astype(np.float64)
        return np.array([number(self.value(column, row)) for row in range(self.filled)])

    def texts(self, column: int) -> Texts:
        """Return a copy of a column of texts."""
        begin, size = self.whole[column, : self.filled], self.size[column, : self.filled]
        end = int(begin[-1] + size[-1])
        return Texts(self.text[:end].copy(), begin.copy(), begin + size)

    def make_room(self, text: int) -> None:
        """Let at least so many bytes of text fit in; what is there stays."""
        if len(self.text) < text + PADDING:
            larger = np.empty(2 * text + PADDING, np.uint8)  # what is not filled takes no memory
            larger[: len(self.text)] = self.text
            self.text = larger

    def fill(self, rows: Sequence[tuple[Value, ...]]) -> None:
        """Take rows of Python values, at most `limit`."""
        self.filled = len(rows)
        self.size[:, : len(rows)] = 0
        used = 0
        for column, values in enumerate(zip(*rows, strict=True)):
            used = self._fill_column(column, values, used)

    def _fill_column(self, column: int, values: tuple[Value, ...], used: int) -> int:
        kinds = list(map(type, values))
        for kind in set(kinds):
            where = np.array([found is kind for found in kinds], np.bool_)
            self.kind[column, : len(values)][where] = _KINDS[kind]
            chosen: list[Any] = [value for value in values if type(value) is kind]
            if kind is int:
                self.whole[column, : len(values)][where] = chosen
            elif kind is float:
                self.real[column, : len(values)][where] = chosen
            elif kind is bytes:
                used = self._fill_texts(column, where, chosen, used)
        return used

    def _fill_texts(self, column: int, where: Bools, texts: list[Any], used: int) -> int:
        sizes = np.array(list(map(len, texts)), np.int64)
        ends = used + np.cumsum(sizes + 1)
        end = int(ends[-1])
        self.make_room(end)
        self.text[used:end] = np.frombuffer(b"\0".join([*texts, b""]), np.uint8)
        self.whole[column, : len(where)][where] = ends - 1 - sizes
        self.size[column, : len(where)][where] = sizes
        return end
