"""`Books`: the best levels after book rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, Self

import numpy as np

from orderflow_core.errors import EventError
from orderflow_core.events.columns import Bools, Floats, Ints, check_lengths, freeze

LEVELS = ("bid_price", "bid_size", "ask_price", "ask_size")
ORDERS = ("bid_orders", "ask_orders")


@dataclass(frozen=True, eq=False, kw_only=True)
class Books:
    """The best levels after each of n book rows, best first: matrices `[n, levels]`.

    Missing levels have a NaN price and size 0. `crossed` is true where the best bid is at or
    above the best ask, both present. `bid_before` and `ask_before` tell of the whole book: the
    size that stood at the price of each update of `BookWindows` just before it, 0 where there was
    none, as after a snapshot row has cleared the book. They are None where the publisher of the
    books does not tell them.

    `bid_orders` and `ask_orders` `[n, levels]` are how many orders stand at each level, NaN where
    that is not told and 0 where there is no level. They are None where no plugin has
    `order_counts`, or the publisher does not tell them.

    Raises EventError for columns that do not fit together, and for an infinite price or size.
    """

    instrument: str
    timestamp: Ints
    bid_price: Floats
    bid_size: Floats
    ask_price: Floats
    ask_size: Floats
    crossed: Bools
    sure: Bools
    bid_before: Floats | None = None
    ask_before: Floats | None = None
    bid_orders: Floats | None = None
    ask_orders: Floats | None = None

    def __post_init__(self) -> None:
        self._check_shapes()
        for name in LEVELS:
            if np.isinf(_in_memory_order(getattr(self, name))).any():
                raise EventError(f"Books: {name} has an infinite value; leave such a level out")

    @classmethod
    def of_updates(cls, **fields: Any) -> Self:
        """Return books of all their fields, with no levels but those of updates.

        These are known to be finite, and to look at each level again takes a fifth of the time in
        which a book is made.
        """
        made = object.__new__(cls)
        vars(made).update(fields)
        made._check_shapes()
        return made

    def _check_shapes(self) -> None:
        freeze(self)
        matrices = [*LEVELS, *(name for name in ORDERS if getattr(self, name) is not None)]
        check_lengths(self, len(self), "timestamp", "crossed", "sure")
        shapes = {getattr(self, name).shape for name in matrices}
        if len(shapes) > 1 or self.bid_price.ndim != 2 or not self.levels:
            raise EventError(f"Books: its matrices must be of one [n, levels], found {shapes}")
        if len(self.bid_price) != len(self):
            raise EventError(
                f"Books: bid_price has {len(self.bid_price)} rows where {len(self)} are needed"
            )

    def __len__(self) -> int:
        return len(self.timestamp)

    def __getitem__(self, index: int) -> Book:
        index = range(len(self))[index]
        return Book(int(self.timestamp[index]), self, index)

    def __iter__(self) -> Iterator[Book]:
        return map(Book, self.timestamp.tolist(), repeat(self), range(len(self)))

    @property
    def levels(self) -> int:
        """How many levels a side are carried."""
        return int(self.bid_price.shape[1])

    @property
    def best_bid(self) -> Floats:
        """Best bid prices `[n]`, NaN where there is no bid."""
        return self.bid_price[:, 0]

    @property
    def best_ask(self) -> Floats:
        """Best ask prices `[n]`, NaN where there is no ask."""
        return self.ask_price[:, 0]

    @property
    def mid(self) -> Floats:
        """Mid prices `[n]`, NaN where a side is empty."""
        return (self.best_bid + self.best_ask) / 2

    @property
    def spread(self) -> Floats:
        """Quoted spreads `[n]`, NaN where a side is empty."""
        return self.best_ask - self.best_bid

    @cached_property
    def _best_bids(self) -> list[float]:
        prices: list[float] = self.best_bid.tolist()
        return prices

    @cached_property
    def _best_asks(self) -> list[float]:
        prices: list[float] = self.best_ask.tolist()
        return prices


def _in_memory_order(matrix: Floats) -> Floats:
    """Return a matrix, turned round where its rows lie backwards: that is six times as quick."""
    return matrix[:, ::-1] if matrix.strides[1] < 0 else matrix


def _row(matrix: Floats, index: int) -> Floats:
    row: Floats = matrix[index]
    return row


def _row_or_none(matrix: Floats | None, index: int) -> Floats | None:
    return None if matrix is None else _row(matrix, index)


class Book:
    """The best levels after one book row, best first."""

    __slots__ = ("_books", "_index", "_timestamp")

    def __init__(self, timestamp: int, books: Books, index: int) -> None:
        self._timestamp = timestamp
        self._books = books
        self._index = index

    @property
    def timestamp(self) -> int:
        """The row's time, in ms."""
        return self._timestamp

    @property
    def instrument(self) -> str:
        """The instrument's name."""
        return self._books.instrument

    @property
    def bid_price(self) -> Floats:
        """Bid prices `[levels]`, best first, NaN where there is no level."""
        return _row(self._books.bid_price, self._index)

    @property
    def bid_size(self) -> Floats:
        """Bid sizes `[levels]`, 0 where there is no level."""
        return _row(self._books.bid_size, self._index)

    @property
    def ask_price(self) -> Floats:
        """Ask prices `[levels]`, best first, NaN where there is no level."""
        return _row(self._books.ask_price, self._index)

    @property
    def ask_size(self) -> Floats:
        """Ask sizes `[levels]`, 0 where there is no level."""
        return _row(self._books.ask_size, self._index)

    @property
    def bid_orders(self) -> Floats | None:
        """How many orders stand at each bid, best first, NaN where that is not told."""
        return _row_or_none(self._books.bid_orders, self._index)

    @property
    def ask_orders(self) -> Floats | None:
        """How many orders stand at each ask, best first, NaN where that is not told."""
        return _row_or_none(self._books.ask_orders, self._index)

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        return bool(self._books.crossed[self._index])

    @property
    def sure(self) -> bool:
        """Whether no update before this row is known to be missing."""
        return bool(self._books.sure[self._index])

    @property
    def best_bid(self) -> float:
        """The best bid price, NaN where there is no bid."""
        return self._books._best_bids[self._index]

    @property
    def best_ask(self) -> float:
        """The best ask price, NaN where there is no ask."""
        return self._books._best_asks[self._index]

    @property
    def mid(self) -> float:
        """The mid price, NaN where a side is empty."""
        return (self.best_bid + self.best_ask) / 2

    @property
    def spread(self) -> float:
        """The quoted spread, NaN where a side is empty."""
        return self.best_ask - self.best_bid

    def at(self, time: int) -> Book:
        """Return the same levels as those of another time, in ms."""
        return Book(time, self._books, self._index)

    def __repr__(self) -> str:
        return f"Book({self.timestamp}, best_bid={self.best_bid}, best_ask={self.best_ask})"
