"""The step of an instrument's prices."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from orderflow_core.contract.facts import decimals_of, infer_facts
from orderflow_core.events import BookWindows, Floats, Ints

_ENOUGH = 10
"""Fewer prices may all be multiples of a larger step than the tick."""
_MOST = 1 << 53
"""Of more ticks than this a float does not tell one from the next."""


class Ticks:
    """Prices as whole numbers of the instrument's tick.

    The tick is `given`, or found in the first book row that has levels: the largest step of which
    all its prices are multiples, or, where it has few, a one in their last decimal.

    Attributes:
        size: the tick, None until it is known.
        since: the time from which it is known, in ms; what was before is not to be counted, or a
            result would depend on the block.

    """

    def __init__(self, given: float | None = None) -> None:
        self.size = given
        self.since = np.iinfo(np.int64).min if given else np.iinfo(np.int64).max

    def see(self, windows: BookWindows) -> None:
        """Take a block's book rows, to find the tick where it is not known."""
        if self.size is not None:
            return
        levels = windows.bid_offset[1:] + windows.ask_offset[1:]
        with_levels = np.flatnonzero(levels)
        if len(with_levels):
            row = int(with_levels[0]) + 1
            bids = windows.bid_price[: windows.bid_offset[row]]
            asks = windows.ask_price[: windows.ask_offset[row]]
            self.size = _step(np.append(bids, asks))
            self.since = int(windows.timestamp[row - 1])

    def of(self, prices: Floats) -> Ints:
        """Return the nearest whole numbers of ticks, `[k]` as the prices, which are finite.

        Raises ValueError for a tick that is too small to count prices by.
        """
        assert self.size is not None, "see() gives the tick"
        ticks = np.rint(prices / self.size)
        if np.abs(ticks).max(initial=0.0) > _MOST:
            raise ValueError(
                f"a price of {np.abs(prices).max():g} is too many ticks of {self.size:g} to be "
                "told apart: set a larger tick"
            )
        return ticks.astype(np.int64)

    def price(self, ticks: Ints | int) -> Floats:
        """Return the prices of whole numbers of ticks, with no more decimals than the tick has."""
        assert self.size is not None, "see() gives the tick"
        prices: Floats = np.round(np.asarray(ticks) * self.size, _decimals(self.size))
        return prices

    def price_of(self, ticks: int) -> float:
        """Return the price of one whole number of ticks, in a tenth of the time."""
        assert self.size is not None, "see() gives the tick"
        factor = 10.0 ** _decimals(self.size)
        return float(round(ticks * self.size * factor) / factor)


_decimals = lru_cache(maxsize=64)(decimals_of)


def _step(prices: Floats) -> float:
    if len(prices) >= _ENOUGH:
        tick = infer_facts(prices.tolist(), ()).tick
        if tick is not None:
            return tick
    return float(f"1e-{max(map(decimals_of, prices.tolist()))}")
