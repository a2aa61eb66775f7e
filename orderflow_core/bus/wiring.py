"""Who publishes what, who waits for it, and in which order plugins are upstream of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from orderflow_core.bus.declared import Declared
from orderflow_core.bus.hooks import ANY_EVENT, COLUMNS_OF_BARS, CORE, ROWS
from orderflow_core.contract.series import TIME
from orderflow_core.errors import SettingsError
from orderflow_core.events import Bars, Books, BookWindows, Event, MetricBars, TradeBatches
from orderflow_core.words import did_you_mean

STREAM = (BookWindows, Books, TradeBatches)
BARS = (Bars, MetricBars)


class Wiring(NamedTuple):
    """The map of one bus.

    `owners` gives each series key's table; `upstream_first` the tables in an order in which each
    stands after those whose series and events it consumes, and in the settings' order otherwise;
    `waiting` the tables none of whose consumed events or series is published; `warnings` says who
    waits for what, and what is not as it seems.
    """

    owners: Mapping[str, str]
    upstream_first: Sequence[str]
    book_table: str | None
    waiting: frozenset[str]
    warnings: Sequence[str]


def wire(plugins: Sequence[Declared]) -> Wiring:
    """Connect the plugins, given in the order of their tables.

    Raises SettingsError for two plugins of one name, for two publishers of `Books`, two of one
    series, two event classes of one hook, and circles.
    """
    names = Counter(plugin.name for plugin in plugins)
    problems = [f"{n} plugins are named {name!r}" for name, n in names.items() if n > 1]
    if problems:
        raise SettingsError(*problems)
    owners = _owners(plugins, problems)
    book_table = _book_table(plugins, problems)
    problems += _two_of_one_hook(plugins)
    problems += _not_followed(plugins, owners)
    upstream = _upstream_first(plugins, owners, problems)
    if problems:
        raise SettingsError(*problems)
    waiting, warnings = _unmet(plugins, owners)
    warnings += _mixed(plugins)
    return Wiring(owners, upstream, book_table, waiting, warnings)


def wants_bars(plugin: Declared, key: str, owners: Mapping[str, str]) -> bool:
    """Whether the plugin's bar hooks get the series `key`; its own it never gets."""
    owner = owners.get(key, "")
    if owner == plugin.name:
        return False
    if plugin.consumes is None:
        return not plugin.publishes_bars
    return plugin.names(key, owner)


def wants_event(plugin: Declared, event: type[Event], table: str, key: str = "") -> bool:
    """Whether the plugin gets a table's events of a class; those of its own table it never gets.

    `key` is that of their series, where they have one.
    """
    if table == plugin.name or plugin.hooks.keys().isdisjoint((event.hook, ANY_EVENT)):
        return False
    return plugin.consumes is None or plugin.names(table, key)


def receivers(plugins: Sequence[Declared], wiring: Wiring) -> dict[str, list[str]]:
    """Return who gets what, by table: the events of the stream, each series, and own events.

    Of own events the key is `<table>.<class>`.
    """
    by_name = {plugin.name: plugin for plugin in plugins}
    found = {
        event.__name__: [
            plugin.name
            for plugin in plugins
            if event in plugin.takes and event not in plugin.publishes
        ]
        for event in STREAM
    }
    for key, owner in wiring.owners.items():
        kinds = {*BARS}.intersection(by_name[owner].publishes)
        found[key] = [
            plugin.name
            for plugin in plugins
            if plugin.follows == key
            or (wants_bars(plugin, key, wiring.owners) and not kinds.isdisjoint(plugin.takes))
        ]
    for publisher, event in _own_events(plugins):
        found[f"{publisher.name}.{event.__name__}"] = [
            plugin.name
            for plugin in plugins
            if (publisher, event) in _own_events_for(plugin, plugins)
        ]
    return found


def _own_events(plugins: Sequence[Declared]) -> Iterator[tuple[Declared, type[Event]]]:
    """Yield each event class of one's own with its publishers."""
    for plugin in plugins:
        for event in plugin.publishes:
            if issubclass(event, Event):
                yield plugin, event


def _owners(plugins: Sequence[Declared], problems: list[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for plugin in plugins:
        for key in plugin.keys:
            other = owners.setdefault(key, plugin.name)
            if other != plugin.name:
                problems.append(
                    f"[plugins.{other}] and [plugins.{plugin.name}] both publish the series "
                    f"{key!r}; rename one of the tables"
                )
    return owners


def _book_table(plugins: Sequence[Declared], problems: list[str]) -> str | None:
    tables = [plugin.name for plugin in plugins if Books in plugin.publishes]
    if len(tables) > 1:
        named = " and ".join(f"[plugins.{table}]" for table in tables)
        problems.append(f"{named} publish Books; only one table may, remove the others")
    return tables[0] if tables else None


def _two_of_one_hook(plugins: Sequence[Declared]) -> list[str]:
    """Return a problem for each hook that is the core's, or that two event classes name."""
    first: dict[str, tuple[Declared, type[Event]]] = {}
    problems = []
    for plugin, event in _own_events(plugins):
        if event.hook in CORE:
            problems.append(
                f"[plugins.{plugin.name}] {event.__name__} names the hook {event.hook}, which the "
                "core has: choose another"
            )
        other, taken = first.setdefault(event.hook, (plugin, event))
        if taken is not event:
            problems.append(
                f"[plugins.{other.name}] and [plugins.{plugin.name}] publish two event classes "
                f"with the hook {event.hook}, {_place(taken)} and {_place(event)}: rename one"
            )
    return problems


def _not_followed(plugins: Sequence[Declared], owners: Mapping[str, str]) -> list[str]:
    """Return a problem for each plugin whose bars follow a series that is none of price bars."""
    prices = {plugin.name for plugin in plugins if Bars in plugin.publishes}
    known = [key for key, owner in owners.items() if owner in prices]
    return [
        f'[plugins.{plugin.name}] clock = "{plugin.follows}": no table publishes price bars of '
        f'this name: it is "{TIME}", or one of {", ".join(known) or "none"}'
        f"{_hint(plugin.follows, known)}"
        for plugin in plugins
        if plugin.follows is not None and plugin.follows not in known
    ]


def _place(event: type[Event]) -> str:
    return f"{event.__module__}.{event.__qualname__}"


def _upstream_first(
    plugins: Sequence[Declared], owners: Mapping[str, str], problems: list[str]
) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for plugin in plugins:
        sorter.add(plugin.name, *_upstream_of(plugin, plugins, owners))
    order = {plugin.name: position for position, plugin in enumerate(plugins)}
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " -> ".join(f"[plugins.{table}]" for table in reversed(error.args[1]))
        problems.append(f"these tables consume each other's series or events in a circle: {cycle}")
        return list(order)
    upstream: list[str] = []
    ready = sorted(sorter.get_ready(), key=order.__getitem__)
    while ready:
        table = ready.pop(0)
        upstream.append(table)
        sorter.done(table)
        ready = sorted([*ready, *sorter.get_ready()], key=order.__getitem__)
    return upstream


def _upstream_of(
    plugin: Declared, plugins: Sequence[Declared], owners: Mapping[str, str]
) -> set[str]:
    """Return the tables whose series and events a plugin gets."""
    found = set()
    if not {*BARS}.isdisjoint(plugin.takes):
        found = {owners[key] for key in owners if wants_bars(plugin, key, owners)}
    if plugin.follows is not None and plugin.follows in owners:
        found.add(owners[plugin.follows])
    return found | {publisher.name for publisher, _ in _own_events_for(plugin, plugins)}


def _own_events_for(
    plugin: Declared, plugins: Sequence[Declared]
) -> Iterator[tuple[Declared, type[Event]]]:
    """Yield the event classes of which a plugin gets any, with their publishers."""
    for publisher, event in _own_events(plugins):
        series = [key for key in plugin.consumes or () if key.startswith(f"{publisher.name}.")]
        keys = (publisher.name, *series)
        if any(wants_event(plugin, event, publisher.name, key) for key in keys):
            yield publisher, event


def _unmet(
    plugins: Sequence[Declared], owners: Mapping[str, str]
) -> tuple[frozenset[str], list[str]]:
    published = {BookWindows, TradeBatches}.union(*(plugin.publishes for plugin in plugins))
    known = [*owners, *(plugin.name for plugin in plugins)]
    waiters: dict[str, list[str]] = {}
    waiting = set()
    for plugin in plugins:
        if plugin.across:  # what it needs comes from other buses
            continue
        met, unmet = _needs(plugin, plugins, published, owners)
        for need in unmet:
            waiters.setdefault(need, []).append(plugin.name)
        if unmet and not met:
            waiting.add(plugin.name)
    warnings = [
        f"{_tables(names)} for {need}, which no table publishes{_nearest(need, known)}"
        for need, names in waiters.items()
    ]
    return frozenset(waiting), warnings


def _needs(
    plugin: Declared,
    plugins: Sequence[Declared],
    published: set[type[Any]],
    owners: Mapping[str, str],
) -> tuple[list[str], list[str]]:
    """Return what the plugin consumes and gets, and what it consumes and nobody publishes."""
    named = list(plugin.consumes or ()) if _takes_derived(plugin) else []
    core = [event for event in plugin.takes if not issubclass(event, Event)]
    events = [event for event in core if not (named and event in BARS)]
    met = [event.__name__ for event in events if event in published]
    unmet = [event.__name__ for event in events if event not in published]
    given = {event.hook for _, event in _own_events_for(plugin, plugins)}
    for event in plugin.takes:
        if issubclass(event, Event) and (event.hook in given or not plugin.is_sink):
            (met if event.hook in given else unmet).append(event.__name__)
    tables = {publisher.name for publisher in plugins if publisher.publishes}
    for name in named:
        there = name in owners or name in tables or name.rpartition(".")[0] in tables
        (met if there else unmet).append(name if there else f"the series {name!r}")
    return met, unmet


def _takes_derived(plugin: Declared) -> bool:
    """Whether the plugin has a hook for what others publish."""
    return ANY_EVENT in plugin.hooks or any(event not in STREAM for event in plugin.takes)


def _mixed(plugins: Sequence[Declared]) -> list[str]:
    """Return a warning for each plugin in which columns of bars come before rows that are older."""
    warnings = []
    for plugin in plugins:
        columns = [hook for hook in COLUMNS_OF_BARS if hook in plugin.hooks]
        rows = [hook for hook in plugin.hooks if hook in ROWS or hook not in CORE]
        if columns and rows and not plugin.is_sink:
            warnings.append(
                f"[plugins.{plugin.name}] has {columns[0]} beside {rows[0]}: columns of bars come "
                "before the rows of their block, so rows see bars that were known after them; "
                "take bars by on_bar or on_metric_bar, or rows by columns"
            )
    return warnings


def _tables(names: Sequence[str]) -> str:
    listed = ", ".join(f"[plugins.{name}]" for name in names)
    return f"{listed} {'waits' if len(names) == 1 else 'wait'}"


def _hint(name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known)
    return f"; {hint}" if hint else ""


def _nearest(need: str, known: Sequence[str]) -> str:
    return _hint(need.removeprefix("the series ").strip("'"), known)
