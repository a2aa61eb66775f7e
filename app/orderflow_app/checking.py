"""`orderflow check`: a settings file held to all its rules, and its wiring, without a run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orderflow_app.dashboard.settings import TABLES
from orderflow_app.streams import aside
from orderflow_core.bus.bus import Bus
from orderflow_core.bus.declared import Declared, declared
from orderflow_core.bus.wiring import receivers, wire
from orderflow_core.engine.choosing import engine_of
from orderflow_core.engine.engine import Engine
from orderflow_core.engine.sending import check_secrets
from orderflow_core.engine.units import Plan, plan_of
from orderflow_core.errors import OrderflowError, SettingsError
from orderflow_core.events import Books, BookWindows, Event, TradeBatches
from orderflow_core.running.across import AcrossRun
from orderflow_core.running.beside import followers, tables_beside
from orderflow_core.running.digest import Account
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.legs import leg_of
from orderflow_core.running.loop import prepare
from orderflow_core.running.making import make_plugins
from orderflow_core.settings.layers import parse_override
from orderflow_core.settings.reading import Settings, load


@dataclass(frozen=True)
class Checked:
    """The tables in the order of calls, what each takes, and what each gives to whom.

    `disabled` names those that are no part of a run.
    """

    tables: Sequence[CheckedTable] = ()
    warnings: Sequence[str] = ()
    disabled: Sequence[str] = ()


@dataclass(frozen=True)
class CheckedTable:
    """One table; `gives` maps events and series to the tables that get them.

    There is one plugin of it for all instruments if it is `across` them.
    """

    name: str
    use: str
    version: str
    takes: Sequence[str]
    gives: Mapping[str, Sequence[str]]
    across: bool = False


class Planned(NamedTuple):
    """Who runs the units, by which plan."""

    use: str
    engine: Engine
    plan: Plan


def check_settings(config: Path, overrides: Sequence[str], *, as_json: bool) -> None:
    """Print who publishes and who gets what; raises OrderflowError for all that is wrong."""
    checked, runs = Checked(), list[InstrumentRun]()
    planned: Planned | None = None
    problem: OrderflowError | None = None
    try:
        with aside():
            settings = load(config, dict(map(parse_override, overrides)), TABLES)
            with settings.hiding():
                checked = _checked(settings)
            runs = prepare(settings)
            problem = _failure(runs)
            planned = _planned(settings, runs)
    except OrderflowError as error:
        problem = error
    if as_json:
        print(json.dumps(_plain(config, checked, runs, planned, problem)))
    elif checked.tables:
        _show(Console(emoji=False), checked)
    if problem:
        raise problem
    if not as_json:
        for line in _plan_lines(planned) if planned else ():
            print(line)
        print(f"{config} is in order; it would run {', '.join(map(_told, runs))}")


def _told(run: InstrumentRun) -> str:
    """Return an instrument with the days of its sessions, where it has any."""
    if isinstance(run, AcrossRun):
        return f"{run.instrument} across them"
    if not run.days:
        return run.instrument
    first, *_, last = run.days[0], run.days[-1]
    if first == last:
        return f"{run.instrument} in one session, {first}"
    return f"{run.instrument} in {len(run.days)} sessions, {first} to {last}"


def _plain(
    config: Path,
    checked: Checked,
    runs: Sequence[InstrumentRun],
    planned: Planned | None,
    problem: OrderflowError | None,
) -> dict[str, Any]:
    problems = [str(problem)] if problem else []
    return {
        "config": str(config),
        "instruments": [run.instrument for run in runs if not isinstance(run, AcrossRun)],
        "across": [run.instrument for run in runs if isinstance(run, AcrossRun)],
        "sessions": {run.instrument: list(map(str, run.days)) for run in runs if run.days},
        "plan": _plain_plan(planned) if planned else None,
        "tables": [vars(table) for table in checked.tables],
        "disabled": checked.disabled,
        "warnings": checked.warnings,
        "problems": problem.problems if isinstance(problem, SettingsError) else problems,
    }


def _planned(settings: Settings, runs: Sequence[InstrumentRun]) -> Planned | None:
    """Return the plan of a run by units, None where it is one whole."""
    engine = engine_of(settings, runs)
    if engine is None or settings.engine is None:
        return None
    check_secrets(settings, engine)
    return Planned(settings.engine.use, engine, plan_of(settings, runs))


def _plan_lines(planned: Planned) -> Iterator[str]:
    units, chains, most = planned.plan.units, planned.plan.chains, planned.engine.most
    side_by_side = len(chains) if most is None else min(most, len(chains))
    named = ", ".join(map(str, units[:3])) + (", ..." if len(units) > 3 else "")
    yield f"engine {planned.use}: {len(units)} units ({named}), {side_by_side} at a time"
    yield from planned.plan.reasons
    if most is not None and most < len(chains):
        yield f"{len(chains)} could go on at once, and there are {most} workers"


def _plain_plan(planned: Planned) -> dict[str, Any]:
    plan = planned.plan
    return {
        "engine": planned.use,
        "workers": planned.engine.most,
        "units": list(map(str, plan.units)),
        "turns": [list(map(str, chain)) for chain in plan.chains],
        "reasons": list(plan.reasons),
    }


def _failure(pipelines: Iterable[InstrumentRun]) -> OrderflowError | None:
    """Return what a plugin raised in `on_start` that is no mistake in the settings."""
    for pipeline in pipelines:
        if isinstance(pipeline.error, OrderflowError):
            return pipeline.error
        for plugin in pipeline.report.plugins:
            if plugin.status == "failed":
                told = f"[plugins.{plugin.name}] failed at the start: {plugin.error}"
                return OrderflowError(told)
    return None


def _checked(settings: Settings) -> Checked:
    plugins = make_plugins(settings)
    bus = Bus("", plugins, Account())
    said = [seat.declared for seat in bus.seats]
    elsewhere = set[str]().union(*(followers(settings, table) for table in settings.across))
    of_one = [
        declared(leg_of(each)) if each.across else each
        for each in said
        if each.name not in elsewhere
    ]
    wiring = wire(of_one)
    gets = receivers(of_one, wiring)
    for across in settings.across:
        names = [table.name for table in tables_beside(settings, across)]
        beside = [each for each in said if each.name in names]
        gets |= _part(
            receivers(beside, wire(beside)),
            [key for each in beside if each.publishes for key in _given_by(each)],
        )
    source, use = settings.source, settings.source.shown()["use"]
    tables = [CheckedTable("source", use, source.found.version, [], _part(gets, _STREAM))]
    for table, plugin in zip(settings.plugins, said, strict=True):
        use = table.shown()["use"]
        takes = [event.__name__ for event in plugin.takes]
        takes += [f"series {key}" for key in plugin.consumes or ()]
        gives = _part(gets, _given_by(plugin))
        version = table.found.version
        tables.append(CheckedTable(table.name, use, version, takes, gives, plugin.across))
    disabled = [table.name for table in settings.disabled]
    return Checked(tables, list(wiring.warnings), disabled)


def _given_by(plugin: Declared) -> list[str]:
    """Return the keys of what a plugin gives."""
    books = [Books.__name__] if Books in plugin.publishes else []
    own = [event.__name__ for event in plugin.publishes if issubclass(event, Event)]
    return [*books, *plugin.keys, *(f"{plugin.name}.{event}" for event in own)]


_STREAM = (BookWindows.__name__, TradeBatches.__name__)


def _part(gets: Mapping[str, list[str]], keys: Sequence[str]) -> dict[str, list[str]]:
    return {key: gets[key] for key in keys}


def _show(console: Console, checked: Checked) -> None:
    table = Table()
    for column in ("", "table", "plugin", "takes", "gives"):
        table.add_column(column, overflow="fold")
    for place, row in enumerate(checked.tables):
        gives = "\n".join(
            f"{what} to {', '.join(tables) or 'nobody'}" for what, tables in row.gives.items()
        )
        name = f"{row.name}, across" if row.across else row.name
        cells = (str(place or ""), name, f"{row.use} {row.version}", ", ".join(row.takes))
        table.add_row(*map(escape, (*cells, gives)))
    console.print(table)
    for name in checked.disabled:
        console.print(f"{escape(f'[plugins.{name}]')} is no part of a run: enabled = false")
    for warning in checked.warnings:
        console.print(f"[bold yellow]warning:[/] {escape(warning)}", soft_wrap=True)
