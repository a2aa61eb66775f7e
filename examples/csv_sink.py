"""A sink: closed bars as CSV, a file a series."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pydantic import Field

from orderflow_core import (
    Bar,
    MetricBar,
    OutputError,
    Plugin,
    PluginSettings,
    Report,
    Run,
    SettingsError,
    hookimpl,
)
from orderflow_core.sinks import filled

METRIC = ["timestamp", "open", "high", "low", "close"]


class CsvSink(Plugin):
    """Writes each closed bar of every series to `<series>.csv`, as it comes."""

    class Settings(PluginSettings):
        """Where to write."""

        directory: Path = Field(
            Path("csv/{instrument}"), description="{instrument} stands for its name"
        )

    settings: Settings
    required = True  # a run whose results cannot be written is to stop

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._folder = Path()
        self._files = ExitStack()
        self._writers: dict[str, Any] = {}

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check the settings; nothing is written yet."""
        directory = str(self.settings.directory)
        if len(run.instruments) > 1 and "{instrument}" not in directory:
            raise SettingsError(
                f"[plugins.{self.name}] directory = {directory!r} is one folder for "
                f"{len(run.instruments)} instruments: put {{instrument}} into it"
            )
        self._folder = filled(directory, run.instrument)

    @hookimpl
    def on_bar(self, bar: Bar) -> None:
        """Write a price bar."""
        self._write(bar.series.key, [*METRIC, "volume"], bar[2:8])

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        """Write a metric bar."""
        self._write(bar.series.key, METRIC, bar[2:7])

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Close the files."""
        try:
            self._files.close()
        except OSError as error:
            raise self._unwritable(error) from error

    def _write(self, key: str, header: Sequence[str], row: Sequence[Any]) -> None:
        try:
            if key not in self._writers:
                self._writers[key] = self._open(key)
                self._writers[key].writerow(header)
            self._writers[key].writerow(row)
        except OSError as error:
            raise self._unwritable(error) from error

    def _open(self, key: str) -> Any:
        path = self._folder / f"{key}.csv"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.outputs.append(path)
        file = path.open("w", newline="", encoding="utf-8")
        return csv.writer(self._files.enter_context(file), lineterminator="\n")

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(f"{self._folder} is not writable: {error.strerror or error}")
