"""`Metric`: the bars that come of samples, and how their series are described."""

from typing import ClassVar

import pytest

from orderflow_core import (
    Bar,
    Metric,
    MetricBar,
    MetricBars,
    Series,
    TradeBatches,
    hookimpl,
)
from orderflow_core.testing import bars, book, metric_bars, price_bars, run_plugin, trade, update
from tests.core.delivery import deliver
from tests.core.metrics import (
    MARKET,
    Given,
    Price,
    bars_of,
)

# Bars


def test_a_bar_has_the_length_of_the_settings() -> None:
    assert [bar[0] for bar in bars(run_plugin(Price(window_seconds=0.5), MARKET), "price")] == [
        0,
        500,
        1_500,
    ]


@pytest.mark.parametrize("size", [1, 2048])
def test_a_bar_opens_at_the_value_before_where_the_metric_says_so(size: int) -> None:
    class Running(Price):
        bar_open = "previous"

    assert bars_of(Running(window_seconds=1), size=size) == [(0, 0, 9, 0, 7), (1_000, 7, 7, 6, 6)]


def test_the_open_bar_is_published_once_a_block() -> None:
    published = run_plugin(Price(name="price"), MARKET, block_size=1)

    rows = [bar[2:9] for event in published if isinstance(event, MetricBars) for bar in event]
    assert rows == [
        (0, 5, 9, 5, 7, False, 900),
        (0, 5, 9, 5, 6, False, 1_500),
        (0, 5, 9, 5, 6, True, 1_500),
    ]


def test_bars_of_samples_come_after_those_of_the_series_that_were_published_by_hand() -> None:
    class Both(Price):
        @hookimpl
        def on_book_windows(self) -> None:
            self.publish(metric_bars("price", [(500, 1, 1, 1, 1)], known_at=[900]))

    with pytest.raises(ValueError, match="'price' has a bar of 0 after one of 500"):
        run_plugin(Both(name="price"), MARKET)


def test_samples_of_the_bars_of_others_are_taken_in_the_same_block() -> None:
    class Doubled(Metric):
        consumes = ("spread",)

        @hookimpl
        def on_metric_bars(self, bars: MetricBars) -> None:
            self.sample(bars.known_at, bars.close * 2)

    spread = metric_bars("spread", [(0, 1, 1, 1, 1.5)])
    published = run_plugin(Doubled(name="doubled"), [update(0), update(9)], derived=[spread])

    assert bars(published, "doubled", known_at=True) == [(0, 3, 3, 3, 3, 9)]


def test_a_metric_may_take_books_trades_and_the_bars_of_others() -> None:
    class Everything(Metric):
        consumes = ("ohlc", "obi")
        seen = ""

        @hookimpl
        def on_book(self) -> None:
            self.seen += "book "

        @hookimpl
        def on_trade_batch(self) -> None:
            self.seen += "trades "

        @hookimpl
        def on_bar(self, bar: Bar) -> None:
            self.seen += f"{bar.series.key} "
            self.sample(bar.known_at, bar.close)

        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            self.seen += bar.series.key

    plugin = Everything(name="all")
    derived = [price_bars("ohlc", [(0, 1, 1, 1, 7, 1)]), metric_bars("obi", [(0, 1, 1, 1, 1)])]
    published = run_plugin(plugin, [book(0), trade(1, "9 buy 1")], derived=derived)

    assert plugin.seen == "book ohlc obitrades "
    assert bars(published, "all") == [(0, 7, 7, 7, 7)]


# Series


class Two(Metric):
    """A main series and one more."""

    title, unit = "First", "USDT"
    series: ClassVar = {"second": Series(title="Second", pane="price", style="line")}

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.sample(batches.trade_timestamp, batches.price)
        self.sample(batches.trade_timestamp, batches.size, series="second")


def test_each_series_has_bars_of_its_own() -> None:
    published = run_plugin(Two(name="two"), [trade(1, "5 buy 2"), trade(2, "6 buy 1")])

    assert bars(published, "two") == [(0, 5, 6, 5, 6)]
    assert bars(published, "two.second") == [(0, 2, 2, 1, 1)]


def test_bars_carry_the_description_of_their_series() -> None:
    published = run_plugin(Two(name="two"), [trade(1, "5 buy 2")])

    assert list(dict.fromkeys(e.series for e in published if isinstance(e, MetricBars))) == [
        Series("two", "First", "two", "candles", "USDT", None),
        Series("two.second", "Second", "price", "line", "", None),
    ]


def test_a_series_that_is_not_declared_is_an_error_that_names_it() -> None:
    class Undeclared(Metric):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.sample(1, 1.0, series="third")

    with pytest.raises(ValueError, match="undeclared samples series 'third', which it does not"):
        run_plugin(Undeclared(), [update(9)])


def test_a_series_that_is_never_sampled_publishes_nothing() -> None:
    class Silent(Two):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.sample(batches.trade_timestamp, batches.price)

    assert bars(run_plugin(Silent(name="two"), MARKET), "two.second") == []


# Failure


def test_a_metric_that_failed_publishes_no_more_bars() -> None:
    failing = Given([(0, 1)], [(99, 1)], [(20, 1)])
    delivered = deliver([failing], [update(0), update(10), update(20)], block_size=1)

    assert delivered.account.bars == {}
