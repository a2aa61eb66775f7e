"""settings.toml, the environment and the command line into one validated model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orderflow_core.contract.series import OWN_PANES
from orderflow_core.errors import SettingsError
from orderflow_core.plugin.base import PluginSettings, Source, SourceSettings
from orderflow_core.settings.discovery import Found, find
from orderflow_core.settings.layers import Key, Origin, Tables, key_depth, read_layers
from orderflow_core.words import did_you_mean

_HIDDEN = "(a value of the environment)"


class RunSettings(BaseModel):
    """The table `[run]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_seconds: float = Field(60, gt=0, description="length of bars where a table has none")
    on_plugin_error: Literal["disable", "stop"] = Field(
        "disable", description="what a failing plugin does: leave the run, or end it"
    )
    strict: bool = Field(False, description="stop at the first refused row")


@dataclass(frozen=True)
class Table:
    """One plugin's table: its name, its plugin, its validated settings and their origins."""

    name: str
    found: Found
    settings: PluginSettings
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """Return the settings as plain values, those from the environment left out."""
        values = self.settings.model_dump(mode="json")
        hidden = {key for key, origin in self.origins.items() if origin == "environment"}
        values = {"use": self.found.use, **values}
        return {key: "(environment)" if key in hidden else value for key, value in values.items()}


@dataclass(frozen=True)
class Settings:
    """All settings of a run; `plugins` in the order of their tables.

    `tables` holds the host's own tables, those that are there.
    """

    run: RunSettings
    run_origins: Mapping[str, Origin]
    source: Table
    plugins: Sequence[Table]
    tables: Mapping[str, BaseModel] = field(default_factory=dict)

    @property
    def stream(self) -> SourceSettings:
        """The settings that every source has."""
        assert isinstance(self.source.settings, SourceSettings)
        return self.source.settings

    def shown(self) -> dict[str, Any]:
        """Return all settings as plain values for the report."""
        run = {
            key: "(environment)" if self.run_origins.get(key) == "environment" else value
            for key, value in self.run.model_dump(mode="json").items()
        }
        plugins = {table.name: table.shown() for table in self.plugins}
        return {"run": run, "source": self.source.shown(), "plugins": plugins}


def load(
    path: Path,
    overrides: Mapping[Key, Any] | None = None,
    tables: Mapping[str, type[BaseModel]] | None = None,
) -> Settings:
    """Read the settings file at `path`, the environment, and `overrides` by their dotted key.

    Later layers win, key by key. `tables` are further tables of the host, by name, with the
    models that validate them. Raises SettingsError with every problem there is.
    """
    tables = tables or {}
    problems: list[str] = []
    values, origins = read_layers(path, overrides or {}, tables, problems)
    return _Reader(path, values, origins, problems, tables).read()


class _Reader:
    """Validates the tables and gathers every problem."""

    def __init__(
        self,
        path: Path,
        values: Mapping[Key, Any],
        origins: dict[Key, Origin],
        problems: list[str],
        models: Mapping[str, type[BaseModel]],
    ) -> None:
        self._path = path
        self._base = path.resolve().parent
        self._values = values
        self._origins = origins
        self._problems = problems
        self._models = models

    def read(self) -> Settings:
        self._check_tables()
        run = self._validated(("run",), RunSettings)
        source = self._table(("source",), "source", run)
        plugins = [self._table(("plugins", name), name, run) for name in self._plugin_names()]
        present = self._models.keys() & {key[0] for key in self._values}
        further = {name: self._validated((name,), self._models[name]) for name in present}
        if self._problems or run is None or source is None:
            raise SettingsError(*dict.fromkeys(self._problems))
        tables = [table for table in plugins if table is not None]
        return Settings(run, self._origins_of(("run",)), source, tables, further)

    def _check_tables(self) -> None:
        known = [*Tables.model_fields, *self._models]
        for key in self._values:
            if key[0] not in known:
                hint = _nearest(key[0], known)
                self._problems.append(f"{self._where(key)}: unknown table [{key[0]}]{hint}")
            elif len(key) == 1 and self._values[key] != {}:
                self._problems.append(
                    f"{self._where(key)}: {key[0]} must be a table, as in [{key[0]}]"
                )
            elif len(key) > key_depth(key):
                whole = ".".join(key[: key_depth(key)])
                self._problems.append(
                    f"{self._where(key)}: {'.'.join(key)} is no setting; set {whole} as a whole"
                )
            elif key[0] == "plugins" and len(key) == 2 and self._values[key] != {}:
                self._problems.append(
                    f"{self._where(key)}: plugins.{key[1]} must be a table, "
                    f"as in [plugins.{key[1]}]"
                )
        for name in set(OWN_PANES).intersection(self._plugin_names()):
            self._problems.append(
                f"[plugins.{name}]: the chart's own pane is called {name}, and a table gives its "
                f"name to its series: name it otherwise, as in [plugins.my_{name}], and say with "
                "use which plugin it is"
            )

    def _plugin_names(self) -> list[str]:
        named = [key for key in self._values if key[0] == "plugins" and len(key) > 1]
        return list(dict.fromkeys(key[1] for key in named))

    def _items(self, prefix: Key) -> dict[str, Any]:
        depth = len(prefix)
        return {
            key[depth]: value
            for key, value in self._values.items()
            if key[:depth] == prefix and len(key) == depth + 1
        }

    def _origins_of(self, prefix: Key) -> dict[str, Origin]:
        return {key[-1]: origin for key, origin in self._origins.items() if key[:-1] == prefix}

    def _from_environment(self, key: Key) -> bool:
        return self._origins.get(key) == "environment"

    def _where(self, key: Key) -> str:
        origin = self._origins.get(key, "file")
        return f"{self._path}" if origin == "file" else f"the {origin}"

    def _table(self, prefix: Key, name: str, run: RunSettings | None) -> Table | None:
        values = self._items(prefix)
        default = "sqlite" if prefix == ("source",) else name
        use = str(values.pop("use", default))
        base = self._base_of((*prefix, "use"))
        try:
            found = find(use, base)
            _check_kind(found, is_source_table=prefix == ("source",))
        except SettingsError as error:
            secrets = [use, *use.split(":")] if self._from_environment((*prefix, "use")) else []
            problems = [_hidden(problem, secrets) for problem in error.problems]
            self._problems += [f"{_title(prefix)} {problem}" for problem in problems]
            return None
        model = found.plugin_class.Settings
        if run and "window_seconds" in model.model_fields and "window_seconds" not in values:
            values["window_seconds"] = run.window_seconds
            origin = self._origins.get(("run", "window_seconds"), "file")
            self._origins[*prefix, "window_seconds"] = origin
        settings = self._validated(prefix, model, values)
        return settings and Table(name, found, settings, self._origins_of(prefix))

    def _validated(
        self, prefix: Key, model: type[Any], values: dict[str, Any] | None = None
    ) -> Any:
        values = self._items(prefix) if values is None else values
        values = self._with_paths(prefix, model, values)
        context = {"origins": self._origins_of(prefix)}
        try:
            return model.model_validate(values, context=context)
        except ValidationError as error:
            for detail in error.errors():
                self._problems.append(self._problem(prefix, model, dict(detail)))
            return None

    def _with_paths(
        self, prefix: Key, model: type[BaseModel], values: dict[str, Any]
    ) -> dict[str, Any]:
        """Make relative paths, given or by default, absolute."""
        for name, info in model.model_fields.items():
            if info.annotation is Path or Path in get_args(info.annotation):
                value = values.get(name, info.get_default())
                if isinstance(value, str | Path):
                    base = self._base_of((*prefix, name))
                    values = {**values, name: base / Path(value).expanduser()}
        return values

    def _base_of(self, key: Key) -> Path:
        return self._base if self._origins.get(key, "file") == "file" else Path.cwd()

    def _problem(self, prefix: Key, model: type[BaseModel], detail: dict[str, Any]) -> str:
        location = [str(part) for part in detail["loc"]]
        key = location[0] if location else ""
        where = self._where((*prefix, key))
        if detail["type"] == "extra_forbidden":
            allowed = list(model.model_fields)
            hint = _nearest(key, allowed) or f"; the keys are {', '.join(allowed) or 'none'}"
            return f"{where}: {_title(prefix)} has no key {key!r}{hint}"
        message = _hidden(detail["msg"].removeprefix("Value error, "), self._secrets(prefix))
        if detail["type"] == "missing":
            return f"{where}: {_title(prefix)} lacks {key}"
        if not key:
            return f"{where}: {_title(prefix)} {message}"
        found = detail["input"]
        shown = repr(str(found) if isinstance(found, Path) else found)
        if self._from_environment((*prefix, key)):
            shown = _HIDDEN
        return f"{where}: {_title(prefix)} {key} = {shown}: {message}"

    def _secrets(self, prefix: Key) -> list[str]:
        items = self._items(prefix).items()
        return [str(value) for name, value in items if self._from_environment((*prefix, name))]


def _check_kind(found: Found, *, is_source_table: bool) -> None:
    """Raise SettingsError for a source among the plugins and a plugin for a source."""
    is_source = issubclass(found.plugin_class, Source)
    if is_source_table and not is_source:
        raise SettingsError(f"use = {found.use!r} is a plugin but no source")
    if is_source and not is_source_table:
        raise SettingsError(f"use = {found.use!r} is a source: it belongs in [source]")


def _hidden(message: str, secrets: Iterable[str]) -> str:
    """Hide the environment's values where a message repeats them."""
    for secret in filter(None, secrets):
        message = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _HIDDEN, message)
    return message


def _title(prefix: Key) -> str:
    return f"[{'.'.join(prefix)}]"


def _nearest(name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known)
    return f"; {hint}" if hint else ""
