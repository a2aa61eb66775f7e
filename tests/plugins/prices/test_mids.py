"""Tests of the weighted mid and VAMP."""

from functools import partial

import pytest
from orderflow_prices import Vamp, WeightedMid

from orderflow_core import Metric
from orderflow_core.testing import Moment, assert_same_results, bars, book, run_plugin

BIDS, ASKS = "100.0 x 5, 99.9 x 7, 99.8 x 3", "100.1 x 3, 100.2 x 4, 100.3 x 8"


def price(plugin: Metric, bids: str = BIDS, asks: str = ASKS) -> list[float]:
    return [bar[4] for bar in bars(run_plugin(plugin, [book(0, bids, asks)]), plugin.name)]


def test_the_weighted_mid_is_the_touch_by_the_sizes_of_the_other_side() -> None:
    assert price(WeightedMid()) == pytest.approx([100.0625])


def test_vamp_is_the_same_over_levels() -> None:
    assert price(Vamp(levels=3)) == pytest.approx([100.0266667])


def test_vamp_counts_the_levels_that_are_on_both_sides() -> None:
    """(100 x 3 + 101 x 5) / 8."""
    assert price(Vamp(levels=2), "100 x 5, 99 x 9", "101 x 3") == [(300 + 505) / 8]


@pytest.mark.parametrize("plugin", [WeightedMid(), Vamp(levels=1)])
def test_without_a_side_there_is_none(plugin: Metric) -> None:
    assert price(plugin, BIDS, "") == []


@pytest.mark.parametrize("plugin_class", [WeightedMid, partial(Vamp, levels=5)])
def test_the_result_does_not_depend_on_blocks(
    sample_market: list[Moment], plugin_class: type[Metric]
) -> None:
    assert_same_results(partial(plugin_class, window_seconds=5), market=sample_market[:300])
