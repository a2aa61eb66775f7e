"""Metrics whose bars begin and end with another table's price bars."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import pytest

from orderflow_core import (
    Bar,
    Bars,
    Metric,
    MetricBars,
    Plugin,
    SettingsError,
    Trade,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus.publishing import Bounds, check_bars, check_continues
from orderflow_core.testing import (
    Moment,
    assert_same_results,
    bars,
    price_bars,
    run_plugins,
    trade,
    update,
)


class Price(Metric):
    """The price of each trade."""

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.sample(batches.trade_timestamp, batches.price)


class PriceByTrade(Metric):
    """The same, one trade at a time."""

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.sample(trade.timestamp, trade.price)


class Carried(Price):
    """Bars open at the price before them."""

    bar_open = "previous"


MARKET: Sequence[Moment] = [
    update(0),
    trade(10, "1 buy 1"),
    trade(20, "2 buy 1"),
    update(30),
    trade(30, "3 buy 1"),
    trade(30, "4 buy 1"),
    update(40),
    trade(50, "5 buy 1"),
    update(60),
]
FOLLOWED = price_bars("other", [(5, 1, 1, 1, 1, 1), (21, 1, 1, 1, 1, 1)], known_at=[20, 30])


def followed(
    plugin: Plugin, derived: Sequence[Any] = (FOLLOWED,), block_size: int = 2048
) -> list[tuple[Any, ...]]:
    """Return the closed bars of a plugin: begin, open, close, known_at."""
    published = run_plugins([plugin], MARKET, derived=derived, block_size=block_size)
    return [
        (bar.timestamp, bar.open, bar.close, bar.known_at)
        for event in published
        if isinstance(event, MetricBars)
        for bar in event
        if bar.closed
    ]


@pytest.mark.parametrize("block_size", [1, 2, 2048])
def test_a_sample_is_of_the_first_bar_that_comes_after_it(block_size: int) -> None:
    """The bar that is known at 20 comes after the trade of 20, that of 30 after both of 30."""
    plugin = Price(name="price", clock="other")

    assert followed(plugin, block_size=block_size) == [(5, 1, 2, 20), (21, 3, 4, 30)]


def test_a_bar_may_open_at_the_value_before_it() -> None:
    assert followed(Carried(name="price", clock="other")) == [(5, 0, 2, 20), (21, 2, 4, 30)]


def test_samples_after_the_last_bar_are_of_none() -> None:
    """The trade of 50 is."""
    assert 5 not in [close for *_, close, _ in followed(Price(name="price", clock="other"))]


def test_a_bar_without_a_sample_is_none() -> None:
    other = price_bars("other", [(0, 1, 1, 1, 1, 1), (5, 1, 1, 1, 1, 1)], known_at=[0, 20])

    assert followed(Price(name="price", clock="other"), [other]) == [(5, 1, 2, 20)]


@pytest.mark.parametrize("block_size", [1, 2, 2048])
def test_bars_that_follow_pass_the_checks_of_bars_that_are_published(block_size: int) -> None:
    """So the bus need not check those that it makes itself."""
    plugin = Carried(name="price", clock="other")
    published = run_plugins([plugin], MARKET, derived=[FOLLOWED], block_size=block_size)

    latest: dict[str, Any] = {}
    for event in published:
        if isinstance(event, MetricBars):
            check_bars(event, Bounds(0, 60))
            check_continues(event, latest)
    assert latest["price"].known_at == 30


@pytest.mark.slow
def test_either_lane_and_any_size_of_blocks_give_the_same() -> None:
    assert_same_results(
        partial(Price, clock="other"),
        partial(PriceByTrade, clock="other"),
        market=MARKET,
        derived=[FOLLOWED],
    )


class Windows(Plugin):
    """Price bars of time, as those of a shipped plugin."""

    class Settings(Metric.Settings):
        """The length of a bar."""

    publishes: ClassVar = (Bars,)


def test_to_follow_bars_of_time_is_to_have_their_length() -> None:
    plugins = [
        Windows(name="windows", window_seconds=0.02, offset_seconds=0.01),
        Price(name="price", clock="windows"),
    ]
    published = run_plugins(plugins, MARKET)

    assert [bar[0] for bar in bars(published, "price")] == [10, 30, 50]


def test_a_plugin_sees_the_bar_before_those_that_follow_it() -> None:
    seen: list[str] = []

    class Watch(Plugin):
        @hookimpl
        def on_bar(self, bar: Bar) -> None:
            seen.append(bar.series.key)

        @hookimpl
        def on_metric_bar(self, bar: Any) -> None:
            seen.append(bar.series.key)

    plugins = [Watch(name="watch"), Price(name="price", clock="other")]
    run_plugins(plugins, MARKET, derived=[FOLLOWED])

    assert seen == ["other", "price", "other", "price"]


@pytest.mark.parametrize("clock", ["othr", "metric", "price"])
def test_a_table_without_price_bars_cannot_be_followed(clock: str) -> None:
    plugins = [Price(name="metric"), Price(name="price", clock=clock)]

    with pytest.raises(SettingsError, match=f'clock = "{clock}": no table publishes price bars'):
        run_plugins(plugins, MARKET, derived=[FOLLOWED])
