"""The plan of a run: its units, and which of them take turns."""

from datetime import date
from pathlib import Path

import pytest

from orderflow_core import Plugin, PluginSettings
from orderflow_core.engine.units import Plan, Unit, plan_of
from orderflow_core.running.loop import prepare
from orderflow_core.settings.reading import RunSettings
from orderflow_core.testing import update
from tests.core.assembly import settings_of, source_of

DAY_MS = 86_400_000
DAYS = [date(2024, 10, 4), date(2024, 10, 5)]
MARKET = [update(20_000 * DAY_MS), update(20_001 * DAY_MS)]
SOURCE = source_of({"A": MARKET, "B": MARKET})


def sink(folder: str, *, shared: bool = False) -> type[Plugin]:
    class Sink(Plugin):
        class Settings(PluginSettings):
            directory: Path = Path(folder)

        shares_directory = shared

    return Sink


def planned(*sinks: type[Plugin], session: str = "day") -> Plan:
    settings = settings_of(SOURCE, *sinks, run=RunSettings.model_validate({"session": session}))
    return plan_of(settings, prepare(settings))


def test_a_unit_is_an_instrument_or_a_day_of_one() -> None:
    assert planned(session="none").units == [Unit("A"), Unit("B")]
    assert list(map(str, planned().units)) == [
        f"{instrument} {day}" for instrument in "AB" for day in DAYS
    ]


@pytest.mark.parametrize(
    ("directory", "shared", "turns", "lacks"),
    [
        ("out/{instrument}/{date}", False, ["A4", "A5", "B4", "B5"], None),
        ("out/{instrument}", False, ["A4A5", "B4B5"], "all days of an instrument"),
        ("out/{date}", False, ["A4B4", "A5B5"], "all instruments"),
        ("out", False, ["A4A5B4B5"], "all instruments"),
        ("out", True, ["A4", "A5", "B4", "B5"], None),
    ],
)
def test_units_with_one_folder_take_turns(
    directory: str, shared: bool, turns: list[str], lacks: str | None
) -> None:
    plan = planned(sink(directory, shared=shared))

    chains = [
        "".join(f"{unit.instrument}{unit.day and unit.day.day}" for unit in chain)
        for chain in plan.chains
    ]
    assert sorted(chains) == turns
    assert [lacks in reason for reason in plan.reasons if lacks] == [True] * (lacks is not None)
    assert len(plan.reasons) == (lacks is not None)


def test_two_sinks_can_join_what_each_leaves_apart() -> None:
    class Other(sink("other/{date}")):  # type: ignore[misc]
        """One folder for the instruments of a day."""

    plan = planned(sink("out/{instrument}"), Other)

    assert [len(chain) for chain in plan.chains] == [4]


def test_a_plan_of_some_units_has_them_in_the_given_order() -> None:
    plan = planned(sink("out/{instrument}"))
    some = [plan.units[3], plan.units[0], plan.units[2]]

    assert plan.only(some).units == some
    assert sorted(map(len, plan.only(some).chains)) == [1, 2]
    assert plan.only(some).chains[0] == [some[0], some[2]]
