"""`Event`: the base of event classes of one's own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from types import MemberDescriptorType, NoneType, UnionType
from typing import Any, ClassVar, Final, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from orderflow_core.contract.series import Series, check_text

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
LEFT_OUT: Final = _LEAST
"""Stands for a time that is left out: that of the row under way."""

_AS_THEY_ARE = frozenset([float, bool, NoneType, Series])
_PLAIN = (int, float, str, bool, NoneType, Series)
_VALUES = (*_PLAIN, np.generic, np.ndarray)
_classes: dict[str, dict[str, type[Event]]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that a plugin has found, for the plugins whose hook takes it.

    A class of one's own names its hook, and its fields in a frozen dataclass:

        @dataclass(frozen=True, kw_only=True)
        class Sweep(Event, hook="on_sweep"):
            side: int
            levels: int

    Fields are int, float, str, bool, None, tuples of these, or NumPy arrays; TypeError is raised
    for a class that has others, or names no hook.

    Attributes:
        instrument: left out, that of the plugin.
        timestamp: the event's own time in ms; left out, the time under way.
        known_at: the time from which it could be acted on; left out, the time under way.
        table: the table of the plugin that published it; given by the bus.
        sure: false where it was published for a row of which updates are known to be missing.

    """

    hook: ClassVar[str] = ""

    instrument: str = ""
    timestamp: int = LEFT_OUT
    known_at: int = LEFT_OUT
    table: str = ""
    sure: bool = True

    def __init_subclass__(cls, hook: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        hook = hook or str(vars(cls).get("hook", ""))  # a dataclass with slots is made twice
        if not hook.startswith("on_") or not hook.isidentifier():
            name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__)
            raise TypeError(
                f"{cls.__name__} names no hook: write "
                f'class {cls.__name__}({cls.__bases__[0].__name__}, hook="on{name}")'
            )
        cls.hook = hook
        _check_fields(cls)
        _classes.setdefault(hook, {})[f"{cls.__module__}.{cls.__name__}"] = cls


def event_classes(hook: str) -> list[type[Event]]:
    """Return the event classes that have been defined with this hook.

    A class that is defined anew, as in a notebook, has taken the place of the one before.
    """
    return list(_classes.get(hook, {}).values())


def event_hooks() -> list[str]:
    """Return the hooks of all event classes that have been defined."""
    return list(_classes)


def undecorated_event(event: type[Any]) -> str | None:
    """Return what is wrong with an event class whose fields no dataclass has been made of."""
    own = vars(event)
    if not own.get("__annotations__") or "__dataclass_params__" in own:
        return None
    return (
        f"{event.__name__}, whose fields nobody fills: write @dataclass(frozen=True, kw_only=True) "
        f"above class {event.__name__}"
    )


def stamped(event: Any, *, instrument: str, table: str, time: int | None, sure: bool) -> Any:
    """Return an event as it travels: its arrays copied, what was left out filled in.

    `time` is the one under way, None where there is none. Raises ValueError for an event that
    then has no time, and TypeError for values that an event may not have.
    """
    values = vars(event).copy()
    for name in field_names(event.__class__):
        value = values[name] if name in values else getattr(event, name)
        kind = type(value)
        plain = kind in _AS_THEY_ARE or (kind is str and value.isascii())
        if not plain and not (kind is int and _LEAST <= value <= _MOST):
            value = settled(f"{type(event).__name__}.{name}", value)
        values[name] = value
    for name in ("timestamp", "known_at"):
        given = values[name]
        if type(given) is not int:
            raise TypeError(
                f"{type(event).__name__}.{name} = {given!r}: a time is a whole number of ms"
            )
        if given != LEFT_OUT:
            continue
        if time is None:
            raise ValueError(
                f"{type(event).__name__} has no {name}: in a hook for columns give timestamp and "
                "known_at"
            )
        values[name] = time
    values["instrument"] = values["instrument"] or instrument
    values["table"] = table
    values["sure"] = bool(values["sure"] and sure)
    series = values.get("series")
    if isinstance(series, Series) and not series.key:
        values["series"] = series.named(table)
    return made_of(event.__class__, values)


def made_of(event_class: Any, values: dict[str, Any]) -> Any:
    """Return an event of a class with these values of all its fields, which are fit."""
    made = object.__new__(event_class)
    for name in _slots(event_class):
        object.__setattr__(made, name, values.pop(name))
    vars(made).update(values)
    return made


@cache
def field_names(event_class: Any) -> Sequence[str]:
    """Return the names of an event class's fields, in their order."""
    return tuple(field.name for field in fields(event_class))


@cache
def _slots(event_class: Any) -> Sequence[str]:
    """Return the fields for which the class has slots: they stand in no `vars`."""
    return tuple(
        name
        for name in field_names(event_class)
        if isinstance(getattr(event_class, name, None), MemberDescriptorType)
    )


def settled(where: str, value: Any) -> Any:
    """Return a value as it may travel: a number of NumPy as Python's, an array as its own copy."""
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError(_unfit(where, "NumPy array of objects"))
        own = np.array(value)
        own.flags.writeable = False
        return own
    if isinstance(value, tuple):
        return tuple(settled(where, each) for each in value)
    found = value.item() if isinstance(value, np.generic) else value
    if not isinstance(found, _PLAIN):
        raise TypeError(_unfit(where, type(value).__name__))
    plain = _plain(found)
    if isinstance(plain, int) and not _LEAST <= plain <= _MOST:
        raise ValueError(f"{where} = {plain} has more than 64 bits")
    if isinstance(plain, str):
        check_text(where, plain)
    return plain


def _plain(value: Any) -> Any:
    """Return a member of an enumeration, and any other of a class of its own, as its value."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    return str.__str__(value) if isinstance(value, str) else value


def _check_fields(cls: type[Event]) -> None:
    for name, hint in _hints(cls).items():
        if get_origin(hint) is not ClassVar and not _may_travel(hint):
            told = getattr(hint, "__name__", str(hint))
            raise TypeError(_unfit(f"{cls.__name__}.{name}", told))


def _hints(cls: type[Event]) -> dict[str, Any]:
    """Return the types of the class's own fields; one that cannot be looked up yet is left out.

    Its values are held to the same rule when they are published.
    """
    names = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
    found = {}
    for name, hint in vars(cls).get("__annotations__", {}).items():
        holder = type("Holder", (), {"__annotations__": {name: hint}})
        try:
            found[name] = get_type_hints(holder, names, dict(vars(cls)))[name]
        except NameError:
            continue
    return found


def _may_travel(hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return all(isinstance(value, _VALUES) for value in get_args(hint))
    if origin in (Union, UnionType, tuple):
        return all(each is Ellipsis or _may_travel(each) for each in get_args(hint))
    plain = origin or hint
    return isinstance(plain, type) and issubclass(plain, (*_VALUES, tuple))


def _unfit(where: str, found: str) -> str:
    return (
        f"{where} is a {found}: the fields of an event are int, float, str, bool, None, tuples of "
        "these, or NumPy arrays"
    )
