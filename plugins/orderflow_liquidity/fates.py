"""What became of quoted size, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

import numpy as np

from orderflow_core import Bools, Floats, Ints, Sides

CONSUMED, PULLED, ADDED = range(3)


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
    bands: Ints,
    low: int,
    opening: Floats,
    sums: Floats,
    cells: Floats,
) -> None:
    """Add what became of one side's size in the book rows `start` to `stop`.

    `sign` is 1 for bids, -1 for asks; `best[row]` the best price of the side before the row. The
    trades of row i are those from `first_trade[i]` to `first_trade[i + 1]`; what a decrease has
    consumed is taken from `trade_left`. `sums[k, fate]` and `cells[k, fate]` grow. Band k of the
    sums is up to `bands[k]` ticks from the best price, the last one all that is farther. Cell 1 is
    that of the price `low` in ticks, the first and the last what lies outside. `opening` gets the
    sums after the first of the rows, where it is not the last.
    """
    last_cell, farther, per_tick = len(cells) - 1, len(bands), 1 / tick
    for row in range(start, stop):
        if row == start + 1:
            opening[:] = sums
        if not flow[row]:
            continue
        touch = best[row]
        for update in range(offset[row], offset[row + 1]):
            change = size[update] - before[update]
            if change == 0:
                continue
            away = (touch - price[update]) * sign * per_tick - 0.5
            band = 0  # that of what is better than the best, and where there was none, too
            while band < farther and away > bands[band]:
                band += 1
            at = int(np.floor(price[update] * per_tick + 0.5)) - low + 1
            cell = min(max(at, 0), last_cell)
            if change > 0:
                sums[band, ADDED] += change
                cells[cell, ADDED] += change
                continue
            left = -change
            consumed = 0.0
            for trade in range(first_trade[row], first_trade[row + 1]):
                if trade_side[trade] == -sign and trade_price[trade] == price[update]:
                    part = min(left, trade_left[trade])
                    trade_left[trade] -= part
                    left -= part
                    consumed += part
            sums[band, CONSUMED] += consumed
            cells[cell, CONSUMED] += consumed
            sums[band, PULLED] += left
            cells[cell, PULLED] += left
