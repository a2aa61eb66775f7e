"""The sums of the best sizes, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats

PARTS = 8
"""Sizes are added up in so many parts, as NumPy does, which a processor does side by side."""


def imbalances(
    bid: Floats, ask: Floats, levels: int, ratio: bool, imbalance: Floats, total: Floats
) -> None:
    """Fill both `[n]` from the sizes of bids and asks, matrices `[n, levels or more]`.

    NaN where both sides are empty.
    """
    whole = levels // PARTS * PARTS
    part = np.zeros(PARTS)
    side_sum = np.zeros(2)
    for row in range(len(total)):
        for side in range(2):
            size = bid if side == 0 else ask
            part[:] = 0.0
            for first in range(0, whole, PARTS):
                for level in range(PARTS):
                    part[level] += size[row, first + level]
            left = (part[0] + part[1]) + (part[2] + part[3])
            right = (part[4] + part[5]) + (part[6] + part[7])
            side_sum[side] = left + right
            for level in range(whole, levels):
                side_sum[side] += size[row, level]
        both, difference = side_sum[0] + side_sum[1], side_sum[0] - side_sum[1]
        if both > 0:
            total[row] = both
            imbalance[row] = difference / both if ratio else difference
        else:
            total[row] = imbalance[row] = np.nan
