"""One side of an order book."""

from __future__ import annotations

from bisect import bisect_left


class Side:
    """Price to size, with the prices kept in order, the best one last.

    `sign` is 1 for bids and -1 for asks: a key is sign * price, so that the best key is the
    highest on either side and updates near the touch move little.
    """

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[float] = []
        self._sizes: list[float] = []

    def clear(self) -> None:
        """Forget all levels."""
        self._keys.clear()
        self._sizes.clear()

    def update(self, price: float, size: float) -> None:
        """Set the level's size; 0 deletes the level, and is nothing for an unknown one."""
        key = self._sign * price
        place = bisect_left(self._keys, key)
        known = place < len(self._keys) and self._keys[place] == key
        if size == 0:
            if known:
                del self._keys[place], self._sizes[place]
        elif known:
            self._sizes[place] = size
        else:
            self._keys.insert(place, key)
            self._sizes.insert(place, size)

    def best(self, levels: int) -> tuple[list[float], list[float]]:
        """Return prices and sizes of the best levels there are, best first."""
        keys = self._keys[: -levels - 1 : -1]
        return [self._sign * key for key in keys], self._sizes[: -levels - 1 : -1]
