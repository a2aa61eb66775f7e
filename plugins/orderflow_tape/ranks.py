"""Ranks among the last sizes, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

from math import ceil

import numpy as np

from orderflow_core import Bools, Floats, Ints

SEEN, BELOW, UP_TO = range(3)
"""Places of `counts`: all trades, and of the ring those below the threshold and those up to it."""


def fill_ring(size: Floats, rank: int, ring: Floats, threshold: Floats, counts: Ints) -> int:
    """Put sizes into a ring that is not full yet, and return how many; none of them is large.

    Once the ring is full, `threshold[0]` is the `rank`-th smallest of what is in it.
    """
    seen = int(counts[SEEN])
    taken = min(max(len(ring) - seen, 0), len(size))
    if taken:
        ring[seen : seen + taken] = size[:taken]
        counts[SEEN] += taken
        if counts[SEEN] == len(ring):
            threshold[0] = np.sort(ring)[rank - 1]
            counts[BELOW] = np.count_nonzero(ring < threshold[0])
            counts[UP_TO] = np.count_nonzero(ring <= threshold[0])
    return taken


def mark_large(
    size: Floats, rank: int, ring: Floats, threshold: Floats, counts: Ints, large: Bools
) -> None:
    """Set for each trade whether its size is at or above the `rank`-th of the last ones.

    `ring` holds the last sizes and `threshold[0]` the `rank`-th smallest of them. The threshold
    stays while fewer than `rank` sizes are below it and `rank` or more up to it; where a trade
    changes that, it goes on to its neighbour in the ring.
    """
    room = len(ring)
    for trade in range(len(size)):
        new = size[trade]
        large[trade] = new >= threshold[0]
        place = counts[SEEN] % room
        gone = ring[place]
        ring[place] = new
        counts[SEEN] += 1
        counts[BELOW] += int(new < threshold[0]) - int(gone < threshold[0])
        counts[UP_TO] += int(new <= threshold[0]) - int(gone <= threshold[0])
        falls = counts[BELOW] >= rank
        if falls or counts[UP_TO] < rank:
            nearest = -np.inf if falls else np.inf
            equal = 0
            for other in range(room):
                each = ring[other]
                beyond = each < threshold[0] if falls else each > threshold[0]
                nearer = each > nearest if falls else each < nearest
                if beyond and nearer:
                    nearest = each
                    equal = 0
                equal += int(each == nearest)
            if falls:
                counts[UP_TO] = counts[BELOW]
                counts[BELOW] -= equal
            else:
                counts[BELOW] = counts[UP_TO]
                counts[UP_TO] += equal
            threshold[0] = nearest


def nearest_rank(count: int, quantile: float) -> int:
    """Return the rank of a quantile among so many values, from 1: ceil(q n)."""
    return max(1, ceil(quantile * count - 1e-9))
