"""`best_after_rows` of `ladder.py`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from orderflow_book.ladder import SORTING, SPARE
from orderflow_core import column, kernel

_memmove = types.ExternalFunction("memmove", types.intp(types.intp, types.intp, types.uintp))
_ITEM = 8
_MOVES_AT_ONCE = 1 << 25
_state = types.float64[::1]
_matrix = types.float64[:, ::1]


@njit(inline="always")
def _place(keys: Any, count: Any, key: Any) -> Any:
    """Return the first of the `count` ascending keys that is not below `key`."""
    at = 0
    while count > 1:
        half = count >> 1
        at += half * (keys[at + half - 1] < key)
        count -= half
    return at + (count == 1 and keys[at] < key)


@njit(inline="always")
def _shift(column: Any, at: Any, by: Any, length: Any) -> None:
    """Move `length` values from `at` on by so many places; a loop of Numba's would be slower."""
    address = column.ctypes.data + at * _ITEM
    _memmove(address + by * _ITEM, address, length * _ITEM)


@kernel(
    types.UniTuple(types.int64, 3)(
        *(_state, _state, types.int64, types.float64, types.int64),
        *(column(types.boolean), column(types.int64), column(types.float64)),
        *(column(types.float64), _matrix, _matrix),
    )
)
def best_after_rows(
    keys: Any,
    sizes: Any,
    count: Any,
    sign: Any,
    row: Any,
    snapshot: Any,
    offset: Any,
    price: Any,
    size: Any,
    best_price: Any,
    best_size: Any,
) -> Any:
    """Apply the updates of rows from `row` on to the first `count` of `keys` and `sizes`.

    `best_price` and `best_size` `[n, levels]` are filled, the best level last; there are n values
    of `snapshot` and n + 1 of `offset`. Returns the row at which it stopped, the first of its
    updates that is not applied, and the new count. It stops at row n; before a row whose updates
    do not fit into `keys`, once the book is cleared if that is a snapshot; within a row that has
    moved more levels than `SORTING` allows; and, so that signals are answered, after many moves.
    """
    rows, levels = best_price.shape
    update = moved = 0
    while row < rows and moved < _MOVES_AT_ONCE:
        if snapshot[row]:
            count = 0
        update, end = offset[row], offset[row + 1]
        if not 0 <= update <= end <= len(price) or end - update > len(keys) - count:
            break
        most = moved + SORTING * (count + end - update + SPARE)
        while update < end and moved <= most:
            key = sign * price[update]
            at = _place(keys, count, key)
            known = at < count and keys[at] == key
            if size[update] == 0:
                if known:
                    count -= 1
                    _shift(keys, at + 1, -1, count - at)
                    _shift(sizes, at + 1, -1, count - at)
                    moved += count - at
            else:
                if not known:
                    _shift(keys, at, 1, count - at)
                    _shift(sizes, at, 1, count - at)
                    moved += count - at
                    keys[at] = key
                    count += 1
                sizes[at] = size[update]
            update += 1
        if update < end:
            break
        there = min(levels, count)
        best_price[row, : levels - there] = np.nan
        best_size[row, : levels - there] = 0.0
        row_price, row_size = best_price[row, levels - there :], best_size[row, levels - there :]
        best_keys, best_sizes = keys[count - there : count], sizes[count - there : count]
        for level in range(there):
            row_price[level] = sign * best_keys[level]
            row_size[level] = best_sizes[level]
        row += 1
    return row, update, count
