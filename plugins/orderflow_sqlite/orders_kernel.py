"""How many orders stand at each level, out of the texts that `level_kernel.py` has taken."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from orderflow_core import kernel
from orderflow_sqlite.level_kernel import after_comma, number


@njit(forceinline=True)
def _orders(at: Any) -> Any:
    """Return what the level whose first element is at an address tells, and its end."""
    third = last = np.nan
    end = elements = np.int64(0)
    while at:
        third = last
        last, end = number(at)
        if end == 0:
            break
        elements += 1
        at = after_comma(end)
    return (last if elements == 4 and third == 0 else np.nan), end


@kernel(types.void(types.uint8[::1], types.int64[::1], types.int64[::1], types.float64[::1]))
def scan_orders(text: Any, begin: Any, offset: Any, orders: Any) -> None:
    """Fill `orders` with the last element of each level that is [price, size, 0, orders], or NaN.

    `begin` `[n]` is where the texts begin, and row i has the levels from `offset[i]` on up to
    `offset[i + 1]`, as `scan_levels` gave them: all of a text's, or none.
    """
    base = np.int64(text.ctypes.data)
    for row in range(len(begin)):
        at = base + begin[row] + 1
        for level in range(offset[row], offset[row + 1]):
            orders[level], end = _orders(at + 1)
            if end == 0:
                break
            at = after_comma(end + 1)
