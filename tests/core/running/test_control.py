"""`control.json`: a run that is paused, stepped and sent ahead, and what is no order to it."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from orderflow_core import BookWindow, Plugin, Report, hookimpl
from orderflow_core.running.loop import PACE_SECONDS, Interrupt
from orderflow_core.running.pipeline import TICK_SECONDS
from tests.core.assembly import Clock, ran, rows, settings_of, source_of

Write: TypeAlias = Callable[[Path, str], None]
LATE = TICK_SECONDS + 5 * PACE_SECONDS
"""How late, at most, a run sees what is asked of it, and does it, some rows long."""
SECONDS = [1_000 * second for second in range(10)]


def control(started_at: str, **asked: Any) -> dict[str, Any]:
    nothing = {"started_at": started_at, "paused": False, "speed": None, "rows": 0, "seek": None}
    return nothing | asked


def asks(**asked: Any) -> Write:
    """Return what writes a control file that a run takes."""

    def write(path: Path, started_at: str) -> None:
        path.write_text(json.dumps(control(started_at, **asked)))
        path.chmod(0o600)

    return write


class Driven:
    """A run for which control files are written at given times of the clock."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        script: Mapping[float, Write],
        markets: Mapping[str, Sequence[int]] | None = None,
        speed: float | str = 1.0,
        row_seconds: float = 0.0,
    ) -> None:
        self.rows: list[tuple[str, int, float]] = []
        self.reports: list[tuple[bool, Any]] = []
        self.interrupt = Interrupt()
        driven, left = self, sorted(script.items())

        class Sink(Plugin):
            @hookimpl
            def on_book_window(self, window: BookWindow) -> None:
                place = folder / self.instrument
                place.mkdir(exist_ok=True)
                self.outputs = [place / "run.json"]
                clock.now += row_seconds
                driven.rows.append((self.instrument, window.timestamp, clock.now))

            @hookimpl
            def on_tick(self, report: Report) -> None:
                driven.reports.append((report.paused, report.speed))
                while left and self.instrument == "A" and clock.now >= left[0][0]:
                    left.pop(0)[1](folder / "A" / "control.json", report.started_at)
                if clock.now > 60:
                    driven.interrupt.signal = 2

        given = {name: rows(times) for name, times in (markets or {"A": SECONDS}).items()}
        settings = settings_of(source_of(given, size=1), Sink, speed=speed)
        self.pipelines = ran(settings, interrupt=self.interrupt)

    def times(self, instrument: str = "A") -> list[float]:
        return [now for name, _, now in self.rows if name == instrument]


def soon(*times: float) -> Any:
    """Return times of the clock, each of which may be late by what a run takes to see a file."""
    return [pytest.approx(time + LATE / 2, abs=LATE / 2 + 1e-6) for time in times]


def test_a_paused_run_stands_still_and_goes_on_where_it_stood(tmp_path: Path, clock: Clock) -> None:
    script = {2.5: asks(paused=True), 12.5: asks()}

    assert Driven(tmp_path, clock, script).times() == soon(0, 1, 2, 13, 14, 15, 16, 17, 18, 19)


def test_a_step_gives_one_more_row(tmp_path: Path, clock: Clock) -> None:
    script = {
        2.5: asks(paused=True),
        4: asks(paused=True, rows=1),
        6: asks(paused=True, rows=4),
        8: asks(rows=4),
    }

    assert Driven(tmp_path, clock, script).times() == soon(0, 1, 2, 4, 6, 6, 6, 9, 10, 11)


def test_steps_that_follow_each_other_are_added(tmp_path: Path, clock: Clock) -> None:
    script = {
        2.5: asks(paused=True),
        3: asks(paused=True, seek=5_500),
        3 + TICK_SECONDS: asks(paused=True, seek=5_500, rows=2),
        9: asks(seek=5_500, rows=2),
    }

    assert Driven(tmp_path, clock, script).times() == soon(0, 1, 2, 3, 3, 3, 3, 3, 3, 10)


def test_a_seek_goes_on_without_waiting_through_the_first_row_at_that_time(
    tmp_path: Path, clock: Clock
) -> None:
    script = {2.5: asks(paused=True, seek=5_500), 8: asks(seek=5_500)}

    assert Driven(tmp_path, clock, script).times() == soon(0, 1, 2, 2.5, 2.5, 2.5, 2.5, 9, 10, 11)


def test_a_run_that_is_not_paused_goes_on_at_its_speed_after_a_seek(
    tmp_path: Path, clock: Clock
) -> None:
    times = Driven(tmp_path, clock, {2.5: asks(seek=6_000)}).times()

    assert times == soon(0, 1, 2, 2.5, 2.5, 2.5, 2.5, 3.5, 4.5, 5.5)


@pytest.mark.parametrize("seek", [0, 1_000, 2_400])
def test_a_seek_into_the_past_changes_nothing(tmp_path: Path, clock: Clock, seek: int) -> None:
    assert Driven(tmp_path, clock, {2.5: asks(seek=seek)}).times() == soon(*range(10))


def test_a_seek_past_the_end_ends_the_run(tmp_path: Path, clock: Clock) -> None:
    driven = Driven(tmp_path, clock, {2.5: asks(paused=True, seek=10**12)})

    assert driven.times() == soon(0, 1, 2, *[2.5] * 7)
    assert driven.pipelines[0].report.status == "ok"


def test_the_speed_changes_from_there_on(tmp_path: Path, clock: Clock) -> None:
    script = {2.5: asks(speed=10), 2.8: asks(speed="max"), 20: asks()}

    assert Driven(tmp_path, clock, script).times() == soon(
        0, 1, 2, 2.55, 2.65, 2.75, 2.8, 2.8, 2.8, 2.8
    )


def test_no_speed_is_that_of_the_settings(tmp_path: Path, clock: Clock) -> None:
    script = {2.5: asks(speed=100, paused=True), 4: asks()}

    assert Driven(tmp_path, clock, script).times() == soon(0, 1, 2, *(4.5 + i for i in range(7)))


def test_a_run_at_full_speed_can_be_paused_and_slowed(tmp_path: Path, clock: Clock) -> None:
    script = {0.25: asks(paused=True), 5: asks(speed=1.0)}
    driven = Driven(tmp_path, clock, script, speed="max", row_seconds=0.06)
    times = driven.times()

    assert len(times) == 10
    before = sum(time < 1 for time in times)
    assert 4 <= before < 10
    assert times[before] == soon(6.06)[0]


def test_at_full_speed_a_step_and_a_seek_work_while_it_stands(tmp_path: Path, clock: Clock) -> None:
    script = {0.1: asks(paused=True), 5: asks(paused=True, rows=1), 7: asks(rows=1, seek=9_000)}
    driven = Driven(tmp_path, clock, script, {"A": range(64, 9_000, 64)}, "max", row_seconds=0.06)
    times = driven.times()

    assert sum(4 < time < 7 for time in times) == 1
    assert len(times) == len(range(64, 9_000, 64))


def test_what_is_asked_for_one_instrument_holds_for_all_that_run_beside_it(
    tmp_path: Path, clock: Clock
) -> None:
    script = {2.2: asks(paused=True), 4: asks(paused=True, rows=1), 6: asks(rows=1)}
    driven = Driven(tmp_path, clock, script, {"A": SECONDS[:5], "B": range(500, 5_000, 1_000)})

    assert driven.times("A") == soon(0, 1, 2, 4, 7)
    assert driven.times("B") == soon(0.5, 1.5, 4, 6.5, 7.5)


SCRIPTS: Mapping[str, Mapping[float, Write]] = {
    "nothing": {},
    "pause": {2.5: asks(paused=True), 5: asks()},
    "steps": {1.5: asks(paused=True), 2: asks(paused=True, rows=3), 3: asks(rows=3)},
    "seek": {1.5: asks(seek=4_321), 3: asks(paused=True, seek=7_000), 4: asks(seek=7_000)},
    "speed": {1.5: asks(speed=0.5), 4: asks(speed="max")},
}


@pytest.mark.parametrize("speed", ["max", 1.0])
def test_nothing_that_is_asked_changes_the_digest(
    tmp_path: Path, clock: Clock, speed: float | str
) -> None:
    digests = set()
    for name, script in SCRIPTS.items():
        clock.now = 0
        folder = tmp_path / name
        folder.mkdir()
        markets = {"A": SECONDS, "B": range(3, 9_000, 777)}
        driven = Driven(folder, clock, script, markets, speed, row_seconds=0.3)
        assert len(driven.times("A")) == 10
        digests.add(tuple(pipeline.report.digest for pipeline in driven.pipelines))

    assert len(digests) == 1


@pytest.mark.parametrize("speed", ["max", 1.0])
def test_an_interrupt_ends_a_paused_run_at_once(
    tmp_path: Path, clock: Clock, speed: float | str
) -> None:
    driven = Driven(tmp_path, clock, {0.1: asks(paused=True)}, speed=speed, row_seconds=0.06)

    assert driven.pipelines[0].report.status == "interrupted"
    assert 60 < clock.now < 60 + LATE
    assert len(driven.times()) < 10


def test_the_report_says_how_the_run_goes(tmp_path: Path, clock: Clock) -> None:
    script = {2.5: asks(paused=True), 3.5: asks(speed=60.0)}
    seen = list(dict.fromkeys(Driven(tmp_path, clock, script).reports))

    assert seen == [(False, 1.0), (True, 1.0), (False, 60.0)]


# What is no order


def text(content: str) -> Write:
    def write(path: Path, _: str) -> None:
        path.write_text(content)

    return write


def changed(**fields: Any) -> Write:
    """Return what writes a pause with other fields; None takes one away."""

    def write(path: Path, started_at: str) -> None:
        content = control(started_at, paused=True) | fields
        path.write_text(json.dumps({key: content[key] for key in content if content[key] != "-"}))

    return write


def link(path: Path, started_at: str) -> None:
    other = path.with_name("other.json")
    asks(paused=True)(other, started_at)
    path.unlink(missing_ok=True)
    path.symlink_to(other)


def pipe(path: Path, _: str) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder(path: Path, _: str) -> None:
    path.mkdir(exist_ok=True)
    (path / f"{len(list(path.iterdir()))}").touch()


def shared(path: Path, started_at: str) -> None:
    asks(paused=True)(path, started_at)
    path.chmod(0o666)


REFUSED: Mapping[str, tuple[Write, str]] = {
    "a link": (link, "a link"),
    "an old run": (changed(started_at="2020-01-01T00:00:00.000+00:00"), "another run"),
    "garbage": (text("\0\1garbage"), "no JSON object with started_at, paused, speed, rows, seek"),
    "nothing": (text(""), "no JSON object"),
    "a list": (text("[]"), "no JSON object"),
    "deep": (text("[" * 4_000), "no JSON object"),
    "too large": (text(" " * 5_000 + "{}"), "larger than 4,096 bytes"),
    "a pipe": (pipe, "no regular file"),
    "a folder": (folder, "no regular file"),
    "open to others": (shared, "written by others"),
    "a number for paused": (changed(paused=1), "no JSON object"),
    "a text for speed": (changed(speed="fast"), "no JSON object"),
    "no speed": (changed(speed=0), "no JSON object"),
    "endless speed": (changed(speed=float("inf")), "no JSON object"),
    "rows below 0": (changed(rows=-1), "no JSON object"),
    "a fraction of a row": (changed(rows=0.5), "no JSON object"),
    "a time without a date": (changed(seek=10**18), "no JSON object"),
    "a field too few": (changed(rows="-"), "no JSON object"),
    "a field too many": (changed(plugin="x"), "no JSON object"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_control_file_is_told_of_once_and_ignored(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    write, reason = REFUSED[name]
    driven = Driven(tmp_path, clock, {0.5: write, 1.5: write, 2.5: write})

    assert driven.times() == soon(*range(10))
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"{tmp_path / 'A' / 'control.json'} is ignored: it")
    assert reason in caplog.messages[0]


def test_a_file_of_another_user_is_told_of_once_and_ignored(
    tmp_path: Path,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = os.getuid() + 1
    monkeypatch.setattr("orderflow_core.running.control.os.getuid", lambda: other)
    driven = Driven(tmp_path, clock, {0.5: asks(paused=True), 1.5: asks(paused=True)})

    assert driven.times() == soon(*range(10))
    assert caplog.messages == [
        f"{tmp_path / 'A' / 'control.json'} is ignored: it belongs to another user"
    ]


def test_a_good_file_counts_after_one_that_did_not(tmp_path: Path, clock: Clock) -> None:
    script = {1.5: text("garbage"), 2.5: asks(paused=True), 12.5: asks()}

    assert Driven(tmp_path, clock, script).times()[3:5] == soon(13, 14)


def test_steps_are_counted_anew_after_the_file_was_taken_away(tmp_path: Path, clock: Clock) -> None:
    def remove(path: Path, _: str) -> None:
        path.unlink()

    one = asks(paused=True, rows=1)
    script = {2.5: asks(paused=True), 3: one, 4: remove, 5: one, 7: asks(rows=1)}

    assert Driven(tmp_path, clock, script).times()[:6] == soon(0, 1, 2, 3, 5, 8)
