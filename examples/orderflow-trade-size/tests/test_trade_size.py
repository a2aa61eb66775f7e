"""Tests of the metric trade_size."""

from functools import partial

from orderflow_core.testing import (
    assert_same_results,
    bars,
    run_plugin,
    sample_market,
    trades,
)

from orderflow_trade_size import TradeSize

TAPE = "100.1 buy 2, 100.1 buy 1, 100.0 sell 6"


def test_a_bar_closes_at_the_mean_size_of_its_trades() -> None:
    """9 over 3."""
    published = run_plugin(TradeSize(name="size"), trades(0, TAPE, every=10))

    assert bars(published, "size") == [(0, 2, 3, 1.5, 3)]


def test_the_largest_trade_is_the_high_of_their_own_sizes() -> None:
    published = run_plugin(TradeSize(name="size"), trades(0, TAPE, every=10))

    assert bars(published, "size.each") == [(0, 2, 6, 1, 6)]


def test_smaller_trades_do_not_count() -> None:
    published = run_plugin(TradeSize(name="size", least=2), trades(0, TAPE, every=10))

    assert bars(published, "size") == [(0, 2, 4, 2, 4)]


def test_each_window_begins_anew() -> None:
    market = trades(0, "100 buy 5, 100 sell 1", every=1000)
    published = run_plugin(TradeSize(name="size", window_seconds=1), market)

    assert [bar[4] for bar in bars(published, "size")] == [5, 1]


def test_the_result_does_not_depend_on_the_size_of_blocks() -> None:
    """Over ten simulated seconds, with one row in a block or many."""
    assert_same_results(partial(TradeSize, window_seconds=1), market=sample_market(100))
