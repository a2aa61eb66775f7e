"""The shipped plugins over blocks, in either lane, with everything they publish collected."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from orderflow_book import OrderBook
from orderflow_cvd import Cvd
from orderflow_obi import Obi
from orderflow_ohlc import Ohlc
from orderflow_sqlite.source import SqliteSource

from orderflow_core import (
    Bar,
    Block,
    Book,
    Books,
    MetricBar,
    Plugin,
    Report,
    TradeBatch,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.running.digest import Account
from tests import oracle


class Collect(Plugin):
    """Keeps what passes: the best levels of each row, the trades of each window, closed bars."""

    def __init__(self) -> None:
        super().__init__(name="collect")
        self._books: list[tuple[Any, ...]] = []
        self.windows: list[tuple[int, int]] = []
        self.trades: list[list[int]] = []
        self.bars: dict[str, list[tuple[float, ...]]] = {}

    @hookimpl
    def on_books(self, books: Books) -> None:
        columns = (books.bid_price, books.bid_size, books.ask_price, books.ask_size)
        self._books.append(tuple(column.copy() for column in columns))

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        times, ends = batches.timestamp.tolist(), batches.end_timestamp.tolist()
        self.windows += zip(times, ends, strict=True)
        ids = batches.id.tolist()
        self.trades += [ids[a:b] for a, b in pairwise(batches.offset.tolist())]

    @hookimpl
    def on_bar(self, bar: Bar) -> None:
        row = (*bar[2:8], bar.known_at)
        self.bars.setdefault(bar.series.key, []).append(row)

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        row = (*bar[2:7], bar.known_at)
        self.bars.setdefault(bar.series.key, []).append(row)

    def books(self, levels: int) -> Iterator[oracle.Book]:
        """Return the best levels a side that there are after each row."""
        for block in self._books:
            bid_prices, bid_sizes, ask_prices, ask_sizes = (
                matrix[:, :levels].tolist() for matrix in block
            )
            for row in range(len(bid_prices)):
                yield (
                    _levels(bid_prices[row], bid_sizes[row]),
                    _levels(ask_prices[row], ask_sizes[row]),
                )


class RowObi(Obi):
    """The imbalance written one row at a time."""

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Leave the columns alone."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        bids, asks = float(book.bid_size.sum()), float(book.ask_size.sum())
        if bids + asks > 0:
            self.sample(book.timestamp, (bids - asks) / (bids + asks))
            self.sample(book.timestamp, bids + asks, series="tot")


class RowCvd(Cvd):
    """The cumulative delta written one trade at a time."""

    total = 0.0

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Leave the columns alone."""

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        for trade in batch:
            self.total += trade.size * trade.side
            self.sample(trade.timestamp, self.total)


@dataclass
class Replay:
    """What came of it."""

    collected: Collect
    digest: str
    counts: Any
    bars: dict[str, list[tuple[float, ...]]] = field(init=False)

    def __post_init__(self) -> None:
        self.bars = self.collected.bars


def replay(
    blocks: Iterable[Block], window_seconds: float = 60, levels: int = 50, *, rows: bool = False
) -> Replay:
    """Run the shipped plugins; with `rows` the metrics take one row at a time."""
    obi, cvd = (RowObi, RowCvd) if rows else (Obi, Cvd)
    collect = Collect()
    plugins: Sequence[Plugin] = [
        OrderBook(levels=levels),
        Ohlc(window_seconds=window_seconds),
        obi(name="obi", window_seconds=window_seconds),
        cvd(name="cvd", window_seconds=window_seconds),
        collect,
    ]
    plugins[0].name = "book"
    account = Account()
    bus = Bus("TEST-USDT", plugins, account)
    drive(bus, blocks, Report("test", "running", 0, "TEST-USDT", False, {}))
    for seat in bus.seats:
        if seat.failure is not None:
            raise seat.failure
    return Replay(collect, account.digest(), account.counts)


def recorded(
    paths: Path, instrument: str, *, with_orders: bool = False, **settings: Any
) -> Iterable[Block]:
    """Return the blocks of recordings at a path."""
    source = SqliteSource(path=paths, **settings)
    source.with_orders = with_orders
    return source.blocks(instrument)


def _levels(prices: list[float], sizes: list[float]) -> list[oracle.Level]:
    return [(price, size) for price, size in zip(prices, sizes, strict=True) if price == price]
