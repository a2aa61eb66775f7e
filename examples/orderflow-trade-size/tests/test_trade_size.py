"""Tests of the metric vwap."""

from functools import partial

import pytest
from orderflow_core.testing import (
    assert_same_results,
    bars,
    run_plugin,
    sample_market,
    trades,
)
from orderflow_vwap import Vwap

TAPE = "100.1 buy 2, 100.1 buy 1, 100.0 sell 4, 100.2 buy 3, 100.0 sell 1, 100.1 buy 5"


def close(key: str, plugin: Vwap) -> float:
    """Return the close of the one bar of the tape."""
    published = run_plugin(plugin, trades(0, TAPE, every=10))
    [bar] = bars(published, key)
    return float(bar[4])


def test_a_bar_closes_at_the_vwap_of_its_trades() -> None:
    """1601.4 over 16."""
    assert close("vwap", Vwap()) == pytest.approx(100.0875)


@pytest.mark.parametrize(("key", "sign"), [("vwap.upper", 1), ("vwap.lower", -1)])
def test_the_bands_are_standard_deviations_away(key: str, sign: int) -> None:
    """One is 0.0695971 for the tape."""
    assert close(key, Vwap(bands=2)) == pytest.approx(100.0875 + sign * 2 * 0.0695971)


def test_each_window_begins_anew() -> None:
    market = trades(0, "100 buy 5, 200 sell 1", every=1000)

    assert [bar[4] for bar in bars(run_plugin(Vwap(window_seconds=1), market), "vwap")] == [
        100,
        200,
    ]


def test_one_price_has_no_width() -> None:
    published = run_plugin(Vwap(), trades(0, "61804.7 buy 0.1, 61804.7 sell 0.3"))

    assert bars(published, "vwap.upper") == bars(published, "vwap.lower")


def test_the_result_does_not_depend_on_the_size_of_blocks() -> None:
    """Over ten simulated seconds, with one row in a block or many."""
    assert_same_results(partial(Vwap, window_seconds=1), market=sample_market(100))
