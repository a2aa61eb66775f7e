"""Bars that close with the trade that reaches a threshold."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from orderflow_cvd import Cvd
from orderflow_ohlc import Ohlc
from pydantic import ValidationError

from orderflow_core import Bars, InstrumentFacts, load_kernels
from orderflow_core.testing import (
    Moment,
    assert_same_results,
    bars,
    run_plugin,
    run_plugins,
    trade,
    update,
)
from tests.roads import without_kernels

SIZES = pytest.mark.parametrize("block_size", [1, 2048])


def tape(text: str) -> list[Moment]:
    """Return trades such as `100+2 101-3`, price, side and size, one every 10 ms."""
    market: list[Moment] = []
    for place, each in enumerate(text.split()):
        side = "buy" if "+" in each else "sell"
        price, size = each.replace("-", "+").split("+")
        market += [update(10 * place), trade(10 * place, f"{price} {side} {size}")]
    return market


def made(market: Sequence[Moment], block_size: int = 2048, **settings: Any) -> list[Any]:
    """Return each closed bar as a row."""
    published = run_plugin(Ohlc(**settings), market, block_size=block_size)
    return [bar for event in published if isinstance(event, Bars) for bar in event if bar.closed]


# The vectors of the literature

BY_SIZE = "100+2 100+1 100+4 100+3 100+1 100+5"
BY_VALUE = "100+2 101+3 99+1 100+4 102+2 101+3"
BY_SIDE = "1+1 1+1 1-1 1+1 1+1 1-1 1-1 1-1 1+1 1-1"


@SIZES
@pytest.mark.parametrize(
    ("clock", "threshold", "text", "volumes", "ends"),
    [
        ("volume", 5, BY_SIZE, [7, 9], [20, 50]),
        ("value", 500, BY_VALUE, [5, 7, 3], [10, 40, 50]),
        ("imbalance", 3, BY_SIDE, [5, 3, 2], [40, 70, 90]),
        ("trades", 4, BY_SIDE, [4, 4, 2], [30, 70, 90]),
    ],
)
def test_a_bar_closes_unsplit_with_the_trade_that_reaches_the_threshold(
    clock: str, threshold: float, text: str, volumes: list[float], ends: list[int], block_size: int
) -> None:
    found = made(tape(text), block_size, clock=clock, threshold=threshold)

    assert [bar.volume for bar in found] == volumes
    assert [bar.end for bar in found] == ends


def test_value_bars_of_dollars_close_at_503_and_703() -> None:
    found = made(tape(BY_VALUE), clock="value", threshold=500)

    assert [(bar.open, bar.high, bar.low, bar.close) for bar in found] == [
        (100, 101, 100, 101),
        (99, 102, 99, 102),
        (101, 101, 101, 101),
    ]


@pytest.mark.parametrize(
    ("facts", "closed"),
    [
        (InstrumentFacts(contract_value=0.01), 1),
        (InstrumentFacts(contract_value=100, kind="inverse"), 6),
    ],
)
def test_the_value_of_contracts_is_what_they_stand_for(facts: InstrumentFacts, closed: int) -> None:
    """A hundredth of a coin each, or a hundred dollars each whatever the price."""
    market = [update(0), *(trade(place, "120.7 buy 3") for place in range(6))]
    threshold = 300 if facts.kind == "inverse" else 15

    published = run_plugin(Ohlc(clock="value", threshold=threshold), market, facts=facts)

    rows = [bar for event in published if isinstance(event, Bars) for bar in event]
    assert len([bar for bar in rows if bar.closed and bar.complete]) == closed


def test_ten_sizes_of_a_tenth_are_one() -> None:
    """Added up as floats they are a little less."""
    market = [update(0), *(trade(place, "100 buy 0.1") for place in range(10))]

    [bar] = made(market, clock="volume", threshold=1)

    assert bar.complete


# Times


def test_a_bar_begins_with_its_first_trade_and_is_known_at_its_last() -> None:
    first, second = made(tape(BY_SIZE), clock="volume", threshold=5)

    assert (first.timestamp, first.end, first.known_at, first.complete) == (0, 20, 20, True)
    assert (second.timestamp, second.end, second.known_at, second.complete) == (30, 50, 50, True)


def test_what_the_end_cuts_off_is_not_complete() -> None:
    market = [*tape("100+2 100+9 100+1"), update(70)]

    *_, last = made(market, clock="volume", threshold=5)

    assert (last.timestamp, last.end, last.known_at, last.complete) == (20, 70, 70, False)


@SIZES
def test_bars_that_begin_in_one_millisecond_have_a_sequence(block_size: int) -> None:
    burst = [trade(5, f"{price} buy 6") for price in (100, 101, 102)]
    market = [update(0), *burst, update(6), trade(7, "100 buy 6"), update(9)]

    found = made(market, block_size, clock="volume", threshold=5)

    assert [(bar.timestamp, bar.sequence, bar.close) for bar in found] == [
        (5, 0, 100),
        (5, 1, 101),
        (5, 2, 102),
        (7, 0, 100),
    ]


def test_a_bar_that_goes_on_from_the_millisecond_of_others_keeps_its_sequence() -> None:
    burst = [trade(5, f"100 buy {size}") for size in (6, 1)]
    market = [update(0), *burst, update(6), trade(7, "100 buy 6"), update(9)]

    found = made(market, 1, clock="volume", threshold=5)

    assert [(bar.timestamp, bar.sequence, bar.volume) for bar in found] == [(5, 0, 6), (5, 1, 7)]


def test_the_open_bar_is_published_once_a_block_until_it_closes() -> None:
    plugin = Ohlc(clock="volume", threshold=5)
    published = run_plugin(plugin, tape("100+2 100+1 100+4"), block_size=1)

    states = [[(bar.volume, bar.closed) for bar in event] for event in published]  # type: ignore[union-attr]

    assert states == [[(2, False)], [(3, False)], [(7, True)]]


# One result however it is run


@pytest.mark.parametrize(
    ("clock", "threshold"),
    [("trades", 7), ("volume", 3), ("value", 100_000), ("imbalance", 4)],
)
def test_blocks_of_any_size_give_the_same_bars_and_the_same_of_what_follows_them(
    clock: str, threshold: float, sample_market: list[Moment]
) -> None:
    ohlc = partial(Ohlc, clock=clock, threshold=threshold)
    short: dict[str, Any] = {"market": sample_market[:150], "block_sizes": (2048, 1, 7)}

    assert_same_results(ohlc, **short)
    assert_same_results(
        partial(Cvd, clock="other"), companions=[lambda: ohlc(name="other")], **short
    )


def test_without_compiled_kernels_bars_are_the_same(sample_market: list[Moment]) -> None:
    settings: dict[str, Any] = {"clock": "imbalance", "threshold": 5}
    compiled = made(sample_market, **settings)

    with without_kernels():
        for module in ("orderflow_ohlc.kernel", "orderflow_core.plugin.bar_kernel"):
            assert load_kernels(module) is None
        assert made(sample_market, **settings) == compiled


def test_bars_of_several_clocks_stand_beside_each_other() -> None:
    plugins = [Ohlc(name="ohlc", window_seconds=1), Ohlc(name="five", clock="volume", threshold=5)]

    published = run_plugins(plugins, tape(BY_SIZE))

    assert [len(bars(published, key)) for key in ("ohlc", "five")] == [1, 2]


# Settings


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"clock": "volume"}, 'clock = "volume" needs a threshold'),
        ({"threshold": 5}, 'threshold is of another clock than "time"'),
        ({"clock": "volume", "threshold": 0}, "greater than 0"),
        ({"clock": "ticks", "threshold": 5}, "clock"),
    ],
)
def test_a_clock_and_its_threshold_come_together(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Ohlc(**settings)
