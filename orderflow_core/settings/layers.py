"""The layers of settings as they are read: the files, the environment, the command line."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from orderflow_core.errors import SettingsError
from orderflow_core.settings.paths import BACKSLASH, absolute

Origin: TypeAlias = Literal["file", "environment", "command line"]
Key: TypeAlias = tuple[str, ...]
ENV_PREFIX = "ORDERFLOW_"
TABLES = ("run", "source", "plugins", "engine")
"""The tables that every settings file may have, before their plugins are known."""
EXTENDS = "extends"
INSTRUMENTS = "instruments"
"""The tables of facts, by instrument; no variable of the environment can have such a name."""
BY_HAND = "the settings"
"""What is told as the place of settings that are given in no file."""


class Given(NamedTuple):
    """A value that was given, and by what.

    `where` is that for people, such as the path of a file; a path in the value is relative to
    the folder `base`.
    """

    value: Any
    origin: Origin
    where: str
    base: Path


def read_layers(
    settings: Path | Mapping[str, Any],
    overrides: Mapping[Key, Any],
    further: Iterable[str],
    problems: list[str],
) -> dict[Key, Given]:
    """Return each value by its dotted key; later layers win, and add their keys at the end.

    `settings` are a file, or what one would hold. `further` names tables besides `TABLES`.
    Raises SettingsError for a file that cannot be read, and adds to `problems` what is wrong with
    the environment.
    """
    environment = _flat(_read_environment(problems, further))
    first = read_mapping(settings) if isinstance(settings, Mapping) else read_file(settings)
    return {
        **first,
        **_given({key: _from_json(each) for key, each in environment.items()}, "environment"),
        **_given(overrides, "command line"),
    }


def read_file(path: Path, above: tuple[Path, ...] = ()) -> dict[Key, Given]:
    """Return the values of a settings file by their dotted key, over those that it extends.

    `above` are the files that extend this one. Raises SettingsError where one of them cannot be
    read, or extends itself.
    """
    content = read_toml(path)
    place = path.resolve()
    below: dict[Key, Given] = {}
    if EXTENDS in content:
        named = content.pop(EXTENDS)
        base = _extended(path.parent, str(path), named)
        if base.resolve() in (*above, place):
            chain = " extends ".join(str(each) for each in (*above, place, base.resolve()))
            raise SettingsError(f"{chain}: a circle; take one {EXTENDS} out")
        try:
            below = read_file(base, (*above, place))
        except SettingsError as error:
            told = [f"{path}: {EXTENDS} = {named!r}: {each}" for each in error.problems]
            raise SettingsError(*told) from error
    return below | {
        key: Given(value, "file", str(path), place.parent) for key, value in _flat(content).items()
    }


def read_mapping(content: Mapping[str, Any]) -> dict[Key, Given]:
    """Return the values of settings that are given as a file would hold them, by dotted key.

    Paths are relative to the working directory. Raises SettingsError as `read_file` does.
    """
    own = {name: value for name, value in content.items() if name != EXTENDS}
    below: dict[Key, Given] = {}
    if EXTENDS in content:
        below = read_file(_extended(Path.cwd(), BY_HAND, content[EXTENDS]))
    flat = _flat(own)
    for key in flat:
        if not all(isinstance(part, str) for part in key):
            raise SettingsError(f"{BY_HAND}: {'.'.join(map(str, key))}: a key is a text")
    values = {key: Given(value, "file", BY_HAND, Path.cwd()) for key, value in flat.items()}
    return below | values


def parse_override(text: str) -> tuple[Key, Any]:
    """Read `table.key=value`, the value in TOML, a bare word being a string."""
    key, equals, value = text.partition("=")
    parts = tuple(part.strip() for part in key.split("."))
    if not equals or len(parts) < 2 or not all(parts):
        raise SettingsError(f"--set {text}: expected table.key=value, as in run.window_seconds=300")
    try:
        return parts, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return parts, value.strip()
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"--set {key}: {_beyond(error)}") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a settings file; raises SettingsError."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise SettingsError(f"there is no settings file {path}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}{_on_backslashes(text, error)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} cannot be read: {_beyond(error)}") from error


def _on_backslashes(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Return what to tell of a line with a backslash in double quotes, as a path of Windows has."""
    found = re.search(r"line (\d+)", str(error))
    line = text.splitlines()[int(found[1]) - 1 :][:1] if found else []
    return f": {BACKSLASH}" if line and re.search(r'"[^"]*\\', line[0]) else ""


def key_depth(key: Key) -> int:
    """Return how many parts the dotted key of a setting in this table has."""
    return 3 if key[0] in ("plugins", INSTRUMENTS) else 2


def not_whole(where: str, key: Key) -> str:
    """Return what to tell of a key below a setting, which would take the others of it away."""
    whole = ".".join(key[: key_depth(key)])
    return f"{where}: {'.'.join(key)} is no setting; set {whole} as a whole"


def _extended(folder: Path, where: str, named: Any) -> Path:
    """Return the file that `extends` names, relative to a folder; raises SettingsError."""
    told = f"{where}: {EXTENDS} = {named!r}"
    if not isinstance(named, str) or not named:
        raise SettingsError(f'{told}: name a settings file, as in {EXTENDS} = "base.toml"')
    try:
        return absolute(folder, named)
    except ValueError as error:
        raise SettingsError(f"{told}: {error}") from error


def _beyond(error: BaseException) -> str:
    """Return what is wrong with a text whose values go beyond what Python reads."""
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _given(values: Mapping[Key, Any], origin: Origin) -> dict[Key, Given]:
    return {key: Given(value, origin, f"the {origin}", Path.cwd()) for key, value in values.items()}


def _read_environment(problems: list[str], further: Iterable[str]) -> dict[str, Any]:
    """Read the environment; its library, slow to import, only where there is something to read."""
    if not any(name.upper().startswith(ENV_PREFIX) for name in os.environ):
        return {}
    from orderflow_core.settings.environment import read_environment

    return read_environment(problems, [*TABLES, *further])


def _flat(values: Mapping[str, Any], prefix: Key = ()) -> dict[Key, Any]:
    """Return the leaves by their dotted key; an empty table is a leaf of its own."""
    leaves: dict[Key, Any] = {}
    for name, value in values.items():
        key = (*prefix, name)
        if isinstance(value, Mapping) and len(key) < key_depth(key):
            leaves |= _flat(value, key) or {key: {}}
        else:
            leaves[key] = value
    return leaves


def _from_json(value: Any) -> Any:
    """Read a list or a table; other texts stay, as a setting that is a text may look like any."""
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
