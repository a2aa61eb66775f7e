"""Runs with a plugin that sees all instruments: its rows, its results, and what is told."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import nan
from pathlib import Path
from threading import Event as Flag
from typing import Any, ClassVar

import pytest
from orderflow_book import OrderBook

from orderflow_core import (
    Block,
    Book,
    Books,
    BookWindow,
    BookWindows,
    InputError,
    Metric,
    MetricBar,
    Plugin,
    Report,
    Results,
    Run,
    SettingsError,
    Signal,
    Trade,
    TradeBatches,
    hookimpl,
    stream,
)
from orderflow_core.contract.report import Gap
from orderflow_core.running.calls import run as run_settings
from orderflow_core.running.loop import Interrupt, prepare
from orderflow_core.running.loop import run as run_all
from orderflow_core.running.results import Kept, Result
from orderflow_core.settings.reading import RunSettings, load
from orderflow_core.sources import BookRow, LiveRows
from orderflow_core.testing import Row, Tick, sample_market, trade, update
from tests.core.assembly import Log, Market, ran, rows, settings_of, source_of, wind
from tests.core.running.test_control import asks
from tests.core.running.test_live_run import live

MARKETS: Mapping[str, Any] = {
    name: sample_market(60, levels=0, seed=seed) for seed, name in enumerate("ABC")
}


def quote(time: int, bid: float, ask: float) -> Row:
    return update(time, [(bid, 1.0)], [(ask, 1.0)], snapshot=True)


class Spread(Metric):
    """The mid of A less that of B."""

    across = True

    def __init__(self, settings: Any = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._mids = {"A": nan, "B": nan}

    @hookimpl
    def on_book(self, book: Book) -> None:
        self._mids[book.instrument] = book.mid if book.sure else nan
        self.sample(book.timestamp, self._mids["A"] - self._mids["B"])


class TradesOnly(Plugin):
    across = True
    publishes = (Signal,)

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.publish(Signal(value=trade.price, text=trade.instrument))


class Rows(TradesOnly):
    """Tells of each row, so that its digest is that of their order."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        self.publish(Signal(value=book.best_bid, text=book.instrument))


def logging(log: Log) -> type[Plugin]:
    """Return a plugin that logs the rows of all instruments."""

    class Logging(Plugin):
        across = True

        @hookimpl
        def on_book(self, book: Book) -> None:
            log.append((book.timestamp, book.instrument, book.best_bid))

        @hookimpl
        def on_trade(self, trade: Trade) -> None:
            log.append((trade.timestamp, trade.instrument, trade.price))

    return Logging


@pytest.mark.parametrize(
    ("size", "order", "speed"),
    [(1, "CBA", "max"), (7, "BAC", 1e9), (64, "CBA", 1e9), (2048, "ABC", "max"), (7, "CAB", "max")],
)
def test_the_digest_is_one_at_any_block_size_order_and_speed(
    size: int, order: str, speed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = expected_digests()
    monkeypatch.setattr("orderflow_core.running.pipeline.FIRST_ROWS", 2)
    source = source_of(MARKETS, size)
    runs = ran(settings_of(source, OrderBook, Spread, Rows, instruments=list(order), speed=speed))
    digests = {run.instrument: run.report.digest for run in runs}

    assert {run.report.status for run in runs} == {"ok"}
    assert digests == expected


def expected_digests() -> dict[str, str | None]:
    """Return the digests of a run in blocks of 16; the first to ask waits for it."""
    if not _DIGESTS:
        runs = ran(settings_of(source_of(MARKETS, 16), OrderBook, Spread, Rows))
        _DIGESTS.update({run.instrument: run.report.digest for run in runs})
    return _DIGESTS


_DIGESTS: dict[str, str | None] = {}


def test_the_instruments_results_are_those_without_it() -> None:
    for run in (RunSettings.model_validate({}), RunSettings.model_validate({"together": True})):
        alone = ran(settings_of(source_of(MARKETS), OrderBook, run=run))

        assert {each.instrument: each.report.digest for each in alone}.items() <= (
            expected_digests().items()
        )


def test_rows_of_one_time_come_in_the_order_of_names_whatever_was_typed() -> None:
    log: Log = []
    markets: dict[str, Market] = {
        "B": [quote(0, 1, 2), trade(5, "1 buy 1"), quote(10, 3, 4)],
        "A": [quote(0, 5, 6), trade(5, "5 buy 1"), quote(7, 7, 8)],
    }
    ran(settings_of(source_of(markets), OrderBook, logging(log), instruments=["B", "A"]))

    assert log == [(0, "A", 5), (0, "B", 1), (5, "A", 5), (5, "B", 1), (7, "A", 7), (10, "B", 3)]


def test_its_results_stand_under_its_tables_name() -> None:
    results = results_of(
        {"A": [quote(0, 1, 3), quote(70_000, 1, 3)], "B": [quote(0, 1, 2)]}, Spread
    )

    assert list(results) == ["A", "B", "spread"]
    assert results["spread"].metric("spread")["close"].tolist() == [0.5, 0.5]
    assert results["A"].series == []
    report = results["spread"].report
    assert (report.instrument, report.status, report.counts.windows) == ("spread", "ok", 3)
    assert (report.first_timestamp, report.last_timestamp) == (0, 70_000)
    assert [plugin.name for plugin in report.plugins] == ["source", "spread"]


def results_of(markets: Mapping[str, Market], *plugins: type[Plugin]) -> Results:
    """Run markets as a call from Python does."""
    kept: dict[str, list[Kept]] = {}

    def account(name: str) -> Kept:
        kept.setdefault(name, []).append(made := Kept())
        return made

    runs = prepare(settings_of(source_of(markets), OrderBook, *plugins), account)
    run_all(runs, "max", lambda report: None, Interrupt())
    return Results({each.instrument: Result(each, kept[each.instrument]) for each in runs})


def test_simulated_legs_do_not_pass_for_real() -> None:
    runs = ran(settings_of(source_of({"SIM-A": rows([0]), "B": rows([0])}), TradesOnly))

    assert runs[-1].instrument == "SIM-tradesonly"
    assert runs[-1].report.simulated


def test_plugins_that_publish_nothing_have_one_beside_it() -> None:
    seen: Log = []

    class Sink(Plugin):
        required = True

        @hookimpl
        def on_start(self, run: Run) -> None:
            seen.append((run.instrument, list(run.instruments), list(run.legs)))

        @hookimpl
        def on_signal(self, signal: Signal) -> None:
            seen.append((self.instrument, signal.instrument, signal.text, signal.known_at))

    markets: dict[str, Market] = {"B": [trade(7, "1 buy 1")], "A": [trade(8, "1 buy 1")]}
    ran(settings_of(source_of(markets), Sink, TradesOnly))

    names = ["A", "B", "tradesonly"]
    assert seen == [
        ("A", names, []),
        ("B", names, []),
        ("tradesonly", names, ["A", "B"]),
        ("tradesonly", "tradesonly", "B", 7),
        ("tradesonly", "tradesonly", "A", 8),
    ]


def test_it_gets_what_the_plugins_of_each_instrument_publish() -> None:
    log: Log = []

    class Mid(Metric):
        @hookimpl
        def on_book(self, book: Book) -> None:
            self.sample(book.timestamp, book.mid)

    class Takes(Plugin):
        across = True
        consumes = ("mid",)

        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            log.append((bar.known_at, bar.instrument, bar.close))

        @hookimpl
        def on_trade(self, trade: Trade) -> None:
            log.append((trade.timestamp, trade.instrument))

    markets: dict[str, Market] = {
        "A": [quote(0, 1, 3), trade(60_000, "2 buy 1"), quote(61_000, 3, 5)],
        "B": [quote(1, 5, 7), trade(60_000, "6 buy 1")],
    }
    ran(settings_of(source_of(markets), OrderBook, Mid, Takes))

    assert log == [
        (60_000, "A"),
        (60_000, "B"),
        (60_000, "A", 2.0),
        (60_000, "B", 6.0),
        (61_000, "A", 4.0),
    ]


class Wide(Plugin):
    """Tells of spreads that are wide."""

    consumes: Sequence[str] = ("spread",)
    publishes = (Signal,)

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        self.publish(Signal(value=bar.close, text=self.instrument))


class Warned(Wide):
    """Follows the signals of another table."""

    consumes = ("wide",)

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        self.publish(Signal(value=signal.value))


def test_tables_that_consume_its_results_alone_stand_beside_it() -> None:
    markets = {"A": [quote(0, 4, 6)], "B": [quote(0, 1, 3)]}
    results = results_of(markets, Wide, Warned, Spread)

    assert results["spread"].events(Signal)["value"].tolist() == [3.0, 3.0]
    assert results["spread"].events(Signal)["table"].tolist() == ["wide", "warned"]
    assert [plugin.name for plugin in results["A"].report.plugins] == [
        "source",
        "orderbook",
        "spread",
    ]


def test_a_table_of_both_is_refused() -> None:
    class Both(Wide):
        consumes: Sequence[str] = ("spread", "obi")

    with pytest.raises(SettingsError, match=r"consumes 'spread', of .* and 'obi', which is not"):
        prepare(settings_of(source_of(MARKETS), Spread, Both))


def test_its_failure_is_its_own() -> None:
    class Fails(Plugin):
        across = True

        @hookimpl
        def on_trade(self, trade: Trade) -> None:
            raise RuntimeError("out of ideas")

    runs = ran(settings_of(source_of(MARKETS), Fails))

    assert [run.report.status for run in runs] == ["ok", "ok", "ok", "failed"]
    assert runs[-1].report.plugins[1].error == "RuntimeError: out of ideas"
    assert [run.exit_code for run in runs] == [0, 0, 0, 1]


def test_with_stop_it_ends_alone() -> None:
    class Fails(Plugin):
        across = True

        @hookimpl
        def on_book(self, book: Book) -> None:
            raise RuntimeError("out of ideas")

    stop = RunSettings.model_validate({"on_plugin_error": "stop"})
    runs = ran(settings_of(source_of(MARKETS, 8), OrderBook, Fails, run=stop))

    assert [run.report.status for run in runs] == ["ok", "ok", "ok", "failed"]
    assert [run.report.counts.windows for run in runs[:3]] == [60, 60, 60]


# What is told of the instruments


def test_one_that_begins_late_or_ends_early_is_told() -> None:
    markets = {"A": rows([0, 200_000]), "B": rows([70_000, 90_000])}
    [*_, run] = ran(settings_of(source_of(markets), TradesOnly))

    assert run.report.warnings == [
        "B begins at 1970-01-01 00:01:10 UTC: what is before is of the others alone",
        "B ends at 1970-01-01 00:01:30 UTC: what is after is of the others alone",
    ]


def test_one_without_a_row_is_told_and_the_others_go_on() -> None:
    log: Log = []
    markets: dict[str, Market] = {"A": [quote(0, 1, 2)], "B": []}
    *_, run = ran(settings_of(source_of(markets), OrderBook, logging(log)))

    assert log == [(0, "A", 1)]
    assert run.report.status == "ok"
    assert "B has no row: what there is is of the others alone" in run.report.warnings


def test_one_that_fails_is_told_and_what_came_before_counts() -> None:
    class Breaks(source_of(MARKETS)):  # type: ignore[misc]
        def blocks(self, instrument: str) -> Iterator[Block]:
            for number, block in enumerate(source_of(MARKETS, 8)().blocks(instrument)):
                if instrument == "B" and number == 2:
                    raise InputError("the disk is gone")
                yield block

    *_, run = ran(settings_of(Breaks, OrderBook, Spread))

    assert run.report.warnings[0] == "B failed: the disk is gone"
    assert run.report.counts.windows == 60 + 16 + 60


def test_unsure_rows_and_gaps_of_each_are_told() -> None:
    class Gaps(source_of({"A": [], "B": []})):  # type: ignore[misc]
        def blocks(self, instrument: str) -> Iterator[Block]:
            self.ledger.gaps.append(Gap(0, 9, "lost" if instrument == "A" else ""))
            market = {"A": [quote(0, 1, 2)], "B": [update(0, sure=False)]}
            yield from source_of(market)().blocks(instrument)

    *_, run = ran(settings_of(Gaps, OrderBook, Spread))

    assert run.report.gaps == [Gap(0, 9, "A: lost"), Gap(0, 9, "B: no book row")]
    assert run.report.counts.unsure == 1
    assert "1 of 2 (50.0%) book rows are of a book" in run.report.warnings[0]
    assert run.bars == {}


# What is refused


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"session": "day"}, r'is across instruments, and session = "day"'),
        ({"together": False}, r"\[run\] together = false: \[plugins.spread\] is across"),
    ],
)
def test_a_run_that_is_not_of_all_is_refused(given: dict[str, Any], told: str) -> None:
    settings = settings_of(
        source_of(MARKETS), OrderBook, Spread, run=RunSettings.model_validate(given)
    )
    origins: Any = dict.fromkeys(given, "file")

    with pytest.raises(SettingsError, match=told):
        prepare(settings.__class__(**{**vars(settings), "run_origins": origins}))


def test_paced_the_instruments_are_together_whatever_is_said() -> None:
    run = RunSettings.model_validate({"together": False})
    settings = settings_of(source_of(MARKETS), TradesOnly, run=run, speed=1e9)

    assert len(
        prepare(settings.__class__(**{**vars(settings), "run_origins": {"together": "file"}}))
    )


def test_the_name_of_an_instrument_is_refused() -> None:
    with pytest.raises(SettingsError, match="which is an instrument's: rename the table"):
        prepare(settings_of(source_of({"spread": rows([0])}), Spread))


def test_columns_are_refused_with_what_to_take_instead() -> None:
    class Columns(Plugin):
        across = True

        @hookimpl
        def on_books(self, books: Books) -> None:
            """Take nothing."""

        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            """Take nothing."""

    with pytest.raises(SettingsError, match="has on_books and on_trade_batches: columns are of"):
        prepare(settings_of(source_of(MARKETS), Columns))


def test_books_are_refused() -> None:
    class Publishes(Plugin):
        across = True
        publishes: ClassVar = (Books,)

    with pytest.raises(SettingsError, match="publishes Books, which are those of one"):
        prepare(settings_of(source_of(MARKETS), Publishes))


def test_bars_of_a_table_of_each_are_refused() -> None:
    with pytest.raises(SettingsError, match='clock = "ohlc" is a table of each of them'):
        run_settings({"source": SOURCE}, plugins=[Spread(name="spread", clock="ohlc")])


SOURCE = {"use": "tests.core.running.test_across:Given"}


class Given(source_of(MARKETS)):  # type: ignore[misc]
    """Gives the markets of these tests."""


def test_what_nobody_publishes_is_told_as_its_own(caplog: pytest.LogCaptureFixture) -> None:
    ran(settings_of(source_of(MARKETS), Spread))

    assert "[plugins.spread] waits for Books, which no table publishes" in caplog.text


# From Python


def test_the_results_of_a_call_have_it_and_a_stream_too() -> None:
    settings = {"source": SOURCE, "plugins": {"book": {}}}
    results = run_settings(settings, plugins=[Spread(name="pair", window_seconds=1)])
    signals = stream(settings, plugins=[TradesOnly(name="all")], events=[Signal])

    assert len(results["pair"].metric("pair"))
    assert [signal.text for signal in signals] == [
        name
        for _, name, moment in sorted(
            (moment.timestamp, name, place)
            for name, market in MARKETS.items()
            for place, moment in enumerate(market)
            if isinstance(moment, Tick)
        )
    ]


def test_rows_are_streamed_once_and_not_by_it_too() -> None:
    settings = {"source": SOURCE, "plugins": {"book": {}}}
    windows = stream(settings, plugins=[Spread(name="pair")], events=[BookWindow])

    assert Counter(window.instrument for window in windows) == {"A": 60, "B": 60, "C": 60}


def test_settings_are_known_by_those_of_all_and_by_its_own() -> None:
    def prints(levels: int, seconds: float) -> tuple[str, str]:
        tables = {"book": {"levels": levels}}
        results = run_settings(
            {"source": SOURCE, "plugins": tables},
            plugins=[Spread(name="pair", window_seconds=seconds)],
        )
        return results["A"].report.fingerprint, results["pair"].report.fingerprint

    one, other, third = prints(5, 1), prints(5, 2), prints(6, 1)

    assert one[0] == other[0] != third[0]
    assert len({one[1], other[1], third[1]}) == 3


def test_together_decides_no_number() -> None:
    def fingerprint(together: bool) -> str:
        settings = load({"source": SOURCE, "run": {"together": together}})
        return ran(settings)[0].report.fingerprint

    assert fingerprint(together=True) == fingerprint(together=False)


def test_together_nobody_runs_ahead_of_what_all_have_read() -> None:
    seen: Log = []

    class Seen(Plugin):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            seen.append((self.instrument, batches.last_time))

    markets = {"A": rows(range(0, 1000, 10)), "B": rows(range(0, 1000, 100))}
    together = RunSettings.model_validate({"together": True})
    ran(settings_of(source_of(markets, 2), Seen, run=together))

    last = {"A": 0, "B": 0}
    for instrument, time in seen:
        last[instrument] = time
        assert abs(last["A"] - last["B"]) <= 200
    assert last == {"A": 990, "B": 900}


# Paced


def test_its_page_may_send_all_instruments_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = wind(monkeypatch)
    seen: Log = []

    class Sink(Plugin):
        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            self.outputs = [tmp_path / self.instrument / "run.json"]

        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            seen.append((self.instrument, window.timestamp, clock.now))

        @hookimpl
        def on_tick(self, report: Report) -> None:
            if self.instrument == "tradesonly":
                (tmp_path / self.instrument).mkdir(exist_ok=True)
                asks(seek=8000)(tmp_path / self.instrument / "control.json", report.started_at)

    markets = {"A": rows(range(0, 10_000, 1000)), "B": rows(range(500, 9500, 1000))}
    ran(settings_of(source_of(markets), Sink, TradesOnly, speed=1.0))

    early = {(name, time) for name, time, now in seen if now < 1}
    assert early >= {("A", time) for time in range(1000, 8000, 1000)}
    assert early >= {("B", time) for time in range(500, 8000, 1000)}
    assert all(now >= 1 for name, time, now in seen if time > 9000)


# Live


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait not as long for one that is silent as where rows may be read."""
    monkeypatch.setattr("orderflow_core.running.together.SILENT_SECONDS", 0.05)


def row(time: int) -> BookRow:
    return BookRow(time, [(float(time), 1.0)], [(time + 1.0, 1.0)], snapshot=True)


class Watched(list[Any]):
    """A log that tells when there is something in it."""

    def __init__(self, there: Flag) -> None:
        super().__init__()
        self._there = there

    def append(self, item: Any) -> None:
        super().append(item)
        self._there.set()


def live_run(log: Log, **feeds: Callable[[LiveRows], None]) -> Report:
    """Run live instruments with a plugin that logs the rows of all; return its report."""
    *_, run = ran(settings_of(live(feeds), OrderBook, logging(log)))
    return run.report


@pytest.mark.usefixtures("impatient")
def test_live_rows_are_merged_and_one_that_is_silent_stops_nobody() -> None:
    there = Flag()
    log = Watched(there)

    def loud(feed: LiveRows) -> None:
        feed.book(row(10))
        assert there.wait(10)

    def silent(feed: LiveRows) -> None:
        assert there.wait(10), "a silent instrument held up the other"
        feed.book(row(20))

    report = live_run(log, A=loud, B=silent)

    assert log == [(10, "A", 10), (20, "B", 20)]
    assert (report.status, report.counts.late) == ("ok", 0)
    assert report.lag_seconds is not None


@pytest.mark.usefixtures("impatient")
def test_a_live_row_that_comes_too_late_is_of_the_last_time_and_counted() -> None:
    there = Flag()
    log = Watched(there)

    def quick(feed: LiveRows) -> None:
        feed.book(row(50))
        assert there.wait(10)

    def slow(feed: LiveRows) -> None:
        assert there.wait(10)
        feed.book(row(20))

    report = live_run(log, A=quick, B=slow)

    assert log == [(50, "A", 50), (50, "B", 20)]
    assert report.counts.late == 1


def test_interrupted_it_gets_what_came_before() -> None:
    log: Log = []
    interrupt = Interrupt()

    def feed(rows: LiveRows) -> None:
        rows.book(row(10))
        rows.complete(11)
        rows.book(row(20))
        interrupt.signal = signal.SIGINT
        assert rows.wait(10)

    settings = settings_of(live({"A": feed}), OrderBook, logging(log))
    *_, run = ran(settings, interrupt=interrupt)

    assert log == [(10, "A", 10), (20, "A", 20)]
    assert (run.report.status, run.exit_code) == ("interrupted", 130)
