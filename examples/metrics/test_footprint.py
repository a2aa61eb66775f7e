"""Tests of the footprint."""

from functools import partial

from examples.metrics.footprint import Footprint, longest_stack, point_of_control
from orderflow_core.testing import Moment, assert_same_results, bars, run_plugin, trades

# Ticks of 0.1 to [aggressor buys, aggressor sells].
VOLUMES = {1000: [0.0, 3.0], 1001: [9.0, 2.0], 1002: [8.0, 1.0], 1003: [7.0, 0.0], 1004: [0.0, 3.0]}
TAPE = (
    "100.0 sell 3, 100.1 buy 9, 100.1 sell 2, 100.2 buy 8, 100.2 sell 1, 100.3 buy 7, 100.4 sell 3"
)


def test_three_prices_with_three_times_the_sells_below_are_a_stack() -> None:
    """9 >= 3 x 3, 8 >= 3 x 2, 7 >= 3 x 1; the lowest and the highest price are left out."""
    assert longest_stack(VOLUMES, side=0, ratio=3, lot=1) == 3
    assert longest_stack(VOLUMES, side=1, ratio=3, lot=1) == 0


def test_a_price_without_trades_on_the_other_side_counts_as_a_lot() -> None:
    volumes = {1: [1.0, 1.0], 3: [2.0, 0.0], 5: [1.0, 1.0]}

    assert longest_stack(volumes, side=0, ratio=3, lot=1) == 0
    assert longest_stack(volumes, side=0, ratio=3, lot=0.5) == 1


def test_of_equal_volumes_the_higher_price_is_the_point_of_control() -> None:
    assert point_of_control({1: [1.0, 1.0], 2: [2.0, 0.0]}) == 2


def test_a_bar_closes_at_the_footprint_of_its_window() -> None:
    plugin = Footprint(window_seconds=1, tick=0.1)
    published = run_plugin(plugin, trades(0, TAPE, every=1) + trades(1000, "100.0 sell 1"))

    closes = {
        key: [bar[4] for bar in bars(published, f"footprint{key}")]
        for key in ("", ".poc", ".buy_stack", ".sell_stack")
    }
    assert closes == {
        "": [15, -1],
        ".poc": [1001 * 0.1, 1000 * 0.1],
        ".buy_stack": [3, 0],
        ".sell_stack": [0, 0],
    }


def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment]) -> None:
    make = partial(Footprint, window_seconds=5, tick=0.1, lot=0.001)

    assert_same_results(make, market=sample_market)
