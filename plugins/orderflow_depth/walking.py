"""Walks through the levels of a side, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats


def depth_within(price: Floats, size: Floats, mid: Floats, reach: float, depth: Floats) -> None:
    """Fill `depth` `[n]` with the size of a side `[n, levels]` within `reach` of the mid."""
    levels = price.shape[1]
    for row in range(len(mid)):
        most = reach * mid[row] * (1 + 1e-12)  # so that a level on the very edge counts
        total = 0.0
        level = 0
        while level < levels and abs(price[row, level] - mid[row]) <= most:
            total += size[row, level]
            level += 1
        depth[row] = total if mid[row] == mid[row] else np.nan


def mean_price(price: Floats, size: Floats, wanted: float, mean: Floats) -> None:
    """Fill `mean` `[n]` with the price of `wanted` from a side `[n, levels]`, NaN if it is less."""
    levels = price.shape[1]
    for row in range(len(mean)):
        left = wanted
        least = 1e-12 * wanted  # what rounding leaves of it
        value = 0.0
        level = 0
        while left > least and level < levels and size[row, level] > 0:
            part = min(left, size[row, level])
            value += part * price[row, level]
            left -= part
            level += 1
        mean[row] = value / wanted if left <= least else np.nan
