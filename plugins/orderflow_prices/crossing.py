"""The mid drawn towards the thinner side, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats


def cross_weighted(
    bid_price: Floats,
    bid_size: Floats,
    ask_price: Floats,
    ask_size: Floats,
    levels: int,
    price: Floats,
) -> None:
    """Fill `price` `[n]` with the mean price of the levels on both sides, by the other's size.

    The sides are matrices `[n, levels or more]`; NaN where no level is on both.
    """
    for row in range(len(price)):
        value = volume = 0.0
        for level in range(levels):
            bid, ask = bid_size[row, level], ask_size[row, level]
            both = bid_price[row, level] * ask + ask_price[row, level] * bid
            if both == both:  # NaN where either level is missing
                value += both
                volume += bid + ask
        price[row] = value / volume if volume > 0 else np.nan
