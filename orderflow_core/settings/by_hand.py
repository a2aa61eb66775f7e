"""Plugins that are given in Python, beside those that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from orderflow_core.errors import SettingsError
from orderflow_core.plugin.base import OWN_INIT, Plugin, PluginSettings, is_on_bus
from orderflow_core.settings.discovery import Found
from orderflow_core.settings.reading import Settings, Table

ByHand: TypeAlias = Plugin | Callable[[], Plugin]
"""A plugin, for a run of one instrument, or what makes one for each: a class, or a `partial`."""


def with_plugins(settings: Settings, plugins: Sequence[ByHand]) -> Settings:
    """Return settings with further plugins, called after those of the tables.

    Raises SettingsError for what is no plugin.
    """
    return replace(settings, plugins=[*settings.plugins, *map(_table, plugins)])


@dataclass(frozen=True)
class _Given(Found):
    """A plugin that is there already, or what makes one."""

    given: ByHand

    def make(self, settings: PluginSettings, name: str) -> Plugin:
        """Return the plugin; raises SettingsError for one that another run has had."""
        plugin = _made(self.given)
        if is_on_bus(plugin):
            raise SettingsError(
                f"[plugins.{name}] this {type(plugin).__name__} has been in a run, or is in that "
                "of another instrument: make a new one for each, or give what makes them, its "
                "class or a functools.partial of it"
            )
        return plugin


def _table(given: ByHand) -> Table:
    plugin = _made(given)
    kind = type(plugin)
    use = f"{kind.__module__}:{kind.__qualname__}"
    return Table(plugin.name, _Given(use, kind, "local", kind.__module__, given), plugin.settings)


def _made(given: ByHand) -> Plugin:
    plugin = given if isinstance(given, Plugin) else given() if callable(given) else None
    if not isinstance(plugin, Plugin):
        raise SettingsError(f"plugins: {given!r} is no plugin, and makes none")
    if not (hasattr(plugin, "name") and hasattr(plugin, "settings")):
        raise SettingsError(f"{type(plugin).__name__}: its __init__ is incomplete, {OWN_INIT}")
    return plugin
