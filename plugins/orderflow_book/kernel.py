"""`best_after_rows` of `ladder.py`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from orderflow_book.ladder import DEEP
from orderflow_core.plugin.kernels import column, kernel

_memmove = types.ExternalFunction("memmove", types.intp(types.intp, types.intp, types.uintp))
_ITEM = 8
_AT_ONCE = 32 * DEEP
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
    types.UniTuple(types.int64, 2)(
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

    `best_price` and `best_size` `[n, levels]` are filled, the best level last. Returns the row
    that is next, and the new count. That row is n, or one whose updates do not fit into `keys`,
    or one that might move more levels than `DEEP`, or that comes after many moves, so that
    signals are answered: of what it does, nothing but the clearing is done.
    """
    rows, levels = best_price.shape
    moved = 0
    while row < rows:
        if snapshot[row]:
            count = 0
        first, end = offset[row], offset[row + 1]
        if not 0 <= first <= end <= len(price) or end - first > len(keys) - count:
            break
        moves = (end - first) * (count + end - first)
        moved += moves
        if moves > DEEP or moved > _AT_ONCE:
            break
        for update in range(first, end):
            key = sign * price[update]
            at = _place(keys, count, key)
            known = at < count and keys[at] == key
            if size[update] == 0:
                if known:
                    count -= 1
                    _shift(keys, at + 1, -1, count - at)
                    _shift(sizes, at + 1, -1, count - at)
            else:
                if not known:
                    _shift(keys, at, 1, count - at)
                    _shift(sizes, at, 1, count - at)
                    keys[at] = key
                    count += 1
                sizes[at] = size[update]
        there = min(levels, count)
        best_price[row, : levels - there] = np.nan
        best_size[row, : levels - there] = 0.0
        row_price, row_size = best_price[row, levels - there :], best_size[row, levels - there :]
        best_keys, best_sizes = keys[count - there : count], sizes[count - there : count]
        for level in range(there):
            row_price[level] = sign * best_keys[level]
            row_size[level] = best_sizes[level]
        row += 1
    return row, count
