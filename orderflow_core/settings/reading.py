"""settings.toml, the environment and the command line into one validated model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.series import OWN_PANES
from orderflow_core.errors import OrderflowError, SettingsError
from orderflow_core.plugin.base import (
    LONGEST_BAR,
    BarSettings,
    PluginSettings,
    Source,
    SourceSettings,
)
from orderflow_core.settings.discovery import Found, HostSettings, find
from orderflow_core.settings.engine import EngineSettings
from orderflow_core.settings.layers import (
    BY_HAND,
    INSTRUMENTS,
    TABLES,
    Given,
    Key,
    Origin,
    key_depth,
    not_whole,
    read_layers,
)
from orderflow_core.settings.paths import with_paths
from orderflow_core.settings.problems import (
    FROM_ENVIRONMENT,
    SECRET,
    TableText,
    hide,
    holds_secret,
    leaves,
)
from orderflow_core.settings.shown import is_long, plain
from orderflow_core.words import did_you_mean


class RunSettings(BaseModel):
    """The table `[run]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    undeciding: ClassVar[Sequence[str]] = ("together",)

    window_seconds: float = Field(
        60, gt=0, le=LONGEST_BAR, description="length of bars where a table has none"
    )
    offset_seconds: float = Field(
        0,
        ge=-LONGEST_BAR,
        le=LONGEST_BAR,
        description="how much later bars begin where a table has none",
    )
    on_plugin_error: Literal["disable", "stop"] = Field(
        "disable", description="what a failing plugin does: leave the run, or end it"
    )
    strict: bool = Field(False, description="stop at the first refused row")
    together: bool = Field(
        False, description="merge the instruments by time, where they would come one by one"
    )
    session: Literal["none", "day"] = Field(
        "none", description="where plugins begin anew: nowhere, or with each UTC day"
    )


class FactsSettings(BaseModel):
    """A table such as `[instruments."BTC-USDT"]`: what is known of an instrument."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    tick: float | None = Field(None, gt=0, description="the least step of prices")
    lot: float | None = Field(None, gt=0, description="the least step of sizes")
    contract_value: float | None = Field(
        None, gt=0, description="what a size of 1 is: coins, or value if inverse"
    )
    quote: str | None = Field(None, description="the currency of prices")
    kind: Literal["linear", "inverse"] | None = Field(None, description="of a contract")


@dataclass(frozen=True)
class Table:
    """One plugin's table: its name, its plugin, its validated settings and their origins.

    One that is not `enabled` is no part of the run.
    """

    name: str
    found: Found
    settings: PluginSettings
    origins: Mapping[str, Origin] = field(default_factory=dict)
    enabled: bool = True

    def shown(self) -> dict[str, Any]:
        """Return the settings as plain values, those from the environment left out."""
        return {
            key: "(environment)" if self._from_environment(key) else value
            for key, value in {"use": self.found.use, **plain(self.settings)}.items()
        }

    def hidden(self, message: str) -> str:
        """Hide values of the environment and secrets where a message repeats them."""
        if self._from_environment("use"):
            message = hide(message, _parts_of(self.found.use), FROM_ENVIRONMENT)
        for key, info in type(self.settings).model_fields.items():
            value = getattr(self.settings, key)
            if self._from_environment(key):
                message = hide(message, leaves(value), FROM_ENVIRONMENT)
            elif holds_secret(info.annotation):
                message = hide(message, leaves(value), SECRET)
        return message

    def secrets(self) -> Iterator[str]:
        """Yield what is to be seen nowhere: declared secrets, and texts of the environment."""
        for key in self.secret_keys():
            yield from leaves(getattr(self.settings, key))

    def secret_keys(self) -> Iterator[str]:
        """Yield the keys of what is to be seen nowhere, those that are set."""
        for key, info in type(self.settings).model_fields.items():
            is_text = str in (info.annotation, *get_args(info.annotation))
            hidden = holds_secret(info.annotation) or (is_text and self._from_environment(key))
            if hidden and any(leaves(getattr(self.settings, key))):
                yield key

    def _from_environment(self, key: str) -> bool:
        return self.origins.get(key) == "environment"


class Layers(NamedTuple):
    """What settings are read from, and which another process can read again.

    `given` is each value by its dotted key, `file` what is told as their place, and `base` the
    folder that paths by default are relative to.
    """

    file: str
    base: Path
    given: Mapping[Key, Given]

    def read(self) -> Settings:
        """Return the settings; raises SettingsError."""
        return _Reader(self.file, self.base, self.given, [], {}).read()


@dataclass(frozen=True)
class Settings:
    """All settings of a run; `plugins` in the order of their tables.

    `tables` holds the host's own tables, those that are there, `disabled` the plugins' tables
    that are no part of the run, `instruments` what is said of instruments, `engine` the table of
    that name where there is one, and `layers` what all was read from.
    """

    run: RunSettings
    run_origins: Mapping[str, Origin]
    source: Table
    plugins: Sequence[Table]
    tables: Mapping[str, BaseModel] = field(default_factory=dict)
    disabled: Sequence[Table] = ()
    instruments: Mapping[str, InstrumentFacts] = field(default_factory=dict)
    engine: EngineSettings | None = None
    layers: Layers | None = field(default=None, repr=False)

    @property
    def stream(self) -> SourceSettings:
        """The settings that every source has."""
        assert isinstance(self.source.settings, SourceSettings)
        return self.source.settings

    @property
    def across(self) -> Sequence[Table]:
        """The tables whose plugin sees all instruments: a run with any of them is one unit."""
        return [table for table in self.plugins if table.found.plugin_class.across]

    def shown(self) -> dict[str, Any]:
        """Return all settings as plain values for the report."""
        run = {
            key: "(environment)" if self.run_origins.get(key) == "environment" else value
            for key, value in plain(self.run).items()
        }
        plugins = {table.name: table.shown() for table in self.plugins}
        return {"run": run, "source": self.source.shown(), "plugins": plugins}

    def without_secrets(self, text: str) -> str:
        """Hide declared secrets and texts of the environment in what a run tells."""
        for table in (self.source, *self.plugins):
            text = hide(text, table.secrets(), SECRET)
        return text

    @contextmanager
    def hiding(self) -> Iterator[None]:
        """Let what is told of the settings repeat neither the environment nor a secret."""
        try:
            yield
        except SettingsError as error:
            problems = error.problems
            for table in (self.source, *self.plugins):
                problems = [table.hidden(problem) for problem in problems]
            raise SettingsError(*problems) from error
        except OrderflowError as error:
            error.args = (self.without_secrets(str(error)),)
            raise


def load(
    settings: Path | Mapping[str, Any],
    overrides: Mapping[Key, Any] | None = None,
    tables: Mapping[str, type[BaseModel]] | None = None,
) -> Settings:
    """Read a settings file or what it would hold, the environment, and `overrides` by dotted key.

    Later layers win, key by key. `tables` are further tables of the host, by name, with the
    models that validate them. Raises SettingsError with every problem there is.
    """
    tables = tables or {}
    problems: list[str] = []
    given = read_layers(settings, overrides or {}, tables, problems)
    base = Path.cwd() if isinstance(settings, Mapping) else settings.resolve().parent
    file = BY_HAND if isinstance(settings, Mapping) else str(settings)
    return _Reader(file, base, given, problems, tables).read()


class _Reader:
    """Validates the tables and gathers every problem."""

    def __init__(
        self,
        file: str,
        base: Path,
        given: Mapping[Key, Given],
        problems: list[str],
        models: Mapping[str, type[BaseModel]],
    ) -> None:
        self._file = file
        self._base = base
        self._given = given
        self._problems = problems
        self._models = models

    def read(self) -> Settings:
        self._check_tables()
        run = self._validated(("run",), RunSettings)
        source = self._table(("source",), "source", run)
        plugins = [self._table(("plugins", name), name, run) for name in self._names("plugins")]
        present = {key[0] for key in self._given}
        engine = self._validated(("engine",), EngineSettings) if "engine" in present else None
        further = {
            name: self._validated((name,), model)
            for name, model in self._models.items()
            if name in present
        }
        facts = {
            name: self._validated((INSTRUMENTS, name), FactsSettings)
            for name in self._names(INSTRUMENTS)
        }
        if source and not source.enabled:
            self._problems.append("[source] enabled = false: there is no run without a source")
        if self._problems or run is None or source is None:
            raise SettingsError(*dict.fromkeys(self._problems))
        tables = [table for table in plugins if table is not None]
        return Settings(
            run,
            _origins(self._items(("run",))),
            source,
            [table for table in tables if table.enabled],
            further,
            [table for table in tables if not table.enabled],
            {name: InstrumentFacts(**each.model_dump()) for name, each in facts.items()},
            engine,
            Layers(self._file, self._base, self._given),
        )

    def _check_tables(self) -> None:
        known = [*TABLES, INSTRUMENTS, *self._models]
        for key, given in self._given.items():
            if key[0] not in known:
                hint = did_you_mean(key[0], known)
                told = f"unknown table [{key[0]}]{f'; {hint}' if hint else ''}"
            elif len(key) == 1 and given.value != {}:
                told = f"{key[0]} must be a table, as in [{key[0]}]"
            elif len(key) > key_depth(key):
                self._problems.append(not_whole(given.where, key))
                continue
            elif key_depth(key) == 3 and len(key) == 2 and given.value != {}:
                told = f"{key[0]}.{key[1]} must be a table, as in [{key[0]}.{key[1]}]"
            else:
                continue
            self._problems.append(f"{given.where}: {told}")
        for name in self._names("plugins"):
            if not name:
                self._problems.append('[plugins.""]: a table needs a name, as in [plugins.mine]')
            if name in OWN_PANES:
                self._problems.append(
                    f"[plugins.{name}]: the chart's own pane is called {name}, and a table gives "
                    f"its name to its series: name it otherwise, as in [plugins.my_{name}], and "
                    "say with use which plugin it is"
                )

    def _names(self, kind: str) -> list[str]:
        """Return the names of the tables in the table of this kind."""
        named = [key for key in self._given if key[0] == kind and len(key) > 1]
        return list(dict.fromkeys(key[1] for key in named))

    def _items(self, prefix: Key) -> dict[str, Given]:
        depth = len(prefix)
        return {
            key[depth]: given
            for key, given in self._given.items()
            if key[:depth] == prefix and len(key) == depth + 1
        }

    def _table(self, prefix: Key, name: str, run: RunSettings | None) -> Table | None:
        items = self._items(prefix)
        use = "sqlite" if prefix == ("source",) else name
        default = Given(use, "file", self._file, self._base)
        named = items.get("use", default)
        asked = {key: items.pop(key) for key in HostSettings.model_fields if key in items}
        host = self._validated(prefix, HostSettings, {"use": named, **asked})
        if host is None:
            return None
        try:
            found = find(host.use, named.base)
            _check_kind(found, is_source_table=prefix == ("source",))
        except SettingsError as error:
            secrets = _parts_of(host.use) if named.origin == "environment" else []
            self._problems += [
                f"[{'.'.join(prefix)}] {hide(problem, secrets, FROM_ENVIRONMENT)}"
                for problem in error.problems
            ]
            return None
        model = found.plugin_class.Settings
        for key in BarSettings.model_fields if run else ():
            if key in model.model_fields and key not in items:
                given = self._given.get(("run", key), default)
                items[key] = given._replace(value=getattr(run, key))
        settings = self._validated(prefix, model, items)
        origins = _origins({**items, **asked})
        return settings and Table(name, found, settings, origins, host.enabled)

    def _validated(
        self, prefix: Key, model: type[BaseModel], items: Mapping[str, Given] | None = None
    ) -> Any:
        items = self._items(prefix) if items is None else items
        values = {key: given.value for key, given in items.items()}
        table = TableText(".".join(prefix), model, values, items, self._file)
        self._make_paths_absolute(values, table)
        long = [name for name, value in values.items() if is_long(value)]
        if long:
            told = "a whole number has at most 64 bits"
            self._problems += [table.problem(name, told) for name in long]
            return None
        try:
            return model.model_validate(values, context={"origins": _origins(items)})
        except ValidationError as error:
            self._problems += table.problems(error)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a plugin's own validator raises
            self._problems.append(table.failure(error))
        return None

    def _make_paths_absolute(self, values: dict[str, Any], table: TableText) -> None:
        """Change the paths among the values, those by default too, and tell of what is none."""
        for name, info in table.model.model_fields.items():
            value = values.get(name, info.get_default())
            base = table.given[name].base if name in table.given else self._base
            try:
                found = with_paths(info.annotation, value, base)
            except ValueError as error:
                self._problems.append(table.problem(name, error))
            else:
                if found is not value and found != value:  # else it stays a default
                    values[name] = found


def _origins(items: Mapping[str, Given]) -> dict[str, Origin]:
    return {key: given.origin for key, given in items.items()}


def _parts_of(use: str) -> list[str]:
    return [use, *use.split(":")]


def _check_kind(found: Found, *, is_source_table: bool) -> None:
    """Raise SettingsError for a source among the plugins and a plugin for a source."""
    is_source = issubclass(found.plugin_class, Source)
    if is_source_table and not is_source:
        raise SettingsError(f"use = {found.use!r} is a plugin but no source")
    if is_source and not is_source_table:
        raise SettingsError(f"use = {found.use!r} is a source: it belongs in [source]")
