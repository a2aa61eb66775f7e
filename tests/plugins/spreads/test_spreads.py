"""Tests of the effective spread and its two parts."""

from functools import partial

import pytest
from orderflow_spreads import EffectiveSpread, QuotedSpread, RealisedSpread

from orderflow_core.testing import Moment, assert_same_results, bars, book, run_plugin, trade

MARKET = [
    book(0, "100.0 x 5", "100.1 x 3"),
    trade(10, "100.1 buy 1"),
    book(10, "100.07 x 5", "100.17 x 3"),
    book(30, "100.07 x 5", "100.17 x 3"),
]


def test_a_buy_pays_twice_its_distance_from_the_mid_before_its_millisecond() -> None:
    """The row of the trade's own millisecond shows the book after it: it does not count."""
    published = run_plugin(EffectiveSpread(name="effective", window_seconds=1), MARKET)

    [(start, *values)] = bars(published, "effective")
    assert start == 0
    assert values == pytest.approx([0.10] * 4)


def test_a_trade_without_a_mid_before_it_gives_no_sample() -> None:
    market = [trade(0, "100 buy 1"), book(0, "100 x 1", "101 x 1"), trade(0, "101 buy 1")]

    assert run_plugin(EffectiveSpread(), market) == []


def test_a_mid_that_is_not_sure_counts_as_none() -> None:
    market = [book(0, "100 x 1", "101 x 1", sure=False), trade(5, "101 buy 1")]

    assert run_plugin(EffectiveSpread(), market) == []


def test_the_effective_spread_is_the_realised_one_and_the_impact() -> None:
    plugin = RealisedSpread(name="realised", window_seconds=1, horizon_ms=15)
    published = run_plugin(plugin, MARKET)

    [realised], [impact] = bars(published, "realised"), bars(published, "realised.impact")
    assert (realised[4], impact[4]) == pytest.approx((-0.04, 0.14))


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("price", [0.3, 61804.7])
def test_the_two_parts_add_up_to_the_last_digits(side: str, price: float) -> None:
    market = [
        book(0, [(price * 0.99, 1)], [(price * 1.01, 1)]),
        trade(5, f"{price} {side} 1"),
        book(10, [(price * 0.98, 1)], [(price * 1.03, 1)]),
        book(20, [(price * 0.97, 1)], [(price * 1.03, 1)]),
    ]
    effective, realised, impact = (
        bars(run_plugin(plugin, market), key)[0][4]
        for plugin, key in (
            (EffectiveSpread(name="it"), "it"),
            (RealisedSpread(name="it", horizon_ms=10), "it"),
            (RealisedSpread(name="it", horizon_ms=10), "it.impact"),
        )
    )

    assert effective == pytest.approx(realised + impact, rel=1e-12, abs=1e-12)


def test_a_trade_whose_horizon_lies_beyond_the_end_has_no_realised_spread() -> None:
    assert run_plugin(RealisedSpread(horizon_ms=20), MARKET) == []


def test_the_quoted_spread_is_that_of_the_touch() -> None:
    market = [book(0, "100 x 5", "101 x 3"), book(1, "100 x 5"), book(2, "102 x 1", "101 x 1")]
    published = run_plugin(QuotedSpread(name="quoted", window_seconds=1), market)

    assert bars(published, "quoted") == [(0, 1, 1, -1, -1)]


@pytest.mark.parametrize("plugin_class", [QuotedSpread, EffectiveSpread, RealisedSpread])
def test_the_result_does_not_depend_on_blocks(
    sample_market: list[Moment],
    plugin_class: type[QuotedSpread | EffectiveSpread | RealisedSpread],
) -> None:
    assert_same_results(partial(plugin_class, window_seconds=5), market=sample_market[:300])
