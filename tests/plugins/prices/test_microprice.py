"""Tests of the weighted mid and the micro-price."""

from functools import partial

import pytest
from examples.metrics.microprice import MicroPrice, price_adjustments

from orderflow_core.testing import Moment, assert_same_results, bars, book, run_plugin

STAY = [[0.5, 0.2], [0.2, 0.5]]
JUMP = [[0.2, 0.1], [0.1, 0.2]]


@pytest.mark.parametrize("rounds", [0, 100])
def test_the_adjustment_of_a_symmetric_market_is_that_of_one_move(rounds: int) -> None:
    found = price_adjustments(STAY, [[0.15, 0.15], [0.15, 0.15]], JUMP, [-0.5, 0.5], rounds)

    assert found == pytest.approx([-1 / 14, 1 / 14])


def test_weighted_mid_and_micro_price_lean_to_the_thinner_side() -> None:
    plugin = MicroPrice(name="micro", window_seconds=1, tick=0.1, adjustments=[-1 / 14, 1 / 14])
    published = run_plugin(plugin, [book(0, "100.0 x 5", "100.1 x 3")])

    assert bars(published, "micro.weighted_mid")[0][4] == pytest.approx(100.0625)
    assert bars(published, "micro")[0][4] == pytest.approx(100.05 + 0.1 / 14)


def test_without_a_side_there_is_none() -> None:
    plugin = MicroPrice(tick=0.1, adjustments=[0])

    assert run_plugin(plugin, [book(0, "100.0 x 5"), book(1)]) == []


def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment]) -> None:
    make = partial(MicroPrice, window_seconds=5, tick=0.1, adjustments=[-0.2, 0, 0.2])

    assert_same_results(make, market=sample_market)
