"""Measures against two packages of others, on drawn books and tapes, where those are right.

Where they are other things they are left out: the VPIN of `orderflow-metrics` classifies volume in
bulk; the value area of `wickra` is of candles, its "Microprice" is the weighted mid, and its
Kyle's lambda rolls over trades.
"""

from typing import Any

import numpy as np
import orderflow_metrics
import pytest
import wickra
from hypothesis import given, settings
from hypothesis import strategies as st
from orderflow_depth import Depth, FillCost
from orderflow_flow import Ofi, TradeImbalance, order_flow
from orderflow_impact import Vpin, rolling
from orderflow_prices import WeightedMid
from orderflow_spreads import EffectiveSpread, QuotedSpread

from orderflow_core import Metric
from orderflow_core.testing import Tick, bars, book, run_plugin

pytestmark = pytest.mark.slow

Levels = list[tuple[float, float]]
others: Any = orderflow_metrics
sizes = st.integers(1, 50).map(lambda lots: lots / 10)
LEVELS = 3


@st.composite
def sides(draw: st.DrawFn) -> tuple[Levels, Levels]:
    """Draw a book of three levels a side, best first, not crossed."""
    bid = draw(st.integers(990, 1000))
    steps = draw(st.lists(st.integers(1, 3), min_size=2 * LEVELS, max_size=2 * LEVELS))
    prices = np.cumsum(steps)
    bids = [((bid - int(n)) / 10, draw(sizes)) for n in prices[:LEVELS]]
    asks = [((bid + int(n)) / 10, draw(sizes)) for n in np.cumsum(steps[LEVELS:])]
    return bids, asks


books = st.lists(sides(), min_size=2, max_size=6)
tapes = st.lists(
    st.builds(
        Tick,
        timestamp=st.just(5),
        price=st.integers(990, 1010).map(lambda ticks: ticks / 10),
        size=sizes,
        side=st.sampled_from([1, -1]),
    ),
    min_size=2,
    max_size=20,
)


def closes(plugin: Metric, market: list[Any], key: str = "") -> list[float]:
    """Return the closes of the bars, one a millisecond."""
    return [bar[4] for bar in bars(run_plugin(plugin, market), key or plugin.name)]


def rows(drawn: list[tuple[Levels, Levels]]) -> list[Any]:
    return [book(time, *each, snapshot=not time) for time, each in enumerate(drawn)]


def theirs(each: tuple[Levels, Levels]) -> Any:
    bids, asks = ([others.Level(*level) for level in side] for side in each)
    return others.BookSnapshot(bids, asks)


def quote(each: tuple[Levels, Levels]) -> Any:
    return others.L1Quote(*each[0][0], *each[1][0])


def of_wickra(indicator: Any, each: tuple[Levels, Levels]) -> Any:
    (bid_price, bid_size), (ask_price, ask_size) = (list(zip(*side, strict=True)) for side in each)
    columns = (bid_price, bid_size, ask_price, ask_size)
    return indicator.update(*(list(column) for column in columns))


def exactly(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@given(books)
@settings(deadline=None)
def test_ofi_is_that_of_both(drawn: list[tuple[Levels, Levels]]) -> None:
    found = closes(Ofi(window_seconds=0.001), rows(drawn))
    indicator = wickra.OrderFlowImbalance(1)
    each = [of_wickra(indicator, sides) for sides in drawn]

    assert found[1:] == exactly(others.ofi_series([quote(s) for s in drawn]))
    assert found[1:] == exactly(each[1:])


@given(sides(), sides())
@settings(deadline=None)
def test_multi_level_ofi_is_that_of_orderflow_metrics(
    before: tuple[Levels, Levels], after: tuple[Levels, Levels]
) -> None:
    matrices = [
        np.array([[level[column] for level in each[side]] for each in (before, after)])
        for side in (0, 1)
        for column in (0, 1)
    ]

    wanted = others.multi_level_ofi(theirs(before), theirs(after), LEVELS)
    assert order_flow(*matrices)[0].tolist() == exactly(wanted)


@given(books)
@settings(deadline=None)
def test_the_weighted_mid_is_that_of_both(drawn: list[tuple[Levels, Levels]]) -> None:
    found = closes(WeightedMid(window_seconds=0.001), rows(drawn))

    assert found == exactly([others.weighted_mid(quote(s)) for s in drawn])
    assert found == exactly([of_wickra(wickra.Microprice(), s) for s in drawn])


@given(books)
@settings(deadline=None)
def test_depth_and_the_quoted_spread_are_those_of_orderflow_metrics(
    drawn: list[tuple[Levels, Levels]],
) -> None:
    spread = closes(QuotedSpread(window_seconds=0.001), rows(drawn))
    found = closes(Depth(window_seconds=0.001, bps=33), rows(drawn))
    depths = [others.depth_within(theirs(s).bids, theirs(s).asks, 33) for s in drawn]

    assert spread == exactly([others.quoted_spread(bids[0][0], asks[0][0]) for bids, asks in drawn])
    assert found == exactly([depth.total for depth in depths])


@given(sides(), st.integers(1, 60).map(lambda lots: lots / 10))
@settings(deadline=None)
def test_the_cost_to_fill_is_that_of_orderflow_metrics(
    drawn: tuple[Levels, Levels], size: float
) -> None:
    held = others.OrderBook()
    for name, side in zip(("bid", "ask"), drawn, strict=True):
        for price, amount in side:
            held.update(name, price, amount)
    filled = others.simulate_market_order(held, "buy", size)
    found = closes(FillCost(name="cost", size=size), [book(0, *drawn)])

    if filled.remaining_size > 1e-9:
        assert found == []
    else:
        mid = (drawn[0][0][0] + drawn[1][0][0]) / 2
        assert found == exactly([1e4 * (filled.avg_price - mid) / mid])


@given(tapes)
@settings(deadline=None)
def test_the_trade_imbalance_is_that_of_orderflow_metrics(tape: list[Tick]) -> None:
    named = [others.Trade(t.price, t.size, "buy" if t.side > 0 else "sell") for t in tape]

    assert closes(TradeImbalance(), tape) == exactly([others.trade_imbalance(named)])


@given(sides(), tapes)
@settings(deadline=None)
def test_the_effective_spread_is_that_of_orderflow_metrics(
    drawn: tuple[Levels, Levels], tape: list[Tick]
) -> None:
    mid = (drawn[0][0][0] + drawn[1][0][0]) / 2
    last = tape[-1]
    wanted = others.effective_spread(last.price, mid, "buy" if last.side > 0 else "sell")

    found = closes(EffectiveSpread(), [book(0, *drawn), *tape], "effectivespread")
    assert found == pytest.approx([wanted])


@given(tapes, st.integers(2, 40))
@settings(deadline=None)
def test_vpin_is_that_of_wickra(tape: list[Tick], lots: int) -> None:
    indicator = wickra.Vpin(float(lots), 2)
    whole = [Tick(t.timestamp, t.price, float(round(t.size * 10)), t.side) for t in tape]
    wanted = [indicator.update(t.price, t.size, t.side > 0) for t in whole]
    found = closes(Vpin(bucket_volume=lots, buckets=2), whole)

    assert found == exactly([each for each in wanted[-1:] if each is not None])


pairs = st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=3, max_size=30)


@given(pairs)
@settings(deadline=None)
def test_kyles_lambda_is_that_of_orderflow_metrics(drawn: list[tuple[int, int]]) -> None:
    x, y = np.array(drawn, np.float64).T.copy()
    out = np.empty(1)
    rolling.slopes(x, y, len(x), out)
    named = [others.FlowObservation(change, net) for net, change in drawn]

    if len(set(x.tolist())) > 1:
        assert out[0] == exactly(others.kyle_lambda(named))
    else:
        assert np.isnan(out[0])


@given(pairs)
@settings(deadline=None)
def test_amihuds_illiquidity_is_that_of_orderflow_metrics(drawn: list[tuple[int, int]]) -> None:
    returns, turnover = np.array(drawn, np.float64).T.copy()
    turnover = np.abs(turnover) + 1
    out = np.empty(1)
    rolling.ratios(returns, turnover, len(returns), out)
    named = [others.ReturnVolume(*each) for each in zip(returns, turnover, strict=True)]

    assert out[0] == exactly(others.amihud_illiquidity(named))
