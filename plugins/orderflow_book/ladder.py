"""One side of an order book."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, TypeAlias

import numpy as np

from orderflow_core.events import Bools, Floats, Ints
from orderflow_core.plugin.kernels import load_kernels

Updates: TypeAlias = tuple[Ints, Floats, Floats]
"""Offsets `[n + 1]` of n rows, prices and sizes of their updates; size 0 deletes."""


class Ladder:
    """Price to size, with the prices kept in order, the best one last, in plain Python.

    `sign` is 1 for bids and -1 for asks: a key is sign * price, so that the best key is the
    highest on either side and updates near the touch move little.
    """

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[float] = []
        self._sizes: list[float] = []

    def best_after_rows(
        self, snapshot: Bools, updates: Updates, best_price: Floats, best_size: Floats
    ) -> None:
        """Apply each row's updates and fill the matrices `[n, levels]`, the best level last.

        Before a snapshot row all levels are forgotten. Missing levels are NaN and 0.
        """
        offset, price, size = (column.tolist() for column in updates)
        levels = best_price.shape[1]
        best_price[:], best_size[:] = np.nan, 0.0
        for row, clear in enumerate(snapshot.tolist()):
            if clear:
                self._keys.clear()
                self._sizes.clear()
            for update in range(offset[row], offset[row + 1]):
                self._update(price[update], size[update])
            there = min(levels, len(self._keys))
            if there:
                best_price[row, -there:] = [self._sign * key for key in self._keys[-there:]]
                best_size[row, -there:] = self._sizes[-there:]

    def _update(self, price: float, size: float) -> None:
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


class CompiledLadder:
    """The same in arrays that grow, for the kernel."""

    def __init__(self, sign: int, kernels: Any) -> None:
        self._sign = sign
        self._kernel = kernels.best_after_rows
        self._keys = np.empty(0)
        self._sizes = np.empty(0)
        self._count = 0

    def best_after_rows(
        self, snapshot: Bools, updates: Updates, best_price: Floats, best_size: Floats
    ) -> None:
        """Do what `Ladder.best_after_rows` does."""
        self._make_room(len(updates[1]))
        self._count = self._kernel(
            self._keys,
            self._sizes,
            self._count,
            self._sign,
            snapshot,
            *updates,
            best_price,
            best_size,
        )

    def _make_room(self, levels: int) -> None:
        needed = self._count + levels
        if needed > len(self._keys):
            self._keys = np.resize(self._keys, 2 * needed)
            self._sizes = np.resize(self._sizes, 2 * needed)


def make_ladders() -> tuple[Ladder, Ladder] | tuple[CompiledLadder, CompiledLadder]:
    """Return the sides of an empty book, bids and asks, compiled where that can be."""
    kernels = load_kernels("orderflow_book.kernel")
    if kernels is None:
        return Ladder(1), Ladder(-1)
    return CompiledLadder(1, kernels), CompiledLadder(-1, kernels)
