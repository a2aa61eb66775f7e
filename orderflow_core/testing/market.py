"""Small markets by hand: book rows, trades and bars in a line each, and blocks of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from orderflow_core.events import BUY, SELL, Bars, Block, MetricBars, Series, Span, Trade
from orderflow_core.streaming.join import join
from orderflow_core.streaming.rows import BookRow, BookRows, Level, TradeRows

INSTRUMENT = "TEST-USDT"
Pairs: TypeAlias = Sequence[Level]
Levels: TypeAlias = str | Pairs
"""Price and size of each level: `"100.0 x 5, 99.9 x 7"` or pairs of numbers.

A third number is how many orders stand there: `"100.0 x 5 (3)"`.
"""

Derived: TypeAlias = Bars | MetricBars
"""Bars of either kind: what both functions below return, so that a list of both has a type."""

_NUMBER = r"\s*([\d.eE+-]+)\s*"
_LEVEL = re.compile(rf"{_NUMBER}x{_NUMBER}(?:\({_NUMBER}\)\s*)?")
_METRIC_BAR = ("open", "high", "low", "close")
_PRICE_BAR = (*_METRIC_BAR, "volume")
_TRADE = re.compile(rf"{_NUMBER}\b(buy|sell)\b{_NUMBER}")


@dataclass(frozen=True)
class Moment:
    """Something that happens in a market: a book row or a trade."""

    timestamp: int


@dataclass(frozen=True)
class Row(Moment):
    """A book row: its level updates, and the best levels `after` it where a test gives them."""

    bids: Pairs
    asks: Pairs
    snapshot: bool = False
    sure: bool = True
    after: tuple[Pairs, Pairs] | None = None


@dataclass(frozen=True)
class Tick(Moment):
    """A trade; `side` is the aggressor's, +1 buy, -1 sell."""

    price: float
    size: float
    side: int


Market: TypeAlias = Iterable[Moment]


def update(
    timestamp: int,
    bids: Levels = (),
    asks: Levels = (),
    *,
    snapshot: bool = False,
    sure: bool = True,
) -> Row:
    """Return a book row of level updates, `"100.0 x 5, 99.9 x 0"` or pairs (price, size).

    `"100.0 x 5 (3)"` and (price, size, orders) tell how many orders stand there, for a plugin with
    `order_counts`.
    """
    return Row(timestamp, _levels(bids), _levels(asks), snapshot, sure)


def book(
    timestamp: int,
    bids: Levels = (),
    asks: Levels = (),
    *,
    snapshot: bool = True,
    sure: bool = True,
) -> Row:
    """Return a book row after which the book is as given, best level first.

    Without `snapshot` it is one that changes the book before it, as flow does.
    """
    sides = _levels(bids), _levels(asks)
    return Row(timestamp, *sides, snapshot=snapshot, sure=sure, after=sides)


def trade(timestamp: int, text: str) -> Tick:
    """Return a trade, `"100.1 buy 2"`: price, aggressor side, size."""
    match = _TRADE.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no trade: write it as "100.1 buy 2"')
    price, side, size = match.groups()
    return Tick(timestamp, float(price), float(size), BUY if side == "buy" else SELL)


def trades(timestamp: int, text: str, *, every: int = 0) -> list[Tick]:
    """Return trades, `"100.1 buy 2, 100.0 sell 4"`, one `every` so many ms."""
    texts = enumerate(filter(str.strip, text.split(",")))
    return [trade(timestamp + number * every, each) for number, each in texts]


def price_bars(
    key: str,
    rows: Sequence[tuple[float, ...]],
    *,
    closed: bool = True,
    known_at: Sequence[int] | None = None,
) -> Derived:
    """Return price bars of rows (timestamp, open, high, low, close, volume).

    Left out, `known_at` is the timestamp of each.
    """
    series = Series(pane="price").named(key)
    columns = _bar_columns(rows, _PRICE_BAR, closed, known_at)
    return Bars(instrument=INSTRUMENT, series=series, **columns)


def metric_bars(
    key: str,
    rows: Sequence[tuple[float, ...]],
    *,
    closed: bool = True,
    known_at: Sequence[int] | None = None,
) -> Derived:
    """Return metric bars of rows (timestamp, open, high, low, close).

    Left out, `known_at` is the timestamp of each.
    """
    series = Series().named(key)
    columns = _bar_columns(rows, _METRIC_BAR, closed, known_at)
    return MetricBars(instrument=INSTRUMENT, series=series, **columns)


def blocks(market: Market, size: int = 2048, instrument: str = INSTRUMENT) -> list[Block]:
    """Return the market in blocks of at most `size` rows; rows and trades each in time order."""
    return list(iter_blocks(market, size, instrument))


def iter_blocks(market: Market, size: int = 2048, instrument: str = INSTRUMENT) -> Iterator[Block]:
    """Yield what `blocks` returns, each block made when it is asked for."""
    items = list(market)
    rows = [item for item in items if isinstance(item, Row)]
    ticks = [item for item in items if isinstance(item, Tick)]
    times = [item.timestamp for item in items]
    span = Span(min(times, default=0), max(times, default=0))
    books = [BookRow(row.timestamp, row.bids, row.asks, row.snapshot, row.sure) for row in rows]
    chunks = (BookRows.of(books[start : start + size]) for start in range(0, len(rows), size))
    tape = [
        Trade(number, str(number), tick.price, tick.size, tick.side, tick.timestamp)
        for number, tick in enumerate(ticks, start=1)
    ]
    return join(instrument, chunks, [TradeRows.of(tape)], span)


def _levels(levels: Levels) -> Pairs:
    if not isinstance(levels, str):
        return [_level(*level) for level in levels]
    found = []
    for text in filter(str.strip, levels.split(",")):
        match = _LEVEL.fullmatch(text)
        if match is None:
            raise ValueError(
                f'{text!r} is no level: write levels as "100.0 x 5, 99.9 x 7", or with the number '
                'of orders as "100.0 x 5 (3)"'
            )
        found.append(_level(*match.groups()))
    return found


def _level(price: Any, size: Any, orders: Any = None) -> Level:
    pair = float(price), float(size)
    return pair if orders is None else (*pair, float(orders))


def _bar_columns(
    rows: Sequence[tuple[float, ...]],
    names: Sequence[str],
    closed: bool,
    known_at: Sequence[int] | None,
) -> dict[str, Any]:
    table = np.array(rows, np.float64).reshape(-1, len(names) + 1)
    times = table[:, 0].astype(np.int64)
    return {
        "timestamp": times,
        "known_at": times if known_at is None else np.array(known_at, np.int64),
        "closed": np.full(len(table), closed),
        **dict(zip(names, table[:, 1:].T, strict=True)),
    }
