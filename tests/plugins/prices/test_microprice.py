"""Tests of the weighted mid and the micro-price."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from orderflow_prices.microprice import MicroPrice, fitted, price_adjustments

from orderflow_core.testing import Moment, assert_same_results, bars, book, run_plugin

STAY = [[0.5, 0.2], [0.2, 0.5]]
JUMP = [[0.2, 0.1], [0.1, 0.2]]


@pytest.mark.parametrize("rounds", [0, 100])
def test_the_adjustment_of_a_symmetric_market_is_that_of_one_move(rounds: int) -> None:
    found = price_adjustments(STAY, [[0.15, 0.15], [0.15, 0.15]], JUMP, [-0.5, 0.5], rounds)

    assert found == pytest.approx([-1 / 14, 1 / 14])


def test_it_leans_to_the_thinner_side() -> None:
    plugin = MicroPrice(name="micro", window_seconds=1, tick=0.1, adjustments=[-1 / 14, 1 / 14])
    published = run_plugin(plugin, [book(0, "100.0 x 5", "100.1 x 3")])

    assert bars(published, "micro")[0][4] == pytest.approx(100.05 + 0.1 / 14)


def test_without_a_side_there_is_none() -> None:
    plugin = MicroPrice(tick=0.1, adjustments=[0])

    assert run_plugin(plugin, [book(0, "100.0 x 5"), book(1)]) == []


def test_a_fit_counts_every_step_and_its_mirror_image() -> None:
    """Two states; one move up by a tick from the one with more bids, besides steps without one."""
    counts = np.zeros((5, 2, 2))
    counts[2] = [[3, 1], [1, 2]]
    counts[4, 1, 1] = 1

    # Mirrored, either state has 5 of 9 steps to itself, 2 of 9 to the other... and 1 of 9 a tick.
    both = np.array([[5, 2], [2, 5]]) / 8
    expected = price_adjustments(both, np.eye(2) / 8, np.eye(2) / 8, [-1, 1])
    assert fitted(counts, 2) == pytest.approx(expected)
    assert fitted(counts, 2)[1] > 0


def test_it_is_fitted_on_the_time_before_and_not_known_until_then() -> None:
    """In the first second a mid with more bids goes up by a tick, one with fewer down."""
    plugin = MicroPrice(name="micro", window_seconds=1, tick=1, buckets=2, spreads=1, fit_seconds=1)
    up, down = ("100 x 3", "101 x 1"), ("101 x 1", "102 x 3")
    rows = [up, down] * 5
    market = [book(100 * n, *rows[n], snapshot=not n) for n in range(10)] + [
        book(1000, *up, snapshot=False)
    ]

    [bar] = bars(run_plugin(plugin, market), "micro")
    assert bar[0] == 1000
    assert bar[4] > 100.5


def test_steps_around_a_snapshot_are_no_part_of_the_fit() -> None:
    plugin = MicroPrice(name="micro", window_seconds=1, tick=1, fit_seconds=1)
    market = [book(500 * n, f"{100 + n} x 3", f"{101 + n} x 1") for n in range(5)]

    assert run_plugin(plugin, market) == []


@pytest.mark.parametrize("values", [{"adjustments": [-0.2, 0, 0.2]}, {"fit_seconds": 7}])
def test_the_result_does_not_depend_on_blocks(
    sample_market: list[Moment], values: dict[str, Any]
) -> None:
    make = partial(MicroPrice, window_seconds=5, tick=0.1, **values)

    assert_same_results(make, market=sample_market[:300])
