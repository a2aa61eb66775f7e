"""Tests of depth near the mid and of the cost to fill."""

from functools import partial
from typing import Any

import pytest
from orderflow_depth import Depth, FillCost

from orderflow_core import Metric
from orderflow_core.testing import Moment, assert_same_results, bars, book, run_plugin

BIDS, ASKS = "100.0 x 5, 99.9 x 7, 99.8 x 3", "100.1 x 3, 100.2 x 4, 100.3 x 8"


def close(plugin: Metric, key: str, bids: str = BIDS, asks: str = ASKS) -> list[float]:
    return [bar[4] for bar in bars(run_plugin(plugin, [book(0, bids, asks)]), key)]


@pytest.mark.parametrize(("bps", "bid", "ask"), [(10, 5, 3), (20, 12, 7), (30, 15, 15)])
def test_depth_is_the_size_within_basis_points_of_the_mid(
    bps: float, bid: float, ask: float
) -> None:
    found = [close(Depth(bps=bps), key) for key in ("depth", "depth.bid", "depth.ask")]

    assert found == [[bid + ask], [bid], [ask]]


def test_of_a_crossed_book_too_each_row_has_what_is_near_its_mid() -> None:
    """Beyond the mid, 100, lie the bid at 101 and the ask at 99; the row before had one level."""
    crossed = "101 x 1, 100.0 x 5, 99 x 1", "99 x 2, 100.0 x 4, 101 x 2"
    market = [book(0, BIDS, ASKS), book(1, *crossed)]

    for first in (0, 1):
        found = bars(run_plugin(Depth(window_seconds=0.001), market[first:]), "depth")
        assert found[-1][4] == 9


def test_basis_points_of_a_mid_below_0_are_of_its_distance_from_0() -> None:
    negative = "-100.1 x 3, -100.2 x 4, -100.3 x 8", "-100.0 x 5, -99.9 x 7, -99.8 x 3"

    assert close(Depth(bps=20), "depth.ask", *negative) == [12]
    assert close(FillCost(name="cost", size=1), "cost", *negative) == pytest.approx([4.9975])


def test_filling_walks_the_book() -> None:
    """5 to buy cost 100.14 each; 6 to sell bring (5 x 100 + 99.9) / 6."""
    plugin = FillCost(name="cost", size=5)

    assert close(plugin, "cost") == pytest.approx([8.9955], abs=1e-4)
    assert close(FillCost(name="cost", size=6), "cost.sell") == pytest.approx(
        [1e4 * (100.05 - (500 + 99.9) / 6) / 100.05]
    )


def test_more_than_the_levels_hold_costs_nothing_that_is_known() -> None:
    plugin = FillCost(name="cost", size=15)

    assert len(close(plugin, "cost")) == 1
    assert close(FillCost(name="cost", size=15.1), "cost") == []


@pytest.mark.parametrize("plugin", [Depth(name="it"), FillCost(name="it")])
def test_without_a_side_there_is_none(plugin: Metric) -> None:
    assert close(plugin, "it", BIDS, "") == []


@pytest.mark.parametrize("make", [partial(Depth, bps=5), partial(FillCost, size=0.7)])
def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment], make: Any) -> None:
    assert_same_results(partial(make, window_seconds=5), market=sample_market[:300])
