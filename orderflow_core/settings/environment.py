"""The environment as tables of settings."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

from pydantic import create_model
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from orderflow_core.settings.layers import ENV_PREFIX, key_depth, not_whole


class _Environment(EnvSettingsSource):
    """The environment, whose tables are JSON; what single settings are is for `layers.py`."""

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        """Read a table: releases of the library differ in what else they take for JSON."""
        if isinstance(field, FieldInfo):
            return super().decode_complex_value(field_name, field, value)
        return value


class _Variables(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__")

    plugins: dict[str, dict[str, Any]] = {}


def read_environment(problems: list[str], tables: Collection[str]) -> dict[str, Any]:
    """Return what the environment sets in these tables, and tell what is no setting."""
    flat: dict[str, Any] = {name: (dict[str, Any], {}) for name in tables if name != "plugins"}
    model = create_model("Variables", __base__=_Variables, **flat)
    for name in sorted(os.environ):
        key = tuple(name.removeprefix(ENV_PREFIX).lower().split("__"))
        if not name.startswith(ENV_PREFIX):
            continue
        if key[0] not in tables:
            problems.append(
                f"the environment variable {name} names no setting: they are "
                f"{ENV_PREFIX}<TABLE>__<KEY>, the tables {', '.join(tables)}"
            )
        elif len(key) > key_depth(key):
            problems.append(not_whole(f"the environment variable {name}", key))
    try:
        return _Environment(model)()
    except (ValueError, RecursionError) as error:
        problems.append(f"the environment: {error}")
        return {}
