"""The loop: when rows come, at full speed and paced, ticks, and how a run is interrupted."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest

from orderflow_core import (
    BookWindow,
    BookWindows,
    Plugin,
    Report,
    hookimpl,
)
from orderflow_core.running.loop import PACE_SECONDS, Interrupt
from orderflow_core.running.pipeline import TICK_SECONDS
from tests.core.assembly import Clock, Log, log_of, ran, rows, settings_of, source_of

TINY = 1e-9


def names(instrument: str, moment: str, given: Any) -> Any:
    return instrument, given if moment == "row" else moment


def without_ticks(log: Log) -> Log:
    return [entry for entry in log if entry[1] != "tick"]


# At full speed


def test_at_full_speed_instruments_run_one_after_the_other(clock: Clock) -> None:
    log: Log = []
    source = source_of({"A": rows([0, 9_000]), "B": rows([0, 9_000])})

    ran(settings_of(source, log_of(log, names)))

    assert without_ticks(log) == [
        *(("A", entry) for entry in (0, 9_000, "end", "finish")),
        *(("B", entry) for entry in (0, 9_000, "end", "finish")),
    ]


def test_at_full_speed_nothing_pauses(clock: Clock) -> None:
    ran(settings_of(source_of({"A": rows([0, 9_000])})))

    assert (clock.now, clock.pauses) == (0, 0)


def test_the_real_feed_gives_the_same(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    log: Log = []

    ran(settings_of(source_of({"A": rows(range(50))}, size=7), log_of(log, names)))

    assert without_ticks(log) == [("A", entry) for entry in (*range(50), "end", "finish")]


# Paced


def delivered(
    clock: Clock, markets: dict[str, Iterable[int]], speed: float, size: int = 2048
) -> list[tuple[str, int, float]]:
    """Run rows of these times, and return instrument, row and the clock's time."""
    log: Log = []
    plugin = log_of(log, lambda name, moment, row: (name, row, clock.now, moment))
    source = source_of({name: rows(times) for name, times in markets.items()}, size)
    ran(settings_of(source, plugin, speed=speed))
    return [entry[:3] for entry in log if entry[3] == "row"]


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
@pytest.mark.parametrize("size", [1, 2048])
def test_a_row_comes_when_its_time_has_come(clock: Clock, speed: float, size: int) -> None:
    first = 1_700_000_000_000
    found = delivered(clock, {"A": [first, first + 10, first + 4_000, first + 90_000]}, speed, size)

    assert [row - first for _, row, _ in found] == [0, 10, 4_000, 90_000]
    for _, row, now in found:
        due = (row - first) / 1_000 / speed
        assert due - TINY <= now <= due + PACE_SECONDS + TINY


def test_the_rows_of_a_block_come_apart(clock: Clock) -> None:
    sizes: list[int] = []

    class Sizes(Plugin):
        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            sizes.append(len(windows))

    ran(settings_of(source_of({"A": rows([0, 0, 500, 1_000])}), Sizes, speed=1.0))

    assert sizes == [2, 1, 1]


def test_rows_that_come_due_while_others_are_delivered_wait_for_the_next_pause(
    clock: Clock,
) -> None:
    """Row by row a fast run would keep a processor busy with blocks of one."""
    sizes: list[int] = []

    class Takes4Milliseconds(Plugin):
        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            sizes.append(len(windows))
            clock.now += 0.004

    market = rows(range(240))
    ran(settings_of(source_of({"A": market}), Takes4Milliseconds, speed=1.0))

    assert sizes == [1, *[24] * 9, 23]


def test_instruments_run_side_by_side_on_one_clock(clock: Clock) -> None:
    found = delivered(clock, {"A": [0, 1_000, 2_000], "B": [500, 1_500]}, 1.0)

    assert [entry[:2] for entry in found] == [
        ("A", 0),
        ("B", 500),
        ("A", 1_000),
        ("B", 1_500),
        ("A", 2_000),
    ]


def test_the_clock_starts_when_every_instrument_has_its_first_row(clock: Clock) -> None:
    clock.late = [0, 0.5]
    found = delivered(clock, {"A": [0], "B": [1_000]}, 1.0)

    started = found[0][2]
    assert started == pytest.approx(0.5, abs=PACE_SECONDS + TINY)
    assert found[1][2] == pytest.approx(started + 1, abs=PACE_SECONDS + TINY)


def test_an_instrument_without_a_row_does_not_hold_up_the_others(clock: Clock) -> None:
    assert delivered(clock, {"A": [], "B": [7]}, 1.0) == [("B", 7, 0.0)]


def test_an_instrument_that_ends_does_not_end_the_others(clock: Clock) -> None:
    found = delivered(clock, {"A": [0], "B": [0, 5_000]}, 1.0)

    assert [entry[:2] for entry in found] == [("A", 0), ("B", 0), ("B", 5_000)]


def test_the_speed_leaves_the_digest_alone(clock: Clock) -> None:
    source = source_of({"A": rows([0, 10, 500, 9_000])}, size=3)
    digests = {
        ran(settings_of(source, speed=speed))[0].report.digest for speed in ("max", 1.0, 60.0)
    }

    assert len(digests) == 1


# Ticks


def longest_pause(log: Log, instrument: str, end: float) -> float:
    """Return the longest time without a tick up to `end`."""
    ticks: list[float] = [
        now for name, moment, now in log if (name, moment) == (instrument, "tick")
    ]
    return max(after - before for before, after in pairwise([0.0, *ticks, end]))


def test_ticks_come_at_least_every_100_ms_while_no_data_comes(clock: Clock) -> None:
    clock.late = [3.0]
    log: Log = []
    plugin = log_of(log, lambda name, moment, _: (name, moment, clock.now))
    ran(settings_of(source_of({"A": rows([0])}), plugin))

    assert longest_pause(log, "A", 3.0) <= 0.1 + TINY


@pytest.mark.parametrize("markets", [{"A": [0, 3_000]}, {"A": [0, 3_000], "B": [0, 3_000]}])
def test_ticks_come_at_least_every_100_ms_between_paced_rows(
    clock: Clock, markets: dict[str, Iterable[int]]
) -> None:
    log: Log = []
    plugin = log_of(log, lambda name, moment, _: (name, moment, clock.now))
    source = source_of({name: rows(times) for name, times in markets.items()})
    ran(settings_of(source, plugin, speed=1.0))

    assert all(longest_pause(log, instrument, 3.0) <= 0.1 + TINY for instrument in markets)


def test_ticks_do_not_come_with_every_block(clock: Clock) -> None:
    log: Log = []
    ran(settings_of(source_of({"A": rows(range(9))}, size=1), log_of(log, names)))

    assert ("A", "tick") not in log


def test_the_watcher_gets_each_report_with_its_ticks_and_at_its_end(clock: Clock) -> None:
    clock.late = [0.1]
    watched: list[tuple[str, str, float]] = []

    def watch(report: Report) -> None:
        watched.append((report.instrument, report.status, clock.now))

    ran(settings_of(source_of({"A": rows([0]), "B": rows([0])})), watch)

    assert watched == [
        ("A", "running", TICK_SECONDS),
        ("A", "running", 2 * TICK_SECONDS),
        ("A", "ok", 2 * TICK_SECONDS),
        ("B", "ok", 2 * TICK_SECONDS),
    ]


# Interrupted


def interrupted(speed: float | str, number: int = 2) -> tuple[Log, list[int], list[str]]:
    """Run two instruments with an interrupt at A's second block; return log, codes, statuses."""
    log: Log = []
    interrupt = Interrupt()

    class Asks(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            if window.timestamp == 100:
                interrupt.signal = number

    source = source_of({"A": rows([0, 100, 200]), "B": rows([50, 200])}, size=1)
    settings = settings_of(source, log_of(log, names), Asks, speed=speed)
    pipelines = ran(settings, interrupt=interrupt)
    codes = [pipeline.exit_code for pipeline in pipelines]
    return without_ticks(log), codes, [pipeline.report.status for pipeline in pipelines]


def test_an_interrupt_ends_the_instrument_that_runs_with_what_it_has(clock: Clock) -> None:
    log, _, _ = interrupted("max")

    assert [entry for entry in log if entry[0] == "A"] == [
        ("A", 0),
        ("A", 100),
        ("A", "end"),
        ("A", "finish"),
    ]


def test_an_instrument_that_has_not_begun_is_finished_without_an_end(clock: Clock) -> None:
    log, _, _ = interrupted("max")

    assert [entry for entry in log if entry[0] == "B"] == [("B", "finish")]


def test_an_interrupt_ends_instruments_that_run_side_by_side(clock: Clock) -> None:
    log, _, _ = interrupted(1.0)

    assert log == [
        ("A", 0),
        ("B", 50),
        ("A", 100),
        ("B", "end"),
        ("B", "finish"),
        ("A", "end"),
        ("A", "finish"),
    ]


@pytest.mark.parametrize("speed", ["max", 1.0])
@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_an_interrupted_run_says_so_and_has_the_signals_exit_code(
    clock: Clock, speed: float | str, number: int, code: int
) -> None:
    _, codes, statuses = interrupted(speed, number)

    assert (codes, statuses) == ([code, code], ["interrupted", "interrupted"])
