"""Whether a run goes by units, and by which engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orderflow_core.engine.engine import Engine, make_engine
from orderflow_core.errors import SettingsError
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.settings.engine import EngineSettings
from orderflow_core.settings.reading import Settings


def engine_of(
    settings: Settings, runs: Sequence[InstrumentRun], *, resume: bool = False
) -> Engine | None:
    """Return who runs the units, None where the run is one whole, in this process.

    It is one without a table `[engine]`, unless it is to `resume`. What is paced, live or merged
    by time is one too, as its instruments go on by one clock. Raises SettingsError where that
    cannot be.
    """
    if settings.engine is None and not resume:
        return None
    table = settings.engine or _by_default(settings)
    engine = make_engine(table)
    whole = _whole(settings, runs)
    if whole is None:
        return engine
    if table.use == "local" and not resume:
        return None
    asked = "--resume" if resume else f"[engine] use = {table.use!r}"
    raise SettingsError(
        f"{asked}: {whole}, so the instruments go on together, by one clock and in this process; "
        "leave out the one or the other"
    )


def _by_default(settings: Settings) -> EngineSettings:
    base = settings.layers.base if settings.layers else Path()
    return EngineSettings.model_validate({"directory": base / "units"})


def _whole(settings: Settings, runs: Sequence[InstrumentRun]) -> str | None:
    """Return why a run cannot be cut into units."""
    if any(run.pipeline.live for run in runs):
        return "the source is live"
    if settings.stream.speed != "max":
        return f"[source] speed = {settings.stream.speed:g}"
    if across := settings.across:
        return f"[plugins.{across[0].name}] is across instruments"
    if settings.run.together:
        return "[run] together = true"
    return None
