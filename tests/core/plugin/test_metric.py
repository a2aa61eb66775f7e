"""`Metric`: what counts as a sample, and when it may be."""

import numpy as np
import pytest

from orderflow_core import Books, Metric, TradeBatches, hookimpl
from orderflow_core.testing import book, run_plugin, trade, update
from tests.core.metrics import (
    BARS_OF_MARKET,
    INF,
    NAN,
    Bid,
    Given,
    Market,
    Price,
    RowBid,
    RowPrice,
    bars_of,
)

# What a sample is


@pytest.mark.parametrize("size", [1, 2048])
@pytest.mark.parametrize("metric", [Price, RowPrice])
def test_samples_come_in_arrays_or_one_at_a_time(metric: type[Metric], size: int) -> None:
    assert bars_of(metric(window_seconds=1), size=size) == BARS_OF_MARKET


def test_both_forms_may_be_mixed() -> None:
    class Mixed(Metric):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.sample(3, 1.0)
            self.sample(np.array([3, 3]), np.array([2.0, 3.0]))
            self.sample(3, 0.5)

    assert bars_of(Mixed(), [update(3)]) == [(0, 1, 3, 0.5, 0.5)]


def test_nan_is_no_sample() -> None:
    assert bars_of(Given([(0, NAN), (1, 5), (2, NAN), (3, 4)]), [update(9)]) == [(0, 5, 5, 4, 4)]


def test_nothing_but_nan_makes_no_bar() -> None:
    assert bars_of(Given([(0, NAN)]), [update(9)]) == []


@pytest.mark.parametrize("value", [INF, -INF])
def test_an_infinite_sample_is_an_error_that_names_series_and_time(value: float) -> None:
    with pytest.raises(ValueError, match="series 'given' has an infinite sample at 4"):
        run_plugin(Given([(2, 1), (4, value)]), [update(9)])


def test_an_infinite_sample_of_a_row_that_is_not_sure_is_left_out() -> None:
    class Inverse(Metric):
        @hookimpl
        def on_books(self, books: Books) -> None:
            self.sample(books.timestamp, np.where(books.sure, 3.0, INF))

    market: Market = [book(0, bids="3 x 1", sure=False), book(5, bids="3 x 1")]

    assert bars_of(Inverse(), market) == [(0, 3, 3, 3, 3)]


def test_another_number_of_values_than_of_times_is_an_error() -> None:
    class Wrong(Metric):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.sample(np.array([1, 2]), np.array([1.0]))

    with pytest.raises(ValueError, match="give one value a timestamp"):
        run_plugin(Wrong(), [update(9)])


def test_times_of_another_integer_type_are_taken() -> None:
    class Short(Metric):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.sample(np.array([1, 2], np.int32), np.array([1.0, 2.0], np.float32))

    assert bars_of(Short(), [update(9)]) == [(0, 1, 2, 1, 2)]


# The time of a sample


def test_a_sample_earlier_than_the_block_before_is_an_error() -> None:
    market: Market = [update(0), update(10), trade(12, "1 buy 1"), update(20)]

    message = "series 'given' has a sample at 11, earlier than 12, the last time of the block"
    with pytest.raises(ValueError, match=message):
        run_plugin(Given([], [], [(11, 1)]), market, block_size=1)


def test_a_sample_at_the_last_time_of_the_block_before_is_taken() -> None:
    market: Market = [update(0), update(10), update(20)]

    assert bars_of(Given([(0, 1)], [(0, 2)]), market, size=1) == [(0, 1, 2, 1, 2)]


def test_a_sample_later_than_its_block_is_an_error() -> None:
    message = "series 'given' has a sample at 13, later than 12, the last time of its block"
    with pytest.raises(ValueError, match=message):
        run_plugin(Given([(13, 1)]), [update(0), trade(12, "1 buy 1")])


def test_a_sample_of_the_end_is_in_the_last_bar() -> None:
    assert bars_of(Given([(0, 1)], end=[(9, 4)]), [update(9)]) == [(0, 1, 4, 1, 4)]


def test_a_sample_of_the_end_earlier_than_the_last_block_is_an_error() -> None:
    with pytest.raises(ValueError, match="a sample at 8, earlier than 9"):
        run_plugin(Given(end=[(8, 4)]), [update(9)])


def test_a_sample_later_than_the_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="a sample at 5000, later than 9"):
        run_plugin(Given(end=[(5_000, 4)]), [update(9)])


def test_samples_of_a_block_are_sorted_by_time() -> None:
    assert bars_of(Given([(1_500, 3), (700, 2), (0, 1)]), [update(2_000)]) == [
        (0, 1, 2, 1, 2),
        (1_000, 3, 3, 3, 3),
    ]


def test_samples_of_one_time_keep_the_order_of_their_collection() -> None:
    metric = Given([(1_000 * (number % 5), number) for number in range(200)])

    opens_and_closes = [(bar[1], bar[4]) for bar in bars_of(metric, [update(4_000)])]
    assert opens_and_closes == [(0, 195), (1, 196), (2, 197), (3, 198), (4, 199)]


@pytest.mark.parametrize("size", [1, 2048])
def test_of_one_time_books_come_before_trades(size: int) -> None:
    class BidAndPrice(Price):
        @hookimpl
        def on_books(self, books: Books) -> None:
            self.sample(books.timestamp, books.best_bid)

    market: Market = [
        book(0, bids="100 x 1"),
        book(10, bids="98 x 1"),
        trade(10, "200 buy 1"),
        book(11, bids="99 x 1"),
        trade(11, "201 buy 1"),
    ]

    assert bars_of(BidAndPrice(), market, size) == [(0, 100, 201, 98, 201)]


# Rows that are not sure


UNSURE: Market = [
    book(0, bids="100 x 1"),
    book(10, bids="50 x 1", sure=False),
    book(20, sure=False),
    book(30, bids="101 x 1"),
    trade(31, "7 buy 1"),
]


@pytest.mark.parametrize("metric", [Bid, RowBid])
def test_samples_of_rows_that_are_not_sure_are_left_out(metric: type[Metric]) -> None:
    assert bars_of(metric(), UNSURE) == [(0, 100, 101, 100, 101)]


@pytest.mark.parametrize("metric", [Bid, RowBid])
def test_samples_that_are_left_out_are_counted_without_nan(metric: type[Metric]) -> None:
    counted = metric()
    run_plugin(counted, UNSURE)

    assert counted.samples_left_out == 1


@pytest.mark.parametrize("metric", [Price, RowPrice])
def test_trades_of_rows_that_are_not_sure_count(metric: type[Metric]) -> None:
    prices = metric()

    assert bars_of(prices, [update(0, sure=False), trade(1, "7 buy 1")]) == [(0, 7, 7, 7, 7)]
    assert prices.samples_left_out == 0


def test_fewer_values_than_rows_of_which_some_are_not_sure_are_an_error() -> None:
    class Few(Metric):
        @hookimpl
        def on_books(self, books: Books) -> None:
            self.sample(books.timestamp[1:], books.best_bid[1:])

    with pytest.raises(ValueError, match="few gave 3 samples for 4 rows of which some are not"):
        run_plugin(Few(), UNSURE)


# Subclasses


def test_a_subclass_is_free_in_the_names_of_its_state() -> None:
    class Named(Price):
        def __init__(self) -> None:
            super().__init__(name="price", window_seconds=1)
            self._last_time = self._sure = self._publish = self._tracks = None

    assert bars_of(Named(), size=1) == BARS_OF_MARKET
