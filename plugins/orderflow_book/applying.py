"""`best_after_rows` of `ladder.py` for Numba, of a book with numbers of orders or without."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from orderflow_book.addresses import either, floating, move, put, whole
from orderflow_book.ladder import LEAST, SORTING, SPARE
from orderflow_core import column, kernel

_MOVES_AT_ONCE = 1 << 25
_NO_PRICE = np.float64(np.nan).view(np.int64).item()


@njit(inline="always")
def _place(keys: Any, count: Any, key: Any) -> Any:
    """Return the first of the `count` ascending keys at an address that is not below `key`."""
    first = 0
    while count > 1:
        half = count >> 1
        first = either(whole(keys, first + half - 1) < key, first + half, first)
        count -= half
    return first + (count == 1 and whole(keys, first) < key)


@njit(inline="always")
def _ordered(bits: Any) -> Any:
    """Return what `ladder.ordered` returns."""
    return either(bits >= 0, bits, LEAST - bits)


def compiled(*, counted: bool) -> Any:
    """Compile `best_after_rows` with numbers of orders, or without."""
    integers, floats, read = types.int64[::1], types.float64[::1], column(types.float64)
    matrix, of_prices = types.float64[:, ::1], types.int64[:, ::1]
    orders, order, best_orders = (floats, read, matrix) if counted else [types.none] * 3
    signature = types.UniTuple(types.int64, 3)(
        *(integers, floats, orders, types.int64, types.int64, types.int64),
        *(column(types.boolean), column(types.int64), read, read, order),
        *(floats, of_prices, matrix, best_orders, types.int64[:, ::1]),
    )
    return kernel(signature)(best_after_rows)


def best_after_rows(
    keys: Any,
    sizes: Any,
    orders: Any,
    count: Any,
    flip: Any,
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
    room: Any,
) -> Any:
    """Apply the updates of rows from `row` on to the first `count` of `keys` and `sizes`.

    `best_price`, as integers of the same bits, and `best_size`, both `[n, levels]`, are filled, the
    best level last, and `before` with the size that each update found; there are n values of
    `snapshot` and n + 1 of `offset`. `orders`, `order` and `best_orders` go with the sizes, or are
    None, and then cost nothing. Returns the row at which it stopped, the first of its updates that
    is not applied, and the new count. It stops at row n; before a row whose updates do not fit into
    `keys` or `room`, once the book is cleared if that is a snapshot; within a row that has moved
    more levels than `SORTING` allows; and, so that signals are answered, after many moves.

    A row whose keys only rise or only fall, as recorders sort them, is applied at once: all its
    updates are looked for, which a processor does side by side, and of the levels that come and go
    what lies between two is moved once, to where it ends. Any other row is applied one by one.
    """
    rows, levels = best_price.shape
    of_keys, of_sizes = keys.ctypes.data, sizes.ctypes.data
    of_prices, of_news, of_before = price.ctypes.data, size.ctypes.data, before.ctypes.data
    if orders is not None:
        of_orders, of_order = orders.ctypes.data, order.ctypes.data
    places, changed = room[0].ctypes.data, room[1].ctypes.data
    update = moved = 0
    while row < rows and moved < _MOVES_AT_ONCE:
        if snapshot[row]:
            count = 0
        update, end = offset[row], offset[row + 1]
        if not 0 <= update <= end or end > len(price) or end > len(before):
            break
        if end - update > len(keys) - count or end - update > room.shape[1]:
            break
        most = moved + SORTING * (count + end - update + SPARE)
        until = end
        while update < end and moved <= most:
            rising = falling = True
            last = 0
            for each in range(update, until):
                key = _ordered(whole(of_prices, each)) ^ flip
                put(places, each - update, _place(of_keys, count, key))
                rising &= each == update or key > last
                falling &= each == update or key < last
                if not (rising or falling):
                    break
                last = key
            if not (rising or falling):
                until = update + 1
                continue

            changes = 0
            for number in range(until - update):  # by rising key from here on
                each = number if rising else until - update - 1 - number
                at, new = whole(places, each), floating(of_news, update + each)
                key = _ordered(whole(of_prices, update + each)) ^ flip
                known = (at < count) & (whole(of_keys, at) == key)
                found = floating(of_sizes, at)
                put(of_before, update + each, either(known, found, 0.0))
                put(of_sizes, at, either(known, new, found))
                if orders is not None:
                    stood, stand = floating(of_orders, at), floating(of_order, update + each)
                    put(of_orders, at, either(known, stand, stood))
                put(changed, changes, each)
                changes += known == (new == 0)

            by = 0
            for change in range(changes):  # what moves to the left, from the left on
                each = whole(changed, change)
                gone = floating(of_news, update + each) == 0
                by += 1 - 2 * gone
                if by < 0:
                    at, following = whole(places, each) + gone, count
                    if change + 1 < changes:
                        following = whole(places, whole(changed, change + 1))
                    move(of_keys, at, by, following - at)
                    move(of_sizes, at, by, following - at)
                    if orders is not None:
                        move(of_orders, at, by, following - at)
                    moved += following - at
            following, count = count, count + by
            for change in range(changes - 1, -1, -1):  # what moves to the right, and what is new
                each = whole(changed, change)
                at, new = whole(places, each), floating(of_news, update + each)
                gone = new == 0
                if by > 0:
                    move(of_keys, at + gone, by, following - at - gone)
                    move(of_sizes, at + gone, by, following - at - gone)
                    if orders is not None:
                        move(of_orders, at + gone, by, following - at - gone)
                    moved += following - at
                following = at
                by -= 1 - 2 * gone
                if not gone:
                    put(of_keys, at + by, _ordered(whole(of_prices, update + each)) ^ flip)
                    put(of_sizes, at + by, new)
                    if orders is not None:
                        put(of_orders, at + by, floating(of_order, update + each))
            update, until = until, until + 1
        if update < end:
            break
        there = levels if levels < count else count
        best_price[row, : levels - there] = _NO_PRICE
        best_size[row, : levels - there] = 0.0
        row_price, row_size = best_price[row, levels - there :], best_size[row, levels - there :]
        best_keys, best_sizes = keys[count - there : count], sizes[count - there : count]
        for level in range(there):
            row_price[level] = _ordered(best_keys[level] ^ flip)
            row_size[level] = best_sizes[level]
        if orders is not None:
            best_orders[row, : levels - there] = 0.0
            row_orders, kept = best_orders[row, levels - there :], orders[count - there : count]
            for level in range(there):
                row_orders[level] = kept[level]
        row += 1
    return row, update, count
