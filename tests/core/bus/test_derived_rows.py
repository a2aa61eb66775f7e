"""What a plugin makes of derived rows alone, and when what is derived may be known."""

from typing import Any

import pytest

from orderflow_core import (
    Metric,
    MetricBar,
    Plugin,
    Signal,
    TradeBatches,
    hookimpl,
)
from orderflow_core.testing import (
    Row,
    Tick,
    bars,
    events,
    metric_bars,
    run_plugin,
    run_plugins,
    trade,
    update,
)

SIZES = pytest.mark.parametrize("size", [1, 2048])
MARKET: list[Row | Tick] = [update(0), trade(300, "1 buy 1"), update(1000), update(2000)]


class Marks(Plugin):
    """Publishes a signal in columns, known at a time that a test gives."""

    publishes = (Signal,)

    def __init__(self, known_at: int, **fields: Any) -> None:
        super().__init__(name="marks")
        self.known_at = known_at
        self.fields = fields

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        if batches.timestamp[0] <= self.known_at <= batches.last_time:
            self.publish(Signal(timestamp=self.known_at, known_at=self.known_at, **self.fields))


class OfSignals(Metric):
    """Samples each signal."""

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        self.sample(signal.known_at, 1.0)


@SIZES
def test_samples_of_a_signal_that_is_not_sure_are_left_out(size: int) -> None:
    metric = OfSignals(name="metric")
    run_plugins([Marks(300, sure=False), metric], MARKET, block_size=size)

    assert metric.samples_left_out == 1


@SIZES
def test_a_sample_before_the_window_of_the_bar_under_way_is_an_error_in_any_block(
    size: int,
) -> None:
    class Early(Metric):
        consumes = ("spread",)

        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            self.sample(bar.timestamp, bar.close)

    given = metric_bars("spread", [(0, 1, 1, 1, 1)], known_at=[1000])

    with pytest.raises(ValueError, match="a sample at 0, "):
        run_plugin(Early(name="early"), MARKET, block_size=size, derived=[given])


@SIZES
def test_what_is_derived_is_known_at_the_time_of_a_row_or_a_trade(size: int) -> None:
    published = run_plugins([Marks(300)], MARKET, block_size=size)

    assert [signal.known_at for signal in events(published, Signal)] == [300]


def test_a_time_between_rows_is_none_at_which_something_is_known() -> None:
    with pytest.raises(ValueError, match="at the time of one of its rows or trades"):
        run_plugins([Marks(500)], MARKET)


@SIZES
def test_times_may_not_be_left_out_in_columns_whatever_the_block(size: int) -> None:
    class Hasty(Plugin):
        publishes = (Signal,)

        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.publish(Signal(side=1))

    with pytest.raises(ValueError, match="give timestamp and known_at"):
        run_plugin(Hasty(), MARKET, block_size=size)


def test_times_left_out_in_on_end_are_the_end() -> None:
    class Last(Plugin):
        publishes = (Signal,)

        @hookimpl
        def on_end(self, end: int) -> None:
            self.publish(Signal(side=1))

    [signal] = events(run_plugin(Last(), MARKET), Signal)

    assert (signal.timestamp, signal.known_at) == (2000, 2000)


def test_bars_are_known_at_the_time_of_a_row_or_a_trade() -> None:
    given = metric_bars("spread", [(0, 1, 1, 1, 1)], known_at=[301])

    class Passes(Metric):
        consumes = ("spread",)

        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            self.sample(bar.known_at, bar.close)

    published = run_plugin(Passes(name="passes", window_seconds=1), MARKET, derived=[given])

    assert bars(published, "passes", known_at=True) == [(1000, 1, 1, 1, 1, 2000)]
