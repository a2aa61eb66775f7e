"""The levels of a batch of rows as columns: the compiled scan, which leaves odd rows to others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orderflow_core import Bools, Floats, Ints, load_kernels
from orderflow_sqlite.levels import TEXT_LIMIT
from orderflow_sqlite.raw_rows import NULL, RawRows

SHORTEST_LEVEL = len(",[1,1]")


@dataclass(frozen=True)
class Levels:
    """Levels of n rows: those of row i are `price[offset[i]:offset[i + 1]]`, and so on."""

    offset: Ints
    price: Floats
    size: Floats

    def of(self, row: int) -> tuple[Floats, Floats]:
        """Return prices and sizes of one row."""
        places = slice(self.offset[row], self.offset[row + 1])
        return self.price[places], self.size[places]


def scan(rows: RawRows, column: int) -> tuple[Levels, Bools]:
    """Read the texts of a column; return the levels, and which rows are left to the plain reading.

    Those have no levels here, nor has a NULL. Without compiled kernels all texts are left.
    """
    kernels = load_kernels("orderflow_sqlite.level_kernel")
    count = len(rows)
    there = rows.kind[column, :count] != NULL
    if kernels is None:
        return Levels(np.zeros(count + 1, np.int64), np.empty(0), np.empty(0)), there
    length = rows.size[column, :count]
    most = int(length[length <= TEXT_LIMIT].sum()) // SHORTEST_LEVEL
    price, size = np.empty(most), np.empty(most)
    offset, odd = np.empty(count + 1, np.int64), np.empty(count, np.bool_)
    texts = rows.kind[column, :count], rows.whole[column, :count], length
    kernels.scan_levels(rows.text, *texts, price, size, offset, odd)
    found = int(offset[-1])
    return Levels(offset, price[:found], size[:found]), odd & there
