"""One side of an order book."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from orderflow_core import Bools, Floats, Ints, load_kernels

SORTING = 32
"""Sorting a row into the book costs as much as moving each of its levels and the book's so often.

What is left of a row that has moved more is sorted in, so that a row costs at most twice as much
as it must, in whatever order its levels are.
"""
SPARE = 1 << 10
LEAST = np.iinfo(np.int64).min


class Updates(NamedTuple):
    """Those of n rows: offsets `[n + 1]`, and of each its price and size, of which 0 deletes.

    `orders` are how many orders stand there then, where that is asked for.
    """

    offset: Ints
    price: Floats
    size: Floats
    orders: Floats | None = None


class Best(NamedTuple):
    """The size that each update found, and matrices `[n, levels]` of what is best after each row.

    The best level comes last. Missing levels are NaN and 0.
    """

    before: Floats
    price: Floats
    size: Floats
    orders: Floats | None = None


class Ladder:
    """Price to size, with the prices kept in order, the best one last, in plain Python.

    `sign` is 1 for bids and -1 for asks: a key is sign * price, so that the best key is the
    highest on either side and updates near the touch move little.
    """

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[float] = []
        self._sizes: list[float] = []
        self._orders: dict[float, float] = {}

    def best_after_rows(self, snapshot: Bools, updates: Updates, best: Best) -> None:
        """Apply each row's updates and fill what is best then.

        Before a snapshot row all levels are forgotten.
        """
        offset, price, size = (column.tolist() for column in updates[:3])
        levels = best.price.shape[1]
        best.price[:], best.size[:] = np.nan, 0.0
        for row, clear in enumerate(snapshot.tolist()):
            if clear:
                self._keys.clear()
                self._sizes.clear()
            new = slice(offset[row], offset[row + 1])
            keys = [self._sign * key for key in price[new]]
            best.before[new] = self._apply(keys, size[new])
            there = min(levels, len(self._keys))
            if there:
                found = self._keys[-there:]
                best.price[row, -there:] = [self._sign * key + 0.0 for key in found]  # no -0.0
                best.size[row, -there:] = self._sizes[-there:]
            if updates.orders is not None and best.orders is not None:
                self._orders.update(zip(keys, updates.orders[new].tolist(), strict=True))
                orders = [self._orders[key] for key in self._keys[-levels:]]
                best.orders[row] = [0.0] * (levels - there) + orders
        if self._orders:
            self._orders = {key: self._orders[key] for key in self._keys}

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
    """The same in arrays that grow, for the kernel: that of orders where they are `counted`.

    Keys are integers here, in whose order they are, as a processor compares two of them in half
    the time. Where the kernel stops at a row that it has no room for, or that moves too much, what
    is left of the row is merged here.
    """

    def __init__(self, sign: int, kernels: Any, counted: bool) -> None:
        self._flip = 0 if sign > 0 else -1
        self._kernel = kernels.best_after_rows
        self._keys: Ints = np.empty(0, np.int64)
        self._values: Floats = np.empty((2 if counted else 1, 0))  # sizes, orders
        self._room: Ints = np.empty((2, 0), np.int64)
        self._count = 0

    def best_after_rows(self, snapshot: Bools, updates: Updates, best: Best) -> None:
        """Do what `Ladder.best_after_rows` does."""
        row, rows = 0, len(snapshot)
        before, price, *values = best
        while row < rows:
            begun = row
            sizes, *orders = self._values
            row, update, self._count = self._kernel(
                *(self._keys, sizes, *(orders or [None]), self._count, self._flip, row, snapshot),
                *(*updates, before, price.view(np.int64), *values, self._room),
            )
            if row < rows and (row == begun or update > updates.offset[row]):
                new = slice(update, updates.offset[row + 1])
                before[new] = self._merge(*_parts(updates[1:], new))
                self._fill(*_parts(best[1:], row))
                row += 1

    def _merge(self, price: Floats, *values: Floats) -> Floats:
        """Sort new levels into the book, of each price the newest, and make room for more.

        Returns the sizes that they found.
        """
        new = ordered(price.view(np.int64)) ^ self._flip
        keys = np.append(self._keys[: self._count], new)
        merged = np.hstack([self._values[:, : self._count], values])
        sizes = merged[0]
        order = np.argsort(keys, kind="stable")
        again = keys[order][1:] == keys[order][:-1]
        before = np.zeros(len(keys))
        before[order[1:][again]] = sizes[order[:-1][again]]
        newest = order[np.append(~again, True)] if len(order) else order
        kept = newest[sizes[newest] != 0]
        added = before[self._count :]
        self._count = len(kept)
        room = 2 * self._count + SPARE
        self._keys, self._room = np.empty(room, np.int64), np.empty((2, room), np.int64)
        self._values = np.empty((len(merged), room))
        self._keys[: self._count], self._values[:, : self._count] = keys[kept], merged[:, kept]
        return added

    def _fill(self, price: Floats, *values: Floats) -> None:
        """Fill a row `[levels]` of each matrix, the best level last."""
        there = min(len(price), self._count)
        empty, found = slice(len(price) - there), slice(self._count - there, self._count)
        price[empty] = np.nan
        price[empty.stop :] = ordered(self._keys[found] ^ self._flip).view(np.float64)
        for row, column in zip(values, self._values, strict=True):
            row[empty], row[empty.stop :] = 0.0, column[found]


def ordered(bits: Ints) -> Ints:
    """Return integers in the order of the floats of which these are the bits, and the other way.

    Two zeros, of which one is negative, are one.
    """
    return np.where(bits < 0, LEAST - bits, bits)


def make_ladder(sign: int, counted: bool) -> Ladder | CompiledLadder:
    """Return an empty side, compiled where that can be, with numbers of orders if `counted`."""
    kernels = load_kernels("orderflow_book.orders_kernel" if counted else "orderflow_book.kernel")
    return Ladder(sign) if kernels is None else CompiledLadder(sign, kernels, counted)


def _parts(columns: Iterable[Floats | None], part: slice | int) -> Iterator[Floats]:
    """Yield a part of each column that is there."""
    return (column[part] for column in columns if column is not None)
