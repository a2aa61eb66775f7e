"""One side of an order book."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, TypeAlias

import numpy as np

from orderflow_core import Bools, Floats, Ints, load_kernels

Updates: TypeAlias = tuple[Ints, Floats, Floats]
"""Offsets `[n + 1]` of n rows, prices and sizes of their updates; size 0 deletes."""
SORTING = 32
"""Sorting a row into the book costs as much as moving each of its levels and the book's so often.

What is left of a row that has moved more is sorted in, so that a row costs at most twice as much
as it must, in whatever order its levels are.
"""
SPARE = 1 << 10


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
        self,
        snapshot: Bools,
        updates: Updates,
        best_price: Floats,
        best_size: Floats,
        before: Floats,
    ) -> None:
        """Apply each row's updates and fill the matrices `[n, levels]`, the best level last.

        `before` gets the size that each update found at its price. Before a snapshot row all
        levels are forgotten. Missing levels are NaN and 0.
        """
        offset, price, size = (column.tolist() for column in updates)
        levels = best_price.shape[1]
        best_price[:], best_size[:] = np.nan, 0.0
        for row, clear in enumerate(snapshot.tolist()):
            if clear:
                self._keys.clear()
                self._sizes.clear()
            new = slice(offset[row], offset[row + 1])
            before[new] = self._apply([self._sign * key for key in price[new]], size[new])
            there = min(levels, len(self._keys))
            if there:
                best_price[row, -there:] = [self._sign * key for key in self._keys[-there:]]
                best_size[row, -there:] = self._sizes[-there:]

    def _apply(self, keys: list[float], sizes: list[float]) -> list[float]:
        """Apply a row's updates and return the sizes that they found."""
        moved = 0
        most = SORTING * (len(self._keys) + len(keys) + SPARE)
        before: list[float] = []
        for update, (key, size) in enumerate(zip(keys, sizes, strict=True)):
            if moved > most:
                return before + self._merge(keys[update:], sizes[update:])
            better, found = self._update(key, size)
            moved += better
            before.append(found)
        return before

    def _merge(self, keys: list[float], sizes: list[float]) -> list[float]:
        book = dict(zip(self._keys, self._sizes, strict=True))
        before = []
        for key, size in zip(keys, sizes, strict=True):
            before.append(book.get(key, 0.0))
            book[key] = size
        self._keys = sorted(key for key, size in book.items() if size != 0)
        self._sizes = [book[key] for key in self._keys]
        return before

    def _update(self, key: float, size: float) -> tuple[int, float]:
        """Apply one update and return how many levels moved, and the size that it found."""
        place = bisect_left(self._keys, key)
        better = len(self._keys) - place
        known = better > 0 and self._keys[place] == key
        found = self._sizes[place] if known else 0.0
        if size == 0:
            if not known:
                return 0, found
            del self._keys[place], self._sizes[place]
        elif known:
            self._sizes[place] = size
            return 0, found
        else:
            self._keys.insert(place, key)
            self._sizes.insert(place, size)
        return better, found


class CompiledLadder:
    """The same in arrays that grow, for the kernel.

    Where the kernel stops at a row that it has no room for, or that moves too much, what is left
    of the row is merged here.
    """

    def __init__(self, sign: int, kernels: Any) -> None:
        self._sign = sign
        self._kernel = kernels.best_after_rows
        self._keys: Floats = np.empty(0)
        self._sizes: Floats = np.empty(0)
        self._places: Ints = np.empty(0, np.int64)
        self._count = 0

    def best_after_rows(
        self,
        snapshot: Bools,
        updates: Updates,
        best_price: Floats,
        best_size: Floats,
        before: Floats,
    ) -> None:
        """Do what `Ladder.best_after_rows` does."""
        row, rows = 0, len(snapshot)
        while row < rows:
            begun = row
            row, update, self._count = self._kernel(
                self._keys,
                self._sizes,
                self._count,
                self._sign,
                row,
                snapshot,
                *updates,
                best_price,
                best_size,
                before,
                self._places,
            )
            if row < rows and (row == begun or update > updates[0][row]):
                new = slice(update, updates[0][row + 1])
                before[new] = self._merge(updates[1][new], updates[2][new])
                self._fill(best_price[row], best_size[row])
                row += 1

    def _merge(self, price: Floats, size: Floats) -> Floats:
        """Sort new levels into the book, of each price the newest, and make room for more.

        Returns the sizes that they found.
        """
        keys = np.append(self._keys[: self._count], self._sign * price)
        sizes = np.append(self._sizes[: self._count], size)
        order = np.argsort(keys, kind="stable")
        again = keys[order][1:] == keys[order][:-1]
        before = np.zeros(len(keys))
        before[order[1:][again]] = sizes[order[:-1][again]]
        newest = order[np.append(~again, True)] if len(order) else order
        kept = newest[sizes[newest] != 0]
        added = before[self._count :]
        self._count = len(kept)
        room = 2 * self._count + SPARE
        self._keys, self._sizes, self._places = *np.empty((2, room)), np.empty(room, np.int64)
        self._keys[: self._count] = keys[kept]
        self._sizes[: self._count] = sizes[kept]
        return added

    def _fill(self, best_price: Floats, best_size: Floats) -> None:
        """Fill a row `[levels]`, the best level last."""
        there = min(len(best_price), self._count)
        empty, best = slice(len(best_price) - there), slice(self._count - there, self._count)
        best_price[empty], best_size[empty] = np.nan, 0.0
        best_price[empty.stop :] = self._sign * self._keys[best]
        best_size[empty.stop :] = self._sizes[best]


def make_ladders() -> tuple[Ladder, Ladder] | tuple[CompiledLadder, CompiledLadder]:
    """Return the sides of an empty book, bids and asks, compiled where that can be."""
    kernels = load_kernels("orderflow_book.kernel")
    if kernels is None:
        return Ladder(1), Ladder(-1)
    return CompiledLadder(1, kernels), CompiledLadder(-1, kernels)
