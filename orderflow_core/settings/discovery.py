"""Plugins by name: by entry point, by `path/to/file.py:Class` or by `package.module:Class`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.abc import SourceLoader
from importlib.metadata import EntryPoint, entry_points, packages_distributions, version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from orderflow_core.contract.api import name_and_version, unfit
from orderflow_core.errors import OrderflowError, SettingsError
from orderflow_core.plugin.base import (
    OWN_INIT,
    BarSettings,
    Plugin,
    PluginSettings,
    Source,
    SourceSettings,
)
from orderflow_core.plugin.metric import Metric
from orderflow_core.settings.paths import absolute
from orderflow_core.words import did_you_mean, error_text, error_words

GROUP = "orderflow.plugins"
_brought: dict[Path, bytes] = {}
_SETTINGS = {Metric: BarSettings, Source: SourceSettings, Plugin: PluginSettings}


class HostSettings(BaseModel):
    """What the host reads from the table of a plugin, before the plugin is known."""

    use: str
    enabled: bool = True


@dataclass(frozen=True)
class Found:
    """A plugin class and where it comes from.

    `origin` is the distribution that brings it, or the file; `version` is "local" without a
    distribution.
    """

    use: str
    plugin_class: type[Plugin]
    version: str
    origin: str

    def make(self, settings: PluginSettings, name: str) -> Plugin:
        """Make the plugin of table `name`; raises SettingsError where its `__init__` is unfit."""
        table = "[source]" if issubclass(self.plugin_class, Source) else f"[plugins.{name}]"
        try:
            plugin = self.plugin_class(settings, name=name)
            incomplete = not hasattr(plugin, "settings")
        except (OrderflowError, KeyboardInterrupt):
            raise
        except BaseException as error:
            hint = f"; if it has an __init__ of its own, {OWN_INIT}"
            raise SettingsError(
                f"{table} {self.use} cannot be made: {error_text(error)}"
                + (hint if isinstance(error, TypeError) else "")
            ) from error
        if incomplete:
            raise SettingsError(f"{table} {self.use}: its __init__ is incomplete, {OWN_INIT}")
        return plugin


@cache
def installed() -> Mapping[str, Sequence[EntryPoint]]:
    """Return the entry points of all installed plugins by name; more than one is a conflict."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, []).append(entry)
    return found


def find(use: str, base: Path) -> Found:
    """Return the plugin that `use` names; files are relative to `base`.

    Raises SettingsError, which says what is wrong but not in which table.
    """
    named, colon, class_name = use.rpartition(":")
    if named.endswith(".py"):
        path = _path(base, named)
        return Found(use, _checked(_from_file(path, class_name), use), "local", str(path))
    if colon:
        plugin_class = _checked(_from_module(named, class_name), use)
        return Found(use, plugin_class, *_distribution(named))
    names = installed()
    if use not in names:
        raise SettingsError(_unknown(use, list(names)))
    entry = _only(use, names[use])
    why = unfit(entry)
    if why:
        raise SettingsError(
            f"plugin {use!r} of {_owner(entry)}: {why}; install a version that fits"
        )
    try:
        plugin_class = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        told = f"{last_place(error)}{error_text(error)}"
        raise SettingsError(f"plugin {use!r} ({entry.value}) does not import: {told}") from error
    origin, version = name_and_version(entry.dist) if entry.dist else ("", "")
    return Found(use, _checked(plugin_class, use), version, origin)


def bring(texts: Mapping[Path, bytes]) -> None:
    """Take the texts of plugin files, as a run elsewhere has them, before what is on this disk.

    A file that was imported from another text is imported anew.
    """
    for path, text in texts.items():
        if _brought.get(path) != text:
            _brought[path] = text
            sys.modules.pop(_module_name(path), None)


def text_of(path: Path) -> bytes:
    """Return the text of a plugin file; raises OSError."""
    return _brought[path] if path in _brought else path.read_bytes()


def _only(use: str, entries: Sequence[EntryPoint]) -> EntryPoint:
    if len(entries) > 1:
        owners = " and ".join(f"{_owner(entry)} ({entry.value})" for entry in entries)
        raise SettingsError(
            f"plugin {use!r} is brought by {owners}: uninstall one of them, or name a class by "
            'its file, use = "path/to/file.py:Class"'
        )
    return entries[0]


def _owner(entry: EntryPoint) -> str:
    return " ".join(name_and_version(entry.dist)) if entry.dist else "an unknown distribution"


def _unknown(use: str, names: list[str]) -> str:
    hint = did_you_mean(use, names) or f"there are {', '.join(sorted(names))}."
    return f'unknown plugin {use!r}: {hint} A file of your own is use = "path/to/file.py:Class"'


def _checked(found: Any, use: str) -> type[Plugin]:
    if isinstance(found, Plugin):
        raise SettingsError(f"{use} is an instance of {type(found).__name__}: name the class")
    if not (isinstance(found, type) and issubclass(found, Plugin)):
        what = "a class of its own" if isinstance(found, type) else f"a {type(found).__name__}"
        raise SettingsError(
            f"{use} is no plugin but {what}: a plugin is a subclass of Metric, Source or Plugin, "
            "all of orderflow_core"
        )
    owner = next(each for each in _SETTINGS if issubclass(found, each))
    settings: Any = found.Settings
    needed = _SETTINGS[owner]
    if not (isinstance(settings, type) and issubclass(settings, needed)):
        raise SettingsError(
            f"{use}: its Settings must be a subclass of {owner.__name__}.Settings, "
            f"as in class Settings({owner.__name__}.Settings)"
        )
    for name in set(HostSettings.model_fields).intersection(settings.model_fields):
        raise SettingsError(
            f"{use}: its Settings have a field {name!r}, which the host reads from every table: "
            "name it otherwise"
        )
    try:
        settings.model_rebuild()
    except Exception as error:  # whatever a type of the author's raises
        told = error_words(error).partition("\n")[0]
        raise SettingsError(f"{use}: its Settings have a type that cannot be: {told}") from error
    return found


def _from_file(path: Path, class_name: str) -> Any:
    try:
        is_there = path in _brought or path.is_file()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
    if not is_there:
        raise SettingsError(f"there is no file {path}")
    return _class_of(_module(path), class_name, str(path))


def _from_module(name: str, class_name: str) -> Any:
    try:
        module = import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise SettingsError(
                f"there is no module {error.name!r}: install its package, or name a file, "
                'use = "path/to/file.py:Class"'
            ) from error
        told = f"{last_place(error)}{error_text(error)}"
        raise SettingsError(f"module {name!r} does not import: {told}") from error
    return _class_of(module, class_name, f"module {name!r}")


def _class_of(module: ModuleType, class_name: str, told: str) -> Any:
    if not hasattr(module, class_name):
        others = _plugin_names(module)
        hint = f"; it has {', '.join(others)}" if others else " and no other plugin"
        raise SettingsError(f"{told} has no class {class_name!r}{hint}")
    return getattr(module, class_name)


@cache
def _packages() -> Mapping[str, Sequence[str]]:
    """Return the distributions of each package; finding them takes a third of a second."""
    return packages_distributions()


def _distribution(module: str) -> tuple[str, str]:
    """Return version and name of the distribution that brings a module, else its file."""
    for name in _packages().get(module.partition(".")[0], ()):
        return version(name), name
    return "local", str(getattr(sys.modules[module], "__file__", module))


def _path(base: Path, text: str) -> Path:
    try:
        return absolute(base, text)
    except ValueError as error:
        raise SettingsError(f"use = {text!r}: {error}") from error


def _plugin_names(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Plugin)
        and value.__module__ == module.__name__
    ]


class _Brought(SourceLoader):
    """Gives a plugin file's text as it was brought here, whatever lies at its path."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get_filename(self, fullname: str) -> str:
        """Return the path where the run has the file."""
        return str(self._path)

    def get_data(self, path: str) -> bytes:
        """Return the text."""
        return _brought[self._path]


def _module(path: Path) -> ModuleType:
    """Import the file under a name of its own, once."""
    name = _module_name(path)
    if name in sys.modules:
        return sys.modules[name]
    loader = _Brought(path) if path in _brought else None
    spec = spec_from_file_location(name, path, loader=loader)
    if spec is None or spec.loader is None:
        raise SettingsError(f"{path} cannot be imported")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        told = f"{_place(path, error)}: {error_text(error)}"
        raise SettingsError(told + _neighbour_hint(path, error)) from error
    return module


def _module_name(path: Path) -> str:
    return f"orderflow_local_{sha256(os.fsencode(path.resolve())).hexdigest()[:12]}"


def _neighbour_hint(path: Path, error: BaseException) -> str:
    """Say why a file beside the plugin's is not found, where that is what is missing."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if name is None or not path.with_name(f"{name}.py").exists():
        return ""
    return (
        "; a plugin in a file stands alone: to import a neighbour, make it a package, "
        "orderflow new-plugin NAME --package"
    )


def _place(path: Path, error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}, line {error.lineno}"
    lines = [
        frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return f"{path}, line {lines[-1]}" if lines else str(path)


def last_place(error: BaseException) -> str:
    """Return the file and line in which an import ended, the import system's own left out."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: "
    frames = [
        frame
        for frame in extract_tb(error.__traceback__)
        if "importlib" not in frame.filename and frame.filename != __file__
    ]
    return f"{frames[-1].filename}, line {frames[-1].lineno}: " if frames else ""
