"""What there is to know of a plugin without running it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from orderflow_core.bus.declared import taken_events
from orderflow_core.bus.hooks import hooks_of
from orderflow_core.contract.api import DISTRIBUTION
from orderflow_core.errors import SettingsError
from orderflow_core.events import BookWindows, TradeBatches
from orderflow_core.plugin.base import Plugin, Source
from orderflow_core.plugin.metric import Metric
from orderflow_core.settings.discovery import Found, find, installed
from orderflow_core.settings.layers import Given, Key, read_file
from orderflow_core.settings.shown import plain

Kind: TypeAlias = Literal["source", "metric", "plugin"]
Where: TypeAlias = Literal["builtin", "installed", "local"]
_LIMITS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


@dataclass(frozen=True)
class Setting:
    """One key of a table; `default` is as TOML has it, None where the key is required or unset."""

    name: str
    type: str
    default: str | None
    required: bool
    description: str


@dataclass(frozen=True)
class Entry:
    """A plugin that was found, or one that was named and has an `error`.

    `origin` is the distribution that brings it, or its file. `tables` are the tables of the
    settings file that use it, with their place in the order of calls, from 1; it is 0 for the
    source's, and for one that is no part of a run. One that is `across` sees all instruments.
    """

    use: str
    error: str | None = None
    kind: Kind = "plugin"
    class_name: str = ""
    version: str = ""
    where: Where = "installed"
    origin: str = ""
    doc: str = ""
    consumes: Sequence[str] = ()
    publishes: Sequence[str] = ()
    settings: Sequence[Setting] = ()
    across: bool = False
    tables: dict[str, int] = field(default_factory=dict)


def catalogue(config: Path | None) -> list[Entry]:
    """Return every installed plugin, and those that the tables of a settings file use.

    Of the file only the tables' names and their `use` are read. Raises SettingsError for a file
    that cannot be read.
    """
    named: dict[tuple[str, Path], dict[str, int]]
    named = {(use, Path()): {} for use in sorted(installed())}
    place = 0
    for table, use, base, enabled in _tables(read_file(config)) if config else ():
        counted = enabled and table != "source"
        place += counted
        key = (use, base if ":" in use else Path())
        named.setdefault(key, {})[table] = place if counted else 0
    return [_entry(use, base, used) for (use, base), used in named.items()]


def _tables(given: Mapping[Key, Given]) -> Iterator[tuple[str, str, Path, bool]]:
    """Yield (name, use, folder of its file, enabled) of the tables, the source's first."""
    names = dict.fromkeys(key[:2] for key in given if key[0] == "plugins" and len(key) > 1)
    for table in (("source",), *names):
        default = "sqlite" if table == ("source",) else table[-1]
        use = given.get((*table, "use"))
        enabled = given.get((*table, "enabled"))
        yield (
            table[-1],
            str(use.value) if use else default,
            use.base if use else Path(),
            enabled is None or enabled.value is not False,
        )


def _entry(use: str, base: Path, tables: dict[str, int]) -> Entry:
    try:
        found = find(use, base)
    except SettingsError as error:
        return Entry(use, str(error), tables=tables)
    plugin_class = found.plugin_class
    source = issubclass(plugin_class, Source)
    publishes = [BookWindows, TradeBatches] if source else plugin_class.publishes
    return Entry(
        use,
        kind=_kind(found),
        class_name=plugin_class.__name__,
        version=found.version,
        where=_where(found),
        origin=found.origin,
        doc=inspect.getdoc(plugin_class) or "",
        consumes=[
            *(event.__name__ for event in taken_events(hooks_of(plugin_class))),
            *_series(plugin_class),
        ],
        publishes=[event.__name__ for event in publishes],
        settings=settings_of(plugin_class.Settings),
        across=bool(plugin_class.across),
        tables=tables,
    )


def _series(plugin_class: type[Plugin]) -> list[str]:
    return [f"series {key}" for key in plugin_class.consumes or ()]


def _kind(found: Found) -> Kind:
    kinds: list[tuple[type[Plugin], Kind]] = [(Source, "source"), (Metric, "metric")]
    return next((kind for base, kind in kinds if issubclass(found.plugin_class, base)), "plugin")


def _where(found: Found) -> Where:
    if found.version == "local":
        return "local"
    return "builtin" if found.origin == DISTRIBUTION else "installed"


def settings_of(model: type[BaseModel]) -> list[Setting]:
    """Return the keys of a settings model, in its order."""
    return [_setting(name, info) for name, info in model.model_fields.items()]


def _setting(name: str, info: FieldInfo) -> Setting:
    limits = [
        f"{sign} {getattr(limit, attribute)}"
        for limit in info.metadata
        for attribute, sign in _LIMITS.items()
        if hasattr(limit, attribute)
    ]
    type_name = ", ".join([_type_name(info.annotation), *limits])
    required = info.is_required()
    default = None if required else _default(info)
    shown = None if default is None else _toml(default)
    return Setting(name, type_name, shown, required, info.description or "")


def _default(info: FieldInfo) -> Any:
    """Return the default, None where the values of other keys make it."""
    try:
        return info.get_default(call_default_factory=True)
    except (TypeError, ValueError):
        return None


def _type_name(annotation: Any) -> str:
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal:
        return " | ".join(map(_toml, arguments))
    if get_origin(annotation) in (list, tuple, dict):
        inner = ", ".join(_type_name(each) for each in arguments if each is not Ellipsis)
        return f"{get_origin(annotation).__name__}[{inner}]"
    if arguments:
        return " | ".join(_type_name(each) for each in arguments if each is not NoneType)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return str(getattr(annotation, "__name__", annotation)).lower()


def _toml(value: Any) -> str:
    """Return a value as TOML writes it; JSON writes texts, numbers and lists of them so too."""
    if isinstance(value, BaseModel):
        return _toml(plain(value))
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {_toml(each)}' for key, each in value.items())}}}"
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return json.dumps(value, default=str, ensure_ascii=False)
