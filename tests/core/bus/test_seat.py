"""A plugin that fails fails alone, visibly, and its time is its own."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from orderflow_core import (
    Block,
    Books,
    BookWindow,
    BookWindows,
    Event,
    Metric,
    MetricBar,
    OutputError,
    Plugin,
    PluginReport,
    Report,
    Run,
    SettingsError,
    TradeBatch,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus import seat
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.plugin.samples import Samples
from orderflow_core.running.digest import Account
from orderflow_core.testing import (
    INSTRUMENT,
    Row,
    Tick,
    bars,
    blocks,
    book,
    metric_bars,
    run_plugins,
    trade,
    update,
)
from tests.core.delivery import Delivered, deliver

FAILING_ROW = 999
BLOCK_SIZES = pytest.mark.parametrize("block_size", [1, 300, 2048])
LANES = pytest.mark.parametrize("lane", ["rows", "columns"])
ONE_ROW = [update(0)]
MARKET: Sequence[Row | Tick] = [
    item
    for second in range(1200)
    for item in (update(second * 1000, bids=[(second + 1, 1)]), trade(second * 1000, "9 buy 2"))
]


class Rows(Metric):
    """Samples the price of each row's bid, then the size of each row's trades, row by row."""

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.sample(window.timestamp, window.bid_price[0])

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        self.sample(batch.timestamp, batch.size.sum())


class Columns(Metric):
    """Samples what `Rows` samples, in columns."""

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        self.sample(windows.timestamp, windows.bid_price)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.sample(batches.trade_timestamp, batches.size)


class FailsInRow(Plugin):
    """Raises at its 1,000th window, row by row, and counts its calls."""

    calls = 0
    batches = 0

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.calls += 1
        if window.timestamp == FAILING_ROW * 1000:
            raise RuntimeError("the thousandth")

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        self.batches += 1


class FailsInColumns(Plugin):
    """Raises in the block of its 1,000th window, and counts the rows that it got."""

    calls = 0

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        for window in windows:
            self.calls += 1
            if window.timestamp == FAILING_ROW * 1000:
                raise RuntimeError("the thousandth")


FAILING: dict[str, type[FailsInRow | FailsInColumns]] = {
    "rows": FailsInRow,
    "columns": FailsInColumns,
}
METRICS: dict[str, type[Metric]] = {"rows": Rows, "columns": Columns}


class KeepBars(Plugin):
    """Keeps the closed metric bars of all series."""

    def __init__(self) -> None:
        super().__init__(name="keep")
        self.bars: list[MetricBar] = []

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        self.bars.append(bar)


def with_two_others(lane: str, failing: Sequence[Plugin], block_size: int) -> tuple[Any, Delivered]:
    """Run plugins between two metrics, and return the metrics' bars."""
    keep = KeepBars()
    before, after = METRICS[lane](name="before"), METRICS[lane](name="after")
    delivered = deliver([before, *failing, after, keep], MARKET, block_size=block_size)
    return keep.bars, delivered


@LANES
@BLOCK_SIZES
def test_the_others_have_the_results_that_they_would_have_had(lane: str, block_size: int) -> None:
    failing = FAILING[lane](name="failing")
    found, delivered = with_two_others(lane, [failing], block_size)
    alone, _ = with_two_others(lane, [], block_size)

    assert failing.calls == 1000
    assert delivered.member("failing").failed
    assert len(found) == 2 * 20
    assert found == alone


@LANES
def test_the_report_says_what_failed_and_why(lane: str) -> None:
    _, delivered = with_two_others(lane, [FAILING[lane](name="failing")], 300)

    states = [(member.report.status, member.report.error) for member in delivered.bus.seats]
    failed = ("failed", "RuntimeError: the thousandth")
    assert states == [("ok", None), failed, ("ok", None), ("ok", None)]


@pytest.mark.parametrize(
    ("lane", "moment"),
    [("rows", "the event of 999000"), ("columns", "the block of 900000 to 1199000")],
)
def test_the_failure_is_logged_once_with_name_time_and_traceback(
    lane: str, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    with_two_others(lane, [FAILING[lane](name="failing")], 300)

    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"plugin failing failed at {moment}"
    assert 'raise RuntimeError("the thousandth")' in caplog.text


def test_a_failed_plugin_gets_nothing_more_of_its_row() -> None:
    failing = FailsInRow(name="failing")
    with_two_others("rows", [failing], 2048)

    assert failing.batches == 999


def test_two_plugins_may_fail_at_one_row() -> None:
    plugins = [FailsInRow(name="first"), FailsInRow(name="second")]
    found, delivered = with_two_others("rows", plugins, 300)
    alone, _ = with_two_others("rows", [], 300)

    assert delivered.member("first").failed
    assert delivered.member("second").failed
    assert found == alone


def test_all_plugins_may_fail() -> None:
    delivered = deliver([FailsInRow(name="only")], MARKET)

    assert delivered.error("only") == "RuntimeError: the thousandth"
    assert delivered.account.counts.windows == 1200


def test_a_failed_plugin_gets_no_later_hook() -> None:
    class FailsAtOnce(Plugin):
        hooks: list[str] = []  # noqa: RUF012 (one instance)

        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            raise RuntimeError

        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            self.hooks.append("batches")

        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.hooks.append("window")

        @hookimpl
        def on_tick(self, report: Report) -> None:
            self.hooks.append("tick")

        @hookimpl
        def on_end(self, end: int) -> None:
            self.hooks.append("end")

        @hookimpl
        def on_finish(self, report: Report) -> None:
            self.hooks.append("finish")

    plugin = FailsAtOnce()
    delivered = deliver([plugin], ONE_ROW)
    delivered.bus.tick(Report("test", "ok", 0, "", False, {}))

    assert plugin.hooks == []


def test_a_failed_metric_publishes_no_further_bar() -> None:
    class Fails(Rows):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            if window.timestamp == FAILING_ROW * 1000:
                raise RuntimeError
            super().on_book_window(window)

    found, _ = with_two_others("rows", [Fails(name="failing")], 300)

    times = [bar.timestamp for bar in found if bar.series.key == "failing"]
    assert times == list(range(0, 840_000, 60_000))


class Raises(Plugin):
    """Raises in its hooks what a test gives."""

    def __init__(self, error: BaseException, name: str = "raises") -> None:
        super().__init__(name=name)
        self.error = error


class RaisesInColumns(Raises):
    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        raise self.error


class RaisesInRows(Raises):
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        raise self.error


class RaisesAtTheEnd(Raises):
    @hookimpl
    def on_end(self, end: int) -> None:
        raise self.error


RAISING = pytest.mark.parametrize("plugin_class", [RaisesInColumns, RaisesInRows, RaisesAtTheEnd])


@RAISING
def test_an_exit_is_a_failure(plugin_class: type[Raises]) -> None:
    delivered = deliver([plugin_class(SystemExit(3))], ONE_ROW)

    assert delivered.error("raises") == "SystemExit: 3"


@RAISING
def test_a_settings_error_after_the_start_is_a_failure(plugin_class: type[Raises]) -> None:
    delivered = deliver([plugin_class(SettingsError("too late"))], ONE_ROW)

    assert delivered.error("raises") == "SettingsError: too late"


@RAISING
def test_the_users_interrupt_passes(plugin_class: type[Raises]) -> None:
    with pytest.raises(KeyboardInterrupt):
        deliver([plugin_class(KeyboardInterrupt())], ONE_ROW)


def test_the_failure_is_kept_as_it_was_raised() -> None:
    error = OutputError("the disk is full")

    delivered = deliver([RaisesInRows(error)], ONE_ROW)

    assert delivered.member("raises").failure is error


def test_a_failure_at_the_end_is_logged_with_the_end(caplog: pytest.LogCaptureFixture) -> None:
    deliver([RaisesAtTheEnd(RuntimeError())], [update(70)])

    assert caplog.messages == ["plugin raises failed at the event of 70"]


def test_a_failure_without_a_time_is_logged_as_such(caplog: pytest.LogCaptureFixture) -> None:
    class AtStart(Plugin):
        @hookimpl
        def on_start(self, run: Run) -> None:
            raise RuntimeError

    deliver([AtStart(name="starts")], ONE_ROW)

    assert caplog.messages == ["plugin starts failed at a moment without a time"]


def test_a_failure_in_a_bar_hook_is_logged_with_the_bars_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class AtBar(Plugin):
        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            raise RuntimeError("no bar")

    given = metric_bars("spread", [(0, 1, 1, 1, 1)], known_at=[7])
    with pytest.raises(RuntimeError, match="no bar"):
        run_plugins([AtBar(name="bars")], [update(0), update(7)], derived=[given])

    assert caplog.messages == ["plugin bars failed at the event of 0"]


def test_what_was_published_before_the_failure_is_delivered() -> None:
    class PublishesAndFails(Metric):
        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            self.publish(metric_bars("fails", [(0, 1, 1, 1, 1)]))
            raise RuntimeError

    keep = KeepBars()
    deliver([PublishesAndFails(name="fails"), keep], ONE_ROW)

    assert [bar.timestamp for bar in keep.bars] == [0]


# Time


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(seat, "perf_counter", clock)
    return clock


class Slow(Plugin):
    """Takes so many seconds a call, and a second more for a call with columns."""

    def __init__(self, clock: Clock, name: str, seconds: float) -> None:
        super().__init__(name=name)
        self.clock = clock
        self.seconds = seconds

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.clock.now += self.seconds

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.clock.now += self.seconds + 1


def test_time_is_added_up_over_both_lanes(clock: Clock) -> None:
    delivered = deliver([Slow(clock, "a", 2.0)], [update(0), update(1), update(2)], block_size=2)

    assert delivered.member("a").report.seconds == 3 * 2.0 + 2 * 3.0


def test_each_plugin_has_its_own_time(clock: Clock) -> None:
    plugins = [Slow(clock, "a", 2.0), Slow(clock, "b", 10.0)]

    delivered = deliver(plugins, [update(0), update(1), update(2)], block_size=2)

    assert delivered.member("a").report.seconds == 3 * 2.0 + 2 * 3.0
    assert delivered.member("b").report.seconds == 3 * 10.0 + 2 * 11.0


def test_the_time_of_a_failing_call_counts(clock: Clock) -> None:
    class SlowlyFails(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            clock.now += 5.0
            raise RuntimeError

    plugins = [SlowlyFails(name="fails"), Slow(clock, "b", 10.0)]
    delivered = deliver(plugins, [update(0), update(1)])

    assert delivered.member("fails").report.seconds == 5.0
    assert delivered.member("b").report.seconds == 2 * 10.0 + 11.0


def test_making_bars_is_the_metrics_time(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(samples: Samples, block: Block) -> Iterator[Any]:
        clock.now += 7.0
        yield from ()

    monkeypatch.setattr(Samples, "close_block", slowly)
    delivered = deliver([Rows(name="slow")], MARKET[:2])

    assert delivered.member("slow").report.seconds == 7.0


# Writing into an event


def _sort(books: Books) -> None:
    books.bid_size.sort()


def _assign(books: Books) -> None:
    books.bid_size[0, 0] = 1.0


def _replace(books: Books) -> None:
    books.bid_size = books.bid_size * 2  # type: ignore[misc]


def _replace_in_row(books: Books) -> None:
    books[0].bid_size = books.bid_size  # type: ignore[misc]


def _replace_time_of_row(books: Books) -> None:
    books[0].timestamp = 0  # type: ignore[misc]


@pytest.mark.parametrize("write", [_sort, _assign, _replace, _replace_in_row, _replace_time_of_row])
def test_a_plugin_that_writes_into_an_event_is_told_to_change_a_copy(
    write: Callable[[Books], None], caplog: pytest.LogCaptureFixture
) -> None:
    class Writes(Plugin):
        @hookimpl
        def on_books(self, books: Books) -> None:
            write(books)

    with pytest.raises((ValueError, AttributeError)) as caught:
        run_plugins([Writes(name="writes")], [book(0, "100 x 1", "101 x 1")])

    told = "an event is shared by all plugins and cannot be written into: change a copy"
    assert told in caught.value.__notes__[0]
    assert told in caplog.text


def test_the_report_tells_a_plugin_that_writes_what_to_do() -> None:
    class Writes(Plugin):
        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            windows.timestamp[0] = 0

    error = deliver([Writes(name="writes")], ONE_ROW).error("writes")

    assert error is not None
    assert error.startswith("ValueError: assignment destination is read-only; an event is shared")


# Errors of every kind


class GarbledError(ValueError):
    """An error whose text cannot be made."""

    def __str__(self) -> str:
        raise ArithmeticError


class ExitingError(AttributeError):
    def __str__(self) -> str:
        sys.exit(0)


class NotesError(Exception):
    __notes__ = 5  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncio.CancelledError(), "CancelledError: "),
        (GeneratorExit(), "GeneratorExit: "),
        (StopIteration(3), "StopIteration: 3"),
        (MemoryError(), "MemoryError: "),
        (BaseException("bare"), "BaseException: bare"),
        (ExceptionGroup("two", [OSError(), KeyError()]), "ExceptionGroup: two (2 sub-exceptions)"),
        (GarbledError(), "GarbledError: (its text cannot be made: ArithmeticError)"),
        (ExitingError(), "ExitingError: (its text cannot be made: SystemExit)"),
        (NotesError("odd"), "NotesError: (its text cannot be made: TypeError)"),
        (ValueError("\x1b[31mred"), "ValueError: \N{REPLACEMENT CHARACTER}[31mred"),
    ],
)
@RAISING
def test_an_error_of_any_kind_is_a_failure_that_is_told(
    plugin_class: type[Raises], error: BaseException, told: str
) -> None:
    keep = Rows(name="other")

    delivered = deliver([plugin_class(error), keep], MARKET[:2])

    assert delivered.error("raises") == told
    assert delivered.member("other").report.status == "ok"
    assert json.dumps(asdict(delivered.member("raises").report)).encode()


def test_a_recursion_without_end_is_a_failure() -> None:
    class Recurses(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.on_book_window(window)

    delivered = deliver([Recurses(name="recurses"), Rows(name="other")], MARKET[:2])

    error = delivered.error("recurses")
    assert error is not None
    assert error.startswith("RecursionError: ")
    assert delivered.member("other").report.status == "ok"


# The report


class WritesIntoTheReport(Plugin):
    """Does to its report whatever can be done."""

    @hookimpl
    def on_tick(self, report: Report) -> None:
        self._write(report)

    @hookimpl
    def on_finish(self, report: Report) -> None:
        self._write(report)

    def _write(self, report: Report) -> None:
        report.status = "failed"
        report.settings["run"]["window_seconds"].append(0)
        report.settings.clear()
        report.counts.refused["all"] = report.counts.windows = 10**30
        report.plugins[0].error = "none of it is true"
        report.plugins.clear()
        report.inputs.append(self)  # type: ignore[arg-type]
        report.digest = object()  # type: ignore[assignment]
        report.__dict__.clear()


def test_whatever_a_plugin_does_to_its_report_changes_nothing() -> None:
    seen: list[dict[str, Any]] = []

    class Looks(Plugin):
        @hookimpl
        def on_finish(self, report: Report) -> None:
            seen.append(report.to_dict())

    plugins = [WritesIntoTheReport(name="writes"), Looks(name="looks")]
    bus = Bus(INSTRUMENT, plugins, Account())
    settings = {"run": {"window_seconds": [1]}}
    report = Report(
        "test", settings=settings, plugins=[PluginReport("writes"), PluginReport("looks")]
    )
    before = report.to_dict()

    drive(bus, blocks(ONE_ROW, 1), report)

    assert report.to_dict() == {**before, "status": "ok"} == seen[0]
    assert not any(seat.failed for seat in bus.seats)


# The files


class Raising:
    """An iterable that ends the program."""

    def __iter__(self) -> Iterator[Path]:
        sys.exit(0)


@pytest.mark.parametrize("outputs", [None, 5, [b"a.json"], [None], Raising()])
def test_outputs_that_are_no_paths_are_told_and_left_out(
    outputs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    plugin = Plugin(name="garbage")
    plugin.outputs = outputs

    seat = Bus(INSTRUMENT, [plugin], Account()).seats[0]

    assert seat.outputs == []
    assert caplog.messages[0].startswith("plugin garbage: its outputs are no list of paths: ")


def test_outputs_may_be_texts() -> None:
    plugin = Plugin(name="texts")
    plugin.outputs = ["out/a.json"]  # type: ignore[list-item]

    assert Bus(INSTRUMENT, [plugin], Account()).seats[0].outputs == [Path("out/a.json")]


# Samples of unsure events


@dataclass(frozen=True, kw_only=True)
class Guess(Event, hook="on_guess"):
    """Something that is not sure."""


class Guesses(Plugin):
    publishes = (Guess,)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.publish(Guess(sure=window.timestamp >= 1000))


class SamplesGuesses(Metric):
    @hookimpl
    def on_guess(self, guess: Guess) -> None:
        self.sample(guess.timestamp, 1)


class SamplesGuessesAndRows(SamplesGuesses):
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.sample(window.timestamp, 2)


@pytest.mark.parametrize(
    ("plugin_class", "expected"),
    [(SamplesGuesses, [(0, 1, 1, 1, 1)]), (SamplesGuessesAndRows, [(0, 2, 2, 1, 1)])],
)
def test_samples_taken_in_the_hook_of_an_unsure_event_are_left_out(
    plugin_class: type[Metric], expected: list[Any]
) -> None:
    plugin = plugin_class(name="samples")

    published = run_plugins([Guesses(), plugin], [update(0), update(1000)])

    assert bars(published, "samples") == expected
    assert plugin.samples_left_out == 1


def test_what_comes_after_a_row_in_doubt_is_sure_again() -> None:
    market = [update(0, "5 x 1", sure=False), trade(1, "9 buy 2"), update(1000, "6 x 1")]
    columns, rows = Columns(name="columns"), SamplesGuessesAndRows(name="rows")

    published = run_plugins([columns, rows], market, block_size=1)

    assert bars(published, "columns") == [(0, 2, 6, 2, 6)]
    assert bars(published, "rows") == [(0, 2, 2, 2, 2)]
    assert (columns.samples_left_out, rows.samples_left_out) == (1, 1)


def test_what_was_tallied_is_not_taken_back() -> None:
    with pytest.raises(ValueError, match="a number that is added is 0 or more"):
        Plugin(name="sends").tally("sent", -1)
