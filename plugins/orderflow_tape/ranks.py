"""Ranks among the last sizes, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

from math import ceil

import numpy as np

from orderflow_core import Bools, Floats, Ints


def mark_large(
    size: Floats, rank: int, recent: Floats, ordered: Floats, seen: Ints, large: Bools
) -> None:
    """Set for each trade whether its size is at or above the `rank`-th of the last ones.

    `recent` is a ring of the last sizes and `ordered` the same, ascending; `seen[0]` counts all
    trades. Before the ring is full no trade is large.
    """
    room = len(recent)
    for trade in range(len(size)):
        new = size[trade]
        count = min(seen[0], room)
        large[trade] = count == room and new >= ordered[rank - 1]
        place = seen[0] % room
        gone = count
        if count == room:
            gone = np.searchsorted(ordered, recent[place])
        at = np.searchsorted(ordered[:count], new)
        if at > gone:
            at -= 1
            for move in range(gone, at):
                ordered[move] = ordered[move + 1]
        else:
            for move in range(gone, at, -1):
                ordered[move] = ordered[move - 1]
        ordered[at] = new
        recent[place] = new
        seen[0] += 1


def nearest_rank(count: int, quantile: float) -> int:
    """Return the rank of a quantile among so many values, from 1: ceil(q n)."""
    return max(1, ceil(quantile * count - 1e-9))
