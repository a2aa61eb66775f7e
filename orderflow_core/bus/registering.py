"""The plugins of a bus: each gets a seat, which is registered with pluggy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from orderflow_core.bus.declared import declared
from orderflow_core.bus.hooks import CORE
from orderflow_core.bus.intake import Intake
from orderflow_core.bus.seat import Seat, StageHooks
from orderflow_core.contract.report import PluginReport
from orderflow_core.errors import SettingsError
from orderflow_core.events import Books
from orderflow_core.plugin.base import Plugin
from orderflow_core.plugin.hookspecs import PROJECT, Hooks


def seated(
    instrument: str,
    plugins: Sequence[Plugin],
    reports: Mapping[str, PluginReport],
    intake: Intake,
) -> list[Seat]:
    """Give each plugin a seat, that hands `intake` what it publishes.

    Raises SettingsError with all that plugins say of themselves and that cannot be.
    """
    seats, problems = [], []
    for plugin in plugins:
        try:
            said = declared(plugin)
            report = _report_of(said.name, type(plugin).__name__, reports)
            publish, publish_made = intake.publish, intake.publish_made
            seats.append(Seat(plugin, said, instrument, report, publish, publish_made))
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(*problems)
    return seats


def _report_of(name: str, own: str, reports: Mapping[str, PluginReport]) -> PluginReport:
    """Return where a plugin's state is kept; raises SettingsError where that is no table's."""
    if not reports:
        return PluginReport(name, own)
    if name not in reports:
        raise SettingsError(f"{own} calls itself {name!r}: leave it its table's name")
    return reports[name]


_STAGES = [name for name in CORE if name in vars(StageHooks)]
_MARKS = {name: vars(StageHooks)[name].orderflow_impl for name in _STAGES}
_SPECS = {name: vars(Hooks)[name].orderflow_spec for name in _STAGES}


class _Manager(pluggy.PluginManager):
    """Takes the hooks that a seat's plugin has, by marks that are known, as a search costs most."""

    def parse_hookspec_opts(self, module_or_class: object, name: str) -> Any:
        """Return what marks a specification as that of a hook that is called for all at once."""
        return _SPECS.get(name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """Return what marks a method as a hook, None where it is none of the plugin's."""
        assert isinstance(plugin, StageHooks)
        return _MARKS.get(name) if name in plugin.seat.declared.hooks else None


def registered(seats: Sequence[Seat]) -> tuple[Any, Any]:
    """Give pluggy the seats; return its hooks, and `on_books` for all but who publishes them.

    pluggy calls the last registered first.
    """
    manager = _Manager(PROJECT)
    manager.add_hookspecs(Hooks)
    stages = {seat.name: StageHooks(seat) for seat in seats}
    for seat in reversed(seats):
        manager.register(stages[seat.name], seat.name)
    publishers = [stages[seat.name] for seat in seats if Books in seat.declared.publishes]
    return manager.hook, manager.subset_hook_caller("on_books", publishers)
