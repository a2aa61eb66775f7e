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
    near: float,
    bands: Floats | None,
    low: Ints,
    opening: Floats,
    sums: Floats,
    cells: Floats | None,
    distances: Floats | None,
) -> None:
    """Add what became of one side's size in the book rows of a block, stretch by stretch.

    Stretch s has the rows from `starts[s]` to `starts[s + 1]`. `sign` is 1 for bids, -1 for asks;
    `best[row]` the best price of the side after the row, `best_before` that before all of them. The
    trades of a row are those after the row before, up to its time; what a decrease has consumed is
    taken from `trade_left`.

    `sums[s, k, fate]`, `cells[s, fate, k]` and `distances[s, fate, k]` grow. Band k of the sums
    is up to `bands[k]` ticks from the best price, the last one all that is farther; without `bands`
    there are two, the first up to `near`. Cell 1 is that of the price `low[s]` in ticks, the first
    and the last what lies outside; distance 1 is the best price, 0 what is better, the last what is
    farther. `bands`, `cells` and `distances` are None where they are not asked for.
    `opening[s]` gets the sums after the first of the rows.
    """
    per_tick, per_away = 1 / tick, sign * (1 / tick)
    # Places without a sign: no look is needed whether they count from the end.
    trades, one = np.uint64(0), np.uint64(1)
    for stretch in range(len(starts) - 1):
        total = sums[stretch]
        pulled_near, added_near = total[0, PULLED], total[0, ADDED]
        pulled_far, added_far = total[-1, PULLED], total[-1, ADDED]
        zero = 1.5 - low[stretch]  # half a tick more, as the whole part is taken
        for row in range(starts[stretch], starts[stretch + 1]):
            first = trades
            worst = np.inf  # that takers got, times the sign: a level below was met by none
            while trades < len(trade_time) and trade_time[trades] <= times[row]:
                if trade_side[trades] == -sign:
                    worst = min(worst, sign * trade_price[trades])
                trades += one
            if flow[row]:
                touch = best[row - 1] if row > 0 else best_before
                for update in range(np.uint64(offset[row]), np.uint64(offset[row + 1])):
                    change = size[update] - before[update]
                    # No branch between the two, as half of the guesses would fail.
                    added, pulled, consumed = max(change, 0.0), max(-change, 0.0), 0.0
                    away = (touch - price[update]) * per_away - 0.5
                    band = int(away > near)  # 0 also where it is better, or there was no best price
                    if bands is not None:
                        band = 0
                        for each in range(len(bands)):
                            band += int(away > bands[each])
                    if sign * price[update] >= worst:
                        for trade in range(first, trades):
                            if trade_side[trade] == -sign and trade_price[trade] == price[update]:
                                part = min(pulled, trade_left[trade])
                                trade_left[trade] -= part
                                pulled -= part
                                consumed += part
                        total[band, CONSUMED] += consumed
                    if bands is None:  # not in the array, where each addition waits for the last
                        pulled_near += (1 - band) * pulled
                        added_near += (1 - band) * added
                        pulled_far += band * pulled
                        added_far += band * added
                    else:
                        total[band, PULLED] += pulled
                        total[band, ADDED] += added
                    if cells is not None:
                        last = cells.shape[2] - 1
                        cell = max(int(min(price[update] * per_tick + zero, last)), 0)
                        cells[stretch, CONSUMED, cell] += consumed
                        cells[stretch, PULLED, cell] += pulled
                        cells[stretch, ADDED, cell] += added
                    if distances is not None:
                        distance = 1  # where there was no best price, too
                        if touch == touch:
                            distance = max(int(min(away + 2, distances.shape[2] - 1)), 0)
                        distances[stretch, CONSUMED, distance] += consumed
                        distances[stretch, PULLED, distance] += pulled
                        distances[stretch, ADDED, distance] += added
            if bands is None:
                total[0, PULLED], total[0, ADDED] = pulled_near, added_near
                total[1, PULLED], total[1, ADDED] = pulled_far, added_far
            if row == starts[stretch]:
                for band in range(total.shape[0]):
                    for fate in range(total.shape[1]):
                        opening[stretch, band, fate] = total[band, fate]


add_fates_in_cells = add_all_fates = add_fates
"""`kernel.py` compiles each for itself: a third of the time goes into cells, asked for or not."""
