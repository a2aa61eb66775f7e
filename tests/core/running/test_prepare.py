"""`prepare`: which instruments run, and what is wrong before anything is read."""

from collections.abc import Iterator
from typing import Any

import pytest

from orderflow_core import (
    BarSettings,
    Block,
    InputError,
    Plugin,
    Run,
    SettingsError,
    Source,
    hookimpl,
)
from orderflow_core.running.loop import prepare
from tests.core.assembly import rows, settings_of, source_of


def test_all_instruments_run_where_none_is_asked_for() -> None:
    settings = settings_of(source_of({"B": rows([0]), "A": rows([0])}))

    assert [pipeline.instrument for pipeline in prepare(settings)] == ["A", "B"]


def test_only_the_instruments_asked_for_run_in_the_order_asked_for() -> None:
    source = source_of({name: rows([0]) for name in "ABC"})

    pipelines = prepare(settings_of(source, instruments=["C", "A"]))

    assert [pipeline.instrument for pipeline in pipelines] == ["C", "A"]


def test_an_instrument_asked_for_twice_runs_once() -> None:
    settings = settings_of(source_of({"A": rows([0])}), instruments=["A", "A"])

    assert [pipeline.instrument for pipeline in prepare(settings)] == ["A"]


def test_instruments_that_are_not_there_are_told_with_those_that_are() -> None:
    settings = settings_of(source_of({"A": [], "B": []}), instruments=["A", "C", "D"])

    with pytest.raises(SettingsError, match="C, D not found; there are A, B"):
        prepare(settings)


def test_a_source_without_instruments_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"\[source\] has no instrument"):
        prepare(settings_of(source_of({})))


@pytest.mark.parametrize(
    ("error", "told"),
    [(SystemExit(0), "SystemExit: 0"), (KeyError("A"), "KeyError: 'A'"), (GeneratorExit(), "Gen")],
)
def test_a_source_that_fails_to_name_its_instruments_is_told(
    error: BaseException, told: str
) -> None:
    class Fails(Source):
        def instruments(self) -> list[str]:
            raise error

    with pytest.raises(InputError, match=rf"\[source\] instruments\(\) failed: .*{told}"):
        prepare(settings_of(Fails))


@pytest.mark.parametrize("names", [None, 5, [5], [None], [b"A"]])
def test_instruments_that_are_no_names_are_an_input_error(names: Any) -> None:
    class Garbles(Source):
        def instruments(self) -> list[str]:
            found: list[str] = names
            return found

    with pytest.raises(InputError, match="instrument"):
        prepare(settings_of(Garbles))


@pytest.mark.parametrize("name", ["", "A\n", "A\u202e", "A" * 300])
def test_a_name_that_could_leave_its_folder_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError, match="is no name of an instrument"):
        prepare(settings_of(source_of({name: rows([0])})))


def test_the_problems_of_all_instruments_are_told_at_once_each_once() -> None:
    class Strict(Plugin):
        @hookimpl
        def on_start(self, run: Run) -> None:
            raise SettingsError("the same for all", f"of {run.instrument} in {run.instruments}")

    with pytest.raises(SettingsError) as caught:
        prepare(settings_of(source_of({"A": [], "B": []}), Strict))

    assert caught.value.problems == [
        "the same for all",
        "of A in ('A', 'B')",
        "of B in ('A', 'B')",
    ]


def test_plugins_learn_the_settings_of_all_tables_at_the_start() -> None:
    seen: list[dict[str, object]] = []

    class Learning(Plugin):
        @hookimpl
        def on_start(self, run: Run) -> None:
            seen.append({name: table.model_dump() for name, table in run.settings.items()})

    class Other(Plugin):
        Settings = BarSettings

    prepare(settings_of(source_of({"A": []}), Learning, Other))

    assert seen == [{"learning": {}, "other": {"window_seconds": 60.0, "offset_seconds": 0.0}}]


def test_nothing_is_read_before_the_run() -> None:
    class Unread(Source):
        def instruments(self) -> list[str]:
            return ["A"]

        def blocks(self, instrument: str) -> Iterator[Block]:
            raise AssertionError(f"{instrument} was read")

    assert len(prepare(settings_of(Unread))) == 1
