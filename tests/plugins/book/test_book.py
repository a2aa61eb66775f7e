"""The order book: what level updates leave behind, best levels first."""

import gc
import weakref
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orderflow_book import OrderBook
from orderflow_book.ladder import Best, CompiledLadder, Ladder, Updates, make_ladder
from pydantic import ValidationError

from orderflow_core import Books, Plugin, SettingsError, hookimpl, load_kernels
from orderflow_core.testing import (
    Row,
    assert_same_results,
    run_plugin,
    run_plugins,
    sample_market,
    trade,
    update,
)
from tests.roads import without_kernels

Level = tuple[float, float]
BLOCK_SIZES = pytest.mark.parametrize("block_size", [1, 2048])


def books(rows: Sequence[Row], levels: int = 50, block_size: int = 2048) -> list[Books]:
    """Return the events that the plugin publishes, one a block."""
    published = run_plugin(OrderBook(levels=levels), rows, block_size=block_size)
    found = [event for event in published if isinstance(event, Books)]
    assert len(found) == len(published)
    return found


def ladder(prices: Iterable[float], sizes: Iterable[float]) -> list[Level]:
    """Return the levels of one side of one row, without the padding."""
    return [(p, s) for p, s in zip(prices, sizes, strict=True) if not np.isnan(p)]


def bids_after(rows: Sequence[Row], levels: int = 50, block_size: int = 2048) -> list[list[Level]]:
    return [
        ladder(*row)
        for event in books(rows, levels, block_size)
        for row in zip(event.bid_price.tolist(), event.bid_size.tolist(), strict=True)
    ]


def asks_after(rows: Sequence[Row], levels: int = 50, block_size: int = 2048) -> list[list[Level]]:
    return [
        ladder(*row)
        for event in books(rows, levels, block_size)
        for row in zip(event.ask_price.tolist(), event.ask_size.tolist(), strict=True)
    ]


# One update after the other


@BLOCK_SIZES
def test_levels_of_earlier_rows_stay(block_size: int) -> None:
    rows = [update(0, bids="100 x 5"), update(1, bids="99 x 7")]

    assert bids_after(rows, block_size=block_size) == [[(100, 5)], [(100, 5), (99, 7)]]


@BLOCK_SIZES
def test_a_new_size_replaces_the_one_at_its_price(block_size: int) -> None:
    rows = [update(0, asks="100 x 5"), update(1, asks="100 x 2")]

    assert asks_after(rows, block_size=block_size) == [[(100, 5)], [(100, 2)]]


@BLOCK_SIZES
def test_size_zero_deletes_a_level(block_size: int) -> None:
    rows = [update(0, bids="100 x 5, 99 x 7"), update(1, bids="100 x 0")]

    assert bids_after(rows, block_size=block_size) == [[(100, 5), (99, 7)], [(99, 7)]]


def test_deleting_an_unknown_level_changes_nothing() -> None:
    rows = [update(0, bids="100 x 5"), update(1, bids="101 x 0, 99 x 0, 99.5 x 0")]

    assert bids_after(rows)[-1] == [(100, 5)]


def test_a_level_deleted_on_one_side_stays_on_the_other() -> None:
    rows = [update(0, bids="100 x 5", asks="100 x 3"), update(1, asks="100 x 0")]

    assert bids_after(rows)[-1] == [(100, 5)]
    assert asks_after(rows)[-1] == []


def test_the_last_of_several_updates_of_one_price_in_a_row_counts() -> None:
    rows = [update(0, bids="100 x 5, 99 x 1, 100 x 8"), update(1, bids="99 x 4, 99 x 0")]

    assert bids_after(rows) == [[(100, 8), (99, 1)], [(100, 8)]]


def test_a_level_comes_back_after_its_deletion_in_the_same_row() -> None:
    rows = [update(0, bids="100 x 5"), update(1, bids="100 x 0, 100 x 3")]

    assert bids_after(rows)[-1] == [(100, 3)]


@BLOCK_SIZES
def test_a_row_without_levels_repeats_the_book(block_size: int) -> None:
    rows = [update(0, bids="100 x 5"), update(1)]

    assert bids_after(rows, block_size=block_size) == [[(100, 5)], [(100, 5)]]


@BLOCK_SIZES
def test_a_snapshot_clears_both_sides_before_its_levels_are_set(block_size: int) -> None:
    rows = [
        update(0, bids="100 x 5, 99 x 7", asks="101 x 3"),
        update(1, bids="98 x 1", snapshot=True),
    ]

    assert bids_after(rows, block_size=block_size)[-1] == [(98, 1)]
    assert asks_after(rows, block_size=block_size)[-1] == []


def test_trades_leave_the_book_alone() -> None:
    published = run_plugin(
        OrderBook(), [update(0, bids="100 x 5"), trade(1, "100 sell 5"), update(2)]
    )

    [event] = published
    assert isinstance(event, Books)
    assert event.bid_size[:, 0].tolist() == [5, 5]


# The best levels


def test_bids_come_highest_first_and_asks_lowest_first() -> None:
    rows = [update(0, bids="98 x 1, 100 x 2, 99 x 3", asks="103 x 4, 101 x 5, 102 x 6")]

    assert bids_after(rows) == [[(100, 2), (99, 3), (98, 1)]]
    assert asks_after(rows) == [[(101, 5), (102, 6), (103, 4)]]


def test_only_the_best_levels_are_published_where_there_are_more() -> None:
    rows = [update(0, bids="98 x 1, 100 x 2, 99 x 3", asks="103 x 4, 101 x 5, 102 x 6")]

    assert bids_after(rows, levels=2) == [[(100, 2), (99, 3)]]
    assert asks_after(rows, levels=2) == [[(101, 5), (102, 6)]]


@BLOCK_SIZES
def test_a_level_below_the_published_ones_moves_up_when_a_better_one_goes(block_size: int) -> None:
    rows = [update(0, bids="100 x 2, 99 x 3, 98 x 1"), update(1, bids="100 x 0")]

    assert bids_after(rows, levels=2, block_size=block_size)[-1] == [(99, 3), (98, 1)]


def test_missing_levels_have_a_nan_price_and_size_zero() -> None:
    [event] = books([update(0, bids="100 x 5", asks="101 x 3, 102 x 4")], levels=3)

    np.testing.assert_array_equal(event.bid_price, [[100, np.nan, np.nan]])
    np.testing.assert_array_equal(event.bid_size, [[5, 0, 0]])
    np.testing.assert_array_equal(event.ask_price, [[101, 102, np.nan]])
    np.testing.assert_array_equal(event.ask_size, [[3, 4, 0]])


def test_an_empty_side_is_all_padding() -> None:
    [event] = books([update(0, asks="101 x 3")], levels=2)

    assert np.isnan(event.bid_price).all()
    assert event.bid_size.tolist() == [[0, 0]]
    assert event.levels == 2


def test_a_level_that_went_leaves_no_trace_in_the_padding() -> None:
    [event] = books([update(0, bids="100 x 5, 99 x 7"), update(1, bids="99 x 0")], levels=2)

    np.testing.assert_array_equal(event.bid_price[1], [100, np.nan])
    np.testing.assert_array_equal(event.bid_size[1], [5, 0])


def test_the_default_is_fifty_levels() -> None:
    assert books([update(0)])[0].levels == 50
    assert OrderBook().book_levels == 50


@pytest.mark.parametrize("levels", [0, -1])
def test_no_levels_are_refused(levels: int) -> None:
    with pytest.raises(ValidationError, match="levels"):
        OrderBook(levels=levels)


# Crossed books


@pytest.mark.parametrize(
    ("bids", "asks", "crossed"),
    [
        ("100 x 1", "101 x 1", False),
        ("100 x 1", "100 x 1", True),
        ("101 x 1", "100 x 1", True),
        ("101 x 1", "", False),
        ("", "100 x 1", False),
        ("", "", False),
    ],
    ids=["apart", "locked", "crossed", "no-ask", "no-bid", "empty"],
)
def test_a_book_is_crossed_when_its_best_bid_reaches_its_best_ask(
    bids: str, asks: str, crossed: bool
) -> None:
    [event] = books([update(0, bids, asks)])

    assert event.crossed.tolist() == [crossed]


# One row a window


@BLOCK_SIZES
def test_there_is_one_row_a_window_with_its_timestamp(block_size: int) -> None:
    rows = [update(t, bids="100 x 5") for t in (10, 20, 20, 35)]

    found = books(rows, block_size=block_size)

    times = [time for event in found for time in event.timestamp.tolist()]
    assert times == [10, 20, 20, 35]


def test_the_opening_window_has_an_empty_book() -> None:
    """The trades before the first book row come in a window of their own."""
    published = run_plugin(OrderBook(levels=1), [trade(5, "100 buy 1"), update(10, "100 x 5")])

    first, second = published
    assert isinstance(first, Books)
    assert isinstance(second, Books)
    assert (first.timestamp.tolist(), first.bid_size.tolist()) == ([5], [[0]])
    assert (second.timestamp.tolist(), second.bid_size.tolist()) == ([10], [[5]])


def test_rows_that_are_not_sure_are_marked() -> None:
    [event] = books([update(0), update(1, sure=False), update(2)])

    assert event.sure.tolist() == [True, False, True]


def test_two_books_on_one_bus_are_an_error_that_names_both_tables() -> None:
    plugins = [OrderBook(name="shallow"), OrderBook(name="deep")]

    with pytest.raises(SettingsError, match=r"\[plugins\.shallow\] and \[plugins\.deep\]"):
        run_plugins(plugins, [update(0)])


# Against a dict

PRICES = st.integers(1, 12).map(lambda tick: tick / 4)
SIDES = st.lists(st.tuples(PRICES, st.integers(0, 3).map(float)), max_size=6)
ROWS = st.lists(st.tuples(SIDES, SIDES, st.booleans()), min_size=1, max_size=12)


def apply(book: dict[float, float], levels: Iterable[Level]) -> None:
    for price, size in levels:
        book[price] = size


def best(book: dict[float, float], levels: int, *, highest_first: bool) -> list[Level]:
    present = [(price, size) for price, size in book.items() if size > 0]
    return sorted(present, reverse=highest_first)[:levels]


@settings(deadline=None)
@given(rows=ROWS, levels=st.integers(1, 5), block_size=st.integers(1, 13))
def test_any_updates_leave_what_a_dict_would_hold(
    rows: list[tuple[list[Level], list[Level], bool]], levels: int, block_size: int
) -> None:
    market = [
        update(time, bids, asks, snapshot=snapshot)
        for time, (bids, asks, snapshot) in enumerate(rows)
    ]
    bid_book: dict[float, float] = {}
    ask_book: dict[float, float] = {}
    expected_bids, expected_asks = [], []
    for bids, asks, snapshot in rows:
        if snapshot:
            bid_book.clear()
            ask_book.clear()
        apply(bid_book, bids)
        apply(ask_book, asks)
        expected_bids.append(best(bid_book, levels, highest_first=True))
        expected_asks.append(best(ask_book, levels, highest_first=False))

    assert bids_after(market, levels, block_size) == expected_bids
    assert asks_after(market, levels, block_size) == expected_asks


# The compiled ladder


LADDER_PRICES = st.integers(1, 300) | st.sampled_from([-2.0, -1.0, -0.0, 0.0])
LADDER_SIDES = st.lists(
    st.tuples(LADDER_PRICES, st.sampled_from([0.0, 0.0, 1.0, 2.5])), max_size=40
)
RISING = LADDER_SIDES.map(lambda side: sorted(dict(side).items()))
ladder_rows = st.lists(
    st.tuples(
        st.sampled_from([False, False, False, True]),
        LADDER_SIDES | LADDER_SIDES.map(sorted) | RISING | RISING.map(lambda side: side[::-1]),
    ),
    min_size=1,
    max_size=12,
)


@given(
    rows=ladder_rows,
    sign=st.sampled_from([1, -1]),
    levels=st.integers(1, 60),
    counted=st.booleans(),
)
def test_the_compiled_ladder_has_the_meaning_of_the_plain_one(
    rows: list[tuple[bool, list[Level]]], sign: int, levels: int, counted: bool
) -> None:
    matrices = []
    for made in (Ladder(sign), compiled(sign, counted)):
        parts = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        matrices.append([left_by(made, half, levels, counted) for half in parts if half])

    for halves in zip(*matrices, strict=True):
        for bits in zip(*halves, strict=True):
            np.testing.assert_array_equal(*(each.view(np.int64) for each in bits))


def compiled(sign: int, counted: bool = False) -> CompiledLadder:
    made = make_ladder(sign, counted)
    assert isinstance(made, CompiledLadder)
    return made


def best_after(
    made: Ladder | CompiledLadder,
    rows: list[tuple[bool, list[Level]]],
    levels: int,
    counted: bool = False,
) -> Any:
    return left_by(made, rows, levels, counted)[0]


def left_by(
    made: Ladder | CompiledLadder,
    rows: list[tuple[bool, list[Level]]],
    levels: int,
    counted: bool = False,
) -> tuple[Any, Any]:
    """Return the best levels after each row, and the size that each update found.

    Where they are counted no two updates are of one number of orders.
    """
    offset = np.cumsum([0, *(len(updates) for _, updates in rows)])
    price, size = np.array([level for _, side in rows for level in side]).reshape(-1, 2).T.copy()
    orders = np.arange(1, 1 + len(price), dtype=np.float64) if counted else None
    best, before = np.empty((2 + counted, len(rows), levels)), np.full(len(price), -1.0)
    snapshot = np.array([clear for clear, _ in rows])
    made.best_after_rows(snapshot, Updates(offset, price, size, orders), Best(before, *best))
    return best, before


DEEP_ROW = 3000


@pytest.mark.parametrize("order", ["best first", "worst first", "random"])
@pytest.mark.parametrize("sign", [1, -1])
def test_deep_rows_leave_what_a_dict_would_hold(order: str, sign: int) -> None:
    """A deep snapshot, deep updates of it, a shallow row, and a snapshot again."""
    random = np.random.default_rng(1)
    rows: list[tuple[bool, list[Level]]] = []
    book: dict[float, float] = {}
    right = []
    for clear, deep in [(True, True), (False, True), (False, False), (True, True)]:
        prices = random.integers(1, 4000, DEEP_ROW if deep else 9).astype(float)
        if order != "random":
            prices = np.sort(prices)[:: sign if order == "worst first" else -sign]
        rows.append((clear, [(price, float(random.integers(3))) for price in prices.tolist()]))
        if clear:
            book.clear()
        apply(book, rows[-1][1])
        right.append(best(book, 50, highest_first=sign > 0))

    for made in (Ladder(sign), compiled(sign)):
        prices, sizes = best_after(made, rows, 50)
        found = [ladder(*row) for row in zip(prices[:, ::-1], sizes[:, ::-1], strict=True)]
        assert found == right
    both = (best_after(made, rows, 50, True) for made in (Ladder(sign), compiled(sign, True)))
    np.testing.assert_array_equal(*both)


def test_rows_that_move_much_give_the_books_of_the_plain_ladder() -> None:
    """So much that the kernel returns in their midst to let signals be answered."""
    random = np.random.default_rng(1)
    rows: list[tuple[bool, list[Level]]] = [
        (True, [(float(price), 1.0) for price in range(30_000)])
    ]
    for _ in range(150):
        far = (random.random(10) * 50).tolist()
        rows.append((False, [(price, 1.0) for price in far] + [(random.integers(30_000), 2.0)]))

    both = (best_after(made, rows, 5, True) for made in (Ladder(1), compiled(1, True)))
    np.testing.assert_array_equal(*both)


def test_the_kernel_stops_before_a_row_that_is_beyond_its_arrays() -> None:
    kernels = load_kernels("orderflow_book.kernel")
    keys, sizes, updates = np.zeros(4, np.int64), np.zeros(4), np.ones(6)
    matrices = np.empty((3, 1), np.int64), np.empty((3, 1))
    room = np.empty((2, 2), np.int64)

    for offset in ([0, 2, 8, 8], [0, 1, -1, 6], [0, 6, 6, 6], [3, 2, 2, 2], [0, 3, 3, 3]):
        row, update, count = kernels.best_after_rows(
            *(keys, sizes, None, 0, 0, 0, np.zeros(3, np.bool_), np.array(offset)),
            *(updates * range(1, 7), updates, None, np.empty(6), *matrices, None, room),
        )
        stopped = 1 if offset[1] in (1, 2) and offset[0] == 0 else 0
        assert (row, update, count) == (stopped, offset[stopped], offset[1] * stopped)


GUARDS = 3
ANY_PRICES = st.integers(-2, 5).map(float) | st.sampled_from([-0.0, np.nan, np.inf, -np.inf])


@given(
    rows=st.lists(
        st.lists(st.tuples(ANY_PRICES, st.sampled_from([0.0, 1.0])), max_size=5),
        min_size=1,
        max_size=9,
    ),
    flip=st.sampled_from([0, -1]),
    counted=st.booleans(),
)
def test_prices_that_are_no_numbers_stay_within_the_arrays(
    rows: list[list[Level]], flip: int, counted: bool
) -> None:
    """A source of one's own may give any; their place among the others is its affair."""
    kernels = load_kernels(f"orderflow_book.{'orders_kernel' if counted else 'kernel'}")
    offset = np.cumsum([0, *map(len, rows)])
    price, size = np.array([each for row in rows for each in row]).reshape(-1, 2).T.copy()
    guarded: list[Any] = []

    def guard(kind: type, *shape: int) -> Any:
        guarded.append(np.full((shape[0] + 2 * GUARDS, *shape[1:]), 7, kind))
        return guarded[-1][GUARDS:-GUARDS]

    keys, sizes, before = guard(np.int64, 6), guard(float, 6), guard(float, len(price))
    best_price, best_size = guard(np.int64, len(rows), 3), guard(float, len(rows), 3)
    orders = (guard(float, 6), size, guard(float, len(rows), 3)) if counted else [None] * 3

    kernels.best_after_rows(
        *(keys, sizes, orders[0], 0, flip, 0, np.zeros(len(rows), np.bool_), offset),
        *(price, size, orders[1], before, best_price, best_size, orders[2]),
        np.empty((2, 4), np.int64),
    )

    for array in guarded:
        assert (array[:GUARDS] == 7).all()
        assert (array[-GUARDS:] == 7).all()


# A market


def test_the_simulated_market_leaves_the_book_that_a_dict_would_hold() -> None:
    rows = [item for item in sample_market(100, levels=20) if isinstance(item, Row)]
    market = [update(row.timestamp, row.bids, row.asks, snapshot=row.snapshot) for row in rows]

    published = run_plugin(OrderBook(levels=20), market, block_size=30)

    books = [book for event in published if isinstance(event, Books) for book in event]
    found = [
        tuple(list(zip(prices.tolist(), sizes.tolist(), strict=True)) for prices, sizes in sides)
        for book in books
        for sides in [((book.bid_price, book.bid_size), (book.ask_price, book.ask_size))]
    ]
    assert found == [row.after for row in rows]


def test_the_books_do_not_depend_on_the_size_of_blocks() -> None:
    assert_same_results(partial(OrderBook, levels=20), market=sample_market(200, levels=0))


# What each update found


def brute_before(rows: Sequence[Row]) -> list[float]:
    """Return the size at the price of each bid update just before it, kept in a mapping."""
    book: dict[float, float] = {}
    found = []
    for row in rows:
        if row.snapshot:
            book.clear()
        for price, size in row.bids:
            found.append(book.get(price, 0.0))
            book[price] = size
    return found


def bids_before(rows: Sequence[Row], block_size: int) -> list[float]:
    told = [event.bid_before for event in books(rows, 1, block_size)]
    return [size for sizes in told if sizes is not None for size in sizes.tolist()]


@BLOCK_SIZES
@pytest.mark.parametrize("levels", [3, 400])
def test_each_update_tells_the_size_that_it_found(block_size: int, levels: int) -> None:
    """With many levels, best first, a row moves so much that what is left of it is sorted in."""
    falling = [(float(2000 - number), 1.0 + number) for number in range(levels)]
    rows = [
        update(0, falling, snapshot=True),
        update(1, [*falling[::-1], (falling[0][0], 0.0), (falling[0][0], 9.0)]),
        update(2, falling[:2], snapshot=True),
        update(3, [(price, 0.0) for price, _ in falling]),
    ]

    assert bids_before(rows, block_size) == brute_before(rows)


class Watch(Plugin):
    """Notes the memory of the last books, and keeps none of it."""

    memory: Any = None

    @hookimpl
    def on_books(self, books: Books) -> None:
        base: Any = books.bid_price
        while isinstance(base.base, np.ndarray):
            base = base.base
        self.memory = weakref.ref(base)


def test_a_book_that_is_finished_keeps_no_matrices() -> None:
    book, watch = OrderBook(), Watch()
    run_plugins([book, watch], [update(0, bids="100 x 1")])
    gc.collect()

    assert watch.memory() is None


class Counting(Plugin):
    """Keeps the orders of the levels that there are, after each row."""

    order_counts = True

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **values)
        self.orders: list[list[float]] = []

    @hookimpl
    def on_books(self, books: Books) -> None:
        assert books.bid_orders is not None
        for size, orders in zip(books.bid_size, books.bid_orders, strict=True):
            self.orders.append(orders[size > 0].tolist())


counted_rows = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2), st.integers(1, 9)), max_size=6),
    ),
    min_size=1,
    max_size=8,
)


@BLOCK_SIZES
@pytest.mark.parametrize("compiled", [True, False])
@given(rows=counted_rows)
@settings(deadline=None)
def test_each_level_has_the_orders_of_its_last_update(
    compiled: bool, block_size: int, rows: list[tuple[bool, list[tuple[int, int, int]]]]
) -> None:
    book: dict[int, int] = {}
    wanted = []
    for snapshot, levels in rows:
        if snapshot:
            book.clear()
        for price, size, orders in levels:
            book.pop(price, None)
            if size:
                book[price] = orders
        wanted.append([book[price] for price in sorted(book, reverse=True)][:3])
    market = [
        update(time, levels, snapshot=snapshot) for time, (snapshot, levels) in enumerate(rows)
    ]
    counting = Counting()
    with nullcontext() if compiled else without_kernels():
        load_kernels("orderflow_book.orders_kernel")  # else the log keeps the error's frames
        run_plugins([OrderBook(levels=3), counting], market, block_size=block_size)

    assert counting.orders == wanted
