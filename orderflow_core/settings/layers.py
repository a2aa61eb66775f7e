"""The layers of settings as they are read: the file, the environment, the command line."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import create_model
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from orderflow_core.errors import SettingsError

Origin: TypeAlias = Literal["file", "environment", "command line"]
Key: TypeAlias = tuple[str, ...]
ENV_PREFIX = "ORDERFLOW_"


class Tables(BaseSettings):
    """The tables that every settings file may have, before their plugins are known."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__")

    run: dict[str, Any] = {}
    source: dict[str, Any] = {}
    plugins: dict[str, dict[str, Any]] = {}


def read_layers(
    path: Path, overrides: Mapping[Key, Any], further: Iterable[str], problems: list[str]
) -> tuple[dict[Key, Any], dict[Key, Origin]]:
    """Return each value by its dotted key, and where it comes from; later layers win.

    `further` names tables besides those of `Tables`. Raises SettingsError for a file that cannot
    be read, and adds to `problems` what is wrong with the environment.
    """
    return _merge(
        [
            ("file", _flat(read_toml(path))),
            ("environment", _flat(_read_environment(problems, further))),
            ("command line", overrides),
        ]
    )


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


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a settings file; raises SettingsError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"there is no settings file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def _read_environment(problems: list[str], further: Iterable[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: (dict[str, Any], {}) for name in further}
    model = create_model("AllTables", __base__=Tables, **fields)
    tables = list(model.model_fields)
    problems += [
        f"the environment variable {name} names no setting: they are {ENV_PREFIX}<TABLE>__<KEY>, "
        f"the tables {', '.join(tables)}"
        for name in sorted(os.environ)
        if name.startswith(ENV_PREFIX)
        and name.removeprefix(ENV_PREFIX).partition("__")[0].lower() not in tables
    ]
    try:
        return EnvSettingsSource(model)()
    except ValueError as error:
        problems.append(f"the environment: {error}")
        return {}


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


def key_depth(key: Key) -> int:
    """Return how many parts the dotted key of a setting in this table has."""
    return 3 if key[0] == "plugins" else 2


def _merge(
    layers: Iterable[tuple[Origin, Mapping[Key, Any]]],
) -> tuple[dict[Key, Any], dict[Key, Origin]]:
    values: dict[Key, Any] = {}
    origins: dict[Key, Origin] = {}
    for origin, layer in layers:
        for key, value in layer.items():
            values[key] = _from_json(value) if origin == "environment" else value
            origins[key] = origin
    return values, origins


def _from_json(value: Any) -> Any:
    """Read a list or a table; other texts stay, as a setting that is a text may look like any."""
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
