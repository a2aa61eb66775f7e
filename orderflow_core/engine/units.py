"""The units of a run, and which of them may go on side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from orderflow_core.contract.instruments import DATE, PLACEHOLDER, filled
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.settings.reading import Settings, Table


@dataclass(frozen=True)
class Unit:
    """What is run by itself: an instrument, with sessions a day of it."""

    instrument: str
    day: date | None = None

    def __str__(self) -> str:
        return f"{self.instrument} {self.day}" if self.day else self.instrument


@dataclass(frozen=True)
class Plan:
    """The units in their order, and `chains` of those that must take turns, one unit or several.

    `reasons` are sentences about what takes turns, and why.
    """

    units: Sequence[Unit]
    chains: Sequence[Sequence[Unit]]
    reasons: Sequence[str] = ()

    def only(self, units: Sequence[Unit]) -> Plan:
        """Return the plan of some of the units, in the order in which they are given."""
        chain_of = {unit: number for number, chain in enumerate(self.chains) for unit in chain}
        chains: dict[int, list[Unit]] = {}
        for unit in units:
            chains.setdefault(chain_of[unit], []).append(unit)
        return replace(self, units=units, chains=list(chains.values()))


def units_of(run: InstrumentRun) -> list[Unit]:
    """Return the units of an instrument, in their order."""
    return [Unit(run.instrument, day) for day in run.days] or [Unit(run.instrument)]


def plan_of(settings: Settings, runs: Sequence[InstrumentRun]) -> Plan:
    """Return the plan of runs: units that a sink would write into one folder take turns."""
    units = [unit for run in runs for unit in units_of(run)]
    tables = [(table, path) for table in settings.plugins for path in _directories(table)]
    chain_of = {unit: [unit] for unit in units}
    reasons = []
    for table, directory in tables:
        writes: dict[Path, Unit] = {}
        turns = False
        for unit in units:
            first = writes.setdefault(_folder(directory, unit), unit)
            if first is not unit:
                turns = True
                _join(chain_of, first, unit)
        if turns:
            reasons.append(_reason(table, directory))
    chains = {id(chain): chain for chain in chain_of.values()}
    places = {unit: place for place, unit in enumerate(units)}
    return Plan(
        units, [sorted(chain, key=places.__getitem__) for chain in chains.values()], reasons
    )


def _directories(table: Table) -> Iterator[Path]:
    """Yield the directory that a sink writes into, where it is not one that units share."""
    directory = getattr(table.settings, "directory", None)
    if isinstance(directory, Path) and not table.found.plugin_class.shares_directory:
        yield directory


def _folder(directory: Path, unit: Unit) -> Path:
    dated = str(directory).replace(DATE, unit.day.isoformat()) if unit.day else directory
    return filled(dated, unit.instrument)


def _join(chain_of: dict[Unit, list[Unit]], one: Unit, other: Unit) -> None:
    first, second = chain_of[one], chain_of[other]
    if first is not second:
        first += second
        chain_of.update(dict.fromkeys(second, first))


def _reason(table: Table, directory: Path) -> str:
    lacks = [each for each in (PLACEHOLDER, DATE) if each not in str(directory)]
    what = {
        PLACEHOLDER: "all instruments",
        DATE: "all days of an instrument",
    }[lacks[0]]
    return (
        f"[plugins.{table.name}] directory = {str(directory)!r} is one folder for {what}, which "
        f"take turns: put {' and '.join(lacks)} into it to have them side by side"
    )
