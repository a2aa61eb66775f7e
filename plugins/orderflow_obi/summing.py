"""The sums of the best sizes, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats

PARTS = 8
"""Sizes are added up in so many parts, as NumPy does, which a processor does side by side.

They have names, as an array of them would load more of Numba than all of the kernels need.
"""


def imbalances(
    bid: Floats, ask: Floats, levels: int, ratio: bool, imbalance: Floats, total: Floats
) -> None:
    """Fill both `[n]` from the sizes of bids and asks, matrices `[n, levels or more]`.

    NaN where both sides are empty.
    """
    whole = levels // PARTS * PARTS
    for row in range(len(total)):
        bids = asks = 0.0
        for side in range(2):
            size = bid if side == 0 else ask
            a = b = c = d = e = f = g = h = 0.0
            for level in range(0, whole, PARTS):
                a += size[row, level]
                b += size[row, level + 1]
                c += size[row, level + 2]
                d += size[row, level + 3]
                e += size[row, level + 4]
                f += size[row, level + 5]
                g += size[row, level + 6]
                h += size[row, level + 7]
            added = ((a + b) + (c + d)) + ((e + f) + (g + h))
            for level in range(whole, levels):
                added += size[row, level]
            bids, asks = (added, asks) if side == 0 else (bids, added)
        both, difference = bids + asks, bids - asks
        if both > 0:
            total[row] = both
            imbalance[row] = difference / both if ratio else difference
        else:
            total[row] = imbalance[row] = np.nan
