"""The check that results do not depend on lane and block, and the recorder of calls."""

from functools import partial

import pytest

from orderflow_core import (
    Book,
    Books,
    Metric,
    MetricBar,
    MetricBars,
    Plugin,
    Report,
    Signal,
    TradeBatch,
    TradeBatches,
    hookimpl,
)
from orderflow_core.testing import (
    HookRecorder,
    Moment,
    Row,
    assert_same_results,
    book,
    run_plugins,
    sample_market,
    trade,
)

MARKET = [
    item
    for time in range(0, 40, 10)
    for item in (book(time, [(100, 1 + time)], [(101 + time, 3)]), trade(time, "100 buy 2"))
]


class Spread(Metric):
    @hookimpl
    def on_books(self, books: Books) -> None:
        self.sample(books.timestamp, books.spread)


class SpreadByRow(Metric):
    @hookimpl
    def on_book(self, book: Book) -> None:
        self.sample(book.timestamp, book.spread)


class HalfSpreadByRow(Metric):
    @hookimpl
    def on_book(self, book: Book) -> None:
        self.sample(book.timestamp, book.spread / 2)


class Forgets(Metric):
    """Begins its sum anew with each block."""

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.sample(batches.trade_timestamp, batches.size.cumsum())


def test_one_measure_in_both_lanes_passes() -> None:
    assert_same_results(Spread, SpreadByRow, market=MARKET)


def test_settings_are_given_with_partial() -> None:
    assert_same_results(
        partial(Spread, window_seconds=0.01),
        partial(SpreadByRow, window_seconds=0.01),
        market=MARKET,
    )


def test_two_measures_are_told_apart_at_the_first_bar_that_differs() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_same_results(Spread, HalfSpreadByRow, market=MARKET)

    assert "Spread in blocks of 2048 and HalfSpreadByRow in blocks of 2048 differ" in str(
        caught.value
    )
    assert "in checked: (0, 1.0, 31.0, 1.0, 31.0, 30) and (0, 0.5, " in str(caught.value)


def test_a_plugin_that_forgets_at_a_blocks_end_fails() -> None:
    with pytest.raises(AssertionError, match="Forgets in blocks of 2048 and Forgets in blocks of"):
        assert_same_results(Forgets, market=MARKET)


def test_a_market_that_gives_no_result_fails() -> None:
    with pytest.raises(AssertionError, match="gave no result"):
        assert_same_results(Forgets, market=[book(0)])


class Volume(Plugin):
    """Publishes nothing."""

    total = 0.0

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        self.total += float(batch.size.sum())


def test_what_a_sink_has_done_is_compared_by_its_outcome() -> None:
    assert_same_results(Volume, market=MARKET, outcome=lambda plugin, _: vars(plugin)["total"])


def test_the_sample_market_has_books_and_trades_and_is_the_same_each_time(
    sample_market: list[Moment],
) -> None:
    from orderflow_core.testing import sample_market as make

    rows = [item for item in sample_market if isinstance(item, Row)]
    assert len(rows) == 600
    assert all(row.after and len(row.after[0]) == 20 for row in rows)
    assert rows[0].snapshot
    assert len(sample_market) > 600
    assert make() == sample_market


def test_a_plugin_runs_over_the_sample_market() -> None:
    assert_same_results(
        partial(Spread, window_seconds=10),
        partial(SpreadByRow, window_seconds=10),
        market=sample_market(100),
        block_sizes=(2048, 7),
    )


# The recorder


class Sink(Plugin):
    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        """Do nothing."""

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Do nothing."""


def test_the_recorder_has_every_call_in_order_with_its_time() -> None:
    spread, sink = Spread(name="spread"), Sink(name="sink")
    recorder = HookRecorder(spread, sink)

    run_plugins([spread, sink], MARKET, block_size=2)

    assert [(str(call), call.timestamp) for call in recorder.calls] == [
        ("spread.on_books", 0),
        ("sink.on_metric_bars", 0),
        ("spread.on_books", 20),
        ("sink.on_metric_bars", 0),
        ("sink.on_metric_bars", 0),
        ("sink.on_finish", None),
    ]
    assert recorder.hooks("spread") == ["on_books", "on_books"]


def test_the_recorder_sees_the_rows_one_by_one() -> None:
    spread = SpreadByRow(name="spread")
    recorder = HookRecorder(spread)

    run_plugins([spread], MARKET)

    assert [call.timestamp for call in recorder.calls] == [0, 10, 20, 30]


def test_an_order_that_was_not_kept_shows_the_calls() -> None:
    spread, sink = Spread(name="spread"), Sink(name="sink")
    recorder = HookRecorder(spread, sink)
    run_plugins([spread, sink], MARKET)

    recorder.assert_order("spread.on_books", "sink.on_finish")
    with pytest.raises(AssertionError) as caught:
        recorder.assert_order("sink.on_finish", "spread.on_books")

    assert "spread.on_books was not called after sink.on_finish" in str(caught.value)
    assert "  spread.on_books at 0\n" in str(caught.value)


# Companions, and events of one's own


class Change(Metric):
    """Change of the spread, of the bars of another."""

    consumes = ("spread",)
    last = 0.0

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        self.sample(bar.known_at, bar.close - self.last)
        self.last = bar.close


class Marks(Plugin):
    """Marks each trade, or by mistake the first of each block alone."""

    publishes = (Signal,)
    all_trades = True

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        times = batches.trade_timestamp.tolist()
        for time in times if self.all_trades else times[:1]:
            self.publish(Signal(timestamp=time, known_at=time))


class MarksFew(Marks):
    all_trades = False


def test_companions_give_what_a_plugin_consumes() -> None:
    made = partial(Spread, name="spread", window_seconds=0.01)

    assert_same_results(partial(Change, window_seconds=0.02), market=MARKET, companions=[made])


def test_events_of_ones_own_are_compared() -> None:
    assert_same_results(Marks, market=MARKET)
    with pytest.raises(AssertionError, match="differ in Signal of checked"):
        assert_same_results(MarksFew, market=MARKET)
