"""`orderflow plugins`: what plugins there are, and all there is to know of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orderflow_app.streams import aside
from orderflow_core.errors import SettingsError
from orderflow_core.settings.catalogue import Entry, Setting, catalogue
from orderflow_core.words import did_you_mean

_DEFAULT = Path("settings.toml")


def list_plugins(name: str | None, config: Path | None, *, as_json: bool) -> None:
    """Print all plugins, or the one of this name or table.

    Raises SettingsError for an unknown name and a settings file that cannot be read.
    """
    entries = listed(config)
    if name is not None:
        entries = [named(name, entries)]
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries]))
    elif name is None:
        Console(emoji=False).print(_overview(entries))
    else:
        _show(Console(emoji=False), name, entries[0])


def listed(config: Path | None = None) -> list[Entry]:
    """Return all plugins, with the tables of a settings file, `settings.toml` if there is one."""
    with aside():
        return catalogue(config or (_DEFAULT if _DEFAULT.is_file() else None))


def named(name: str, entries: Sequence[Entry]) -> Entry:
    """Return the plugin of this name or table; raises SettingsError for an unknown one."""
    for entry in entries:
        if name == entry.use or name in entry.tables:
            return entry
    known = sorted({key for entry in entries for key in (entry.use, *entry.tables)})
    hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
    raise SettingsError(f"there is no plugin and no table {name!r}: {hint}")


def _overview(entries: Sequence[Entry]) -> Table:
    table = Table(caption="In the column «tables» is the place in the order of calls.")
    for column in ("plugin", "kind", "version", "from", "takes", "gives", "tables"):
        table.add_column(column, overflow="fold")
    for entry in entries:
        if entry.error:
            table.add_row(entry.use, "[bold red]error[/]", "", escape(entry.error), "", "", "")
            continue
        takes, gives = ", ".join(entry.consumes), ", ".join(entry.publishes)
        where = entry.where if entry.where != "installed" else entry.origin
        kind = f"{entry.kind}, across" if entry.across else entry.kind
        row = (entry.use, kind, entry.version, where, takes, gives, _places(entry))
        table.add_row(*map(escape, row))
    return table


def _places(entry: Entry) -> str:
    return ", ".join(
        f"{place} {table}" if place else table for table, place in entry.tables.items()
    )


def _show(console: Console, name: str, entry: Entry) -> None:
    if entry.error:
        raise SettingsError(entry.error)
    console.print(f"[bold]{escape(entry.use)}[/] {escape(entry.version)}, {entry.kind}")
    console.print(escape(f"\n{entry.doc}\n"), soft_wrap=True, highlight=False)
    facts = Table(show_header=False, box=None, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    for fact, value in _facts(entry):
        facts.add_row(fact, escape(value))
    console.print(facts)
    if entry.settings:
        console.print(_settings(entry.settings))
    console.print(f"\n{escape(example(name, entry))}", soft_wrap=True, highlight=False)


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "class", entry.class_name
    yield "from", f"{entry.where}, {entry.origin}"
    if entry.across:
        yield "across", "one plugin for all instruments of a run"
    yield "takes", ", ".join(entry.consumes) or "nothing"
    yield "gives", ", ".join(entry.publishes) or "nothing"
    yield "tables", _places(entry) or "none uses it"


def _settings(settings: Sequence[Setting]) -> Table:
    table = Table(title="settings", title_justify="left")
    for column in ("key", "type", "default", "what it is"):
        table.add_column(column, overflow="fold")
    for setting in settings:
        default = "required" if setting.required else setting.default or "unset"
        table.add_row(*map(escape, (setting.name, setting.type, default, setting.description)))
    return table


def example(name: str, entry: Entry) -> str:
    """Return a table of the settings file with every key, the defaults commented out."""
    local = ":" in entry.use
    title = entry.class_name.lower() if local and name == entry.use else name
    lines = ["[source]" if entry.kind == "source" else f"[plugins.{title}]"]
    if entry.kind == "source" or title != entry.use:
        lines.append(f'use = "{entry.use}"')
    for setting in entry.settings:
        text = f"{setting.name} = {setting.default or '...'}"
        lines.append(text if setting.required else f"# {text}")
    return "\n".join(lines)
