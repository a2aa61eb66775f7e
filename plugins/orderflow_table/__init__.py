"""The sink `table`: all results of an instrument in one SQLite file, up to date while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from pydantic import Field

from orderflow_core import PluginSettings, Report, Run, Series, SettingsError, hookimpl
from orderflow_core.sinks import filled, hold, is_one_folder, release, still_held
from orderflow_core.store import Columns, Passed, Span, StoreSettings, StoreSink
from orderflow_table.database import FILE, Database


class TableSink(StoreSink):
    """Keeps every closed bar, signal and event in a database that others read meanwhile.

    A row is known by kind, series, timestamp and sequence, and takes the place of one that is
    there. What is written at once is one transaction, the stream's position included, so that a
    run that is killed and started again over the same input leaves each row once.
    """

    class Settings(StoreSettings):
        """Where to write, and how often."""

        directory: Path = Field(
            Path("table/{instrument}"), description="{instrument} stands for its name"
        )
        flush_ms: int = Field(
            1000, ge=0, le=86_400_000, description="least time between two transactions"
        )

    settings: Settings
    clock: Callable[[], float] = staticmethod(monotonic)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._folder = Path()
        self._database: Database | None = None
        self._rows: list[tuple[str, Series, Columns]] = []
        self._unsure: list[Span] = []
        self._first: int | None = None
        self._last = 0
        self._flushed = -inf

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check the settings."""
        super().on_start(run)
        template = str(self.settings.directory)
        own = f"[plugins.{self.name}]"
        if "\0" in template:
            raise SettingsError(f"{own} directory = {template!r} is no path")
        if len(run.instruments) > 1 and "{instrument}" not in template:
            raise SettingsError(
                f"{own} directory = {template!r} is one folder for {len(run.instruments)} "
                "instruments: put {instrument} into it"
            )
        self._folder = filled(template, run.instrument)
        for name, other in run.settings.items():
            if name == self.name:
                break
            directory = getattr(other, "directory", None)
            if directory is not None and is_one_folder(directory, template, run.instrument):
                raise SettingsError(
                    f"{own} and [plugins.{name}] write into one directory, {template}"
                )

    def passed(self, days: Sequence[Passed], unsure: Sequence[Span]) -> None:
        """Take notice of the stream's position."""
        self._first = days[0].first if self._first is None else self._first
        self._last = days[-1].last
        self._unsure += unsure

    def keep(self, kind: str, series: Series, rows: Columns) -> None:
        """Keep rows until the next transaction."""
        self._rows.append((kind, series, rows))

    @hookimpl
    def on_tick(self, report: Report) -> None:
        """Write what is new, if the last write is long enough ago."""
        if self._first is None:
            return
        now = self.clock()
        if (now - self._flushed) * 1000 >= self.settings.flush_ms:
            self._flush()
            self._flushed = now

    @hookimpl
    def on_end(self, end: int) -> None:
        """Take notice of how far a session reaches that has ended with a row after it."""
        self._last = max(self._last, end - 1)

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Write all that is left."""
        if self._first is None:
            return
        self._flush()
        if self._database is not None:
            self._database.close()
        release(self._folder)

    def _flush(self) -> None:
        if self._database is None:
            hold(self._folder)
            self._database = Database(self._folder / FILE, self.instrument, self.fingerprint)
            self.outputs = [self._folder / FILE]
        assert self._first is not None
        still_held(self._folder)
        self._database.write(self._rows, Span(self._first, self._last + 1), self._unsure)
        self._rows.clear()
        self._unsure.clear()
