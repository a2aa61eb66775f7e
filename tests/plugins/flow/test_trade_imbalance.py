"""Tests of the trade imbalance."""

from functools import partial

import pytest
from orderflow_flow import TradeImbalance

from orderflow_core.testing import Moment, assert_same_results, bars, run_plugin, trades

TAPE = "100.1 buy 2, 100.1 buy 1, 100.0 sell 4, 100.2 buy 3, 100.0 sell 1, 100.1 buy 5"


def test_a_bar_closes_at_the_imbalance_of_its_window() -> None:
    """(11 - 5) / 16 by volume, (4 - 2) / 6 by count."""
    plugin = TradeImbalance(name="imbalance", window_seconds=1)
    published = run_plugin(plugin, trades(0, TAPE, every=10))

    assert bars(published, "imbalance")[0][4] == 0.375
    assert bars(published, "imbalance.count")[0][4] == pytest.approx(1 / 3)


def test_each_window_begins_anew() -> None:
    plugin = TradeImbalance(name="imbalance", window_seconds=1)
    published = run_plugin(plugin, trades(0, "100 buy 5, 100 sell 1", every=1000))

    assert bars(published, "imbalance") == [(0, 1, 1, 1, 1), (1000, -1, -1, -1, -1)]


def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment]) -> None:
    assert_same_results(partial(TradeImbalance, window_seconds=5), market=sample_market[:300])
