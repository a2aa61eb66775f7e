"""The rows of several instruments, merged by time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from orderflow_core import (
    Book,
    BookWindow,
    Cells,
    Metric,
    Plugin,
    Series,
    Signal,
    Trade,
    TradeBatch,
    hookimpl,
)
from orderflow_core.bus.bus import Bus
from orderflow_core.bus.declared import declared
from orderflow_core.events import Bar
from orderflow_core.running.digest import Account
from orderflow_core.running.legs import Leg, Merge, leg_of
from orderflow_core.testing import Moment, blocks, metric_bars, trade, update

FAR = float("inf")


class Takes(Plugin):
    """Has a hook for each kind of row."""

    across = True

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        """Take nothing: the tests look at what waits."""

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        """Take nothing."""

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Take nothing."""

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        """Take nothing."""

    @hookimpl
    def on_cells(self, cells: Cells) -> None:
        """Take nothing."""


def legs(count: int = 2) -> list[Leg]:
    return [leg_of(declared(Takes())) for _ in range(count)]


def given(leg: Leg, market: Sequence[Moment], *plugins: Plugin) -> None:
    """Let a market pass over a bus with the leg."""
    bus = Bus("A", [*plugins, leg], Account())
    for block in blocks(list(market)):
        bus.deliver(block)


def taken(merge: Merge, before: float = FAR, most: int = 100) -> list[tuple[int, str]]:
    found = merge.take(before, most)
    return [] if found is None else [(row.time, type(row.event).__name__) for row in found[1]]


class Signals(Plugin):
    publishes = (Signal,)

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.publish(Signal(text=str(trade.price)))


def test_rows_and_trades_of_one_time_come_before_what_is_derived_of_it() -> None:
    first, second = legs()
    given(first, [update(1), trade(5, "1 buy 1")], Signals())
    given(second, [update(5), trade(5, "2 buy 1")])

    assert taken(Merge("both", [first, second])) == [
        (1, "BookWindow"),
        (5, "Trade"),
        (5, "TradeBatch"),
        (5, "BookWindow"),
        (5, "Trade"),
        (5, "TradeBatch"),
        (5, "Signal"),
    ]


def test_what_is_not_before_the_time_waits() -> None:
    [leg] = legs(1)
    given(leg, [update(1), update(2), update(3)])
    merge = Merge("one", [leg])

    assert taken(merge, before=3, most=1)[0] == (1, "BookWindow")
    assert taken(merge, before=3)[0] == (2, "BookWindow")
    assert taken(merge, before=3) == []
    assert taken(merge)[0] == (3, "BookWindow")


def test_the_block_has_the_times_of_all_and_tells_where_all_are_sure() -> None:
    first, second = legs()
    given(first, [update(1), update(4, sure=False), update(9)])
    given(second, [update(2), trade(6, "1 buy 1"), update(9)])
    merge = Merge("both", [first, second])

    found = [merge.take(before, 100) for before in (5, FAR)]
    windows = [each[0].windows for each in found if each]

    assert [each.timestamp.tolist() for each in windows] == [[1, 2, 4], [6, 9]]
    assert [each.sure.tolist() for each in windows] == [[True, True, False], [False, True]]


@pytest.mark.parametrize("kind", ["BookWindow", "Trade", "TradeBatch", "Signal"])
def test_a_late_row_is_of_the_last_time_and_counted(kind: str) -> None:
    early, late = legs()
    given(early, [update(10)])
    merge = Merge("both", [early, late])
    taken(merge)
    given(late, [update(3), trade(4, "1 buy 1")], Signals())

    found: Any = merge.take(FAR, 100)
    [row] = [each for each in found[1] if type(each.event).__name__ == kind]
    times = {"TradeBatch": "last_time", "Signal": "known_at"}

    assert (row.time, getattr(row.event, times.get(kind, "timestamp"))) == (10, 10)
    assert merge.late == 3


def test_a_late_bar_is_known_at_the_last_time() -> None:
    leg = legs(1)[0]
    given(leg, [update(10)])
    merge = Merge("one", [leg])
    taken(merge)
    [bar] = metric_bars("obi", [(1, 1, 1, 1, 1)], known_at=[5])
    leg.take_derived(print, bar)

    found: Any = merge.take(FAR, 100)

    assert [(row.time, row.event.known_at) for row in found[1]] == [(10, 10)]


def test_cells_that_still_grow_are_not_taken() -> None:
    class Grows(Plugin):
        publishes = (Cells,)

        @hookimpl
        def on_trade(self, trade: Trade) -> None:
            for closed in (False, True):
                self.publish(
                    Cells(
                        series=Series(style="footprint"),
                        timestamp=trade.timestamp,
                        end=trade.timestamp + 1,
                        tick=1.0,
                        low=1.0,
                        values=np.ones((1, 2)),
                        closed=closed,
                    )
                )

    [leg] = legs(1)
    given(leg, [update(1), trade(5, "1 buy 1")], Grows())

    assert [row.event.closed for row in leg.derived] == [True]


def test_books_are_kept_though_their_publisher_uses_the_room_anew() -> None:
    from orderflow_book import OrderBook

    class Books(Plugin):
        across = True

        @hookimpl
        def on_book(self, book: Book) -> None:
            """Take nothing."""

    leg = leg_of(declared(Books()))
    bus = Bus("A", [OrderBook(), leg], Account())
    for time, bid in ((1, "9 x 1"), (2, "8 x 1")):
        for block in blocks([update(time, bid, "10 x 1", snapshot=True)]):
            bus.deliver(block)

    assert [row.event.best_bid for row in leg.rows] == [9.0, 8.0]


def test_a_closed_leg_takes_nothing() -> None:
    [leg] = legs(1)
    given(leg, [update(1)])
    leg.close()
    given_later = legs(1)[0]
    given(given_later, [update(2)])
    leg.take_row("on_trade", print, given_later.rows[0].event)

    assert not leg.rows


@pytest.mark.parametrize(("names", "gets"), [(None, False), (("ohlc",), True)])
def test_a_plugin_that_publishes_bars_gets_those_that_it_names(names: Any, gets: bool) -> None:
    class Counts(Metric):
        across = True
        consumes = names

        @hookimpl
        def on_bar(self, bar: Bar) -> None:
            """Take nothing."""

    leg = declared(leg_of(declared(Counts())))

    assert ("on_bar" in leg.hooks) is gets
    assert leg.consumes == names


def test_a_leg_asks_for_the_orders_that_its_plugin_needs() -> None:
    counting = type("Counting", (Takes,), {"order_counts": True})

    assert leg_of(declared(counting())).order_counts
    assert not leg_of(declared(Takes())).order_counts
