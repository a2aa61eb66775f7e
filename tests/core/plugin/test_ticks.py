"""The step of prices, and numbers by price."""

import numpy as np
import pytest

from orderflow_core import PriceGrid, Ticks
from orderflow_core.testing import blocks, update


def found(prices: list[float]) -> float | None:
    ticks = Ticks()
    for block in blocks([update(7, [(price, 1.0) for price in prices]), update(8, "3.14159 x 1")]):
        ticks.see(block.windows)
    assert ticks.since == 7
    return ticks.size


@pytest.mark.parametrize(
    ("first", "tick"), [(61804.8, 0.1), (100.0, 0.5), (100.0, 0.05), (3e-7, 1e-9), (2500.0, 10.0)]
)
def test_the_tick_is_the_step_of_the_first_books_prices(first: float, tick: float) -> None:
    assert found([round(first + number * tick, 10) for number in (0, 2, 3, *range(5, 14))]) == tick


def test_of_few_prices_it_is_a_one_in_the_last_decimal() -> None:
    assert found([100.0, 100.5]) == 0.1


def test_a_tick_that_is_given_is_known_from_the_beginning() -> None:
    assert Ticks(0.5).since < 0
    assert Ticks(0.5).of(np.array([10.0, 10.49])).tolist() == [20, 21]


def test_a_tick_that_is_too_small_to_count_by_is_an_error() -> None:
    with pytest.raises(ValueError, match="a price of 100000 is too many ticks of 1e-15"):
        Ticks(1e-15).of(np.array([1e5, 1.0]))


@pytest.mark.parametrize(
    ("tick", "ticks", "price"), [(0.1, 1001, 100.1), (0.05, 3, 0.15), (1e-9, 7, 7e-9), (10, 3, 30)]
)
def test_prices_have_no_more_decimals_than_the_tick(tick: float, ticks: int, price: float) -> None:
    assert float(Ticks(tick).price(ticks)) == price


def test_a_grid_grows_to_either_side_and_keeps_what_is_there() -> None:
    grid = PriceGrid(2)
    grid.reach(10, 12)
    grid.values[11 - grid.low] = [3, 4]
    grid.reach(-500, 700)
    grid.values[700 - grid.low, 1] = 5
    low, values = grid.used()

    assert (low, len(values), values[0].tolist(), values[-1].tolist()) == (11, 690, [3, 4], [0, 5])


def test_a_cleared_grid_has_no_rows() -> None:
    grid = PriceGrid(1)
    grid.reach(0, 3)
    grid.values[:] = 1
    grid.clear()

    assert len(grid.used()[1]) == 0


def test_prices_too_far_apart_for_a_picture_are_an_error() -> None:
    grid = PriceGrid(1)
    grid.reach(0, 3)

    with pytest.raises(ValueError, match="too far apart for one picture"):
        grid.reach(0, 10**9)
