"""Numbers for people."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, log10

from orderflow_core.contract import facts

MOST_DECIMALS = 8


def decimals_of(prices: Iterable[float]) -> int:
    """Return how many decimals the prices are quoted in."""
    return max(map(facts.decimals_of, prices), default=0)


def decimals_for(values: Iterable[float | None], digits: int = 4) -> int:
    """Return the decimals that show the largest value with so many digits."""
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    if largest == 0:
        return 0
    return min(max(digits - 1 - floor(log10(largest)), 0), MOST_DECIMALS)


def number(value: float | None, decimals: int, *, signed: bool = False) -> str:
    """Return a number with thousands set apart, or a dash for none."""
    if value is None:
        return "–"
    return f"{value:{'+' if signed else ''},.{decimals}f}".replace("-", "−")
