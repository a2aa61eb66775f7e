"""What goes trade by trade, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats, Ints, Sides

_ROUNDING = 1e-12
"""The part that sums of floats may be off by: eight sizes of 0.1 are 0.8."""


def observe(
    times: Ints,
    price: Floats,
    size: Floats,
    side: Sides,
    interval_ms: int,
    begun: Ints,
    state: Floats,
    out_times: Ints,
    out: Floats,
) -> int:
    """Add trades to intervals and return how many of these were closed by a later trade.

    `begun[0]` is the number of the interval under way, -1 for none; `state` holds its net
    aggressor volume, its turnover, its last price, that of the one before (NaN: none), and its
    volume. Row k of `out` gets net volume, turnover, change of price and return of a closed
    interval, and `out_times[k]` the time of the trade that closed it; the first of all is left out,
    as there is no price before it. A return on a price that is not above 0 is NaN.
    """
    count = 0
    for trade in range(len(times)):
        interval = times[trade] // interval_ms
        if interval != begun[0]:
            if begun[0] >= 0 and state[3] == state[3]:
                out_times[count] = times[trade]
                out[count, 0] = state[0] if abs(state[0]) > _ROUNDING * state[4] else 0.0
                out[count, 1] = state[1]
                out[count, 2] = state[2] - state[3]
                out[count, 3] = state[2] / state[3] - 1 if state[3] > 0 else np.nan
                count += 1
            if begun[0] >= 0:
                state[3] = state[2]
            begun[0] = interval
            state[0] = 0.0
            state[1] = 0.0
            state[4] = 0.0
        state[0] += side[trade] * size[trade]
        state[1] += price[trade] * size[trade]
        state[2] = price[trade]
        state[4] += size[trade]
    return count


def slopes(x: Floats, y: Floats, window: int, out: Floats) -> None:
    """Fill `out[k]` with the least-squares slope of y on x at `k ... k + window - 1`.

    NaN where all of x are equal, but for rounding.
    """
    for first in range(len(out)):
        mean_x = 0.0
        mean_y = 0.0
        for at in range(first, first + window):
            mean_x += x[at]
            mean_y += y[at]
        mean_x /= window
        mean_y /= window
        above = 0.0
        below = 0.0
        square = 0.0
        for at in range(first, first + window):
            square += x[at] * x[at]
            above += (x[at] - mean_x) * (y[at] - mean_y)
            below += (x[at] - mean_x) * (x[at] - mean_x)
        out[first] = above / below if below > _ROUNDING * _ROUNDING * square else np.nan


def ratios(returns: Floats, turnover: Floats, window: int, out: Floats) -> None:
    """Fill `out[k]` with the mean of |return| / turnover at `k ... k + window - 1`.

    NaN where one of these has no return, or a turnover that is not above 0.
    """
    for first in range(len(out)):
        total = 0.0
        for at in range(first, first + window):
            total += abs(returns[at]) / turnover[at] if turnover[at] > 0 else np.nan
        out[first] = total / window


def fill_buckets(
    times: Ints,
    size: Floats,
    side: Sides,
    volume: float,
    filled: Ints,
    state: Floats,
    imbalances: Floats,
    out_times: Ints,
    out: Floats,
    first: int,
) -> tuple[int, int]:
    """Fill buckets of `volume` from trade `first` on; return (samples, the next trade).

    `state` holds the volume and the delta of the bucket under way, and what is left of the first
    trade (0: all of it); `filled[0]` counts the full buckets, whose imbalances are kept in a
    ring. It stops where `out` is full. Of the buckets that one trade fills, all of them of one
    side, no more are filled than count.
    """
    count = 0
    buckets = len(imbalances)
    trade = first
    while trade < len(times):
        left = state[2] if state[2] > 0 else size[trade]
        while left >= volume - state[0] - _ROUNDING * volume:
            if state[0] == 0 and left > (buckets + 2) * volume:
                left = (buckets + 1) * volume + left % volume
            if count == len(out):
                state[2] = left
                return count, trade
            part = min(left, volume - state[0])
            imbalances[filled[0] % buckets] = min(volume, abs(state[1] + side[trade] * part))
            filled[0] += 1
            left -= part
            state[0] = 0.0
            state[1] = 0.0
            if filled[0] >= buckets:
                total = 0.0
                for bucket in range(buckets):
                    total += imbalances[bucket]
                out_times[count] = times[trade]
                out[count] = min(1.0, total / (buckets * volume))
                count += 1
        state[0] += left
        state[1] += side[trade] * left
        state[2] = 0.0
        trade += 1
    return count, trade
