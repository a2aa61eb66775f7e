"""Runs of trades, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

from orderflow_core import Floats, Ints, Sides

LEVELS, SIDE, TIME, KNOWN_AT = range(4)
"""Places of a run's whole numbers: its different prices, none before the first trade, the side
of its trades, the time of its last trade, and that of the trade that ended it."""
PRICE, SIZE = range(2)
"""Places of its other numbers: its last price, and the size of all its trades."""


def find_runs(
    time: Ints,
    price: Floats,
    size: Floats,
    side: Sides,
    least: int,
    within: int,
    whole: Ints,
    numbers: Floats,
) -> int:
    """Find the runs of `least` prices or more that have ended; return how many.

    A run has trades of one side, each at most `within` ms after the one before and at no better
    price for the aggressor. `whole[0]` and `numbers[0]` are the run under way, before and after
    the trades; those from 1 on, of which there are as many as trades, become the runs found.
    """
    count = 0
    for trade in range(len(time)):
        change = (price[trade] - numbers[0, PRICE]) * side[trade]
        goes_on = (
            whole[0, LEVELS] > 0
            and side[trade] == whole[0, SIDE]
            and time[trade] - whole[0, TIME] <= within
            and change >= 0
        )
        if goes_on:
            whole[0, LEVELS] += int(change != 0)
            numbers[0, SIZE] += size[trade]
        else:
            if whole[0, LEVELS] >= least:
                count += 1
                whole[0, KNOWN_AT] = time[trade]
                for place in range(whole.shape[1]):
                    whole[count, place] = whole[0, place]
                for place in range(numbers.shape[1]):
                    numbers[count, place] = numbers[0, place]
            whole[0, LEVELS] = 1
            whole[0, SIDE] = side[trade]
            numbers[0, SIZE] = size[trade]
        whole[0, TIME] = time[trade]
        numbers[0, PRICE] = price[trade]
    return count
