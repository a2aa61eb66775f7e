"""What workers are told of a run, and what may not travel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from orderflow_core.contract.api import own_version
from orderflow_core.engine.engine import Engine
from orderflow_core.engine.job import Sent
from orderflow_core.errors import SettingsError
from orderflow_core.plugin.kernels import kernel_modules
from orderflow_core.settings.discovery import text_of
from orderflow_core.settings.layers import INSTRUMENTS
from orderflow_core.settings.reading import Layers, Settings, Table


def sent(settings: Settings, engine: Engine, instruments: Sequence[str]) -> Sent:
    """Return what workers are told; raises SettingsError where a secret would travel too far."""
    tables = (settings.source, *settings.plugins)
    check_secrets(settings, engine)
    assert settings.layers is not None  # of settings that were not read there are no units
    return Sent(
        uuid4().hex,
        own_version(),
        _of_run(settings.layers, settings),
        tuple(instruments),
        tuple(table.found.version for table in tables),
        {path: text_of(path) for table in tables for path in _file(table)},
        _modules(tables),
    )


def check_secrets(settings: Settings, engine: Engine) -> None:
    """Raise SettingsError where a secret would travel to another machine that may not."""
    if not engine.remote or (settings.engine is not None and settings.engine.secrets):
        return
    named = [("source", settings.source)]
    named += [(f"plugins.{table.name}", table) for table in settings.plugins]
    secrets = [f"[{title}] {key}" for title, table in named for key in table.secret_keys()]
    if secrets:
        raise SettingsError(
            f"{', '.join(secrets)}: a secret, or a text of the environment, would travel to "
            "workers by a scheduler that is not on this machine; [engine] secrets = true lets it"
        )


def _of_run(layers: Layers, settings: Settings) -> Layers:
    """Return what the run alone is made of: no tables of the host, and none that is disabled."""
    enabled = {table.name for table in settings.plugins}
    given = {
        key: each
        for key, each in layers.given.items()
        if key[0] in ("run", "source", INSTRUMENTS) or (key[0] == "plugins" and key[1] in enabled)
    }
    return layers._replace(given=given)


def _modules(tables: Sequence[Table]) -> tuple[str, ...]:
    """Return the modules that each worker comes to import, but for plugins that are files."""
    plugins = {each.found.plugin_class.__module__ for each in tables if not any(_file(each))}
    counted = any(each.found.plugin_class.order_counts for each in tables)
    return (*sorted(plugins), *kernel_modules(plugins, counted=counted))


def _file(table: Table) -> Iterator[Path]:
    """Yield the file of a plugin that is named by one."""
    if table.found.use.rpartition(":")[0].endswith(".py"):
        yield Path(table.found.origin)
