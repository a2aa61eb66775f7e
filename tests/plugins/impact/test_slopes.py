"""Tests of Kyle's lambda and Amihud's illiquidity."""

from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from orderflow_impact import Amihud, Kyle, rolling

from orderflow_core import load_kernels
from orderflow_core.testing import Moment, assert_same_results, bars, run_plugin, trades

NET = np.array([10.0, -5, 8, -12, 4])
CHANGE = np.array([0.20, -0.11, 0.15, -0.25, 0.06])


@pytest.fixture(params=["plain", "compiled"])
def road(request: pytest.FixtureRequest) -> Any:
    return rolling if request.param == "plain" else load_kernels("orderflow_impact.kernel")


def test_kyles_lambda_is_the_slope_of_price_on_net_volume(road: Any) -> None:
    out = np.empty(1)
    road.slopes(NET, CHANGE, 5, out)

    assert out == pytest.approx([0.0201744], abs=1e-7)
    assert CHANGE.mean() - out[0] * NET.mean() == pytest.approx(-0.0101744, abs=1e-7)


def test_amihuds_illiquidity_is_the_mean_of_return_over_turnover(road: Any) -> None:
    out = np.empty(1)
    road.ratios(np.array([0.001, -0.002, 0.0005]), np.array([1e6, 2e6, 5e5]), 3, out)

    assert 1e6 * out == pytest.approx([0.001])


TAPE = trades(0, "100 buy 1, 101 buy 2, 100.5 sell 1, 102 buy 3, 101 sell 2", every=1000)


def test_an_observation_is_of_an_interval_with_trades_and_known_with_the_next_trade() -> None:
    """Net volumes 2, -1, 3 and changes 1, -0.5, 1.5 from the second interval on."""
    plugin = Kyle(window_seconds=1, interval_seconds=1, intervals=3)

    assert bars(run_plugin(plugin, TAPE), "kyle") == [(4000, *[pytest.approx(0.5)] * 4)]


def test_turnover_is_price_times_size() -> None:
    plugin = Amihud(window_seconds=1, interval_seconds=1, intervals=2)

    first, second = bars(run_plugin(plugin, TAPE), "amihud")
    assert (first[0], second[0]) == (3000, 4000)
    assert first[4] == pytest.approx(1e6 * (0.01 / 202 + (0.5 / 101) / 100.5) / 2)


@pytest.mark.parametrize(
    "tape",
    [
        "100 buy 1, 100 buy 1, 101 buy 1, 102 buy 1, 103 buy 1",
        "100 buy 0.1, 100 buy 0.2, 101 buy 0.3, 102 buy 0.3, 103 buy 0.3",
        "100 buy 0.3, 101 buy 0.1, 101 buy 0.2, 101 sell 0.3, 102 buy 1, 102 sell 1, 103 buy 1",
    ],
)
def test_equal_net_volumes_have_no_slope(tape: str) -> None:
    """Though 0.1 and 0.2 are not 0.3 of floats."""
    market = [replace(each, timestamp=1000 * round(each.price)) for each in trades(0, tape)]

    assert run_plugin(Kyle(interval_seconds=1, intervals=2), market) == []


def test_a_price_of_0_has_a_slope_and_no_illiquidity(road: Any) -> None:
    """As that of a spread: there is no return on it, and no turnover at it."""
    tape = trades(0, "1 buy 1, 0 sell 1, 2 buy 2, 4 sell 1, 5 buy 1, 6 buy 1", every=1000)
    made = {"window_seconds": 1, "interval_seconds": 1, "intervals": 2}

    with patch("orderflow_impact.slopes.load_kernels", return_value=road):
        slopes, ratios = (
            [bar[0] for bar in bars(run_plugin(each(name="it", **made), tape), "it")]
            for each in (Kyle, Amihud)
        )
    assert slopes == [3000, 4000, 5000]
    assert ratios == [5000]


@pytest.mark.parametrize("plugin_class", [Kyle, Amihud])
def test_the_result_does_not_depend_on_blocks(
    sample_market: list[Moment], plugin_class: type[Kyle | Amihud]
) -> None:
    make = partial(plugin_class, window_seconds=5, interval_seconds=0.5, intervals=10)

    assert_same_results(make, market=sample_market[:300])
