"""`best_after_rows` of `ladder.py`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from orderflow_core.plugin.kernels import column, kernel

_memmove = types.ExternalFunction("memmove", types.intp(types.intp, types.intp, types.uintp))
_ITEM = 8
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
    types.int64(
        *(_state, _state, types.int64, types.float64),
        *(column(types.boolean), column(types.int64), column(types.float64)),
        *(column(types.float64), _matrix, _matrix),
    )
)
def best_after_rows(
    keys: Any,
    sizes: Any,
    count: Any,
    sign: Any,
    snapshot: Any,
    offset: Any,
    price: Any,
    size: Any,
    best_price: Any,
    best_size: Any,
) -> Any:
    """Apply each row's updates to the first `count` of `keys` and `sizes`; return the new count.

    `best_price` and `best_size` `[n, levels]` are filled, the best level last.
    """
    rows, levels = best_price.shape
    for row in range(rows):
        if snapshot[row]:
            count = 0
        for update in range(offset[row], offset[row + 1]):
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
    return count
