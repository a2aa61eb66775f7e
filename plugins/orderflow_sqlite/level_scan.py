"""The levels of a batch of rows as columns: the compiled scan, which leaves odd rows to others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orderflow_core import Bools, Floats, Ints, load_kernels
from orderflow_sqlite.levels import TEXT_LIMIT
from orderflow_sqlite.raw_rows import NULL, RawRows

SHORTEST_LEVEL = len(",[1,1]")


class Levels(NamedTuple):
    """Levels of n rows: those of row i are `price[offset[i]:offset[i + 1]]`, and so on.

    `orders` are how many orders stand at each, where that was asked for.
    """

    offset: Ints
    price: Floats
    size: Floats
    orders: Floats | None = None

    def of(self, row: int) -> tuple[Floats, ...]:
        """Return prices and sizes of one row, and the numbers of orders where there are any."""
        places = slice(self.offset[row], self.offset[row + 1])
        columns = (self.price, self.size, self.orders)
        return tuple(column[places] for column in columns if column is not None)


def scan(rows: RawRows, column: int, *, orders: bool = False) -> tuple[Levels, Bools]:
    """Read the texts of a column; return the levels, and which rows are left to the plain reading.

    Those have no levels here, nor has a NULL. Without compiled kernels all texts are left. With
    `orders` the numbers of orders are read too.
    """
    kernels = load_kernels("orderflow_sqlite.level_kernel")
    count = len(rows)
    there = rows.kind[column, :count] != NULL
    if kernels is None:
        none = np.empty(0)
        nothing = Levels(np.zeros(count + 1, np.int64), none, none, none if orders else None)
        return nothing, there
    length = rows.size[column, :count]
    most = int(np.minimum(length, TEXT_LIMIT).sum()) // SHORTEST_LEVEL
    price, size = np.empty(most), np.empty(most)
    offset, odd = np.empty(count + 1, np.int64), np.empty(count, np.bool_)
    texts = rows.kind[column, :count], rows.whole[column, :count], length
    kernels.scan_levels(rows.text, *texts, price, size, offset, odd)
    for room in (price, size):
        room.resize(int(offset[-1]), refcheck=False)  # nothing is moved, unlike by a copy
    counts = _orders(rows, column, offset) if orders else None
    return Levels(offset, price, size, counts), odd & there


def _orders(rows: RawRows, column: int, offset: Ints) -> Floats:
    """Return how many orders stand at the levels that were taken, NaN where they do not tell."""
    orders = np.full(int(offset[-1]), np.nan)
    kernels = load_kernels("orderflow_sqlite.orders_kernel")
    kernels.scan_orders(rows.text, rows.whole[column, : len(rows)], offset, orders)
    return orders
