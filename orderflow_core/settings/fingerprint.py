"""What decides the numbers of a run, in eight hex digits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from orderflow_core.contract.api import own_version
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.plugin.base import SourceSettings
from orderflow_core.settings.discovery import Found, text_of
from orderflow_core.settings.reading import Settings, Table
from orderflow_core.settings.shown import plain


def fingerprint(settings: Settings, instrument: str) -> str:
    """Return the same text for settings that give an instrument the same numbers.

    It is of `[run]`, of what is said of the instrument, of the source's table and of those whose
    plugins publish something: their values but for paths and what a model names as undeciding, the
    version of an installed plugin, and the text of a file's.
    """
    publishing = [table for table in settings.plugins if table.found.plugin_class.publishes]
    deciding = {
        "run": _values(settings.run),
        "facts": asdict(settings.instruments.get(instrument, InstrumentFacts())),
        "source": _table(settings.source),
        "plugins": {table.name: _table(table) for table in publishing},
    }
    return sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:8]


def state(settings: Settings, instrument: str) -> str:
    """Return the same text for settings that make an instrument's results, and write them, alike.

    Unlike a fingerprint it is of every table, in their order, and of every value, but for what a
    unit of a run is told by: instruments, range and speed.
    """
    source = _table(settings.source, plain(settings.source.settings))
    values = {
        key: value
        for key, value in source["values"].items()
        if key not in SourceSettings.undeciding
    }
    told = {
        "version": own_version(),
        "run": plain(settings.run),
        "facts": asdict(settings.instruments.get(instrument, InstrumentFacts())),
        "source": source | {"values": values},
        "plugins": [[each.name, _table(each, plain(each.settings))] for each in settings.plugins],
    }
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _table(table: Table, values: dict[str, Any] | None = None) -> dict[str, Any]:
    plugin = table.found.plugin_class
    return {
        "plugin": plugin.__qualname__,
        "version": _version(table.found),
        "values": _values(table.settings) if values is None else values,
    }


def _values(model: BaseModel) -> dict[str, Any]:
    undeciding = getattr(model, "undeciding", ())
    paths = {
        name for name, info in type(model).model_fields.items() if Path in _types(info.annotation)
    }
    return {
        name: value
        for name, value in plain(model).items()
        if name not in paths and name not in undeciding
    }


def _types(annotation: Any) -> Iterator[Any]:
    """Yield a type and those of which it is made."""
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def _version(found: Found) -> str:
    """Return an installed plugin's version, or the hash of a file's text."""
    if found.version != "local":
        return f"{found.origin} {found.version}"
    try:
        return sha256(text_of(Path(found.origin))).hexdigest()
    except OSError:  # a module that has no file, as in a notebook
        return found.use
