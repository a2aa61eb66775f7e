"""Walks through the levels of a side, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats


def depths_within(
    bid_price: Floats,
    bid_size: Floats,
    ask_price: Floats,
    ask_size: Floats,
    reach: float,
    both: Floats,
    bid: Floats,
    ask: Floats,
) -> None:
    """Fill the last three `[n]` with the sizes within `reach`, a share, of the mid of each row.

    The sides are matrices `[n, levels]`; where one is empty there is no mid, and all are NaN.
    """
    levels = bid_price.shape[1]
    counts = np.zeros(2, np.int64)
    for row in range(len(both)):
        mid = (bid_price[row, 0] + ask_price[row, 0]) / 2
        most = reach * mid * (1 + 1e-12)  # so that a level on the very edge counts
        for side in range(2):
            price = bid_price if side == 0 else ask_price
            size = bid_size if side == 0 else ask_size
            count = counts[side]  # of the row before, which is seldom far off
            while count < levels and abs(price[row, count] - mid) <= most:
                count += 1
            while count > 0 and not abs(price[row, count - 1] - mid) <= most:
                count -= 1
            counts[side] = count
            total = 0.0 if mid == mid else np.nan
            for level in range(count):
                total += size[row, level]
            if side == 0:
                bid[row] = total
            else:
                ask[row] = total
        both[row] = bid[row] + ask[row]


def fill_costs(
    bid_price: Floats,
    bid_size: Floats,
    ask_price: Floats,
    ask_size: Floats,
    wanted: float,
    buy: Floats,
    sell: Floats,
) -> None:
    """Fill the last two `[n]` with what `wanted` costs over the mid, in basis points of it.

    NaN where there is no mid, or one of 0, or less than `wanted`.
    """
    least = 1e-12 * wanted  # what rounding leaves of it
    levels = bid_price.shape[1]
    for row in range(len(buy)):
        mid = (bid_price[row, 0] + ask_price[row, 0]) / 2
        if mid == 0:  # as a spread's may be
            mid = np.nan
        for side in range(2):
            price = ask_price if side == 0 else bid_price
            size = ask_size if side == 0 else bid_size
            left = wanted
            value = 0.0
            level = 0
            while left > least and level < levels and size[row, level] > 0:
                part = min(left, size[row, level])
                value += part * price[row, level]
                left -= part
                level += 1
            mean = value / wanted if left <= least else np.nan
            if side == 0:
                buy[row] = 1e4 * (mean - mid) / mid
            else:
                sell[row] = 1e4 * (mid - mean) / mid
