"""Sessions: new plugins for each UTC day, and one report of all."""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orderflow_core import (
    Block,
    InputError,
    Metric,
    Plugin,
    PluginSettings,
    Report,
    Run,
    SettingsError,
    Source,
    Trade,
    hookimpl,
)
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.loop import Interrupt, prepare
from orderflow_core.settings.by_hand import with_plugins
from orderflow_core.settings.reading import RunSettings
from orderflow_core.testing import Row, Tick, book, trade, update
from tests.core.assembly import Log, Market, ran, settings_of, source_of

DAY_MS = 86_400_000
DAY = 20_000 * DAY_MS
FIRST, SECOND, THIRD = "2024-10-04", "2024-10-05", "2024-10-06"
DATES = (FIRST, SECOND, THIRD)
DAILY = RunSettings.model_validate({"session": "day"})


def at(day: int, ms: int) -> int:
    return DAY + day * DAY_MS + ms


MARKET: Market = [
    book(at(0, 100), bids="100 x 1", asks="101 x 1"),
    trade(at(0, 200), "101 buy 2"),
    update(at(0, 86_399_000)),
    trade(at(1, 5), "101 buy 3"),
    update(at(1, 7)),
    trade(at(1, 8), "100 sell 1"),
    update(at(2, 9)),
]


class Sum(Metric):
    """The trades since its beginning."""

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self.total = 0.0

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.total += trade.size
        self.sample(trade.timestamp, self.total)


def daily(*plugins: type[Plugin], market: Market = MARKET, **values: Any) -> InstrumentRun:
    [found] = ran(settings_of(source_of({"A": market}), *plugins, run=DAILY, **values))
    return found


def test_each_day_has_plugins_of_its_own() -> None:
    log: Log = []

    class Ends(Plugin):
        @hookimpl
        def on_start(self, run: Run) -> None:
            assert run.source is not None
            log.append(("start", run.source.start, run.source.end))

        @hookimpl
        def on_end(self, end: int) -> None:
            log.append(("end", end))

    daily(Ends)

    days = [date.fromisoformat(day) for day in (FIRST, SECOND, THIRD)]
    assert log == [
        ("start", days[0], days[0]),
        ("end", at(1, 5)),
        ("start", days[1], days[1]),
        ("end", at(2, 9)),
        ("start", days[2], days[2]),
        ("end", at(2, 9)),
    ]


def test_what_a_plugin_tallies_is_summed_over_the_sessions() -> None:
    class Tallies(Plugin):
        @hookimpl
        def on_trade(self) -> None:
            self.tally("seen", 2)

        @hookimpl
        def on_finish(self) -> None:
            self.tally("finished")

    report = daily(Tallies).report

    assert [each.totals for each in report.plugins[1:]] == [{"seen": 6, "finished": 3}]


def test_the_report_has_each_session_and_the_sums() -> None:
    report = daily(Sum).report

    assert [(each.date, each.status) for each in report.sessions] == [
        (FIRST, "ok"),
        (SECOND, "ok"),
        (THIRD, "ok"),
    ]
    assert [each.counts.windows for each in report.sessions] == [2, 1, 1]
    assert [each.counts.trades for each in report.sessions] == [1, 2, 0]
    assert (report.counts.windows, report.counts.trades) == (4, 3)
    assert (report.first_timestamp, report.last_timestamp) == (at(0, 100), at(2, 9))
    assert (report.status, report.progress) == ("ok", 1.0)


def test_the_report_of_the_run_has_the_settings_of_the_run() -> None:
    class Sink(Plugin):
        class Settings(PluginSettings):
            directory: Path = Path("out/{date}")

    shown = daily(Sink).report.settings

    assert shown["plugins"]["sink"]["directory"] == "out/{date}"
    assert shown["source"]["start"] is None


def test_the_digest_is_that_of_the_dates_and_the_sessions_digests() -> None:
    report = daily(Sum).report

    told = "".join(f"{each.date} {each.digest}\n" for each in report.sessions)
    assert report.digest == sha256(told.encode()).hexdigest()
    assert report.digest == daily(Sum).report.digest


def test_sums_begin_at_nothing_and_the_last_bar_of_a_day_is_known_at_the_next_row() -> None:
    log: Log = []

    class Bars(Plugin):
        @hookimpl
        def on_metric_bar(self, bar: Any) -> None:
            log.append((bar.timestamp, bar.close, bar.known_at))

    daily(Sum, Bars)

    assert log == [(at(0, 0), 2.0, at(0, 86_399_000)), (at(1, 0), 4.0, at(2, 9))]


def test_the_days_of_the_range_alone_are_run() -> None:
    report = daily(start=date.fromisoformat(SECOND), end=date.fromisoformat(SECOND)).report

    assert [each.date for each in report.sessions] == [SECOND]


def test_a_session_that_fails_holds_up_none_and_its_exit_code_is_the_runs() -> None:
    class Fails(Plugin):
        @hookimpl
        def on_end(self, end: int) -> None:
            if end == at(2, 9) and self.second:
                raise ValueError("no")

        @hookimpl
        def on_start(self, run: Run) -> None:
            assert run.source is not None
            self.second = run.source.start == date.fromisoformat(SECOND)

    found = daily(Fails)

    assert [each.status for each in found.report.sessions] == ["ok", "failed", "ok"]
    assert (found.report.status, found.report.digest, found.exit_code) == ("failed", None, 1)
    failed = next(plugin for plugin in found.report.plugins if plugin.status == "failed")
    assert failed.error == f"{SECOND}: ValueError: no"


def test_an_interrupt_ends_the_sessions_that_are_left() -> None:
    interrupt = Interrupt()

    class Stops(Plugin):
        @hookimpl
        def on_end(self, end: int) -> None:
            interrupt.signal = 2

    settings = settings_of(source_of({"A": MARKET}), Stops, run=DAILY)
    [found] = ran(settings, interrupt=interrupt)

    assert [each.status for each in found.report.sessions] == ["ok", "interrupted"]
    assert (found.report.status, found.report.digest, found.exit_code) == ("interrupted", None, 130)


def test_a_sink_gets_the_report_of_its_session_and_its_directory_with_the_date() -> None:
    log: Log = []

    class Sink(Plugin):
        class Settings(PluginSettings):
            directory: Path = Path("out/{instrument}/{date}")

        settings: Settings

        @hookimpl
        def on_finish(self, report: Report) -> None:
            log.append((self.settings.directory, report.sessions, report.counts.windows))

    daily(Sink)

    assert [each[0] for each in log] == [Path(f"out/{{instrument}}/{day}") for day in DATES]
    assert [[session.date for session in each[1]] for each in log] == [[day] for day in DATES]
    assert [session.digest for each in log for session in each[1]] == [
        session.digest for session in daily(Sink).report.sessions
    ]
    assert [each[2] for each in log[:3]] == [2, 1, 1]


def test_a_date_in_a_directory_without_sessions_is_told() -> None:
    class Sink(Plugin):
        class Settings(PluginSettings):
            directory: Path = Path("out/{date}")

    with pytest.raises(SettingsError, match=r"\[plugins.sink\] directory = 'out/\{date\}'.*run"):
        prepare(settings_of(source_of({"A": MARKET}), Sink))


@pytest.mark.parametrize("seconds", [7, 100_000, 172_800, 0.011])
def test_a_length_of_bars_that_does_not_divide_a_day_is_refused(seconds: float) -> None:
    run = RunSettings.model_validate({"session": "day", "window_seconds": seconds})

    with pytest.raises(SettingsError, match="does not divide"):
        prepare(settings_of(source_of({"A": MARKET}), run=run))


def test_bars_that_are_moved_off_midnight_are_refused() -> None:
    class Moved(Sum):
        class Settings(Metric.Settings):
            offset_seconds: float = 15

    with pytest.raises(SettingsError, match="offset_seconds = 15: a session is a day"):
        prepare(settings_of(source_of({"A": MARKET}), Moved, run=DAILY))


@pytest.mark.parametrize("seconds", [60, 0.25, 0.001, 86_400])
def test_a_length_of_bars_that_divides_a_day_is_taken(seconds: float) -> None:
    run = RunSettings.model_validate({"session": "day", "window_seconds": seconds})

    [found] = ran(settings_of(source_of({"A": MARKET}), run=run))

    assert found.report.status == "ok"


def test_a_plugin_that_is_there_once_cannot_have_two_days() -> None:
    settings = with_plugins(settings_of(source_of({"A": MARKET}), run=DAILY), [Plugin(name="mine")])

    with pytest.raises(SettingsError, match="make a new one for each"):
        prepare(settings)


def test_an_instrument_without_a_row_fails_as_ever() -> None:
    found = daily(market=[])

    assert isinstance(found.error, InputError)
    assert (found.days, found.report.sessions, found.exit_code) == ([], [], 3)


def test_a_source_that_fails_to_tell_its_days_is_told() -> None:
    class Fails(Source):
        def instruments(self) -> list[str]:
            return ["A"]

        def days(self, instrument: str) -> list[date]:
            raise ValueError("no")

        def blocks(self, instrument: str) -> Iterator[Block]:
            yield from ()

    with pytest.raises(InputError, match=r"days\(\) failed: .*: no"):
        prepare(settings_of(Fails, run=DAILY))


@pytest.mark.parametrize("size", [1, 2048])
def test_days_are_those_of_rows_and_trades(size: int) -> None:
    market: list[Row | Tick] = [*MARKET, trade(at(4, 1), "100 sell 1")]
    source = source_of({"A": market}, size)

    assert source().days("A") == [date.fromisoformat(day) for day in (*DATES, "2024-10-08")]
