"""The two parts of the effective spread, in plain Python; `kernel.py` compiles them."""

from __future__ import annotations

import numpy as np

from orderflow_core import Floats, Ints


def parts(
    rows: Ints,
    mids: Floats,
    due: Ints,
    price: Floats,
    side: Floats,
    before: Floats,
    known_at: Ints,
    realised: Floats,
    impact: Floats,
) -> None:
    """Fill the last three `[k]` for trades whose horizons, `due`, lie before the last of `rows`.

    `mids` are those of the rows, and `before` the ones before the trades. A sample is known at the
    first row after the horizon; NaN where either mid is missing.
    """
    row = 0
    for trade in range(len(due)):
        while rows[row] <= due[trade]:
            row += 1
        after = mids[row - 1] if row else np.nan
        moved = after - before[trade]
        known_at[trade] = rows[row]
        impact[trade] = 2 * side[trade] * moved
        paid = price[trade] - after if moved == moved else np.nan
        realised[trade] = 2 * side[trade] * paid
