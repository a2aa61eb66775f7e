"""States of the touch and the steps between them, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

import numpy as np

from orderflow_core import Bools, Floats, Ints


def states(
    bid_price: Floats,
    bid_size: Floats,
    ask_price: Floats,
    ask_size: Floats,
    crossed: Bools,
    tick: float,
    buckets: int,
    spreads: int,
    state: Ints,
    mid: Floats,
) -> None:
    """Fill `state` and `mid` `[n]` from the matrices of both sides.

    A state is an imbalance of so many `buckets` within a spread of up to so many ticks, -1 where a
    side is empty or the book is crossed.
    """
    for row in range(len(mid)):
        bid, ask = bid_size[row, 0], ask_size[row, 0]
        mid[row] = (bid_price[row, 0] + ask_price[row, 0]) / 2
        state[row] = -1
        if bid > 0 and ask > 0 and not crossed[row]:
            bucket = min(int(bid / (bid + ask) * buckets), buckets - 1)
            spread = int(np.rint((ask_price[row, 0] - bid_price[row, 0]) / tick))
            state[row] = (min(max(spread, 1), spreads) - 1) * buckets + bucket


def count_steps(
    state: Ints, mid: Floats, follows: Bools, tick: float, before: int, last: float, counts: Floats
) -> None:
    """Add the steps to each row to `counts` `[moves, states, states]`.

    `before` and `last` are state and mid of the row before the first. A move is one of the mid in
    half-ticks, the middle one of the odd number of moves being none; larger ones are left out.
    """
    still = len(counts) // 2
    for row in range(len(state)):
        if follows[row] and before >= 0 and state[row] >= 0:
            move = np.rint((mid[row] - last) / tick * 2)
            if -still <= move <= still:
                counts[int(move) + still, before, state[row]] += 1.0
        before = state[row]
        last = mid[row]
