"""Which trade belongs to which bar, where trades close bars."""

from __future__ import annotations

from orderflow_core import Floats, Ints


def number_trades(steps: Floats, threshold: float, total: Floats, number: int, out: Ints) -> int:
    """Write the number of each trade's bar to `out`, `[k]`, and return that of the open bar.

    A bar closes with the trade at which the sum of its `steps`, of either sign, reaches the
    threshold. `total[0]` is the sum of the open bar so far, `number` its number. It is compiled in
    `kernel.py`.
    """
    for trade in range(len(steps)):
        out[trade] = number
        total[0] += steps[trade]
        if abs(total[0]) >= threshold:
            total[0] = 0.0
            number += 1
    return number
