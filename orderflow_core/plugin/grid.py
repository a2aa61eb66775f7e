"""Numbers by price."""

from __future__ import annotations

import numpy as np

from orderflow_core.events import Floats

_MOST_ROWS = 1 << 24
_SPARE = 64


class PriceGrid:
    """Numbers in rows of prices, `[rows, channels]`, over all rows that have been reached.

    Attributes:
        low: the row of the first of the values; rows are whole numbers, such as ticks.
        values: `[rows, channels]`, 0 where nothing was added; written into as one likes.

    """

    def __init__(self, channels: int) -> None:
        self.low = 0
        self.values: Floats = np.zeros((0, channels))

    def reach(self, low: int, high: int) -> None:
        """Have rows from `low` to `high`, both included, besides those that are there."""
        rows, channels = self.values.shape
        if rows and self.low <= low and high < self.low + rows:
            return
        if rows:
            low, high = min(low - _SPARE, self.low), max(high + _SPARE, self.low + rows - 1)
        if high - low >= _MOST_ROWS:
            raise ValueError(
                f"prices from row {low:,} to row {high:,} are too far apart for one picture: "
                "set a larger tick, or more ticks a row"
            )
        grown = np.zeros((high - low + 1, channels))
        grown[self.low - low : self.low - low + rows] = self.values
        self.low, self.values = low, grown

    def clear(self) -> None:
        """Forget all rows."""
        self.low, self.values = 0, np.zeros((0, self.values.shape[1]))

    def used(self) -> tuple[int, Floats]:
        """Return the first row that is not all 0, and the values from there to the last one."""
        there = self.values.reshape(-1) != 0
        if not there.any():
            return self.low, self.values[:0]
        channels = self.values.shape[1]
        first = int(there.argmax()) // channels
        stop = len(self.values) - int(there[::-1].argmax()) // channels
        return self.low + first, self.values[first:stop]
