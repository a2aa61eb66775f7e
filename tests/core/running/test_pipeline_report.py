"""A pipeline's report: what was read, done and found, as sinks and the summary get it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from orderflow_core import (
    Block,
    Books,
    BookWindows,
    Metric,
    OutputError,
    Plugin,
    Report,
    Source,
    TradeBatches,
    hookimpl,
)
from orderflow_core.contract.report import Counts, Gap, Input
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.testing import Row, Tick, blocks, trade, update
from tests.core.assembly import Clock, ran, settings_of, source_of

MARKET: Sequence[Row | Tick] = [
    update(1_000),
    trade(1_200, "5 buy 1"),
    update(2_000, sure=False),
    trade(3_000, "6 buy 2"),
]


class Price(Metric):
    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.sample(batches.trade_timestamp, batches.price)


class RowTime(Metric):
    """Samples each row, sure or not."""

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        self.sample(windows.timestamp, windows.timestamp.astype(float))


class TakesBooks(Plugin):
    @hookimpl
    def on_books(self, books: Books) -> None: ...


class Telling(Source):
    """Has something to tell of its reading."""

    def instruments(self) -> list[str]:
        return ["A"]

    def blocks(self, instrument: str) -> Iterator[Block]:
        self.ledger.inputs.append(Input("a.db", 100, 3))
        self.ledger.gaps.append(Gap(0, 90_000))
        self.ledger.carried_without_snapshot = 1
        self.ledger.refuse("side", "row 1", "'B'")
        self.ledger.warnings.append("the clock was wrong")
        self.ledger.refuse("price", "row 2")
        self.ledger.refuse("side", "row 3")
        yield from blocks(MARKET)


def one(source: type[Source], *plugins: type[Plugin]) -> InstrumentRun:
    [pipeline] = ran(settings_of(source, *plugins))
    return pipeline


def test_the_report_counts_what_passed() -> None:
    report = one(source_of({"A": MARKET})).report

    assert report.counts == Counts(windows=2, trades=2, unsure=1)
    assert (report.first_timestamp, report.last_timestamp) == (1_000, 3_000)
    assert report.progress == 1.0


def test_the_report_has_what_the_source_tells_of_its_reading() -> None:
    report = one(Telling).report

    assert report.inputs == [Input("a.db", 100, 3)]
    assert report.gaps == [Gap(0, 90_000)]
    assert report.counts.carried_without_snapshot == 1
    assert list(report.counts.refused.items()) == [("price", 1), ("side", 2)]
    assert report.warnings[0] == "the clock was wrong"
    assert report.warnings[1].endswith("most as side: 'B' in row 1")


class Counting(Plugin):
    order_counts = True

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None: ...


class CountingToo(Counting): ...


@pytest.mark.parametrize(
    ("bids", "plugins", "told"),
    [
        ("5 x 1", [Counting], "[plugins.counting] needs"),
        ("5 x 1", [Counting, CountingToo], "[plugins.counting] and [plugins.countingtoo] need"),
        ("5 x 1 (2)", [Counting], None),
        ("5 x 1", [RowTime], None),
    ],
)
def test_a_book_without_the_numbers_of_orders_that_a_plugin_needs_is_told(
    bids: str, plugins: list[type[Plugin]], told: str | None
) -> None:
    report = one(source_of({"A": [update(1_000, bids)]}), *plugins).report

    assert report.warnings == (
        []
        if told is None
        else [
            f"no level of the book tells how many orders stand there, which {told}: what comes of "
            "them is left out"
        ]
    )


@pytest.mark.parametrize(("plugin", "needs"), [(Counting, True), (RowTime, False)])
def test_a_source_is_told_whether_a_plugin_needs_the_numbers_of_orders(
    plugin: type[Plugin], needs: bool
) -> None:
    source = one(source_of({"A": MARKET}), plugin).pipeline.plugins[0]

    assert isinstance(source, Source)
    assert source.with_orders == needs


def test_samples_that_plugins_left_out_are_counted_together() -> None:
    class Again(RowTime): ...

    assert one(source_of({"A": MARKET}), RowTime, Again).report.counts.samples_left_out == 2


def test_the_report_names_the_source_and_the_plugins_in_their_order() -> None:
    report = one(source_of({"A": MARKET}), TakesBooks, Price).report

    assert [(plugin.name, plugin.use, plugin.version) for plugin in report.plugins] == [
        ("source", "Given", "1.0"),
        ("takesbooks", "TakesBooks", "1.0"),
        ("price", "Price", "1.0"),
    ]


def test_a_plugin_that_waits_for_what_nobody_publishes_is_told() -> None:
    pipeline = one(source_of({"A": MARKET}), TakesBooks, Price)

    assert [plugin.status for plugin in pipeline.report.plugins] == ["ok", "waiting", "ok"]
    assert pipeline.pipeline.warnings == [
        "[plugins.takesbooks] waits for Books, which no table publishes"
    ]
    assert pipeline.exit_code == 0


def test_a_failed_plugin_is_told_with_its_error() -> None:
    class Failing(Plugin):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            raise ValueError("no such price")

    [_, failing] = one(source_of({"A": MARKET}), Failing).report.plugins

    assert (failing.status, failing.error) == ("failed", "ValueError: no such price")


@pytest.mark.parametrize(("instrument", "simulated"), [("SIM-A", True), ("A-SIM-", False)])
def test_an_instrument_is_simulated_by_its_name(instrument: str, simulated: bool) -> None:
    assert one(source_of({instrument: MARKET})).report.simulated == simulated


def test_the_report_shows_the_settings() -> None:
    shown = one(source_of({"A": MARKET}), Price).report.settings

    bars = {"window_seconds": 60.0, "offset_seconds": 0.0, "clock": "time"}
    assert shown["plugins"] == {"price": {"use": "Price", **bars}}
    assert shown["source"]["speed"] == "max"


def test_a_tick_sees_how_far_the_run_is_and_no_digest(clock: Clock) -> None:
    seen: list[tuple[str, float, int, str | None]] = []

    class Ticks(Plugin):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            clock.now += 1

        @hookimpl
        def on_tick(self, report: Report) -> None:
            seen.append((report.status, report.progress, report.counts.trades, report.digest))

    ran(settings_of(source_of({"A": MARKET}, size=1), Ticks))

    assert seen == [("running", 0.1, 1, None), ("running", 1.0, 2, None)]


def test_on_finish_gets_the_report_that_is_final() -> None:
    seen: list[tuple[str, str | None]] = []

    class Last(Plugin):
        @hookimpl
        def on_finish(self, report: Report) -> None:
            seen.append((report.status, report.digest))

    report = one(source_of({"A": MARKET}), Price, Last).report

    assert seen == [("ok", report.digest)]
    assert len(report.digest or "") == 64


def test_a_sink_finishes_last_and_is_told_of_plugins_that_fail_before_it() -> None:
    seen: list[tuple[str, list[str]]] = []

    class Sink(Plugin):
        required = True

        @hookimpl
        def on_finish(self, report: Report) -> None:
            seen.append((report.status, [plugin.status for plugin in report.plugins]))

    class Late(Plugin):
        @hookimpl
        def on_finish(self, report: Report) -> None:
            raise ValueError("too late")

    one(source_of({"A": MARKET}), Sink, Late)

    assert seen == [("failed", ["ok", "ok", "failed"])]


def test_the_sink_that_writes_the_report_is_told_of_sinks_that_fail_after_it_in_the_settings() -> (
    None
):
    seen: list[str] = []

    class Reporting(Plugin):
        required = True

        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            self.outputs = [Path("out", "run.json")]

        @hookimpl
        def on_finish(self, report: Report) -> None:
            seen.append(report.status)

    class Late(Plugin):
        required = True

        @hookimpl
        def on_finish(self, report: Report) -> None:
            raise OutputError("the disk is full")

    assert one(source_of({"A": MARKET}), Reporting, Late).exit_code == 4
    assert seen == ["failed"]


def test_the_seconds_are_those_from_the_beginning_to_the_end(clock: Clock) -> None:
    class Slow(Plugin):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            clock.now += 2

    assert one(source_of({"A": MARKET}), Slow).report.seconds == 2


def test_closed_bars_are_counted_by_series() -> None:
    assert one(source_of({"A": MARKET}), Price).bars == {"price": 1}


def test_the_files_that_plugins_have_written_are_listed() -> None:
    class Writing(Plugin):
        @hookimpl
        def on_finish(self, report: Report) -> None:
            self.outputs.append(Path("out", self.instrument))

    assert one(source_of({"A": MARKET}), Writing).outputs == [Path("out/A")]
