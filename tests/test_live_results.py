"""What shipped plugins make of a live stream is what they make of the same rows afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from itertools import groupby
from typing import Any

import pytest

from orderflow_core import Block, Book, BookWindow, Plugin, Trade, TradeBatch, hookimpl
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.contract.report import Report
from orderflow_core.running.digest import Account
from orderflow_core.sources import BookRow, BookRows, Ledger, LiveJoin, TradeRows
from orderflow_core.testing import INSTRUMENT, Moment, Row, blocks, sample_market

OTHERS = {"sqlite", "book", "alert", "webhook", "json", "parquet", "table"}
"""What is no measure."""
PLUGINS = {each.name: each for each in entry_points(group="orderflow.plugins")}
ROWS = 120
MARKET: Sequence[Moment] = sample_market(ROWS, levels=0)


def live_blocks(market: Sequence[Moment], *, whole_windows: bool) -> Iterator[Block]:
    """Yield blocks as they come where each row is complete before the next one comes."""
    live = LiveJoin(INSTRUMENT, Ledger(), whole_windows=whole_windows)
    number = 0
    for time, group in groupby(market, key=lambda moment: moment.timestamp):
        moments = list(group)
        yield from live.take(time)
        rows = [each for each in moments if isinstance(each, Row)]
        books = [BookRow(row.timestamp, row.bids, row.asks, row.snapshot) for row in rows]
        trades = []
        for tick in (each for each in moments if not isinstance(each, Row)):
            number += 1
            made: Any = tick
            trades.append(Trade(number, str(number), made.price, made.size, made.side, time))
        live.add(BookRows.of(books), TradeRows.of(trades))
    yield from live.end()


def in_time(market: Iterable[Moment]) -> list[Moment]:
    return sorted(market, key=lambda moment: moment.timestamp)


def account_of(plugins: Sequence[Plugin], *, live: bool) -> tuple[Account, int]:
    """Run the market over plugins, and return its account and how many blocks there were."""
    account = Account()
    bus = Bus(INSTRUMENT, plugins, account)
    stream: list[Block] = (
        list(live_blocks(in_time(MARKET), whole_windows=bus.needs_whole_windows))
        if live
        else blocks(MARKET)
    )
    drive(bus, stream, Report())
    assert not [seat.failure for seat in bus.seats if seat.failed]
    return account, len(stream)


@pytest.mark.parametrize("name", sorted(PLUGINS.keys() - OTHERS))
def test_a_measure_gives_the_same_live(name: str) -> None:
    def plugins() -> list[Plugin]:
        measure = PLUGINS[name].load()
        return [PLUGINS["book"].load()(name="book", levels=20), measure(name=name)]

    whole, _ = account_of(plugins(), live=False)
    live, count = account_of(plugins(), live=True)

    assert count > ROWS // 2
    assert live.digest() == whole.digest()


class RowByRow(Plugin):
    """Keeps the calls of its row hooks."""

    def __init__(self) -> None:
        super().__init__(name="rows")
        self.calls: list[tuple[str, int]] = []

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        """Keep it."""
        self.calls.append(("window", window.timestamp))

    @hookimpl
    def on_book(self, book: Book) -> None:
        """Keep it."""
        self.calls.append(("book", book.timestamp))

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        """Keep it."""
        self.calls.append(("trade", trade.timestamp))


class ByWindow(RowByRow):
    """Keeps the trades of each window too."""

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Keep how many there are."""
        self.calls.append((f"{len(batch)} trades", batch.timestamp))


@pytest.mark.parametrize("kind", [RowByRow, ByWindow])
def test_row_hooks_are_called_the_same_live(kind: type[RowByRow]) -> None:
    whole, live = kind(), kind()
    account_of([PLUGINS["book"].load()(name="book"), whole], live=False)
    account_of([PLUGINS["book"].load()(name="book"), live], live=True)

    assert live.calls == whole.calls


@pytest.mark.parametrize(
    ("name", "waits"),
    [("json", False), ("ohlc", False), ("obi", False), ("liquidity", True), ("footprint", True)],
)
def test_windows_wait_for_their_end_where_a_plugin_joins_book_and_trades(
    name: str, waits: bool
) -> None:
    plugins = [PLUGINS["book"].load()(name="book"), PLUGINS[name].load()(name=name)]

    assert Bus(INSTRUMENT, plugins, Account()).needs_whole_windows == waits
