"""Columns of book rows and of trades, before their windows are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np

from orderflow_core.events import Bools, Floats, Ints, Sides, Texts, Trade
from orderflow_core.events.windows import orders_of, part

Level: TypeAlias = tuple[float, ...]
"""Price and size of an updated level, and how many orders stand at it where that is known."""


class BookRow(NamedTuple):
    """One book row: its level updates as price and size, size 0 for one that is gone.

    Where it is known how many orders stand at a level, that comes third.
    """

    timestamp: int
    bids: Sequence[Level]
    asks: Sequence[Level]
    snapshot: bool = False
    sure: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class BookRows:
    """Columns of n book rows, as `BookWindows` has them."""

    timestamp: Ints
    snapshot: Bools
    sure: Bools
    bid_offset: Ints
    bid_price: Floats
    bid_size: Floats
    ask_offset: Ints
    ask_price: Floats
    ask_size: Floats
    bid_orders: Floats | None = None
    ask_orders: Floats | None = None

    def __len__(self) -> int:
        return len(self.timestamp)

    def rows(self, start: int, stop: int) -> BookRows:
        """Return the rows `start` to `stop`."""
        if start == 0 and stop == len(self):
            return self
        bids = slice(self.bid_offset[start], self.bid_offset[stop])
        asks = slice(self.ask_offset[start], self.ask_offset[stop])
        return BookRows(
            timestamp=self.timestamp[start:stop],
            snapshot=self.snapshot[start:stop],
            sure=self.sure[start:stop],
            bid_offset=self.bid_offset[start : stop + 1] - self.bid_offset[start],
            bid_price=self.bid_price[bids],
            bid_size=self.bid_size[bids],
            ask_offset=self.ask_offset[start : stop + 1] - self.ask_offset[start],
            ask_price=self.ask_price[asks],
            ask_size=self.ask_size[asks],
            bid_orders=part(self.bid_orders, bids),
            ask_orders=part(self.ask_orders, asks),
        )

    @classmethod
    def joined(cls, chunks: Sequence[Self]) -> Self:
        """Return the rows of several chunks as one."""
        if len(chunks) == 1:
            return chunks[0]
        columns = _columns(cls, chunks)
        for side in ("bid", "ask"):
            columns[f"{side}_offset"] = _shifted(columns[f"{side}_offset"])
            orders = columns.pop(f"{side}_orders")
            if any(each is not None for each in orders):
                columns[f"{side}_orders"] = list(map(orders_of, columns[f"{side}_size"], orders))
        return cls(**{name: np.concatenate(column) for name, column in columns.items()})

    @classmethod
    def of(cls, rows: Sequence[BookRow]) -> Self:
        """Return rows as columns."""
        bid_offset, bid_price, bid_size, bid_orders = _side_columns([row.bids for row in rows])
        ask_offset, ask_price, ask_size, ask_orders = _side_columns([row.asks for row in rows])
        return cls(
            timestamp=np.array([row.timestamp for row in rows], np.int64),
            snapshot=np.array([row.snapshot for row in rows], np.bool_),
            sure=np.array([row.sure for row in rows], np.bool_),
            bid_offset=bid_offset,
            bid_price=bid_price,
            bid_size=bid_size,
            ask_offset=ask_offset,
            ask_price=ask_price,
            ask_size=ask_size,
            bid_orders=bid_orders,
            ask_orders=ask_orders,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class TradeRows:
    """Columns of n trades; `side` is +1 for an aggressor buy and -1 for a sell."""

    id: Ints
    trade_id: Texts
    price: Floats
    size: Floats
    side: Sides
    timestamp: Ints

    def __len__(self) -> int:
        return len(self.timestamp)

    def rows(self, start: int, stop: int | None = None) -> TradeRows:
        """Return the trades `start` to `stop`."""
        if start == 0 and stop in (None, len(self)):
            return self
        return TradeRows(**{name: getattr(self, name)[start:stop] for name in _names(TradeRows)})

    @classmethod
    def joined(cls, chunks: Sequence[Self]) -> Self:
        """Return the trades of several chunks as one."""
        if len(chunks) == 1:
            return chunks[0]
        return cls(**{name: _joined(column) for name, column in _columns(cls, chunks).items()})

    @classmethod
    def of(cls, trades: Sequence[Trade]) -> Self:
        """Return trades as columns."""
        return cls(
            id=np.array([trade.id for trade in trades], np.int64),
            trade_id=Texts.of(trade.trade_id for trade in trades),
            price=np.array([trade.price for trade in trades], np.float64),
            size=np.array([trade.size for trade in trades], np.float64),
            side=np.array([trade.side for trade in trades], np.int8),
            timestamp=np.array([trade.timestamp for trade in trades], np.int64),
        )


def _names(rows: type[Any]) -> Iterator[str]:
    return (field.name for field in fields(rows))


def _columns(rows: type[Any], chunks: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the pieces of each column."""
    return {name: [getattr(chunk, name) for chunk in chunks] for name in _names(rows)}


def _joined(pieces: Sequence[Any]) -> Any:
    return Texts.joined(pieces) if isinstance(pieces[0], Texts) else np.concatenate(pieces)


def _shifted(offsets: Sequence[Ints]) -> list[Ints]:
    """Return offsets of pieces such that, one after the other, they are those of the whole."""
    before = np.cumsum([0, *(int(offset[-1]) for offset in offsets[:-1])])
    first, *others = (offset + start for offset, start in zip(offsets, before, strict=True))
    return [first, *(offset[1:] for offset in others)]


def _side_columns(
    sides: Sequence[Sequence[Level]],
) -> tuple[Ints, Floats, Floats, Floats | None]:
    levels = [level for side in sides for level in side]
    offset: Ints = np.cumsum([0, *map(len, sides)])
    price, size = (np.array([level[place] for level in levels], np.float64) for place in (0, 1))
    orders = None
    if any(len(level) > 2 for level in levels):
        found = [level[2] if len(level) > 2 else np.nan for level in levels]
        orders = np.array(found, np.float64)
    return offset, price, size, orders
