"""Plugins into pluggy: in the settings' order, guarded, with errors that name the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from inspect import signature
from typing import Any

import pluggy

from orderflow_core.bus.seat import Member
from orderflow_core.bus.wiring import PLURAL, SINGULAR
from orderflow_core.errors import SettingsError
from orderflow_core.plugin.base import Plugin
from orderflow_core.plugin.hookspecs import PROJECT, Hooks

HOOKS: dict[str, Callable[..., Any]] = {
    name: function for name, function in vars(Hooks).items() if name.startswith("on_")
}
_ROW_HOOKS = {SINGULAR[event] for event in PLURAL if event.__name__ not in ("Bars", "MetricBars")}


def register(manager: pluggy.PluginManager, members: Sequence[Member]) -> None:
    """Register the members' plugins such that the first one is called first.

    pluggy calls the last registered first. The hooks that take one row at a time are left as
    they are: their lane guards them. Raises SettingsError with all that is wrong with the hooks.
    """
    problems = []
    for member in reversed(members):
        mistakes = hook_mistakes(type(member.plugin))
        problems += [f"[plugins.{member.plugin.name}] {mistake}" for mistake in mistakes]
        if mistakes:
            continue
        manager.register(member.plugin, member.plugin.name)
        for caller in manager.get_hookcallers(member.plugin) or ():
            for implementation in caller.get_hookimpls():
                if implementation.plugin is member.plugin:
                    _guard(member, caller.name, implementation)
    if problems:
        raise SettingsError(*problems)


def hook_mistakes(plugin_class: type[Plugin]) -> list[str]:
    """Return what is wrong with the names, marks and arguments of a plugin's hooks."""
    mistakes: list[str] = []
    for name in dir(plugin_class):
        function = getattr(plugin_class, name)
        options = getattr(function, f"{PROJECT}_impl", None)
        if options:
            mistakes += _mistakes(options.get("specname") or name, function, options)
        elif name in HOOKS:
            mistakes.append(f"{name} is not marked as a hook: put @hookimpl above it")
    return mistakes


def _mistakes(hook: str, function: Callable[..., Any], options: Mapping[str, Any]) -> list[str]:
    if hook not in HOOKS:
        return [_misspelt(hook)]
    mistakes = _order_options(hook, options)
    wrong = _arguments(function) - _arguments(HOOKS[hook])
    if wrong:
        named = ", ".join(sorted(wrong))
        mistakes.append(f"{hook} takes no argument {named}: write {_definition(hook)}")
    return mistakes


def _misspelt(hook: str) -> str:
    near = get_close_matches(hook, HOOKS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the hooks are {', '.join(HOOKS)}"
    return f"{hook} is no hook: {hint}"


def _arguments(function: Callable[..., Any]) -> set[str]:
    """Return the arguments that pluggy gives: those with a default are the plugin's own."""
    parameters = list(signature(function).parameters.values())[1:]
    return {each.name for each in parameters if each.default is each.empty}


def _definition(hook: str) -> str:
    arguments = str(signature(HOOKS[hook])).replace("'", "")
    return f"def {hook}{arguments}"


def _order_options(hook: str, options: Mapping[str, Any]) -> list[str]:
    return [
        f"{hook} is marked {option}: the order of the tables in the settings decides, take the "
        "option away"
        for option in ("wrapper", "hookwrapper", "tryfirst", "trylast")
        if options.get(option)
    ]


def _guard(member: Member, hook: str, implementation: Any) -> None:
    if hook in _ROW_HOOKS:
        return
    implementation.function = member.guarded(
        implementation.function, collects_problems=hook == "on_start"
    )
