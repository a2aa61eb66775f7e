"""`best_after_rows` of `ladder.py` for Numba, of a book with numbers of orders or without."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from orderflow_book.ladder import SORTING, SPARE
from orderflow_core import column, kernel

_memmove = types.ExternalFunction("memmove", types.intp(types.intp, types.intp, types.uintp))
_ITEM = 8
_MOVES_AT_ONCE = 1 << 25


@intrinsic
def _below(context: Any, address: Any, key: Any) -> Any:
    """Return whether the float at an address is below a key."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        found = builder.load(builder.inttoptr(arguments[0], ir.DoubleType().as_pointer()))
        return builder.fcmp_ordered("<", found, arguments[1])

    return types.boolean(types.intp, types.float64), generate


@intrinsic
def _either(context: Any, first: Any, one: Any, other: Any) -> Any:
    """Choose without a branch: half of the guesses at one would be wrong, and each costs 5 ns."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        chosen = builder.select(*arguments)
        chosen.set_metadata("unpredictable", builder.module.add_metadata([]))
        return chosen

    return types.intp(types.boolean, types.intp, types.intp), generate


@njit(inline="always")
def _place(keys: Any, count: Any, key: Any) -> Any:
    """Return the first of the `count` ascending keys at an address that is not below `key`.

    Addresses, as an array's references would be counted at each step.
    """
    at = keys
    while count > 1:
        half = count >> 1
        middle = at + half * _ITEM
        at = _either(_below(middle - _ITEM, key), middle, at)
        count -= half
    return (at - keys) // _ITEM + (count == 1 and _below(at, key))


@njit(inline="always")
def _shift(column: Any, at: Any, by: Any, length: Any) -> None:
    """Move `length` values from `at` on by so many places; a loop of Numba's would be slower."""
    address = column + at * _ITEM
    _memmove(address + by * _ITEM, address, length * _ITEM)


def compiled(*, counted: bool) -> Any:
    """Compile `best_after_rows` with numbers of orders, or without."""
    state, read, matrix = types.float64[::1], column(types.float64), types.float64[:, ::1]
    orders, order, best_orders = (state, read, matrix) if counted else [types.none] * 3
    signature = types.UniTuple(types.int64, 3)(
        *(state, state, orders, types.int64, types.float64, types.int64),
        *(column(types.boolean), column(types.int64), read, read, order),
        *(state, matrix, matrix, best_orders, types.int64[::1]),
    )
    return kernel(signature)(best_after_rows)


def best_after_rows(
    keys: Any,
    sizes: Any,
    orders: Any,
    count: Any,
    sign: Any,
    row: Any,
    snapshot: Any,
    offset: Any,
    price: Any,
    size: Any,
    order: Any,
    before: Any,
    best_price: Any,
    best_size: Any,
    best_orders: Any,
    places: Any,
) -> Any:
    """Apply the updates of rows from `row` on to the first `count` of `keys` and `sizes`.

    `best_price` and `best_size` `[n, levels]` are filled, the best level last, and `before` with
    the size that each update found; there are n values of `snapshot` and n + 1 of `offset`.
    `orders`, `order` and `best_orders` go with the sizes, or are None, and then cost nothing.
    Returns the row at which it stopped, the first of its updates that is not applied, and the new
    count. It stops at row n; before a row whose updates do not fit into `keys` or `places`, once
    the book is cleared if that is a snapshot; within a row that has moved more levels than
    `SORTING` allows; and, so that signals are answered, after many moves.

    All updates of a row are looked for first, which a processor does side by side, and applied
    then. The places hold where a row's keys only rise or only fall, as recorders sort them; in
    any other row each key is looked for once more.
    """
    rows, levels = best_price.shape
    first_key, first_size = np.intp(keys.ctypes.data), np.intp(sizes.ctypes.data)
    if orders is not None:
        first_order = np.intp(orders.ctypes.data)
    update = moved = 0
    while row < rows and moved < _MOVES_AT_ONCE:
        if snapshot[row]:
            count = 0
        update, end = offset[row], offset[row + 1]
        if not 0 <= update <= end <= min(len(price), len(before)):
            break
        if end - update > min(len(keys) - count, len(places)):
            break
        rising = falling = True
        last = np.nan
        for number in range(end - update):
            key = sign * price[update + number]
            places[number] = _place(first_key, count, key)
            rising &= number == 0 or key > last
            falling &= number == 0 or key < last
            last = key
        most = moved + SORTING * (count + end - update + SPARE)
        begin, more = update, 0
        while update < end and moved <= most:
            key = sign * price[update]
            at = places[update - begin] + more
            if not (rising or falling):
                at = _place(first_key, count, key)
            known = at < count and keys[at] == key
            before[update] = sizes[at] if known else 0.0
            if size[update] == 0:
                if known:
                    count -= 1
                    more -= rising
                    _shift(first_key, at + 1, -1, count - at)
                    _shift(first_size, at + 1, -1, count - at)
                    if orders is not None:
                        _shift(first_order, at + 1, -1, count - at)
                    moved += count - at
            else:
                if not known:
                    more += rising
                    _shift(first_key, at, 1, count - at)
                    _shift(first_size, at, 1, count - at)
                    if orders is not None:
                        _shift(first_order, at, 1, count - at)
                    moved += count - at
                    keys[at] = key
                    count += 1
                sizes[at] = size[update]
                if orders is not None:
                    orders[at] = order[update]
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
        if orders is not None:
            best_orders[row, : levels - there] = 0.0
            row_orders, kept = best_orders[row, levels - there :], orders[count - there : count]
            for level in range(there):
                row_orders[level] = kept[level]
        row += 1
    return row, update, count
