"""What became of quoted size, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

import numpy as np

from orderflow_core import Bools, Floats, Ints, Sides

CONSUMED, PULLED, ADDED = range(3)


def add_fates(
    starts: Ints,
    times: Ints,
    flow: Bools,
    offset: Ints,
    price: Floats,
    size: Floats,
    before: Floats,
    best: Floats,
    best_before: float,
    sign: int,
    trade_time: Ints,
    trade_price: Floats,
    trade_left: Floats,
    trade_side: Sides,
    tick: float,
    bands: Floats,
    low: Ints,
    opening: Floats,
    sums: Floats,
    cells: Floats,
    distances: Floats,
) -> int:
    """Add what became of one side's size in the book rows of a block, stretch by stretch.

    Stretch s has the rows from `starts[s]` to `starts[s + 1]`. `sign` is 1 for bids, -1 for asks;
    `best[row]` the best price of the side after the row, `best_before` that before all of them. The
    trades of a row are those after the row before, up to its time; what a decrease has consumed is
    taken from `trade_left`. Returned is how many trades are of the rows.

    `sums[s, k, fate]`, `cells[s, fate, k]` and `distances[s, fate, k]` grow. Band k of the sums is
    up to `bands[k]` ticks from the best price, the last one all that is farther. Cell 1 is that of
    the price `low[s]` in ticks, the first and the last what lies outside; distance 1 is the best
    price, 0 what is better, the last what is farther, and without any they are left out.
    `opening[s]` gets the sums after the first of the rows.
    """
    last_cell, farthest, per_tick = cells.shape[2] - 1, distances.shape[2] - 1, 1 / tick
    trades = 0
    for stretch in range(len(starts) - 1):
        first_cell = low[stretch] - 1
        for row in range(starts[stretch], starts[stretch + 1]):
            first = trades
            takers = False
            while trades < len(trade_time) and trade_time[trades] <= times[row]:
                takers = takers or trade_side[trades] == -sign
                trades += 1
            if flow[row]:
                touch = best[row - 1] if row > 0 else best_before
                for update in range(offset[row], offset[row + 1]):
                    change = size[update] - before[update]
                    if change == 0:
                        continue
                    away = (touch - price[update]) * sign * per_tick - 0.5
                    band = 0  # that of what is better than the best, and where there was none, too
                    for each in range(len(bands)):
                        band += int(away > bands[each])
                    at = int(np.floor(price[update] * per_tick + 0.5)) - first_cell
                    cell = min(max(at, 0), last_cell)
                    distance = 1  # where there was no best price, too
                    if farthest > 0 and touch == touch:
                        distance = min(max(int(np.floor(away + 1)) + 1, 0), farthest)
                    left = abs(change)
                    if takers and change < 0:
                        consumed = 0.0
                        for trade in range(first, trades):
                            if trade_side[trade] == -sign and trade_price[trade] == price[update]:
                                part = min(left, trade_left[trade])
                                trade_left[trade] -= part
                                left -= part
                                consumed += part
                        sums[stretch, band, CONSUMED] += consumed
                        cells[stretch, CONSUMED, cell] += consumed
                        if farthest > 0:
                            distances[stretch, CONSUMED, distance] += consumed
                    fate = PULLED + int(change > 0)  # no branch, as half of the guesses fail
                    sums[stretch, band, fate] += left
                    cells[stretch, fate, cell] += left
                    if farthest > 0:
                        distances[stretch, fate, distance] += left
            if row == starts[stretch]:
                for band in range(sums.shape[1]):
                    for fate in range(sums.shape[2]):
                        opening[stretch, band, fate] = sums[stretch, band, fate]
    return trades
