"""Tests of OFI."""

import numpy as np
import pytest
from orderflow_flow import Ofi, order_flow

from orderflow_core import SettingsError
from orderflow_core.testing import Moment, assert_same_results, bars, book, run_plugin, trades

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
        book(100 * number, [(bid, bid_size)], [(ask, ask_size)], snapshot=not number)
        for number, (bid, bid_size, ask, ask_size) in enumerate(BOOKS)
    ]

    in_one = bars(run_plugin(Ofi(window_seconds=1), market), "ofi")
    in_two = bars(run_plugin(Ofi(window_seconds=0.3), market), "ofi")

    assert in_one == [(0, 0, 11, 0, 0)]  # in all 0
    assert in_two == [(0, 0, 8, 0, 8), (300, 3, 3, -8, -8)]


@pytest.mark.parametrize("block_size", [1, 2048])
def test_what_happened_around_a_row_that_is_not_sure_adds_nothing(block_size: int) -> None:
    sizes = [(5, True), (8, True), (100, False), (3, True), (4, True)]
    market = [
        book(time, [(100, n)], "101 x 1", sure=sure, snapshot=not time)
        for time, (n, sure) in enumerate(sizes)
    ]

    published = run_plugin(Ofi(window_seconds=1), market, block_size=block_size)

    assert bars(published, "ofi") == [(0, 0, 4, 0, 4)]


def test_a_snapshot_is_no_flow() -> None:
    market = [
        book(0, "100 x 5", "101 x 1"),
        book(1, "100 x 9", "101 x 1"),
        book(2, "100 x 8", "101 x 1", snapshot=False),
    ]

    assert bars(run_plugin(Ofi(window_seconds=1), market), "ofi") == [(0, 0, 0, -1, -1)]


def test_a_level_that_is_missing_in_either_row_adds_nothing_on_its_side() -> None:
    market = [
        book(0, "100 x 5"),
        book(1, "100 x 7", "101 x 4", snapshot=False),
        book(2, "", "101 x 3", snapshot=False),
    ]

    assert bars(run_plugin(Ofi(window_seconds=1), market), "ofi") == [(0, 0, 3, 0, 3)]


@pytest.mark.parametrize("before", ["", "100 buy 1"])
def test_normalised_it_is_divided_by_the_mean_size_of_a_level_so_far(before: str) -> None:
    """(8 - 5) over the mean of 5, 3, 8 and 3; a trade before the first book row adds none."""
    rows = [book(1, "100 x 5", "100.1 x 3"), book(2, "100 x 8", "100.1 x 3", snapshot=False)]
    market = [*trades(0, before), *rows]

    [bar] = bars(run_plugin(Ofi(window_seconds=1, normalised=True), market), "ofi")
    assert bar[4] == pytest.approx(3 / 4.75, rel=1e-15)


def test_more_levels_than_books_carry_are_an_error() -> None:
    with pytest.raises(SettingsError, match=r"levels = 2: \[plugins.given_books\] carries only 1"):
        run_plugin(Ofi(levels=2), [book(0, "100 x 5")])


@pytest.mark.parametrize("levels", [1, 3])
def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment], levels: int) -> None:
    def make(name: str) -> Ofi:
        return Ofi(name=name, window_seconds=5, levels=levels)

    assert_same_results(make, market=sample_market[:300])
