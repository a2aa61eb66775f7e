"""Trades into footprints, and the stacks in one, in plain Python; `kernel.py` compiles it."""

from __future__ import annotations

from orderflow_core import Floats, Ints, Sides

_AS_MUCH = 1 - 1e-12
"""Sums that differ by less are equal: 0.1 and 0.2 are as much as 0.3, which floats are not."""


def add_trades(
    starts: Ints,
    row: Ints,
    size: Floats,
    side: Sides,
    low: Ints,
    place: Ints,
    values: Floats,
    control: Ints,
    delta: Floats,
    controls: Ints,
    deltas: Floats,
) -> None:
    """Add the trades of bars to `values` `[all rows, 2]`, buys and sells.

    Bar b has the trades from `starts[b]` to `starts[b + 1]`, and its row `low[b]` is at `place[b]`
    of the values. `control[b]` and `delta[b]` are its point of control, any of its rows before its
    first trade, and its delta so far; `controls[k]` and `deltas[k]` get both after each trade. Of
    equal volumes the higher price is the point of control.
    """
    for bar in range(len(low)):
        first, best, total = place[bar] - low[bar], control[bar], delta[bar]
        for trade in range(starts[bar], starts[bar + 1]):
            at = first + row[trade]
            if side[trade] > 0:
                values[at, 0] += size[trade]
            else:
                values[at, 1] += size[trade]
            volume = values[at, 0] + values[at, 1]
            most = values[first + best, 0] + values[first + best, 1]
            if volume * _AS_MUCH > most or (row[trade] > best and volume >= most * _AS_MUCH):
                best = row[trade]
            total += size[trade] * side[trade]
            controls[trade], deltas[trade] = best, total
        control[bar], delta[bar] = best, total


def find_stacks(values: Floats, ratio: float, lot: float, least: int, found: Ints) -> int:
    """Find stacks, at least so many neighbours, in buys and sells `[rows, 2]`; return how many.

    `found[k]` becomes the side of a stack (0 of buys, 1 of sells), its first row and its length. A
    row has an imbalance of buys at `ratio` times the sells one row below or more, of sells at so
    many times the buys one row above, at least a lot; the first and the last row have none.
    """
    count = 0
    for side in range(2):
        length = 0
        for row in range(1, len(values)):
            imbalanced = False
            if row < len(values) - 1:
                other = values[row - 1 + 2 * side, 1 - side]
                imbalanced = values[row, side] >= ratio * max(other, lot) * _AS_MUCH
            if imbalanced:
                length += 1
                continue
            if length >= least:
                found[count, 0] = side
                found[count, 1] = row - length
                found[count, 2] = length
                count += 1
            length = 0
    return count
