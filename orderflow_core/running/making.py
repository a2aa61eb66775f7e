"""The source and the plugins that settings name, and what a source says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.errors import InputError, OrderflowError, SettingsError
from orderflow_core.plugin.base import Plugin, Source
from orderflow_core.settings.discovery import last_place
from orderflow_core.settings.reading import Settings
from orderflow_core.words import error_text

Answer = TypeVar("Answer")


def make_source(settings: Settings) -> Source:
    """Make a source of the settings, for one instrument or to ask for the instruments."""
    source = settings.source.found.make(settings.source.settings, "source")
    assert isinstance(source, Source)
    return source


def facts_of(settings: Settings, instrument: str) -> InstrumentFacts:
    """Return what the settings say of an instrument, over what the source knows."""
    said = settings.instruments.get(instrument, InstrumentFacts())
    source = make_source(settings)
    return said.over(asked(lambda: source.facts(instrument), "facts()"))


def asked(question: Callable[[], Answer], told: str) -> Answer:
    """Return a source's answer; what it raises by mistake is told as any fault of an input."""
    try:
        return question()
    except (OrderflowError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a plugin's own code, which may end the program too
        place = f"{last_place(error)}{error_text(error)}"
        raise InputError(f"[source] {told} failed: {place}") from error


def make_plugins(settings: Settings) -> list[Plugin]:
    """Make the plugins of the settings, in the order of their tables.

    Raises SettingsError with all that cannot be made.
    """
    plugins, problems = [], []
    for table in settings.plugins:
        try:
            plugins.append(table.found.make(table.settings, table.name))
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(*problems)
    return plugins
