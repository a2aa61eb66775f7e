"""Volumes by price and their value area, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

from orderflow_core import Bools, Floats, Ints


def add_trades(row: Ints, size: Floats, sold: Bools, low: int, values: Floats) -> None:
    """Add trades to `values` `[rows, 2]`, buys and sells, whose first row is `low`."""
    for trade in range(len(row)):
        values[row[trade] - low, 1 if sold[trade] else 0] += size[trade]


def value_area(values: Floats, share: float, rows: int) -> tuple[int, int, int]:
    """Return the lowest row of the value area, the point of control, and the highest row.

    It grows from the point of control, so many rows at once towards the larger volume, until it
    holds `share` of all, buys and sells `[rows, 2]`; ties go up. Rows outside of all trades are no
    part of it.
    """
    first = len(values)
    last = 0
    control = 0
    total = 0.0
    held = 0.0
    for row in range(len(values)):
        volume = values[row, 0] + values[row, 1]
        if volume == 0:
            continue
        first = min(first, row)
        last = row
        total += volume
        if volume >= held:
            control = row
            held = volume
    low = control
    high = control
    while held < share * total and (low > first or high < last):
        above = 0.0
        for row in range(high + 1, min(high + rows, last) + 1):
            above += values[row, 0] + values[row, 1]
        below = 0.0
        for row in range(max(low - rows, first), low):
            below += values[row, 0] + values[row, 1]
        if high < last and (above >= below or low == first):
            high = min(high + rows, last)
            held += above
        else:
            low = max(low - rows, first)
            held += below
    return low, control, high
