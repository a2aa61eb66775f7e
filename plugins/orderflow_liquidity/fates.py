"""What became of quoted size, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

import numpy as np

from orderflow_core import Bools, Floats, Ints, Sides

CONSUMED, PULLED, ADDED, PULLED_NEAR, ADDED_NEAR = range(5)


def add_fates(
    start: int,
    stop: int,
    flow: Bools,
    offset: Ints,
    price: Floats,
    size: Floats,
    before: Floats,
    best: Floats,
    sign: int,
    first_trade: Ints,
    trade_price: Floats,
    trade_left: Floats,
    trade_side: Sides,
    tick: float,
    near: float,
    low: int,
    sums: Floats,
    cells: Floats,
) -> None:
    """Add what became of one side's size in the book rows `start` to `stop`.

    `sign` is 1 for bids, -1 for asks; `best[row]` the best price of the side before the row. The
    trades of row i are those from `first_trade[i]` to `first_trade[i + 1]`; what a decrease has
    consumed is taken from `trade_left`. `sums[fate]` and `cells[k, fate]` grow, cell 1 being that
    of the price `low` in ticks, the first and the last what lies outside.
    """
    for row in range(start, stop):
        if not flow[row]:
            continue
        for update in range(offset[row], offset[row + 1]):
            change = size[update] - before[update]
            if change == 0:
                continue
            away = (best[row] - price[update]) * sign / tick
            close = not away > near + 0.5  # better than the best, and where there was none, too
            at = int(np.floor(price[update] / tick + 0.5)) - low + 1
            cell = min(max(at, 0), len(cells) - 1)
            if change > 0:
                sums[ADDED] += change
                cells[cell, ADDED] += change
                if close:
                    sums[ADDED_NEAR] += change
                continue
            left = -change
            consumed = 0.0
            for trade in range(first_trade[row], first_trade[row + 1]):
                if trade_side[trade] == -sign and trade_price[trade] == price[update]:
                    part = min(left, trade_left[trade])
                    trade_left[trade] -= part
                    left -= part
                    consumed += part
            sums[CONSUMED] += consumed
            cells[cell, CONSUMED] += consumed
            sums[PULLED] += left
            cells[cell, PULLED] += left
            if close:
                sums[PULLED_NEAR] += left
