"""Tests of OFI."""

import numpy as np
import pytest
from examples.metrics.ofi import Ofi, order_flow

from orderflow_core.testing import Moment, assert_same_results, bars, book, run_plugin

ROWS = [(100, 5, 100.1, 3), (100, 8, 100.1, 3), (100.1, 2, 100.2, 4), (100.1, 2, 100.2, 1)]
BOOKS = [*ROWS, (100, 6, 100.1, 9)]


def test_the_flow_of_each_row_is_what_was_added_and_taken() -> None:
    """Improved size, both sides up, ask taken, both sides down."""
    columns = [np.array([[row[column]] for row in BOOKS], float) for column in range(4)]

    assert order_flow(*columns).ravel().tolist() == [3, 5, 3, -11]


def test_the_flow_over_levels_is_a_vector() -> None:
    flow = order_flow(
        np.array([[100, 99.9], [100.1, 100]]),
        np.array([[5.0, 7], [2, 5]]),
        np.array([[100.1, 100.2], [100.2, 100.3]]),
        np.array([[3.0, 4], [4, 8]]),
    )

    assert flow.tolist() == [[5, 9]]


def test_a_bar_closes_at_the_sum_of_its_window() -> None:
    market = [
        book(100 * number, [(bid, bid_size)], [(ask, ask_size)])
        for number, (bid, bid_size, ask, ask_size) in enumerate(BOOKS)
    ]

    in_one = bars(run_plugin(Ofi(window_seconds=1), market), "ofi")
    in_two = bars(run_plugin(Ofi(window_seconds=0.3), market), "ofi")

    assert in_one == [(0, 0, 11, 0, 0)]
    assert in_two == [(0, 0, 8, 0, 8), (300, 3, 3, -8, -8)]


@pytest.mark.parametrize("block_size", [1, 2048])
def test_what_happened_around_a_row_that_is_not_sure_adds_nothing(block_size: int) -> None:
    sizes = [(5, True), (8, True), (100, False), (3, True), (4, True)]
    market = [book(time, [(100, n)], "101 x 1", sure=sure) for time, (n, sure) in enumerate(sizes)]

    published = run_plugin(Ofi(window_seconds=1), market, block_size=block_size)

    assert bars(published, "ofi") == [(0, 0, 4, 0, 4)]


@pytest.mark.parametrize("levels", [1, 3])
def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment], levels: int) -> None:
    def make(name: str) -> Ofi:
        return Ofi(name=name, window_seconds=5, levels=levels)

    assert_same_results(make, market=sample_market)
