"""How many orders stand at a level: who asks for it gets it, nobody else, and NaN is not known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from orderflow_book import OrderBook

from orderflow_core import Books, BookWindows, Plugin, hookimpl
from orderflow_core.bus.bus import Bus
from orderflow_core.errors import EventError
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT, Row, blocks, book, run_plugins, trade, update

nan = float("nan")
MARKET = [
    trade(0, "100 buy 1"),
    update(1, "100 x 5 (3), 99 x 2 (1)", "101 x 4 (2)"),
    update(2, "100 x 0 (0), 98 x 1", "102 x 1 (0)"),
]


class Asking(Plugin):
    """Keeps what it is told."""

    order_counts = True

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **values)
        self.updates: list[list[float]] = []
        self.levels: list[list[float]] = []

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        for window in windows:
            for orders in (window.bid_orders, window.ask_orders):
                if orders is not None:
                    self.updates.append(orders.tolist())

    @hookimpl
    def on_books(self, books: Books) -> None:
        for each in books:
            for orders in (each.bid_orders, each.ask_orders):
                if orders is not None:
                    self.levels.append(orders.tolist())


class Silent(Asking):
    order_counts = False


def told(plugin: Asking, market: Sequence[Any], *others: Plugin) -> Asking:
    run_plugins([*others, plugin], market)
    return plugin


def same(found: Sequence[Sequence[float]], wanted: Sequence[Sequence[float]]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_updates_tell_the_orders_and_what_is_not_told_is_nan() -> None:
    """The window before the first row has no updates."""
    found = told(Asking(), MARKET)

    same(found.updates, [[], [], [3, 1], [2], [0, nan], [nan]])


def test_the_book_has_the_orders_of_its_levels() -> None:
    found = told(Asking(), MARKET, OrderBook(levels=2))

    same(found.levels, [[0, 0], [0, 0], [3, 1], [2, 0], [1, nan], [2, nan]])


def test_books_by_hand_tell_them_too() -> None:
    found = told(Asking(), [book(0, "100 x 5 (3), 99 x 2", [(101, 4, 2)])])

    same(found.levels, [[3, nan], [2, 0]])


@pytest.mark.parametrize("others", [[], [OrderBook()]])
def test_who_does_not_ask_is_not_told(others: list[Plugin]) -> None:
    found = told(Silent(), MARKET, *others)

    assert (found.updates, found.levels) == ([], [])


@pytest.mark.parametrize("orders", [-1, 0, nan, float("inf")])
def test_a_number_that_cannot_be_is_none(orders: float) -> None:
    found = told(Asking(), [update(0, [(100, 5, orders), (99, 0, orders)])])

    same(found.updates, [[nan, 0], []])


@pytest.mark.parametrize(
    ("market", "tables"),
    [
        ([update(0, "100 x 5 (3)"), update(1, "100 x 6")], ()),
        ([update(0, "100 x 5"), update(1, "100 x 6 (2)")], ()),
        ([update(0, "100 x 5"), update(1, "100 x 0 (0)")], ("asking",)),
    ],
)
def test_it_is_known_who_asks_for_what_the_book_does_not_tell(
    market: list[Row], tables: tuple[str, ...]
) -> None:
    bus = Bus(INSTRUMENT, [Asking(name="asking"), Silent(name="silent")], Account())
    assert bus.needs_order_counts
    for block in blocks(market, 1):
        bus.deliver(block)

    assert tuple(bus.without_order_counts) == tables


def test_a_matrix_of_another_shape_is_refused() -> None:
    some, none = np.ones((1, 2)), np.zeros(1, np.bool_)
    with pytest.raises(EventError, match="must be of one"):
        Books(
            instrument=INSTRUMENT,
            timestamp=np.zeros(1, np.int64),
            bid_price=some,
            bid_size=some,
            ask_price=some,
            ask_size=some,
            crossed=none,
            sure=none,
            bid_orders=np.ones((1, 3)),
        )


def test_a_column_of_another_length_is_refused() -> None:
    [block] = blocks([update(0, "100 x 5")])
    columns = {name: getattr(block.windows, name) for name in BookWindows.__dataclass_fields__}

    with pytest.raises(EventError, match="bid_orders has 2 values where 1 are needed"):
        BookWindows(**{**columns, "bid_orders": np.ones(2)})
