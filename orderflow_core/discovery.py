"""Plugins by name: installed ones by entry point, local ones by `path/to/file.py:Class`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from orderflow_core.errors import SettingsError
from orderflow_core.plugins import Plugin

GROUP = "orderflow.plugins"


@dataclass(frozen=True)
class Found:
    """A plugin class and where it comes from; `version` is "local" for a file."""

    use: str
    plugin_class: type[Plugin]
    version: str


def installed() -> Mapping[str, EntryPoint]:
    """Return the entry points of all installed plugins by name."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def find(use: str, base: Path) -> Found:
    """Return the plugin that `use` names; files are relative to `base`.

    Raises SettingsError, which says what is wrong but not in which table.
    """
    if ".py:" in use:
        return Found(use, _checked(_from_file(use, base), use), "local")
    names = installed()
    if use not in names:
        raise SettingsError(_unknown(use, list(names)))
    entry = names[use]
    try:
        plugin_class = entry.load()
    except Exception as error:
        raise SettingsError(f"plugin {use!r} ({entry.value}) does not import: {error}") from error
    version = entry.dist.version if entry.dist else ""
    return Found(use, _checked(plugin_class, use), version)


def _unknown(use: str, names: list[str]) -> str:
    near = get_close_matches(use, names, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(names))}"
    return f'unknown plugin {use!r}: {hint} A file of your own is use = "path/to/file.py:Class"'


def _checked(found: Any, use: str) -> type[Plugin]:
    if not (isinstance(found, type) and issubclass(found, Plugin)):
        raise SettingsError(f"{use} is no plugin: a plugin is a subclass of orderflow_core.Plugin")
    return found


def _from_file(use: str, base: Path) -> Any:
    path_text, _, class_name = use.rpartition(":")
    path = base / Path(path_text).expanduser()
    if not path.is_file():
        raise SettingsError(f"there is no file {path}")
    module = _module(path)
    if not hasattr(module, class_name):
        near = get_close_matches(class_name, _plugin_names(module), n=1, cutoff=0)
        hint = f"; it has {near[0]}" if near else ""
        raise SettingsError(f"{path} has no class {class_name!r}{hint}")
    return getattr(module, class_name)


def _plugin_names(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]


def _module(path: Path) -> ModuleType:
    """Import the file under a name of its own, once."""
    name = f"orderflow_local_{sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SettingsError(f"{path} cannot be imported")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise SettingsError(f"{_place(path, error)}: {type(error).__name__}: {error}") from error
    return module


def _place(path: Path, error: Exception) -> str:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}, line {error.lineno}"
    lines = [
        frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return f"{path}, line {lines[-1]}" if lines else str(path)
