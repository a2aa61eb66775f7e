"""The reference has every hook, event, setting, command and public name, as they are."""

import inspect
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import Any

import pytest
import typer
from orderflow_app.cli import app
from orderflow_app.dashboard.settings import DashboardSettings
from orderflow_sqlite.layout import Columns, Sides, Tables
from pydantic import BaseModel

import orderflow_core
import orderflow_core.testing as kit
from orderflow_core import (
    Bar,
    Bars,
    Block,
    Book,
    Books,
    BookWindow,
    BookWindows,
    Cells,
    Event,
    InstrumentFacts,
    Metric,
    MetricBar,
    MetricBars,
    Plugin,
    Report,
    Result,
    Run,
    Series,
    Signal,
    Source,
    SourceSettings,
    Trade,
    TradeBatch,
    TradeBatches,
)
from orderflow_core.bus.hooks import CORE as HOOKS
from orderflow_core.contract import api
from orderflow_core.contract.report import Counts, Gap, Input, PluginReport
from orderflow_core.settings.catalogue import catalogue, settings_of
from orderflow_core.settings.engine import EngineSettings
from orderflow_core.settings.reading import FactsSettings, RunSettings
from orderflow_core.sources import BookRow, BookRows, Ledger, Span, TradeRows
from tests.docs.pages import DOCS, PAGES

BUILTIN = {entry.use: entry for entry in catalogue(None) if entry.where == "builtin"}
INSIDE = {"book_rows"}  # what the core alone asks for


def reference(page: str) -> str:
    return (DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """Return the part of a page under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", reference(page), re.M | re.S)
    assert found, f"reference/{page}.md has no section {title!r}"
    return found[1]


def rows(text: str) -> list[str]:
    """Return the names in the first column of the tables of a text."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


@pytest.mark.parametrize(("hook", "function"), HOOKS.items(), ids=HOOKS)
def test_every_hook_has_a_section_with_its_signature(
    hook: str, function: Callable[..., Any]
) -> None:
    signature = str(inspect.signature(function)).replace("'", "")

    assert section("hooks", f"`{hook}{signature}`").strip()


def test_no_section_is_of_a_hook_that_is_gone() -> None:
    assert set(re.findall(r"^### `(\w+)\(", reference("hooks"), re.MULTILINE)) == set(HOOKS)


def attributes(event: type[Any]) -> list[str]:
    """Return the public fields and properties of an event class."""
    if is_dataclass(event):
        names = [field.name for field in fields(event)]
    else:
        names = list(getattr(event, "_fields", getattr(event, "__slots__", ())))
    computed = (property, cached_property)
    names += [name for name in dir(event) if isinstance(getattr(event, name), computed)]
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


@pytest.mark.parametrize(
    "event",
    [
        BookWindows, BookWindow, Books, Book, TradeBatches, TradeBatch, Trade, Bars, Bar,
        MetricBars, MetricBar, Event, Signal, Cells, Series, Run, InstrumentFacts, Block,
    ],
)  # fmt: skip
def test_every_attribute_of_an_event_is_a_row_of_its_section(event: type[Any]) -> None:
    inherited = [name for base in event.__bases__ if base is Event for name in attributes(base)]
    wanted = set(attributes(event)) - {*INSIDE, *inherited}

    assert set(rows(section("events", event.__name__))) == wanted


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        *(("plugins", kind) for kind in (BookRow, BookRows, TradeRows, Span, Ledger)),
        *(("testing", kind) for kind in (kit.Row, kit.Tick)),
    ],
)
def test_every_field_of_what_sources_and_markets_are_made_of_is_a_row(
    page: str, kind: type[Any]
) -> None:
    fields_of = list(vars(kind())) if kind is Ledger else attributes(kind)

    assert set(rows(section(page, kind.__name__))) == set(fields_of)


@pytest.mark.parametrize("kind", [Result])
def test_every_part_of_what_a_run_returns_is_in_the_page_on_it(kind: type[Any]) -> None:
    text = (DOCS / "howto" / "notebook.md").read_text(encoding="utf-8")
    own = {name for name in dir(kind) if not name.startswith("_")}

    assert {each.partition("(")[0] for each in rows(text)} == own


@pytest.mark.parametrize(
    ("plugin", "base"), [(Plugin(), object), (Metric(), Plugin), (Source(), Plugin)]
)
def test_every_attribute_of_a_base_class_is_a_row_of_its_section(
    plugin: Plugin, base: type[Any]
) -> None:
    inherited = set() if base is object else set(dir(Plugin()))
    own = {each for each in dir(plugin) if not each.startswith("_")} - inherited
    listed = {each.partition("(")[0] for each in rows(section("plugins", type(plugin).__name__))}

    assert listed == own | {"Settings"}


def setting_rows(settings: Sequence[Any]) -> list[str]:
    """Return the rows that the reference is to have of these settings."""
    found = []
    for setting in settings:
        default = f"`{setting.default}`" if setting.default is not None else "unset"
        type_name = setting.type.replace("|", "\\|")
        cells = [f"`{setting.name}`", type_name, default, setting.description]
        found.append(f"| {' | '.join(cells)} |")
    return found


def table_rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(
    ("title", "model"),
    [
        ("[run]", RunSettings),
        ("[engine]", EngineSettings),
        ('[instruments."NAME"]', FactsSettings),
        ("[source]", SourceSettings),
        ("[dashboard]", DashboardSettings),
    ],
)
def test_the_hosts_tables_are_as_their_models(title: str, model: type[BaseModel]) -> None:
    assert table_rows(section("settings", title)) == setting_rows(settings_of(model))


def test_the_shipped_source_has_its_own_settings() -> None:
    shared = {setting.name for setting in settings_of(SourceSettings)}
    own = [setting for setting in BUILTIN["sqlite"].settings if setting.name not in shared]

    assert table_rows(section("settings", "sqlite")) == setting_rows(own)


@pytest.mark.parametrize("model", [Tables, Columns, Sides])
def test_the_tables_of_the_shipped_source_have_their_settings(model: type[BaseModel]) -> None:
    title = f"[source.{model.__name__.lower()}]"

    assert table_rows(section("settings", title)) == setting_rows(settings_of(model))


@pytest.mark.parametrize("plugin", sorted(BUILTIN.keys() - {"sqlite"}))
def test_every_shipped_plugin_has_its_settings(plugin: str) -> None:
    expected = setting_rows(BUILTIN[plugin].settings)

    assert table_rows(section("settings", f"[plugins.{plugin}]")) == expected


@pytest.mark.parametrize("use", BUILTIN)
def test_every_setting_says_what_it_is(use: str) -> None:
    assert all(setting.description for setting in BUILTIN[use].settings)


def test_every_key_of_the_report_is_in_the_reference_of_files() -> None:
    assert rows(section("files", "run.json")) == [field.name for field in fields(Report)]


@pytest.mark.parametrize("part", [Counts, PluginReport, Input, Gap])
def test_every_part_of_the_report_is_in_the_reference_of_files(part: type[Any]) -> None:
    text = section("files", "run.json")

    assert [field.name for field in fields(part) if f"`{field.name}`" not in text] == []


COMMANDS: Any = typer.main.get_command(app)


@pytest.mark.parametrize("command", sorted(COMMANDS.list_commands(None)))
def test_every_command_has_its_options(command: str) -> None:
    parameters = COMMANDS.get_command(None, command).params
    named = [
        each.name if each.param_type_name == "argument" else each.opts[0]
        for each in parameters
        if "--help" not in each.opts
    ]

    assert rows(section("commands", command)) == named


ALL_PAGES = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("name", orderflow_core.__all__)
def test_every_public_name_is_in_the_docs(name: str) -> None:
    assert re.search(rf"\b{name}\b", ALL_PAGES)


@pytest.mark.parametrize("name", kit.__all__)
def test_every_name_of_the_test_kit_is_in_its_reference(name: str) -> None:
    assert re.search(rf"\b{name}\b", reference("testing"))


def test_every_page_is_in_the_navigation() -> None:
    config = (DOCS.parent / ".zensical.toml").read_text(encoding="utf-8")
    missing = [page for page in PAGES if f'"{page.relative_to(DOCS).as_posix()}"' not in config]

    assert missing == []


def test_every_group_of_entry_points_is_in_the_page_on_the_plugin_api() -> None:
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {*project["project"]["entry-points"], api.GROUP}

    assert set(rows(section("api", "What a distribution says"))) == groups
