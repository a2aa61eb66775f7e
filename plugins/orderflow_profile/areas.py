"""Volumes by price and their value areas, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

from orderflow_core import Bools, Floats, Ints

LOW, CONTROL, HIGH = range(3)

_AS_MUCH = 1 - 1e-12
"""Sums that differ by less are equal: 0.1 and 0.2 are as much as 0.3, which floats are not."""


def value_areas(
    starts: Ints,
    row: Ints,
    size: Floats,
    sold: Bools,
    values: Floats,
    share: float,
    step: int,
    areas: Ints,
) -> None:
    """Add trades to `values` `[rows, 2]`, buys and sells, bar by bar, with the area after each.

    Bar b has the trades from `starts[b]` to `starts[b + 1]`, one or more; `areas[b]` gets the
    lowest row of the value area, the point of control, and the highest row. It grows from the point
    of control, `step` rows at once towards the larger volume, until it holds `share` of all; ties
    go up. Rows outside of all trades are no part of it.
    """
    first = 0
    last = len(values) - 1
    for bar in range(len(areas)):
        for trade in range(starts[bar], starts[bar + 1]):
            at = row[trade]
            values[at, 1 if sold[trade] else 0] += size[trade]
            first = min(first, at)
            last = max(last, at)
        while values[first, 0] + values[first, 1] == 0:
            first += 1
        while values[last, 0] + values[last, 1] == 0:
            last -= 1
        control = first
        total = 0.0
        held = 0.0
        for at in range(first, last + 1):
            volume = values[at, 0] + values[at, 1]
            total += volume
            if volume >= held * _AS_MUCH:
                control = at
                held = volume
        low = down = control  # `down` and `up` are how far below and above are summed
        high = up = control
        above = 0.0
        below = 0.0
        wanted = share * total * _AS_MUCH
        while held < wanted and (low > first or high < last):
            if up == high:
                up = min(high + step, last)
                above = 0.0
                for at in range(high + 1, up + 1):
                    above += values[at, 0] + values[at, 1]
            if down == low:
                down = max(low - step, first)
                below = 0.0
                for at in range(down, low):
                    below += values[at, 0] + values[at, 1]
            if high < last and (above >= below * _AS_MUCH or low == first):
                high = up
                held += above
            else:
                low = down
                held += below
        areas[bar, LOW], areas[bar, CONTROL], areas[bar, HIGH] = low, control, high
