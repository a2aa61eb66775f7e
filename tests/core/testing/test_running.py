"""The bus of the test kit: what it gives a plugin, what it keeps, what it refuses."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from orderflow_core import (
    Block,
    Book,
    Books,
    BookWindow,
    InstrumentFacts,
    Metric,
    Plugin,
    Report,
    Run,
    TradeBatches,
    hookimpl,
)
from orderflow_core.testing import (
    bars,
    blocks,
    book,
    run_instruments,
    run_plugin,
    run_plugins,
    trade,
    trades,
    update,
)

MARKET = [
    book(0, "100 x 5, 99 x 1", "101 x 3"),
    trade(5, "101 buy 2"),
    book(1000, "100 x 4", "102 x 3"),
]


class Spread(Metric):
    @hookimpl
    def on_books(self, books: Books) -> None:
        self.sample(books.timestamp, books.spread)


def test_what_a_plugin_publishes_is_returned_in_order() -> None:
    published = run_plugin(Spread(window_seconds=1), MARKET)

    assert bars(published, "spread") == [(0, 1, 1, 1, 1), (1000, 2, 2, 2, 2)]
    assert bars(published, "spread", known_at=True)[0] == (0, 1, 1, 1, 1, 1000)


def test_a_market_may_be_the_blocks_of_a_source() -> None:
    rows = [update(0, "100 x 5"), update(10, "100 x 6")]
    seen: list[float] = []

    class Sizes(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            seen.append(float(window.bid_size[0]))

    run_plugin(Sizes(), blocks(rows, size=1))

    assert seen == [5, 6]


def test_what_a_plugin_raises_is_raised() -> None:
    class Fails(Plugin):
        @hookimpl
        def on_book(self, book: Book) -> None:
            raise RuntimeError("at once")

    with pytest.raises(RuntimeError, match="at once"):
        run_plugin(Fails(), MARKET)


def test_rows_with_books_and_without_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="all with update"):
        run_plugin(Spread(), [update(0), book(1)])


def test_trades_come_one_every_so_many_ms() -> None:
    assert trades(10, "100.1 buy 2, 100 sell 1", every=5) == [
        trade(10, "100.1 buy 2"),
        trade(15, "100 sell 1"),
    ]


@pytest.mark.parametrize("text", ["100.1 bought 2", "100.1 buy", "buy 2 100"])
def test_a_text_that_is_no_trade_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r'write it as "100.1 buy 2"'):
        trade(0, text)


def test_a_text_that_is_no_level_is_told_with_an_example() -> None:
    with pytest.raises(ValueError, match=r'write levels as "100.0 x 5, 99.9 x 7"'):
        update(0, "100 5")


# Arrays that are kept past their block


def keeps(keep: Callable[[Books], Any]) -> Plugin:
    class Keeps(Plugin):
        kept: Any

        @hookimpl
        def on_books(self, books: Books) -> None:
            self.kept = keep(books)

    return Keeps(name="keeper")


@pytest.mark.parametrize(
    "keep",
    [
        lambda books: books.bid_price,
        lambda books: books.bid_price[-1, :1],
        lambda books: books,
        lambda books: books[0],
        lambda books: [{"deep": iter(books)}],
    ],
)
def test_a_plugin_that_keeps_an_array_past_its_block_fails(keep: Callable[[Books], Any]) -> None:
    with pytest.raises(AssertionError, match=r"keeper keeps .*Books\.bid_price.* array\.copy\(\)"):
        run_plugin(keeps(keep), MARKET)


@pytest.mark.parametrize(
    "keep",
    [
        lambda books: books.bid_price.copy(),
        lambda books: books.spread,
        lambda books: books[0].best_bid,
    ],
)
def test_a_plugin_may_keep_a_copy(keep: Callable[[Books], Any]) -> None:
    run_plugin(keeps(keep), MARKET)


def test_trades_may_not_be_kept_either() -> None:
    class Keeps(Plugin):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.last = batches.price[-1:]

    with pytest.raises(AssertionError, match=r"keeps TradeBatches\.price past its block"):
        run_plugin(Keeps(), MARKET)


def test_a_sample_may_be_an_array_of_the_block() -> None:
    class Touch(Metric):
        @hookimpl
        def on_books(self, books: Books) -> None:
            self.sample(books.timestamp, books.best_bid)

    assert len(bars(run_plugins([Touch(window_seconds=1)], MARKET, block_size=1), "touch")) == 2


# The report, facts, several instruments, and markets without an end


class Learning(Plugin):
    """Keeps the reports and the run that it is given."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.reports: list[Report] = []

    @hookimpl
    def on_start(self, run: Run) -> None:
        self.run = run

    @hookimpl
    def on_tick(self, report: Report) -> None:
        self.reports.append(report)

    @hookimpl
    def on_finish(self, report: Report) -> None:
        self.reports.append(report)


def test_a_plugin_gets_a_report_that_is_filled() -> None:
    learning = Learning(name="learning")
    market = [update(0, "100 x 1", "99 x 1"), trade(5, "100 buy 2"), update(10)]

    run_plugins([Spread(name="spread"), learning], market, block_size=1)

    first, *_, last = learning.reports
    assert (first.status, first.counts.windows, first.last_timestamp) == ("running", 1, 5)
    assert (last.status, last.counts.windows, last.counts.trades) == ("ok", 2, 1)
    assert (last.first_timestamp, last.last_timestamp, last.progress) == (0, 10, 1.0)
    assert last.digest
    assert first.digest is None
    assert [plugin.name for plugin in last.plugins] == ["spread", "learning"]


def test_a_plugin_gets_the_facts_that_a_test_gives() -> None:
    learning = Learning(name="learning")

    run_plugin(learning, [update(0)], facts=InstrumentFacts(tick=0.5))

    assert learning.run.facts.tick == 0.5


def test_markets_of_several_instruments_have_plugins_of_their_own() -> None:
    made: list[Learning] = []

    def make() -> list[Plugin]:
        made.append(Learning(name="learning"))
        return [Spread(name="spread", window_seconds=1), made[-1]]

    markets = {"SIM-A": [book(0, "99 x 1", "100 x 1")], "B": [book(0, "98 x 1", "100 x 1")]}
    published = run_instruments(make, markets)

    assert {name: bars(each, "spread")[0][4] for name, each in published.items()} == {
        "SIM-A": 1.0,
        "B": 2.0,
    }
    assert [each.run.instruments for each in made] == [["SIM-A", "B"]] * 2
    assert [each.reports[-1].simulated for each in made] == [True, False]
    assert run_instruments(lambda: Learning(name="learning"), markets) == {"SIM-A": [], "B": []}


def test_a_source_that_never_ends_is_run_for_so_many_blocks() -> None:
    def endless() -> Iterator[Block]:
        for start in count(step=1000):
            yield from blocks([book(start, "99 x 1", "100 x 1")], instrument="TEST-USDT")

    learning = Learning(name="learning")
    run_plugin(learning, endless(), at_most=3)

    assert learning.reports[-1].counts.windows == 3
