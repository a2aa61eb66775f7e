"""VWAP trade by trade, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats, Ints


def averages(
    times: Ints,
    price: Floats,
    size: Floats,
    origin: float,
    bands: float,
    session_ms: int,
    start_ms: int,
    begun: Ints,
    sums: Floats,
    average: Floats,
    upper: Floats,
    lower: Floats,
) -> None:
    """Fill the VWAP and its bands `[k]` after each trade, over the trades of its session so far.

    Sessions of `session_ms` (0: one that never ends) begin `start_ms` after a whole multiple of
    it; `begun[0]` is the number of the one under way. `sums` hold its volume, and the first and
    second moment of its prices about `origin`, as squares of large numbers that lie close together
    would leave nothing of their difference.
    """
    for trade in range(len(times)):
        session = (times[trade] - start_ms) // session_ms if session_ms > 0 else 0
        if session != begun[0]:
            begun[0] = session
            sums[:] = 0.0
        offset = price[trade] - origin
        moment = size[trade] * offset
        sums[0] += size[trade]
        sums[1] += moment
        sums[2] += moment * offset
        mean = sums[1] / sums[0]
        width = bands * np.sqrt(max(sums[2] / sums[0] - mean * mean, 0.0))
        average[trade] = origin + mean
        upper[trade] = average[trade] + width
        lower[trade] = average[trade] - width
