"""Which tables stand beside a plugin across instruments, and which with each instrument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from orderflow_core.bus.declared import declared
from orderflow_core.errors import SettingsError
from orderflow_core.settings.reading import Settings, Table


def tables_beside(settings: Settings, table: Table) -> list[Table]:
    """Return a table across instruments and those that stand beside it, in the settings' order.

    They are the tables that follow it, and those whose plugins publish nothing, such as sinks.
    """
    following = followers(settings, table)
    return [
        each
        for each in settings.plugins
        if each is table
        or each.name in following
        or not (each.found.plugin_class.publishes or each.found.plugin_class.across)
    ]


def followers(settings: Settings, table: Table) -> set[str]:
    """Return the tables that consume what a table publishes, or its followers, and nothing else."""
    consumed = _consumed(settings)
    found = {table.name}
    while more := {
        name
        for name, names in consumed.items()
        if name not in found and names and all(_is_of(each, found) for each in names)
    }:
        found |= more
    return found - {table.name}


def mixtures(settings: Settings) -> Iterator[str]:
    """Yield why a table can stand neither beside one across instruments nor with each of them."""
    consumed = _consumed(settings)
    for table in settings.across:
        found = {table.name, *followers(settings, table)}
        for name in consumed.keys() - found:
            there = [each for each in consumed[name] if _is_of(each, found)]
            others = [each for each in consumed[name] if each not in there]
            if there and others and _publishes(settings, name):
                yield (
                    f"[plugins.{name}] consumes {there[0]!r}, of [plugins.{table.name}], which is "
                    f"across instruments, and {others[0]!r}, which is not published beside it: "
                    "make two tables of it"
                )


def _consumed(settings: Settings) -> Mapping[str, Sequence[str]]:
    """Return what each table of one instrument names; what cannot be asked is told elsewhere."""
    found = {}
    for table in settings.plugins if settings.across else ():
        if not table.found.plugin_class.across:
            try:
                plugin = table.found.make(table.settings, table.name)
                found[table.name] = declared(plugin).consumes or ()
            except SettingsError:
                continue
    return found


def _publishes(settings: Settings, name: str) -> bool:
    return any(each.name == name and each.found.plugin_class.publishes for each in settings.plugins)


def _is_of(key: str, tables: Iterable[str]) -> bool:
    """Whether a name is that of one of these tables, or of a series of one."""
    return any(f"{key}.".startswith(f"{table}.") for table in tables)
