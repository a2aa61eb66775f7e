"""Plugins into pluggy: in the settings' order, guarded, with errors that name the table."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import pluggy

from orderflow_core.errors import SettingsError
from orderflow_core.guard import Member
from orderflow_core.hookspecs import Hooks
from orderflow_core.wiring import PLURAL, SINGULAR

_ROW_HOOKS = {SINGULAR[event] for event in PLURAL if event.__name__ not in ("Bars", "MetricBars")}


def register(manager: pluggy.PluginManager, members: Sequence[Member]) -> None:
    """Register the members' plugins such that the first one is called first.

    pluggy calls the last registered first. The hooks that take one row at a time are left as
    they are: their lane guards them. Raises SettingsError with all that pluggy refuses.
    """
    problems = []
    for member in reversed(members):
        try:
            manager.register(member.plugin, member.plugin.name)
        except pluggy.PluginValidationError as error:
            problems.append(f"[plugins.{member.plugin.name}] {_last_lines(error)}")
            continue
        for caller in manager.get_hookcallers(member.plugin) or ():
            if not caller.has_spec():
                problems.append(_misspelt(member, caller.name))
            for implementation in caller.get_hookimpls():
                if implementation.plugin is member.plugin:
                    problems += _order_options(member, caller.name, implementation)
                    _guard(member, caller.name, implementation)
    if problems:
        raise SettingsError(*problems)


def _misspelt(member: Member, hook: str) -> str:
    specified = [name for name in vars(Hooks) if name.startswith("on_")]
    near = get_close_matches(hook, specified, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the hooks are {', '.join(specified)}"
    return f"[plugins.{member.plugin.name}] {hook} is no hook: {hint}"


def _order_options(member: Member, hook: str, implementation: Any) -> list[str]:
    used = [
        option
        for option in ("wrapper", "hookwrapper", "tryfirst", "trylast")
        if getattr(implementation, option)
    ]
    return [
        f"[plugins.{member.plugin.name}] {hook} is marked {option}: the order of the tables in "
        "the settings decides, take the option away"
        for option in used
    ]


def _guard(member: Member, hook: str, implementation: Any) -> None:
    if hook in _ROW_HOOKS:
        return
    implementation.function = member.guarded(
        implementation.function, collects_problems=hook == "on_start"
    )


def _last_lines(error: Exception) -> str:
    """Drop pluggy's first line, which names the plugin by its object."""
    return " ".join(str(error).splitlines()[1:]) or str(error)
