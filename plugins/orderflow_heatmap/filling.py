"""The book into cells, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

from orderflow_core import Bools, Floats, Ints

CLOCK, TIME, SURE, LOW, FIRST, LAST = range(6)
"""Places of `state`: the time in ms for which the book was sure, the time of the last row, whether
that row is sure, the first row of the picture, and the rows between which sizes may not be 0."""


def fill(
    start: int,
    stop: int,
    times: Ints,
    snapshot: Bools,
    sure: Bools,
    bid_offset: Ints,
    bid_price: Floats,
    bid_size: Floats,
    bid_before: Floats,
    ask_offset: Ints,
    ask_price: Floats,
    ask_size: Floats,
    ask_before: Floats,
    tick: float,
    height: int,
    lowest: int,
    state: Ints,
    sizes: Floats,
    levels: Ints,
    shown: Floats,
    since: Ints,
    weighted: Floats,
    largest: Floats,
    keep_largest: bool,
) -> None:
    """Apply the book rows `start` to `stop` to the whole book by rows of prices, and to cells.

    `sizes` and `levels` `[all]` are the size and the number of levels in each row of `height`
    ticks, from the row `lowest` on, the first with all below it and the last with all above.
    `shown[k]` is the size in cell k of the picture, the first and the last cell with all that lies
    outside; `since[k]` the clock up to which `weighted[k]`, size times ms, is added up;
    `largest[k]` the largest size while sure, if it is to be kept.
    """
    cells = len(shown)
    clock, time, stood = state[CLOCK], state[TIME], state[SURE]
    low, first, last = state[LOW], state[FIRST], state[LAST]
    # Products, as quotients take many times as long. Half a tick is far more than they are off by.
    per_tick, per_row, zero = 1 / tick, 1 / height, 0.5 - float(lowest) * height
    most = float(len(sizes)) * height - 1
    for row in range(start, stop):
        if stood:
            clock += times[row] - time
        time = times[row]
        again = sure[row] and not stood
        stood = int(sure[row])
        if snapshot[row]:
            for cell in range(cells):
                weighted[cell] += shown[cell] * (clock - since[cell])
                since[cell] = clock
                shown[cell] = 0.0
            for at in range(first, last + 1):
                sizes[at] = 0.0
                levels[at] = 0
            first = len(sizes)
            last = -1
        for side in range(2):
            offset = bid_offset if side == 0 else ask_offset
            price = bid_price if side == 0 else ask_price
            size = bid_size if side == 0 else ask_size
            before = bid_before if side == 0 else ask_before
            for update in range(offset[row], offset[row + 1]):
                now, was = size[update], before[update]
                change = now - was
                if change == 0:
                    continue
                ticks = int(min(max(price[update] * per_tick + zero, 0.0), most))
                at = int((ticks + 0.5) * per_row)
                cell = min(max(at - low + 1, 0), cells - 1)
                standing = shown[cell]
                weighted[cell] += standing * (clock - since[cell])
                since[cell] = clock
                count = levels[at] + int(now > 0) - int(was > 0)
                levels[at] = count
                old = sizes[at]
                new = now if count == 1 and now > 0 else old + change  # the one that there is
                if count == 0:
                    new = 0.0
                sizes[at] = new
                shown[cell] = new if 0 < cell < cells - 1 else standing + (new - old)
                first = min(first, at)
                last = max(last, at)
        if not (keep_largest and sure[row]):
            continue
        if again:  # what came in rows that were not sure stands too
            for cell in range(cells):
                largest[cell] = max(largest[cell], shown[cell])
            continue
        for side in range(2):
            offset = bid_offset if side == 0 else ask_offset
            price = bid_price if side == 0 else ask_price
            for update in range(offset[row], offset[row + 1]):
                ticks = int(min(max(price[update] * per_tick + zero, 0.0), most))
                at = int((ticks + 0.5) * per_row)
                cell = min(max(at - low + 1, 0), cells - 1)
                largest[cell] = max(largest[cell], shown[cell])
    state[CLOCK], state[TIME], state[SURE] = clock, time, stood
    state[FIRST], state[LAST] = first, last
