"""Volumes by price and their value area, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

from orderflow_core import Bools, Floats, Ints


def add_trades(row: Ints, size: Floats, sold: Bools, low: int, values: Floats) -> None:
    """Add trades to `values` `[rows, 2]`, buys and sells, whose first row is `low`."""
    for trade in range(len(row)):
        values[row[trade] - low, 1 if sold[trade] else 0] += size[trade]


def value_area(volumes: Floats, share: float, rows: int) -> tuple[int, int, int]:
    """Return the lowest row of the value area, the point of control, and the highest row.

    It grows from the point of control, so many rows at once towards the larger volume, until it
    holds `share` of all; ties go up. The first and the last of the volumes are not 0.
    """
    count = len(volumes)
    control = 0
    total = 0.0
    for row in range(count):
        total += volumes[row]
        if volumes[row] >= volumes[control]:
            control = row
    low = control
    high = control
    held = volumes[control]
    while held < share * total and (low > 0 or high < count - 1):
        above = 0.0
        for row in range(high + 1, min(high + rows, count - 1) + 1):
            above += volumes[row]
        below = 0.0
        for row in range(max(low - rows, 0), low):
            below += volumes[row]
        if high < count - 1 and (above >= below or low == 0):
            high = min(high + rows, count - 1)
            held += above
        else:
            low = max(low - rows, 0)
            held += below
    return low, control, high
