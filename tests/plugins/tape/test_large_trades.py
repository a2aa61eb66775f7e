"""Tests of large trades."""

from functools import partial

from examples.metrics.large_trades import LargeTrades, nearest_rank

from orderflow_core.testing import Moment, assert_same_results, bars, run_plugin, trades


def test_the_nearest_rank_is_one_of_the_sizes() -> None:
    """The 19th of 1 to 20: two sizes are at or above it."""
    sizes = range(1, 21)
    threshold = nearest_rank(sizes, 0.95)

    assert threshold == 19
    assert sum(size >= threshold for size in sizes) == 2


def test_a_trade_is_large_among_those_before_it() -> None:
    plugin = LargeTrades(name="large", window_seconds=0.001, trades=3, quantile=0.5)
    tape = "9 buy 1, 9 buy 2, 9 buy 3, 9 sell 2, 9 buy 1, 9 buy 2"

    published = run_plugin(plugin, trades(0, tape, every=1))

    assert [(bar[0], bar[4]) for bar in bars(published, "large")] == [(3, -2), (5, 2)]


def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment]) -> None:
    assert_same_results(partial(LargeTrades, trades=20), market=sample_market)
