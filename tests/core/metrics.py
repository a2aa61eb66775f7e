"""Metrics whose samples are plain, for the tests of `Metric`."""

from collections.abc import Sequence
from typing import Any

from orderflow_core import Book, Books, Metric, TradeBatch, TradeBatches, hookimpl
from orderflow_core.testing import Row, Tick, bars, run_plugin, trade, update

NAN, INF = float("nan"), float("inf")
Samples = Sequence[tuple[int, float]]
Market = Sequence[Row | Tick]
MARKET: Market = [
    update(0),
    trade(100, "5 buy 1"),
    trade(200, "9 buy 1"),
    trade(900, "7 sell 1"),
    update(1_000),
    trade(1_500, "6 sell 1"),
]
BARS_OF_MARKET = [(0, 5, 9, 5, 7), (1_000, 6, 6, 6, 6)]


class Price(Metric):
    """Samples the price of each trade, a block at a time."""

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.sample(batches.trade_timestamp, batches.price)


class RowPrice(Metric):
    """Samples the price of each trade, one at a time."""

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        for each in batch:
            self.sample(each.timestamp, each.price)


class Bid(Metric):
    """Samples the best bid of each row, a block at a time."""

    @hookimpl
    def on_books(self, books: Books) -> None:
        self.sample(books.timestamp, books.best_bid)


class RowBid(Metric):
    """Samples the best bid of each row, one at a time."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        self.sample(book.timestamp, book.best_bid)


class Given(Metric):
    """Samples what a test gives: the samples of each block, and those of the end."""

    def __init__(self, *blocks: Samples, end: Samples = ()) -> None:
        super().__init__(name="given", window_seconds=1)
        self.blocks = list(blocks)
        self.last = end

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        for time, value in self.blocks.pop(0) if self.blocks else ():
            self.sample(time, value)

    @hookimpl
    def on_end(self, end: int) -> None:
        for time, value in self.last:
            self.sample(time, value)


def bars_of(metric: Metric, market: Market = MARKET, size: int = 2048) -> list[tuple[Any, ...]]:
    return list(bars(run_plugin(metric, market, block_size=size), metric.name))
