"""Price bars: which trade counts in which bar. The rule of bars is told of `BarMaker`."""

from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orderflow_ohlc import Ohlc
from pydantic import ValidationError

from orderflow_core import Bars
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


def ohlc(
    market: Market, window_seconds: float = 1, block_size: int = 2048
) -> list[tuple[float, ...]]:
    """Return the closed bars: timestamp, open, high, low, close, volume."""
    plugin = Ohlc(window_seconds=window_seconds)
    return bars(run_plugin(plugin, market, block_size=block_size), "ohlc")


def known_at(market: Market, block_size: int = 2048) -> list[int]:
    published = run_plugin(Ohlc(window_seconds=1), market, block_size=block_size)
    return [bar[-1] for bar in bars(published, "ohlc", known_at=True)]


def published_states(market: Market, block_size: int) -> list[list[tuple[int, float, bool]]]:
    """Return for each event the timestamp, the close and `closed` of its bars."""
    published = run_plugin(Ohlc(window_seconds=1), market, block_size=block_size)
    return [
        [(bar.timestamp, bar.close, bar.closed) for bar in event]
        for event in published
        if isinstance(event, Bars)
    ]


# What a bar holds


def test_a_bar_has_first_highest_lowest_and_last_price_and_the_sum_of_sizes() -> None:
    market: Market = [
        trade(0, "100 buy 1"),
        trade(200, "103 buy 2"),
        trade(400, "98 sell 4"),
        trade(999, "101 buy 0.5"),
    ]

    assert ohlc(market) == [(0, 100, 103, 98, 101, 7.5)]


def test_a_trade_counts_by_its_own_time_not_by_its_windows() -> None:
    """The book row of 900 is the newest one when the trade of 1100 comes."""
    market: Market = [update(900), trade(950, "100 buy 1"), trade(1100, "101 buy 1"), update(1200)]

    assert [bar[0] for bar in ohlc(market)] == [0, 1000]


def test_trades_before_the_first_book_row_count() -> None:
    market: Market = [trade(5, "100 buy 1"), update(10), trade(10, "101 buy 2")]

    assert ohlc(market) == [(0, 100, 101, 100, 101, 3)]


@pytest.mark.parametrize("block_size", [1, 2, 3, 2048])
def test_the_volume_is_added_in_the_order_of_trades_whatever_the_block(block_size: int) -> None:
    """0.1 ten times from left to right is less than 1."""
    market: Market = [
        item for t in range(10) for item in (update(t * 10), trade(t * 10 + 5, "100 buy 0.1"))
    ]

    [bar] = ohlc(market, block_size=block_size)

    assert bar[-1] == 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1
    assert bar[-1] != 1.0


TRADES = st.lists(
    st.tuples(st.integers(0, 900), st.floats(1, 1000), st.floats(0.001, 1000)),
    min_size=1,
    max_size=15,
)


@settings(deadline=None)
@given(trades=TRADES, block_size=st.integers(1, 16))
def test_bars_are_those_of_a_plain_loop_whatever_the_block(
    trades: list[tuple[int, float, float]], block_size: int
) -> None:
    market: list[Row | Tick] = []
    expected: dict[int, list[float]] = {}
    time = 0
    for step, price, size in trades:
        time += step
        market += [update(time), trade(time, f"{price!r} buy {size!r}")]
        bar = expected.setdefault(time // 1000 * 1000, [price, price, price, price, 0])
        bar[1:] = max(bar[1], price), min(bar[2], price), price, bar[4] + size

    assert ohlc(market, block_size=block_size) == [(start, *bar) for start, bar in expected.items()]


# The open bar

GROWING: Market = [
    update(0),
    trade(100, "100 buy 1"),
    update(500),
    trade(600, "102 buy 1"),
    update(1000),
    trade(1100, "101 buy 1"),
]


def test_the_open_bar_is_published_once_a_block_and_closed_once() -> None:
    assert published_states(GROWING, block_size=1) == [
        [(0, 100, False)],
        [(0, 102, False)],
        [(0, 102, True), (1000, 101, False)],
        [(1000, 101, True)],
    ]


# When a bar is known


@BLOCK_SIZES
def test_a_bar_is_known_at_the_trade_that_comes_before_the_next_book_row(block_size: int) -> None:
    market: Market = [update(0), trade(100, "100 buy 1"), trade(1100, "101 buy 1"), update(1200)]

    assert known_at(market, block_size)[0] == 1100


@BLOCK_SIZES
def test_the_end_of_the_stream_closes_the_bar_and_is_when_it_is_known(block_size: int) -> None:
    market: Market = [update(0), trade(100, "100 buy 1"), update(250)]

    assert known_at(market, block_size) == [250]


# Instances


def test_two_tables_make_bars_of_two_lengths() -> None:
    market: Market = [trade(0, "100 buy 1"), trade(1500, "101 buy 1"), trade(2500, "99 sell 1")]
    plugins = [Ohlc(name="fast", window_seconds=1), Ohlc(name="slow", window_seconds=2)]

    published = run_plugins(plugins, market)

    assert [bar[0] for bar in bars(published, "fast")] == [0, 1000, 2000]
    assert bars(published, "slow") == [(0, 100, 101, 100, 101, 2), (2000, 99, 99, 99, 99, 1)]


@pytest.mark.parametrize("window_seconds", [0, -1, 0.0005, float("inf"), float("nan")])
def test_a_window_that_is_no_whole_number_of_milliseconds_is_refused(
    window_seconds: float,
) -> None:
    with pytest.raises(ValidationError, match="window_seconds"):
        Ohlc(window_seconds=window_seconds)


def test_the_bars_belong_to_the_price_pane() -> None:
    event, *_ = run_plugin(Ohlc(name="minute"), [trade(0, "100 buy 1")])

    assert isinstance(event, Bars)
    series = event.series
    assert (series.key, series.title, series.pane) == ("minute", "minute", "price")


def test_all_sizes_of_blocks_give_the_same(sample_market: list[Moment]) -> None:
    assert_same_results(partial(Ohlc, window_seconds=5), market=sample_market)
