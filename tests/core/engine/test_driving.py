"""Units in the hands of an engine: what is tried again, what fails, and what comes of all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from orderflow_core import Plugin, Report, Run, SettingsError, hookimpl
from orderflow_core.engine.choosing import engine_of
from orderflow_core.engine.driving import Far, Gathered, run_units
from orderflow_core.engine.engine import Died, make_engine
from orderflow_core.engine.job import Ended, Job
from orderflow_core.engine.local import Local
from orderflow_core.engine.units import plan_of
from orderflow_core.running.loop import Interrupt, prepare
from orderflow_core.settings.engine import EngineSettings
from orderflow_core.settings.reading import Layers, RunSettings, Settings
from orderflow_core.testing import update
from tests.core.assembly import Log, ran, settings_of, source_of

DAY_MS = 86_400_000
DAYS = ("2024-10-04", "2024-10-05", "2024-10-06")
MARKET = [update(day * DAY_MS, bids=f"{day} x 1") for day in (20_000, 20_001, 20_002)]
DAILY = RunSettings.model_validate({"session": "day"})


class Mortal(Local):
    """Loses the worker of a unit so often; notes what it is given."""

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        self.deaths: dict[str, int] = {}
        self.given: list[tuple[str, int]] = []

    def news(self, seconds: float) -> Iterator[tuple[Job, Ended | Died]]:
        unit = str(self._jobs[0].unit)
        self.given.append((unit, self._jobs[0].number))
        if self.deaths.get(unit, 0):
            self.deaths[unit] -= 1
            yield self._jobs.popleft(), Died("its worker was killed")
        else:
            yield from super().news(seconds)


def settings_with(*plugins: type[Plugin], run: RunSettings = DAILY) -> Settings:
    settings = settings_of(source_of({"A": MARKET, "B": MARKET[:2]}), *plugins, run=run)
    return replace(settings, layers=Layers("", Path(), {}))


def engine(tmp_path: Path) -> Mortal:
    return Mortal(EngineSettings.model_validate({"directory": tmp_path}))


def units_run(
    settings: Settings, engine: Local, interrupt: Interrupt | None = None, far: Log | None = None
) -> list[Gathered]:
    runs = prepare(settings)
    watch = (far if far is not None else []).append
    return run_units(
        settings, runs, plan_of(settings, runs), engine, watch, interrupt or Interrupt()
    )


def without_times(report: Report) -> Report:
    plugins = [replace(each, seconds=0) for each in report.plugins]
    return replace(report, seconds=0, started_at="", plugins=plugins)


@pytest.mark.parametrize("session", ["none", "day"])
def test_the_reports_are_those_of_one_run(tmp_path: Path, session: str) -> None:
    settings = settings_with(run=RunSettings.model_validate({"session": session}))

    whole, parts = ran(settings), units_run(settings, engine(tmp_path))

    assert [without_times(each.report) for each in parts] == [
        without_times(each.report) for each in whole
    ]
    assert [each.exit_code for each in parts] == [0, 0]
    assert None not in [each.report.digest for each in parts]


def test_the_order_in_which_units_end_changes_nothing(tmp_path: Path) -> None:
    settings = settings_with()
    runs = prepare(settings)
    plan = plan_of(settings, runs)
    turned = plan.only(plan.units[::-1])
    made = engine(tmp_path)

    found = run_units(settings, runs, turned, made, list[Far]().append, Interrupt())

    assert made.given[0] == (f"B {DAYS[1]}", 1)
    assert [each.report.digest for each in found] == [each.report.digest for each in ran(settings)]


def test_a_unit_whose_worker_dies_is_tried_again_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, made = settings_with(), engine(tmp_path)
    made.deaths = {f"A {DAYS[1]}": 2}

    found = units_run(settings, made)

    assert [number for unit, number in made.given if unit == f"A {DAYS[1]}"] == [1, 2, 3]
    assert [each.report.digest for each in found] == [each.report.digest for each in ran(settings)]
    assert f"A {DAYS[1]}: its worker was killed, and it is tried again" in caplog.text


def test_a_unit_that_no_worker_survives_is_named_and_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made, far = engine(tmp_path), list[Far]()
    made.deaths = {f"A {DAYS[1]}": 9}

    first, second = units_run(settings_with(), made, far=far)

    assert [each.status for each in first.report.sessions] == ["ok", "failed", "ok"]
    assert (first.report.status, first.report.digest, first.exit_code) == ("failed", None, 1)
    assert f"{DAYS[1]}: its worker was killed, the last of 3 tries" in first.report.warnings
    assert (second.report.status, second.exit_code) == ("ok", 0)
    assert f"1 of 5 units failed: A {DAYS[1]}" in caplog.text
    assert far[-1] == Far(5, 5, 1, 1.0)


def test_a_unit_that_cannot_begin_fails_alone(tmp_path: Path) -> None:
    class Fails(Plugin):
        @hookimpl
        def on_start(self, run: Run) -> None:
            assert run.source is not None
            if run.source.start == date.fromisoformat(DAYS[1]):
                raise SettingsError("[plugins.fails] no")

    first, second = units_run(settings_with(Fails), engine(tmp_path))

    assert [each.status for each in first.report.sessions] == ["ok", "failed", "ok"]
    assert f"{DAYS[1]}: [plugins.fails] no" in first.report.warnings
    assert first.exit_code == second.exit_code == 2


def test_an_interrupt_ends_the_units_under_way_and_begins_no_more(tmp_path: Path) -> None:
    interrupt = Interrupt()

    class Stops(Plugin):
        @hookimpl
        def on_end(self, end: int) -> None:
            interrupt.signal = 2

    first, second = units_run(settings_with(Stops), engine(tmp_path), interrupt)

    assert [each.status for each in first.report.sessions] == ["ok"]
    assert (first.report.status, first.report.digest, first.exit_code) == ("interrupted", None, 130)
    assert (second.report.status, second.report.sessions, second.exit_code) == (
        "interrupted",
        [],
        130,
    )


def test_without_the_table_a_run_is_one_whole_unless_it_is_to_resume() -> None:
    settings = settings_with()
    runs = prepare(settings)

    assert engine_of(settings, runs) is None
    assert isinstance(engine_of(settings, runs, resume=True), Local)


@pytest.mark.parametrize(
    ("use", "resume", "told"),
    [
        ("local", False, None),
        ("local", True, r"--resume: \[source\] speed = 60, so the instruments go on together"),
        ("processes", False, r"\[engine\] use = 'processes': \[source\] speed = 60"),
    ],
)
def test_a_paced_run_is_one_whole(use: str, resume: bool, told: str | None) -> None:
    table = EngineSettings.model_validate({"use": use})
    settings = replace(settings_of(source_of({"A": MARKET}), speed=60.0), engine=table)

    if told is None:
        assert engine_of(settings, prepare(settings), resume=resume) is None
    else:
        with pytest.raises(SettingsError, match=told):
            engine_of(settings, prepare(settings), resume=resume)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"use": "proceses"}, "no such engine is installed; did you mean processes?"),
        ({"use": "local", "workers": 2}, '"local" has none'),
        ({"use": "processes", "address": "tcp://a"}, '"processes" has none'),
        ({"use": "dask", "address": "tcp://a:1", "workers": 2}, "has workers of its own"),
    ],
)
def test_an_engine_that_cannot_be_is_told(values: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        make_engine(EngineSettings.model_validate(values))
