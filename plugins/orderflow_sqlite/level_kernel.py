"""The texts of levels into columns of prices and sizes, for the texts that nearly all rows have.

A text is taken here if it is a list of levels of two to four plain numbers, in quotes or not, as
JSON or Python writes them; any other is left to `levels.py`, which has the meaning. A plain
number has at most 15 digits, so that it is an integer below 2^53 over a power of ten, and one
division gives the very float that `float` gives. `wide_level.py` reads most levels; digits are
read eight at a time here ("SIMD within a register").

Bytes outside of the text may be loaded, and never count: a NUL stands behind each text of
`RawRows`, no number and no mark goes on past it, and behind the last text there are `PADDING`
bytes. So no text runs into the next one, and its levels, of which the shortest has six bytes with
the bracket or comma before it, fit into the room that its own bytes have. That room is looked at
all the same, as code from a cache may be older than what makes the room.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from orderflow_core import kernel
from orderflow_sqlite.addresses import byte, eight_bytes, part, trailing_zeros
from orderflow_sqlite.levels import LITERAL_LIMIT, TEXT_LIMIT
from orderflow_sqlite.raw_rows import BLOB, TEXT
from orderflow_sqlite.wide_level import MOST_DIGITS, POWERS, UNKNOWN, gap_like, level_like, look_of

_COMMA, _SPACE, _POINT, _ZERO, _NINE = (ord(sign) for sign in ", .09")
_DOUBLE, _SINGLE, _OPEN, _CLOSE, _OPEN_TUPLE, _CLOSE_TUPLE = (ord(sign) for sign in "\"'[]()")
_u64 = np.uint64


@part(forceinline=True)
def _digits(at: Any) -> Any:
    """Return the value and the length of the run of digits at an address; of none, any value."""
    word = eight_bytes(at) ^ _u64(0x3030303030303030)
    others = ((word + _u64(0x7676767676767676)) | word) & _u64(0x8080808080808080)
    count = trailing_zeros(others) >> 3
    word <<= (64 - 8 * count) & 63
    word = (word * _u64(10) + (word >> 8)) & _u64(0x00FF00FF00FF00FF)
    word = (word * _u64(100) + (word >> 16)) & _u64(0x0000FFFF0000FFFF)
    value = np.int64((word * _u64(10_000) + (word >> 32)) & _u64(0xFFFFFFFF))
    while 8 <= count <= MOST_DIGITS:
        digit = byte(at + count) - _ZERO
        if not 0 <= digit <= 9:
            break
        value, count = value * 10 + digit, count + 1
    return value, count


@part(forceinline=True)
def number(at: Any) -> Any:
    """Return the plain number at an address, in quotes or not, and its end; 0 if it is none."""
    quote = byte(at)
    quoted = (quote == _DOUBLE) | (quote == _SINGLE)
    if quoted:
        at += 1
    elif quote == _ZERO and _ZERO <= byte(at + 1) <= _NINE:
        return 0.0, 0
    value, count = _digits(at)
    at += count
    fraction = 0
    if byte(at) == _POINT:
        below, fraction = _digits(at + 1)
        if fraction == 0 or fraction >= len(POWERS):
            return 0.0, 0
        value = value * POWERS[fraction] + below
        at += 1 + fraction
    if count == 0 or count + fraction > MOST_DIGITS:
        return 0.0, 0
    if quoted:
        if byte(at) != quote:
            return 0.0, 0
        at += 1
    return np.float64(value) / np.float64(POWERS[fraction]), at


@part(forceinline=True)
def after_comma(at: Any) -> Any:
    """Return where the next element begins, 0 where there is no comma."""
    return at + 1 + (byte(at + 1) == _SPACE) if byte(at) == _COMMA else 0


@part()
def _level(at: Any) -> Any:
    """Return price, size and end of the level at an address; the end is 0 if it is not plain."""
    opening = byte(at)
    closing = _CLOSE if opening == _OPEN else _CLOSE_TUPLE
    price = size = 0.0
    if not ((opening == _OPEN) | (opening == _OPEN_TUPLE)):
        return price, size, 0
    at += 1
    for field in range(4):
        value, end = number(at)
        if end == 0:
            return price, size, 0
        if field == 0:
            price = value
        elif field == 1:
            size = value
        at = after_comma(end)
        if at == 0:
            break
    if field == 0 or price == 0 or byte(end) != closing:
        return price, size, 0
    return price, size, end + 1


@part()
def _is_json(at: Any, end: Any) -> Any:
    """Whether levels that were taken are JSON: without the quotes and brackets of Python alone."""
    while at < end:
        if (byte(at) == _SINGLE) | (byte(at) == _OPEN_TUPLE):
            return False
        at += 1
    return True


@kernel(
    types.void(
        *(types.uint8[::1], types.int8[::1], types.int64[::1], types.int64[::1]),
        *(types.float64[::1], types.float64[::1], types.int64[::1], types.boolean[::1]),
    )
)
def scan_levels(
    text: Any, kind: Any, begin: Any, length: Any, price: Any, size: Any, offset: Any, odd: Any
) -> None:
    """Read the texts of n rows; row i's levels are `price[offset[i]:offset[i + 1]]`, and so on.

    `kind`, `begin` and `length` `[n]` are a column of `RawRows`. `odd[i]` is set for a text that
    is not taken here; it gets no levels. `price` and `size` have room for one level for each
    `SHORTEST_LEVEL` bytes of the texts that are not above `TEXT_LIMIT`.
    """
    base = np.int64(text.ctypes.data)
    filled = 0
    look = UNKNOWN
    for row in range(len(kind)):
        offset[row] = filled
        odd[row] = True
        is_text = (kind[row] == TEXT) | (kind[row] == BLOB)
        if not is_text or length[row] > TEXT_LIMIT:
            continue
        at = base + begin[row]
        end = at + length[row]
        if length[row] == 0 or byte(at) != _OPEN:
            continue
        first = filled
        at += 1
        if byte(at) == _CLOSE:
            at += 1
        else:
            more = at
            while more:
                level_price, level_size, at, alike = level_like(more, look)
                if not alike:
                    level_price, level_size, at = _level(more)
                    if at and filled == first:
                        look = look_of(more, at)
                if at == 0 or filled == len(price):
                    at = np.int64(0)
                    break
                price[filled], size[filled] = level_price, level_size
                filled += 1
                there, more = gap_like(at, look)
                if not (alike and there):
                    more = after_comma(at)
            if at and byte(at) == _CLOSE:
                at += 1
            else:
                at = 0
        if at == end and (length[row] <= LITERAL_LIMIT or _is_json(base + begin[row], end)):
            odd[row] = False
        else:
            filled = first
    offset[len(kind)] = filled
