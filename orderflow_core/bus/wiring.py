"""Who publishes what, who waits for it, and in which order plugins are upstream of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Any

from orderflow_core.errors import SettingsError
from orderflow_core.events import Bars, Books, BookWindows, Event, MetricBars, TradeBatches
from orderflow_core.plugin.base import Plugin
from orderflow_core.plugin.hookspecs import PROJECT

PLURAL: dict[type[Any], str] = {
    BookWindows: "on_book_windows",
    Books: "on_books",
    TradeBatches: "on_trade_batches",
    Bars: "on_bars",
    MetricBars: "on_metric_bars",
}
SINGULAR: dict[type[Any], str] = {
    BookWindows: "on_book_window",
    Books: "on_book",
    TradeBatches: "on_trade_batch",
    Bars: "on_bar",
    MetricBars: "on_metric_bar",
}


def consumed_events(plugin: type[Plugin]) -> list[type[Event]]:
    """Return the event classes that the plugin's hooks take."""
    hooks = _hooks(plugin)
    return [event for event in PLURAL if not hooks.isdisjoint((PLURAL[event], SINGULAR[event]))]


def _hooks(plugin: type[Plugin]) -> set[str]:
    marked = {name: getattr(plugin, name, None) for name in dir(plugin)}
    options = {name: getattr(method, f"{PROJECT}_impl", None) for name, method in marked.items()}
    return {found.get("specname") or name for name, found in options.items() if found}


def takes_bars(plugin: Plugin) -> bool:
    """Whether the plugin has a hook for price bars or metric bars."""
    return not {Bars, MetricBars}.isdisjoint(consumed_events(type(plugin)))


@dataclass(frozen=True)
class Wiring:
    """The map of one bus.

    `owners` gives each series key's table; `upstream_first` the tables in an order in which each
    stands after those whose series it consumes, and in the settings' order otherwise; `waiting`
    the tables none of whose consumed events or series is published; `warnings` says who waits
    for what.
    """

    owners: Mapping[str, str]
    upstream_first: Sequence[str]
    book_table: str | None
    waiting: frozenset[str]
    warnings: Sequence[str]


def wire(plugins: Sequence[Plugin]) -> Wiring:
    """Connect the plugins, given in the order of their tables.

    Raises SettingsError for two plugins of one name, for `publishes` and `consumes` that are of
    the wrong form, for two publishers of `Books`, two of one series, and cycles.
    """
    names = Counter(plugin.name for plugin in plugins)
    problems = [f"{n} plugins are named {name!r}" for name, n in names.items() if n > 1]
    problems += [problem for plugin in plugins for problem in _malformed(plugin)]
    if problems:
        raise SettingsError(*problems)
    owners = _owners(plugins, problems)
    book_table = _book_table(plugins, problems)
    upstream = _upstream_first(plugins, owners, problems)
    if problems:
        raise SettingsError(*problems)
    waiting, warnings = _unmet(plugins, owners)
    return Wiring(owners, upstream, book_table, waiting, warnings)


def wants(plugin: Plugin, key: str, owners: Mapping[str, str]) -> bool:
    """Whether the plugin's bar hooks get the series `key`; its own it never gets."""
    if owners.get(key) == plugin.name:
        return False
    if plugin.consumes is None:
        return Bars not in plugin.publishes and MetricBars not in plugin.publishes
    return key in plugin.consumes


def receivers(plugins: Sequence[Plugin], wiring: Wiring) -> dict[str, list[str]]:
    """Return for each event of the stream and for each series the tables that get it."""
    by_name = {plugin.name: plugin for plugin in plugins}
    found = {
        event.__name__: [
            plugin.name
            for plugin in plugins
            if event in consumed_events(type(plugin)) and event not in plugin.publishes
        ]
        for event in (BookWindows, Books, TradeBatches)
    }
    for key, owner in wiring.owners.items():
        kinds = {Bars, MetricBars}.intersection(by_name[owner].publishes)
        found[key] = [
            plugin.name
            for plugin in plugins
            if wants(plugin, key, wiring.owners)
            and not kinds.isdisjoint(consumed_events(type(plugin)))
        ]
    return found


def _malformed(plugin: Plugin) -> list[str]:
    """Return what is wrong with the form of `publishes` and `consumes`."""
    problems = []
    published: Any = plugin.publishes
    if not isinstance(published, Sequence) or any(each not in PLURAL for each in published):
        names = ", ".join(event.__name__ for event in PLURAL)
        problems.append(f"publishes must be a tuple of {names}; found {published!r}")
    consumed: Any = plugin.consumes
    if isinstance(consumed, str):
        problems.append(f"consumes must be a list of series, as in [{consumed!r}]")
    return [f"[plugins.{plugin.name}] {problem}" for problem in problems]


def _owners(plugins: Iterable[Plugin], problems: list[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for plugin in plugins:
        for key in plugin.series_keys():
            other = owners.setdefault(key, plugin.name)
            if other != plugin.name:
                problems.append(
                    f"[plugins.{other}] and [plugins.{plugin.name}] both publish the series "
                    f"{key!r}; rename one of the tables"
                )
    return owners


def _book_table(plugins: Iterable[Plugin], problems: list[str]) -> str | None:
    tables = [plugin.name for plugin in plugins if Books in plugin.publishes]
    if len(tables) > 1:
        named = " and ".join(f"[plugins.{table}]" for table in tables)
        problems.append(f"{named} publish Books; only one table may, remove the others")
    return tables[0] if tables else None


def _upstream_first(
    plugins: Sequence[Plugin], owners: Mapping[str, str], problems: list[str]
) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for plugin in plugins:
        wanted = {owners[key] for key in owners if wants(plugin, key, owners)}
        sorter.add(plugin.name, *(wanted if takes_bars(plugin) else ()))
    order = {plugin.name: position for position, plugin in enumerate(plugins)}
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " -> ".join(f"[plugins.{table}]" for table in reversed(error.args[1]))
        problems.append(f"these tables consume each other's series in a circle: {cycle}")
        return list(order)
    upstream: list[str] = []
    ready = sorted(sorter.get_ready(), key=order.__getitem__)
    while ready:
        table = ready.pop(0)
        upstream.append(table)
        sorter.done(table)
        ready = sorted([*ready, *sorter.get_ready()], key=order.__getitem__)
    return upstream


def _unmet(
    plugins: Sequence[Plugin], owners: Mapping[str, str]
) -> tuple[frozenset[str], list[str]]:
    published = {BookWindows, TradeBatches}.union(*(plugin.publishes for plugin in plugins))
    waiters: dict[str, list[str]] = {}
    waiting = set()
    for plugin in plugins:
        met, unmet = _needs(plugin, published, owners)
        for need in unmet:
            waiters.setdefault(need, []).append(plugin.name)
        if unmet and not met:
            waiting.add(plugin.name)
    warnings = [
        f"{_tables(names)} for {need}, which no table publishes" + _nearest(need, owners)
        for need, names in waiters.items()
    ]
    return frozenset(waiting), warnings


def _needs(
    plugin: Plugin, published: set[type[Event]], owners: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return what the plugin consumes and gets, and what it consumes and nobody publishes."""
    events = consumed_events(type(plugin))
    named = list(plugin.consumes or ()) if takes_bars(plugin) else []
    if named:
        events = [event for event in events if event not in (Bars, MetricBars)]
    met = [event.__name__ for event in events if event in published]
    unmet = [event.__name__ for event in events if event not in published]
    met += [key for key in named if key in owners]
    unmet += [f"the series {key!r}" for key in named if key not in owners]
    return met, unmet


def _tables(names: Sequence[str]) -> str:
    listed = ", ".join(f"[plugins.{name}]" for name in names)
    return f"{listed} {'waits' if len(names) == 1 else 'wait'}"


def _nearest(need: str, owners: Mapping[str, str]) -> str:
    near = get_close_matches(need.removeprefix("the series ").strip("'"), owners, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
