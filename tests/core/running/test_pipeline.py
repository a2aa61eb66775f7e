"""A pipeline: whose failure ends the run, and which exit code the run deserves."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from orderflow_core import (
    Block,
    Books,
    BookWindow,
    BookWindows,
    InputError,
    OutputError,
    Plugin,
    Report,
    Run,
    Source,
    hookimpl,
)
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.settings.reading import RunSettings
from orderflow_core.testing import blocks, trade, update
from tests.core.assembly import Clock, Log, log_of, ran, rows, settings_of, source_of

THREE_BLOCKS = source_of({"A": rows([0, 10, 20])}, size=1)
TO_THE_END = [0, 10, 20, "end", "failed"]
UP_TO_THE_FAILURE = [0, 10, "end", "failed"]


def moments(instrument: str, moment: str, given: object) -> object:
    return moment if moment in ("end", "tick") else given


def one(
    source: type[Source],
    *plugins: type[Plugin],
    log: Log | None = None,
    run: RunSettings | None = None,
    **values: object,
) -> InstrumentRun:
    """Run the one instrument of a source; `log` gets its rows, its end and its last status."""
    logging = [log_of(log, moments)] if log is not None else []
    [pipeline] = ran(settings_of(source, *plugins, *logging, run=run, **values))
    if log is not None:
        log[:] = without_ticks(log)
    return pipeline


def without_ticks(log: Log) -> Log:
    return [entry for entry in log if entry != "tick"]


def stopping() -> RunSettings:
    return RunSettings.model_validate({"on_plugin_error": "stop"})


class Failing(Plugin):
    """Fails at the row of 10."""

    error: ClassVar[BaseException] = RuntimeError("as it was made to")

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        if window.timestamp == 10:
            raise self.error.with_traceback(None)


class Required(Failing):
    required = True


class RequiredOutput(Required):
    error = OutputError("no room in out/")


class FailingSource(Source):
    """Fails after its first block."""

    error: ClassVar[Exception] = InputError("a.db is torn")

    def instruments(self) -> list[str]:
        return ["A"]

    def blocks(self, instrument: str) -> Iterator[Block]:
        yield from blocks(rows([0]))
        raise self.error


class BrokenSource(FailingSource):
    error = ZeroDivisionError()


# Whose failure ends the run


def test_a_run_without_failure_is_ok() -> None:
    log: Log = []
    pipeline = one(THREE_BLOCKS, log=log)

    assert log == [0, 10, 20, "end", "ok"]
    assert (pipeline.report.status, pipeline.exit_code) == ("ok", 0)


def test_a_failing_plugin_leaves_the_run_which_goes_on() -> None:
    log: Log = []
    pipeline = one(THREE_BLOCKS, Failing, log=log)

    assert log == TO_THE_END
    assert (pipeline.report.status, pipeline.exit_code) == ("failed", 1)


def test_a_failing_plugin_ends_the_run_where_the_settings_say_so() -> None:
    log: Log = []
    pipeline = one(THREE_BLOCKS, Failing, log=log, run=stopping())

    assert log == UP_TO_THE_FAILURE
    assert (pipeline.report.status, pipeline.exit_code) == ("failed", 1)


def test_a_failing_plugin_that_is_required_ends_the_run() -> None:
    log: Log = []
    pipeline = one(THREE_BLOCKS, Required, log=log)

    assert log == UP_TO_THE_FAILURE
    assert pipeline.exit_code == 1


def test_an_output_that_cannot_be_written_has_exit_code_4() -> None:
    assert one(THREE_BLOCKS, RequiredOutput).exit_code == 4


class OwnCodeError(Exception):
    exit_code = 0


class RequiredWithItsOwnCode(Required):
    error = OwnCodeError()


class RequiredExit(Required):
    error = SystemExit(0)


@pytest.mark.parametrize("plugin", [RequiredWithItsOwnCode, RequiredExit])
def test_no_failure_of_a_plugin_has_exit_code_0(plugin: type[Plugin]) -> None:
    assert one(THREE_BLOCKS, plugin).exit_code == 1


class OtherOutput(Required):
    error = OutputError("no room either")

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        raise self.error


def test_the_exit_code_is_that_of_the_first_failure_that_ended_the_run() -> None:
    class Later(OtherOutput):
        error = ZeroDivisionError()  # type: ignore[assignment]

    assert one(THREE_BLOCKS, RequiredOutput, Later).exit_code == 1
    assert one(THREE_BLOCKS, Required, OtherOutput).exit_code == 4
    assert one(THREE_BLOCKS, RequiredOutput, Required).exit_code == 4


def test_a_failure_that_did_not_end_the_run_does_not_decide_the_exit_code() -> None:
    class EndsLast(RequiredOutput):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            if window.timestamp == 20:
                raise self.error

    assert one(THREE_BLOCKS, Failing, EndsLast).exit_code == 4


def test_a_required_plugin_that_fails_in_on_finish_fails_the_run() -> None:
    class Late(Plugin):
        required = True

        @hookimpl
        def on_finish(self, report: Report) -> None:
            raise OutputError("no room")

    pipeline = one(THREE_BLOCKS, Late)

    assert (pipeline.report.status, pipeline.exit_code) == ("failed", 4)


class Watched(Source):
    """More blocks than are read ahead; knows what became of its reading."""

    fate: ClassVar[Log]

    def instruments(self) -> list[str]:
        return ["A"]

    def blocks(self, instrument: str) -> Iterator[Block]:
        self.fate.append("begun")
        try:
            yield from blocks(rows([0, 10, 20, 30, 40, 50, 60]), 1)
        finally:
            self.fate.append("let go")


def test_the_source_is_let_go_of_when_the_run_ends_before_it() -> None:
    Watched.fate = []
    one(Watched, Required)

    assert Watched.fate == ["begun", "let go"]


def test_a_required_plugin_that_fails_in_on_start_leaves_the_input_unread() -> None:
    class Unready(Plugin):
        required = True

        @hookimpl
        def on_start(self, run: Run) -> None:
            raise RuntimeError("not ready")

    Watched.fate = []
    pipeline = one(Watched, Unready)

    assert Watched.fate == []
    assert (pipeline.report.status, pipeline.exit_code) == ("failed", 1)


def test_a_plugin_that_exits_has_failed_like_any_other() -> None:
    class Exiting(Failing):
        error = SystemExit(0)

    log: Log = []

    assert one(THREE_BLOCKS, Exiting, log=log).exit_code == 1
    assert log == TO_THE_END


@pytest.mark.parametrize(("source", "code"), [(FailingSource, 3), (BrokenSource, 1)])
def test_a_failing_source_ends_the_run_with_what_there_is(source: type[Source], code: int) -> None:
    log: Log = []
    pipeline = one(source, log=log)

    assert log == [0, "end", "failed"]
    assert pipeline.exit_code == code


def test_a_failing_source_is_told_in_its_own_report() -> None:
    [source] = one(FailingSource).report.plugins

    assert (source.name, source.status, source.error) == ("source", "failed", "a.db is torn")


def test_an_error_without_a_message_is_told_by_its_name() -> None:
    assert one(BrokenSource).report.plugins[0].error == "ZeroDivisionError"


@pytest.mark.parametrize(("source", "traced"), [(FailingSource, False), (BrokenSource, True)])
def test_only_a_fault_of_the_source_itself_is_logged_with_a_traceback(
    source: type[Source], traced: bool, caplog: pytest.LogCaptureFixture
) -> None:
    one(source)

    assert [bool(record.exc_info) for record in caplog.records] == [traced]


def test_with_strict_the_first_refused_row_ends_the_run() -> None:
    class Refusing(FailingSource):
        def blocks(self, instrument: str) -> Iterator[Block]:
            yield from blocks(rows([0]))
            self.ledger.refuse("no price", "row 7")

    strict = RunSettings.model_validate({"strict": True})
    pipeline = one(Refusing, run=strict)

    assert (pipeline.report.plugins[0].status, pipeline.exit_code) == ("failed", 3)
    assert one(Refusing).exit_code == 0


def test_without_a_single_row_the_run_has_failed_with_exit_code_3() -> None:
    log: Log = []
    pipeline = one(source_of({"A": []}), log=log)

    assert log == ["failed"]
    assert pipeline.exit_code == 3
    assert "not a single row" in (pipeline.report.plugins[0].error or "")


def test_the_failure_of_one_instrument_leaves_the_others() -> None:
    log: Log = []
    source = source_of({"A": rows([10]), "B": rows([0])}, size=1)
    pipelines = ran(settings_of(source, Required, log_of(log, moments)))

    assert without_ticks(log) == [10, "end", "failed", 0, "end", "ok"]
    assert [pipeline.exit_code for pipeline in pipelines] == [1, 0]


def test_each_instrument_has_plugins_of_its_own() -> None:
    made: list[str] = []

    class Counting(Plugin):
        rows = 0

        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.rows += 1

        @hookimpl
        def on_end(self, end: int) -> None:
            made.append(f"{self.instrument} {self.rows}")

    ran(settings_of(source_of({"A": rows([0, 1]), "B": rows([0])}), Counting))

    assert made == ["A 2", "B 1"]


# The asked-for range


def test_rows_outside_the_asked_for_days_are_not_delivered() -> None:
    day = 86_400_000
    log: Log = []
    source = source_of({"A": rows([0, day - 1, day, 2 * day - 1, 2 * day])})

    one(source, log=log, start="1970-01-02", end="1970-01-02")

    assert log == [day, 2 * day - 1, "end", "ok"]


def test_a_block_that_does_not_fit_together_is_told_with_the_sources_name() -> None:
    class Uneven(Source):
        def instruments(self) -> list[str]:
            return ["A-USDT"]

        def blocks(self, instrument: str) -> Iterator[Block]:
            good = blocks([update(0), update(10)], 1, instrument)[0]
            yield good
            yield replace(good, batches=good.batches.rows(0, 0))

    [pipeline] = ran(settings_of(Uneven))

    assert pipeline.exit_code == 3
    assert str(pipeline.error) == (
        "the source 'Uneven' gave Block: 1 windows and the trades of 0; there is one batch a window"
    )


def test_numbers_of_no_market_end_the_run_with_the_sources_name() -> None:
    class Sideless(Source):
        def instruments(self) -> list[str]:
            return ["A-USDT"]

        def blocks(self, instrument: str) -> Iterator[Block]:
            good, bad = blocks([update(0), update(10), trade(11, "1 buy 1")], 1, instrument)
            yield good
            yield replace(bad, batches=replace(bad.batches, side=np.zeros(1, np.int8)))

    [pipeline] = ran(settings_of(Sideless))

    assert (pipeline.exit_code, pipeline.report.counts.windows) == (3, 1)
    assert str(pipeline.error).startswith("the source 'Sideless' gave a trade with side 0, where")


# How many rows are delivered at once


def taken(clock: Clock, count: int, seconds: float, levels: int | None = None) -> list[int]:
    """Return how many rows come in each block to a plugin that takes `seconds` a row."""
    sizes: list[int] = []

    class Takes(Plugin):
        publishes = (Books,) if levels else ()
        book_levels = levels

        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            sizes.append(len(windows))
            clock.now += seconds * len(windows)

    one(source_of({"A": rows(range(count))}), Takes)
    return sizes


def test_blocks_grow_eightfold_while_plugins_take_no_time(clock: Clock) -> None:
    assert taken(clock, 1000, 0) == [64, 512, 424]


def test_blocks_double_while_plugins_keep_up(clock: Clock) -> None:
    assert taken(clock, 1000, 0.0001) == [64, 128, 256, 512, 40]


def test_blocks_are_halved_where_plugins_take_longer_than_a_tick(clock: Clock) -> None:
    assert taken(clock, 130, 1.0)[:9] == [64, 32, 16, 8, 4, 2, 1, 1, 1]


def test_blocks_stay_about_as_long_as_a_tick(clock: Clock) -> None:
    assert taken(clock, 200, 0.001) == [64, 32, 64, 32, 8]


def test_of_deep_books_fewer_rows_come_at_once(clock: Clock) -> None:
    assert taken(clock, 400, 0, levels=8192) == [64, 128, 128, 80]


def test_a_short_block_says_nothing_of_how_many_rows_may_come(clock: Clock) -> None:
    class Uneven(FailingSource):
        def blocks(self, instrument: str) -> Iterator[Block]:
            yield from blocks(rows(range(50)))
            yield from blocks(rows(range(50, 250)))

    sizes: list[int] = []

    class Sizes(Plugin):
        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            sizes.append(len(windows))

    one(Uneven, Sizes)

    assert sizes == [50, 64, 136]


def test_no_millisecond_is_cut_however_slow_a_plugin_is(clock: Clock) -> None:
    sizes: list[int] = []

    class Slow(Plugin):
        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            sizes.append(len(windows))
            clock.now += 1

    one(source_of({"A": rows([0] * 70 + [1] * 40 + [2])}), Slow)

    assert sizes == [70, 40, 1]
