"""The commands, each made when it is asked for; a broken one of a package costs itself alone."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from orderflow_app.command import Command

GROUP = "orderflow.commands"
OWN = "orderflow-bus"  # as in orderflow_core, which takes long to import
_FIT = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_own: dict[str, Callable[..., Any]] = {}


def own(function: Callable[..., None]) -> Callable[..., None]:
    """Make a function one of the host's own commands."""
    _own[function.__name__.replace("_", "-")] = function
    return function


class Commands(TyperGroup):
    """The host's own commands, then those of packages."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return [*_own, *(name for name in _brought() if name not in _own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of this name; the host's own go before those of other packages."""
        entries = _brought().get(cmd_name, [])
        ours = [entry for entry in entries if _owner(entry).startswith(f"{OWN} ")]
        if cmd_name in _own or ours:
            for entry in entries:
                if entry not in ours:
                    _tell_left_out(entry)
        if cmd_name in _own:
            return _alone(cmd_name, _own[cmd_name])
        if entries:
            return _command(cmd_name, tuple(ours or entries))
        names: dict[str, Any] = dict.fromkeys(self.list_commands(ctx))
        self.commands = names  # where Typer seeks what may be meant
        return None


@cache
def _brought() -> dict[str, list[EntryPoint]]:
    """Return the entry points of all commands by name, in the order of the names."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        found.setdefault(entry.name, []).append(entry)
    return found


@cache
def _command(name: str, entries: Sequence[EntryPoint]) -> Any:
    """Return the command of an entry point, or one that says why it cannot be used."""
    if len(entries) > 1:
        owners = " and ".join(sorted(map(_owner, entries)))
        return _unusable(name, owners, "each brings one of that name: uninstall all but one")
    try:
        with redirect_stdout(sys.stderr):  # the standard output is for what a command prints
            return _built(name, entries[0].load())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an import may raise whatever it likes
        return _unusable(name, f"{_owner(entries[0])} ({entries[0].value})", _told(error))


def _built(name: str, function: Any) -> Any:
    """Return a command made of a function; raises whatever is wrong with that."""
    if not callable(function):
        raise TypeError(f"it is no function but a {type(function).__name__}")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError("it is async or a generator, and would never run")
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in _FIT:
            raise TypeError(f"no option can be made of its parameter {parameter}")
    return _alone(name, function)


def _unusable(name: str, owner: str, why: str) -> Any:
    sentence = f"the command {name!r} of {owner} cannot be used: {why}"

    def tell() -> None:
        from orderflow_core.errors import OrderflowError

        raise OrderflowError(sentence)

    return _alone(
        name,
        tell,
        help=f"Cannot be used: {why}",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


def _alone(name: str, function: Callable[..., Any], **options: Any) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=Command, **options)(function)
    return typer.main.get_command(app)


def _tell_left_out(entry: EntryPoint) -> None:
    typer.echo(
        f"WARNING the command {entry.name!r} of {_owner(entry)} ({entry.value}) is left out: "
        "orderflow has one of that name",
        err=True,
    )


def _owner(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown distribution"


def _told(error: BaseException) -> str:
    """Return an error in one line that can be printed."""
    from traceback import format_exception_only

    text = " ".join("".join(format_exception_only(error)).split())
    return "".join(sign if sign.isprintable() else "?" for sign in text)
