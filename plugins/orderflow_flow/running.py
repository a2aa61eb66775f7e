"""Sums trade by trade, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

from orderflow_core import Floats, Ints, Sides


def imbalances(
    times: Ints,
    size: Floats,
    side: Sides,
    window_ms: int,
    begun: Ints,
    sums: Floats,
    by_volume: Floats,
    by_count: Floats,
) -> None:
    """Fill both `[k]` with the imbalance after each trade, of the trades of its window so far.

    `begun[0]` is the number of the window under way, and `sums` hold its net volume, its volume,
    its net count and its count.
    """
    for trade in range(len(times)):
        window = times[trade] // window_ms
        if window != begun[0]:
            begun[0] = window
            sums[:] = 0.0
        sums[0] += size[trade] * side[trade]
        sums[1] += size[trade]
        sums[2] += side[trade]
        sums[3] += 1.0
        by_volume[trade] = sums[0] / sums[1]
        by_count[trade] = sums[2] / sums[3]
