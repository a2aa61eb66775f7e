"""Trades into a footprint, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

from orderflow_core import Floats, Ints, Sides


def add_trades(
    row: Ints, size: Floats, side: Sides, low: int, values: Floats, control: int, out: Ints
) -> int:
    """Add trades to `values` `[rows, 2]`, buys and sells, whose first row is `low`.

    `control` is the point of control so far, any row before the first trade; `out[k]` gets it
    after each trade, and the last is returned. Of equal volumes the higher price is it.
    """
    for trade in range(len(row)):
        at = row[trade] - low
        if side[trade] > 0:
            values[at, 0] += size[trade]
        else:
            values[at, 1] += size[trade]
        volume = values[at, 0] + values[at, 1]
        best = values[control - low, 0] + values[control - low, 1]
        if volume > best or (volume == best and row[trade] > control):
            control = row[trade]
        out[trade] = control
    return control
