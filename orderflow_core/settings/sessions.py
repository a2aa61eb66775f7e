"""The settings of one session of a run, made of those of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from orderflow_core.contract.instruments import DATE
from orderflow_core.plugin.base import BarSettings
from orderflow_core.settings.reading import Settings
from orderflow_core.times import DAY_MS


def session_problems(settings: Settings) -> list[str]:
    """Return what is wrong with settings as those of a run with sessions, or without."""
    if settings.run.session == "none":
        return [
            f"[plugins.{table.name}] {key} = {str(path)!r}: {DATE} stands for the day of a "
            'session, and there is none: set session = "day" in [run]'
            for table in settings.plugins
            for key, path in _dated(table.settings)
        ]
    across = [
        f'[plugins.{table.name}] is across instruments, and session = "day" gives each instrument '
        'new plugins with its days: leave the table out, or take session = "none" in [run]'
        for table in settings.across
    ]
    lengths = {"[run]": settings.run.window_seconds}
    for table in settings.plugins:
        length = getattr(table.settings, "window_seconds", None)
        if isinstance(length, int | float) and length != settings.run.window_seconds:
            lengths[f"[plugins.{table.name}]"] = length
    moved = [
        f"[plugins.{table.name}] offset_seconds = {table.settings.offset_seconds:g}: a session is "
        "a day, and bars so moved do not end with it; leave it out, or take a whole number of bars"
        for table in settings.plugins
        if isinstance(table.settings, BarSettings)
        and table.settings.origin_ms % table.settings.window_ms
    ]
    return [*across, *moved] + [
        f"{table} window_seconds = {length:g}: a session is a day, and this does not divide one; "
        'take a length such as 60, 3600 or 86400, or session = "none" in [run]'
        for table, length in lengths.items()
        if DAY_MS % round(length * 1000 or 1)
    ]


def of_session(settings: Settings, day: date) -> Settings:
    """Return the settings of one day: its range, and directories with its date."""
    whole = {"start": day, "end": day}
    source = replace(settings.source, settings=_changed(settings.source.settings, whole))
    plugins = [
        replace(
            table,
            settings=_changed(
                table.settings,
                {
                    key: Path(str(path).replace(DATE, day.isoformat()))
                    for key, path in _dated(table.settings)
                },
            ),
        )
        for table in settings.plugins
    ]
    return replace(settings, source=source, plugins=plugins)


def _dated(model: BaseModel) -> Iterator[tuple[str, Path]]:
    """Yield the keys whose path has the date of a session in it."""
    for key in type(model).model_fields:
        value = getattr(model, key)
        if isinstance(value, Path) and DATE in str(value):
            yield key, value


def _changed(model: Any, values: dict[str, Any]) -> Any:
    return model.model_copy(update=values) if values else model
