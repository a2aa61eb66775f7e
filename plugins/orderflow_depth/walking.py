"""Walks through the levels of a side, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats


def depth_within(
    bid_price: Floats,
    bid_size: Floats,
    ask_price: Floats,
    ask_size: Floats,
    mid: Floats,
    reach: float,
    bid: Floats,
    ask: Floats,
) -> None:
    """Fill `bid` and `ask` `[n]` with the sizes within `reach`, a share, of the mid of each row.

    A side's prices and sizes are `[n, levels]`, best first; NaN where there is no mid.
    """
    levels = bid_price.shape[1]
    bids = asks = 0
    for row in range(len(mid)):
        middle = mid[row]
        most = reach * abs(middle) * (1 + 1e-12)  # so that a level on the very edge counts
        # From those of the row before on, which are seldom far off.
        while bids < levels and middle - bid_price[row, bids] <= most:
            bids += 1
        while bids > 0 and not middle - bid_price[row, bids - 1] <= most:
            bids -= 1
        while asks < levels and ask_price[row, asks] - middle <= most:
            asks += 1
        while asks > 0 and not ask_price[row, asks - 1] - middle <= most:
            asks -= 1
        bid_depth = ask_depth = 0.0 if middle == middle else np.nan
        both = min(bids, asks)
        if bid_price[row, 0] - middle > most:  # crossed, and the best levels lie beyond
            for level in range(levels):
                if abs(bid_price[row, level] - middle) <= most:
                    bid_depth += bid_size[row, level]
                if abs(ask_price[row, level] - middle) <= most:
                    ask_depth += ask_size[row, level]
            both = bids = asks = 0
        for level in range(both):  # side by side, as each sum waits for its last level
            bid_depth += bid_size[row, level]
            ask_depth += ask_size[row, level]
        for level in range(asks, bids):
            bid_depth += bid_size[row, level]
        for level in range(bids, asks):
            ask_depth += ask_size[row, level]
        bid[row], ask[row] = bid_depth, ask_depth


def fill_cost(
    price: Floats, size: Floats, mid: Floats, wanted: float, sign: float, cost: Floats
) -> None:
    """Fill `cost` `[n]` with what taking `wanted` of a side costs over the mid, in basis points.

    `sign` is 1 for asks, which are bought, and -1 for bids. NaN where there is no mid, or one of 0,
    or less than `wanted`.
    """
    least = 1e-12 * wanted  # what rounding leaves of it
    levels = price.shape[1]
    for row in range(len(cost)):
        left = wanted
        value = 0.0
        level = 0
        while left > least and level < levels and size[row, level] > 0:
            part = min(left, size[row, level])
            value += part * price[row, level]
            left -= part
            level += 1
        middle = mid[row] if mid[row] != 0 else np.nan  # 0 as that of a spread may be
        mean = value / wanted if left <= least else np.nan
        cost[row] = 1e4 * (sign * (mean - middle)) / abs(middle)


def count_orders(
    bid_size: Floats, bid_orders: Floats, ask_size: Floats, ask_orders: Floats, found: Floats
) -> None:
    """Fill `found` `[5, n]`: the imbalance of orders, those of each side, and their mean sizes.

    Sizes and orders are `[n, levels]`. All are NaN where the orders of a level are; the imbalance
    is where there are none, and the mean size of a side where it has none.
    """
    levels = bid_size.shape[1]
    for row in range(found.shape[1]):
        bid = ask = of_bids = of_asks = 0.0
        for level in range(levels):
            bid += bid_orders[row, level]
            ask += ask_orders[row, level]
            of_bids += bid_size[row, level]
            of_asks += ask_size[row, level]
        found[0, row] = (bid - ask) / (bid + ask) if bid + ask > 0 else np.nan
        found[1, row] = bid
        found[2, row] = ask
        found[3, row] = of_bids / bid if bid > 0 else np.nan
        found[4, row] = of_asks / ask if ask > 0 else np.nan
