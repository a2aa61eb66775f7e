"""A run of a live source: side by side, to its end, and interrupted."""

import signal
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

import pytest

from orderflow_core import BookWindow, Plugin, Source, Trade, hookimpl
from orderflow_core.running.loop import Interrupt, prepare
from orderflow_core.running.loop import run as run_pipelines
from orderflow_core.sources import BookRow, LiveRows, LiveSource
from tests.core.assembly import settings_of

SECONDS = 10
Receive = Callable[[LiveRows], None]


def live(feeds: Mapping[str, Receive]) -> type[Source]:
    """Return a source of what these functions put in, by instrument."""

    class Feeds(LiveSource):
        def instruments(self) -> list[str]:
            return sorted(feeds)

        def receive(self, instrument: str, rows: LiveRows) -> None:
            feeds[instrument](rows)

    return Feeds


def row(time: int) -> BookRow:
    return BookRow(time, [(99.0, 1.0)], [(101.0, 1.0)], snapshot=True)


def seen(log: list[Any], reached: Callable[[str, int], None] = lambda name, time: None) -> Any:
    """Return a plugin class that logs rows and trades, and tells of each."""

    class Seen(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self._log(window.timestamp)

        @hookimpl
        def on_trade(self, trade: Trade) -> None:
            self._log(trade.timestamp)

        def _log(self, time: int) -> None:
            log.append((self.instrument, time))
            reached(self.instrument, time)

    return Seen


def test_a_row_reaches_the_plugins_while_the_next_one_is_not_there() -> None:
    log: list[Any] = []
    delivered = Event()

    def feed(rows: LiveRows) -> None:
        rows.book(row(10))
        assert delivered.wait(SECONDS)
        rows.trade(Trade(1, "", 100.0, 1.0, 1, 15))

    plugin = seen(log, lambda name, time: delivered.set())
    [pipeline] = prepare(settings_of(live({"A": feed}), plugin))
    run_pipelines([pipeline], "max", lambda report: None, Interrupt())

    assert log == [("A", 10), ("A", 15)]
    assert (pipeline.report.status, pipeline.report.counts.windows) == ("ok", 1)
    assert pipeline.report.lag_seconds is not None


@pytest.mark.parametrize("speed", ["max", 1.0])
def test_instruments_run_side_by_side_at_any_speed(speed: Any) -> None:
    log: list[Any] = []
    there = {"A": Event(), "B": Event()}

    def feed(mine: str, other: str) -> Receive:
        def receive(rows: LiveRows) -> None:
            rows.book(row(10))
            assert there[other].wait(SECONDS), f"{other} had to wait for {mine}"

        return receive

    source = live({"A": feed("A", "B"), "B": feed("B", "A")})
    pipelines = prepare(settings_of(source, seen(log, lambda name, time: there[name].set())))
    run_pipelines(pipelines, speed, lambda report: None, Interrupt())

    assert sorted(log) == [("A", 10), ("B", 10)]
    assert [pipeline.report.status for pipeline in pipelines] == ["ok", "ok"]


def test_a_silent_instrument_holds_nobody_up() -> None:
    log: list[Any] = []
    delivered = Event()

    def loud(rows: LiveRows) -> None:
        rows.book(row(10))

    def silent(rows: LiveRows) -> None:
        assert delivered.wait(SECONDS)
        rows.book(row(20))

    plugin = seen(log, lambda name, time: delivered.set())
    pipelines = prepare(settings_of(live({"A": silent, "B": loud}), plugin))
    run_pipelines(pipelines, "max", lambda report: None, Interrupt())

    assert log == [("B", 10), ("A", 20)]


def test_interrupted_it_delivers_what_came_before_and_ends() -> None:
    log: list[Any] = []
    interrupt = Interrupt()

    def feed(rows: LiveRows) -> None:
        rows.book(row(10))
        rows.complete(11)
        rows.book(row(20))
        interrupt.signal = signal.SIGINT
        assert rows.wait(SECONDS)

    [pipeline] = prepare(settings_of(live({"A": feed}), seen(log)))
    run_pipelines([pipeline], "max", lambda report: None, interrupt)

    assert log == [("A", 10), ("A", 20)]
    assert (pipeline.report.status, pipeline.exit_code) == ("interrupted", 130)
    assert pipeline.report.digest is not None


def test_what_close_raises_ends_no_run(caplog: pytest.LogCaptureFixture) -> None:
    class Bad(live({"A": lambda rows: rows.book(row(10))})):  # type: ignore[misc]
        def close(self) -> None:
            raise RuntimeError("no socket")

    [pipeline] = prepare(settings_of(Bad))
    run_pipelines([pipeline], "max", lambda report: None, Interrupt())

    assert pipeline.report.status == "ok"
    assert "close() of the source failed: RuntimeError: no socket" in caplog.text


def test_kernels_are_loaded_before_the_first_row(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    before: list[str] = []
    monkeypatch.setattr("orderflow_core.plugin.kernels.load_kernels", loaded.append)

    def feed(rows: LiveRows) -> None:
        before.extend(loaded)
        rows.book(row(10))

    [pipeline] = prepare(settings_of(live({"A": feed})))
    run_pipelines([pipeline], "max", lambda report: None, Interrupt())

    assert "orderflow_core.plugin.bar_kernel" in before
