"""Cumulative volume delta."""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orderflow_cvd import Cvd

from orderflow_core import TradeBatch, TradeBatches, hookimpl
from orderflow_core.testing import (
    Moment,
    Row,
    Tick,
    assert_same_results,
    bars,
    run_plugin,
    run_plugins,
    trade,
    update,
)

Market = Sequence[Row | Tick]
BLOCK_SIZES = pytest.mark.parametrize("block_size", [1, 2048])
TAPE = [
    "100.1 buy 2",
    "100.1 buy 1",
    "100.0 sell 4",
    "100.2 buy 3",
    "100.0 sell 1",
    "100.1 buy 5",
]


def cvd(market: Market, window_seconds: float = 1, block_size: int = 2048) -> list[tuple[Any, ...]]:
    """Return the closed bars: timestamp, open, high, low, close."""
    plugin = Cvd(window_seconds=window_seconds)
    return bars(run_plugin(plugin, market, block_size=block_size), "cvd")


def with_rows(trades: Sequence[Tick]) -> Market:
    """Put a book row at each trade, so that blocks can be cut between them."""
    return [item for tick in trades for item in (update(tick.timestamp), tick)]


# The numbers


def test_a_buy_adds_its_size_and_a_sell_takes_it_away() -> None:
    market: Market = [trade(time * 1000, text) for time, text in enumerate(TAPE)]

    assert [bar[4] for bar in cvd(market)] == [2, 3, -1, 2, 1, 6]


def test_the_extremes_of_a_bar_are_those_of_the_sum_after_each_trade() -> None:
    market: Market = [trade(time, text) for time, text in enumerate(TAPE)]

    assert cvd(market) == [(0, 0, 6, -1, 6)]


def test_the_price_plays_no_part() -> None:
    assert cvd([trade(0, "1 buy 2"), trade(1, "9 sell 3")]) == [(0, 0, 2, -1, -1)]


# Bars


@BLOCK_SIZES
def test_the_sum_is_carried_across_bars_without_trades(block_size: int) -> None:
    market = with_rows([trade(0, "100 buy 5"), trade(7000, "100 buy 1")])

    assert cvd(market, block_size=block_size) == [(0, 0, 5, 0, 5), (7000, 5, 6, 5, 6)]


def test_two_tables_sum_up_independently() -> None:
    plugins = [Cvd(name="fast", window_seconds=1), Cvd(name="slow", window_seconds=2)]

    published = run_plugins(plugins, [trade(0, "100 buy 5"), trade(1000, "100 sell 2")])

    assert [bar[4] for bar in bars(published, "fast")] == [5, 3]
    assert bars(published, "slow") == [(0, 0, 5, 0, 3)]


TRADES = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(["buy", "sell"]), st.floats(0.001, 1000)),
    min_size=1,
    max_size=15,
)


@settings(deadline=None)
@given(trades=TRADES, block_size=st.integers(1, 16))
def test_the_sum_is_added_in_the_order_of_trades_whatever_the_block(
    trades: list[tuple[int, str, float]], block_size: int
) -> None:
    times = accumulate(step for step, _, _ in trades)
    tape = [
        trade(time, f"100 {side} {size!r}")
        for time, (_, side, size) in zip(times, trades, strict=True)
    ]
    sums = list(accumulate(tick.side * tick.size for tick in tape))
    before = [0.0, *sums[:-1]]
    expected = []
    for start in sorted({tick.timestamp // 1000 for tick in tape}):
        members = [i for i, tick in enumerate(tape) if tick.timestamp // 1000 == start]
        values = [before[members[0]], *(sums[i] for i in members)]
        expected.append((start * 1000, values[0], max(values), min(values), values[-1]))

    assert cvd(with_rows(tape), block_size=block_size) == expected


class CvdByTrade(Cvd):
    """The same, one trade at a time."""

    total = 0.0

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Leave the columns alone."""

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        for each in batch:
            self.total += each.size * each.side
            self.sample(each.timestamp, self.total)


@pytest.mark.slow
def test_both_lanes_and_all_sizes_of_blocks_give_the_same(sample_market: list[Moment]) -> None:
    makes = [partial(each, window_seconds=5) for each in (Cvd, CvdByTrade)]

    assert_same_results(*makes, market=sample_market)
