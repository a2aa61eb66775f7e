"""How many orders stand at each level, out of the texts that `level_kernel.py` has taken."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from orderflow_core import kernel
from orderflow_sqlite.addresses import WORD, byte, loaded, part, trailing_zeros
from orderflow_sqlite.level_kernel import after_comma, number

_COMMA, _CLOSE, _OPEN_TUPLE, _CLOSE_TUPLE = (ord(sign) for sign in ",]()")
_BITS, _ONE = 64, np.uint64(1)


@intrinsic
def _places(context: Any, address: Any, sign: Any) -> Any:
    """Return a bit for each of 64 bytes that is a sign."""
    bytes_ = ir.VectorType(ir.IntType(8), _BITS)

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        address, sign = arguments
        signs = ir.Constant(bytes_, ir.Undefined)
        for place in range(_BITS):
            signs = builder.insert_element(signs, builder.trunc(sign, bytes_.element), WORD(place))
        found = builder.icmp_unsigned("==", loaded(builder, address, bytes_), signs)
        return builder.bitcast(found, WORD)

    return types.uint64(types.int64, types.int64), generate


@part(forceinline=True)
def _orders(at: Any) -> Any:
    """Return what the level at an address tells, and the end of its last element.

    The commas of a level of four elements, which is seldom longer than 64 bytes, tell where the
    last two are.
    """
    closings = _places(at, _CLOSE_TUPLE if byte(at) == _OPEN_TUPLE else _CLOSE)
    commas = _places(at, _COMMA) & (closings - _ONE) & ~closings
    later = commas & (commas - _ONE)
    last = later & (later - _ONE)
    if closings == 0 or last == 0 or last & (last - _ONE) != 0:
        return _walked(at + 1)
    nothing, _ = number(after_comma(at + trailing_zeros(later)))
    orders, _ = number(after_comma(at + trailing_zeros(last)))
    return (orders if nothing == 0 else np.nan), at + trailing_zeros(closings)


@part()
def _walked(at: Any) -> Any:
    """Return the same of a level whose first element is at an address, element by element."""
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
            orders[level], end = _orders(at)
            if end == 0:
                break
            at = after_comma(end + 1)
