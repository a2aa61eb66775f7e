"""The hooks of a plugin: which it has, what is wrong with them, and how each is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from inspect import (
    Parameter,
    Signature,
    getattr_static,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
    unwrap,
)
from types import FunctionType, MethodType
from typing import Any

from orderflow_core.events import (
    Bars,
    Books,
    BookWindows,
    MetricBars,
    TradeBatches,
)
from orderflow_core.events.event import event_classes, event_hooks
from orderflow_core.plugin.base import Plugin
from orderflow_core.plugin.hookspecs import PROJECT, Hooks
from orderflow_core.words import did_you_mean

CORE: Mapping[str, Callable[..., Any]] = {
    name: function for name, function in vars(Hooks).items() if name.startswith("on_")
}
TAKES: Mapping[str, type[Any]] = {
    "on_book_windows": BookWindows,
    "on_book_window": BookWindows,
    "on_books": Books,
    "on_book": Books,
    "on_trade_batches": TradeBatches,
    "on_trade": TradeBatches,
    "on_trade_batch": TradeBatches,
    "on_bars": Bars,
    "on_bar": Bars,
    "on_metric_bars": MetricBars,
    "on_metric_bar": MetricBars,
}
"""The event that each hook of the core takes, in columns or row by row."""

COLUMNS_OF_BARS = ("on_bars", "on_metric_bars")
COLUMNS = (
    "on_book_windows",
    "on_books",
    "on_trade_batches",
    *COLUMNS_OF_BARS,
    "on_block_end",
)
"""The hooks that are given a block's columns, or told that all are there."""
ANY_EVENT = "on_event"
"""The hook for events of classes for which a plugin has none."""
ROWS = (
    "on_book_window",
    "on_book",
    "on_trade",
    "on_trade_batch",
    "on_bar",
    "on_metric_bar",
    ANY_EVENT,
)
_SINGLE_PLACE = ("wrapper", "hookwrapper", "tryfirst", "trylast")
_POSITIONAL = (
    Parameter.POSITIONAL_ONLY,
    Parameter.POSITIONAL_OR_KEYWORD,
    Parameter.VAR_POSITIONAL,
)

Hook = Callable[[Any], Any]


def hooks_of(plugin_class: type[Plugin]) -> dict[str, str]:
    """Return the hooks of a class, by name, with the attribute that each stands in."""
    return {hook: attribute for hook, attribute, _ in _marked(plugin_class)}


def calls_of(plugin: Plugin) -> dict[str, Hook]:
    """Return each hook of a plugin such that it takes its one argument by place.

    A hook may leave the argument out, and have further ones with defaults.
    """
    return {
        hook: _call(hook, getattr(plugin, attribute))
        for hook, attribute in hooks_of(type(plugin)).items()
    }


def hook_mistakes(plugin: Plugin) -> list[str]:
    """Return what is wrong with the names, marks and arguments of a plugin's hooks."""
    mistakes: list[str] = []
    plugin_class = type(plugin)
    marked = {attribute: (hook, options) for hook, attribute, options in _marked(plugin_class)}
    places: dict[str, list[str]] = {}
    for attribute, (hook, _) in marked.items():
        places.setdefault(hook, []).append(attribute)
    mistakes += [_twice(hook, names) for hook, names in places.items() if len(names) > 1]
    for attribute in dir(plugin_class):
        if attribute in marked:
            hook, options = marked[attribute]
            mistakes += _mistakes(hook, getattr(plugin, attribute), options)
        elif attribute in CORE and getattr(plugin_class, attribute) is not None:
            mistakes.append(f"{attribute} is not marked as a hook: put @hookimpl above it")
    return mistakes


def is_known(hook: str) -> bool:
    """Return whether the core, or an event class that has been imported, has this hook."""
    return hook in CORE or bool(event_classes(hook))


def _marked(plugin_class: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield hook, attribute and options of each marked method; optional unknown ones left out."""
    for hook, attribute, options in _all_marked(plugin_class):
        if is_known(hook) or not options.get("optionalhook"):
            yield hook, attribute, options


@lru_cache(maxsize=256)
def _all_marked(plugin_class: Any) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
    """Return hook, attribute and options of each marked method of a class."""
    marked = []
    for attribute in dir(plugin_class):
        found = getattr_static(plugin_class, attribute)
        options = _mark(found)
        if options is None and isinstance(found, staticmethod | classmethod):
            options = _mark(found.__func__)
        if options is not None:
            marked.append((options.get("specname") or attribute, attribute, options))
    return marked


def _mark(found: Any) -> Mapping[str, Any] | None:
    """Return the options of a hook's mark, on a function or on a static or class method."""
    options = getattr_static(found, f"{PROJECT}_impl", None)
    return options if isinstance(options, Mapping) else None


def _twice(hook: str, attributes: Sequence[str]) -> str:
    return f"{' and '.join(attributes)} are both the hook {hook}: make one of them"


def _mistakes(hook: str, function: Any, options: Mapping[str, Any]) -> list[str]:
    if not is_known(hook):
        return [_misspelt(hook)]
    claimed = [option for option in _SINGLE_PLACE if options.get(option)]
    if claimed:
        return [
            f"{hook} is marked {option}: the order of the tables in the settings decides, take the "
            "option away"
            for option in claimed
        ]
    never_run = _never_run(unwrap(function))
    if never_run:
        return [f"{hook} {never_run}"]
    wrong = _foreign_arguments(hook, function)
    if wrong:
        named = ", ".join(wrong)
        return [f"{hook} takes no argument {named}: write {_definition(hook)}"]
    return []


def _never_run(function: Any) -> str | None:
    """Return why the body of a hook would not be run when it is called, None if it would."""
    if iscoroutinefunction(function) or isasyncgenfunction(function):
        return (
            "is an async def, which nobody would await: write def, and let a thread of its own "
            "wait for what is slow"
        )
    if isgeneratorfunction(function):
        return "has a yield, which makes its body run for nobody: take the yield away"
    return None


def _misspelt(hook: str) -> str:
    known = [*CORE, *event_hooks()]
    hint = did_you_mean(hook, known) or f"the hooks are {', '.join(known)}"
    return f"{hook} is no hook: {hint}"


def _argument(hook: str) -> str | None:
    """Return the name of a hook's argument; None for a hook that may give it any name."""
    if hook not in CORE:
        return None
    return list(_signature(CORE[hook]).parameters)[1]


def _foreign_arguments(hook: str, function: Any) -> list[str]:
    """Return the arguments that nobody would give: those with a default are the plugin's own."""
    needed = [each.name for each in _parameters(function) if each.default is each.empty]
    name = _argument(hook)
    return needed[1:] if name is None else [each for each in needed if each != name]


def _parameters(function: Any) -> list[Parameter]:
    """Return the parameters but those that take any arguments."""
    parameters = _signature(function).parameters.values()
    return [
        each
        for each in parameters
        if each.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    ]


def _signature(function: Any) -> Signature:
    """Return a signature, looked at once for a function or a method of all plugins of a class."""
    if isinstance(function, MethodType) and isinstance(function.__func__, FunctionType):
        return _signature_once(function.__func__, bound=True)
    if isinstance(function, FunctionType):
        return _signature_once(function, bound=False)
    return signature(function)


@lru_cache(maxsize=1024)
def _signature_once(function: FunctionType, *, bound: bool) -> Signature:
    return signature(MethodType(function, object()) if bound else function)


def _definition(hook: str) -> str:
    if hook not in CORE:
        event = event_classes(hook)[0].__name__
        return f"def {hook}(self, event: {event}) -> None"
    arguments = str(signature(CORE[hook])).replace("'", "")
    return f"def {hook}{arguments}"


def _call(hook: str, function: Any) -> Hook:
    parameters: Sequence[Parameter] = list(_signature(function).parameters.values())
    name = _argument(hook)
    if name is None:
        name = next((each.name for each in parameters), None)
    if not parameters:
        return lambda _: function()
    first = parameters[0]
    if first.kind is Parameter.VAR_POSITIONAL or (first.name == name and first.kind in _POSITIONAL):
        call: Hook = function
        return call
    if any(each.name == name or each.kind is Parameter.VAR_KEYWORD for each in parameters):
        keyword = str(name)
        return lambda event: function(**{keyword: event})
    return lambda _: function()
