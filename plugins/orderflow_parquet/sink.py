"""The sink `parquet`: all results of a run, a Parquet file each kind, instrument and UTC day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import (
    InputError,
    OutputError,
    PluginSettings,
    Report,
    Run,
    Series,
    SettingsError,
    hookimpl,
    printable,
)
from orderflow_core.sinks import hold, release, still_held, write_whole
from orderflow_core.sources import DAY_MS, Input, midnight
from orderflow_core.store import Columns, Passed, Span, StoreSettings, StoreSink
from orderflow_parquet.day import Day, table_of
from orderflow_parquet.file import Footer, content, read_file, read_footer, why_not
from orderflow_parquet.places import file_of, files_of, folder_of

log = logging.getLogger(__name__)


class ParquetSink(StoreSink):
    """Keeps every closed bar, signal and event in files that polars and duckdb open.

    A day's file is written when the stream has gone past the day, and replaced as a whole; only
    the rows of the day under way are in memory. That day is written too, every `flush_seconds` and
    at the run's end, and is not `complete`. A file of another run is replaced only by a run that
    went over all that it went over, and has no fewer rows of any series where the settings are the
    same: else it stays, this is told, and the run ends with 4.
    """

    class Settings(StoreSettings):
        """Where to write, and how often."""

        directory: Path = Field(Path("store"), description="of all instruments")
        flush_seconds: float = Field(
            600, gt=0, le=86_400, description="time between two writes of the day under way"
        )

    settings: Settings
    shares_directory = True
    clock: Callable[[], float] = staticmethod(monotonic)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._days: dict[int, Day] = {}
        self._last_day: int | None = None
        self._day_of_range: int | None = None
        self._session = False
        self._first: int | None = None
        self._own: set[Path] = set()
        self._left: set[Path] = set()
        self._inputs: Sequence[Input] = ()
        self._held = False
        self._flushed: float | None = None

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check the settings."""
        super().on_start(run)
        if run.source is not None and run.source.end is not None:
            self._day_of_range = midnight(run.source.end) // DAY_MS
            self._session = run.source.start == run.source.end
        directory = self.settings.directory
        if "\0" in str(directory):
            raise SettingsError(f"[plugins.{self.name}] directory = {str(directory)!r} is no path")
        for name, other in run.settings.items():
            if name == self.name:
                break
            if isinstance(other, type(self.settings)) and _is_one(other.directory, directory):
                raise SettingsError(
                    f"[plugins.{name}] and [plugins.{self.name}] write into one directory, "
                    f"{directory}"
                )

    def passed(self, days: Sequence[Passed], unsure: Sequence[Span]) -> None:
        """Take notice of the days of a block."""
        for day, first, last in days:
            self._first = first if self._first is None else self._first
            self._day(day).passed(first, last)
            self._last_day = day
        for span in unsure:
            for day in range(span.start // DAY_MS, (span.end - 1) // DAY_MS + 1):
                begin = day * DAY_MS
                part = Span(max(span.start, begin), min(span.end, begin + DAY_MS))
                self._day(day).was_unsure(part)

    def keep(self, kind: str, series: Series, rows: Columns) -> None:
        """Keep rows until their days are written.

        What a session publishes at its end is of the first row after it, and stays with its day.
        """
        days = rows["timestamp"] // DAY_MS
        if self._day_of_range is not None:
            days = np.minimum(days, self._day_of_range)
        if days[0] == days[-1] and (days == days[0]).all():
            self._day(int(days[0])).add(kind, series.key, rows)
            return
        for day in dict.fromkeys(days.tolist()):
            part = {name: values[days == day] for name, values in rows.items()}
            self._day(day).add(kind, series.key, part)

    @hookimpl
    def on_tick(self, report: Report) -> None:
        """Write the days that are over, and now and then the one under way."""
        self._hold()
        self._inputs = report.inputs
        now, last = self.clock(), self._last_day
        if self._flushed is None:
            self._flushed = now
        if last is None:
            return
        if now - self._flushed >= self.settings.flush_seconds:
            self._flushed = now
            last += 1
        self._write([day for day in self._days if day < last])

    @hookimpl
    def on_end(self, end: int) -> None:
        """Take notice that a session has ended with a row of a later day."""
        if self._last_day is not None:
            self._last_day = max(self._last_day, end // DAY_MS)

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Write all that is left; raises OutputError where a good run has not replaced a file."""
        self._inputs = report.inputs
        if self._days:
            self._hold()
            self._write(list(self._days), final=True)
            self._warn_of_others()
        self._release()
        if self._left and report.status == "ok":  # another status has an exit code of its own
            raise OutputError(
                f"{len(self._left)} files in {self.settings.directory} stay as they were, for this "
                "run knows less of their days: delete them to have them replaced, or choose "
                "another directory"
            )

    def _day(self, day: int) -> Day:
        return self._days.setdefault(day, Day())

    def _folder(self) -> Path:
        """Return the folder whose lock keeps other runs out: of the day, or of the instrument."""
        if self._session and self._day_of_range is not None:
            return self._folder_of(self._day_of_range)
        return folder_of(self.settings.directory, "bars", self.instrument)

    def _folder_of(self, day: int) -> Path:
        """Return the folder whose lock keeps other runs of a day out of the store."""
        return file_of(self.settings.directory, "bars", self.instrument, day).parent

    def _hold(self) -> None:
        if not self._held:
            hold(self._folder())
            self._held = True

    def _release(self) -> None:
        if self._held:
            release(self._folder())
            self._held = False

    def _write(self, numbers: Sequence[int], *, final: bool = False) -> None:
        """Write the rows of days; those of the day under way are kept, for the next time."""
        try:
            for number in sorted(numbers):
                self._write_day(number, final=final)
        except OutputError:
            self._release()
            raise

    def _write_day(self, number: int, *, final: bool) -> None:
        """Write the rows of a day, whose folder no other run has meanwhile."""
        still_held(self._folder())
        folder = self._folder_of(number)
        others = folder != self._folder()
        if others:
            hold(folder)
        try:
            for kind in sorted(self._days[number].rows):
                self._write_kind(number, kind, final=final)
        finally:
            if others:
                release(folder)

    def _write_kind(self, number: int, kind: str, *, final: bool) -> None:
        day, over = self._days[number], self._is_over(number)
        path = file_of(self.settings.directory, kind, self.instrument, number)
        if kind in day.written:  # rows that came late
            day.recall(kind, read_file(path)[0])
        if path not in self._left:
            rows = day.rows[kind]
            series = {key: self.described[kind, key] for key in rows}
            columns, told = table_of(kind, rows, series, self.fingerprint)
            footer = self._footer(number, kind, told)
            reason = None if path in self._own else why_not(path, footer)
            if reason is None:
                self._replace(path, content(kind, columns, footer))
                if over:
                    day.written.add(kind)
            elif final or over:
                log.warning("%s stays as it was: %s", path, reason)
                self._left.add(path)
        if over:
            del day.rows[kind]

    def _replace(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{path.parent} cannot be made: {error.strerror}") from error
        write_whole(path, content, durable=True)
        self._own.add(path)
        self.outputs = sorted(self._own) if self._session else [self.settings.directory]

    def _is_over(self, number: int) -> bool:
        return self._last_day is not None and number < self._last_day

    def _footer(self, number: int, kind: str, series: Mapping[str, Any]) -> Footer:
        day, over = self._days[number], self._is_over(number)
        begin, end = number * DAY_MS, (number + 1) * DAY_MS
        is_open = any(
            kind == of and begin <= start < end for (of, _), start in self.open_bars.items()
        )
        first = begin if self._first is None else max(begin, self._first)
        last = end if over or day.last is None else day.last + 1
        return Footer(
            version=self.version,
            kind=kind,
            instrument=self.instrument,
            settings=self.fingerprint,
            complete=over and not is_open,
            first=day.first,
            last=day.last,
            covered=Span(min(first, last), last),
            unsure=day.unsure,
            inputs=[_told(each) for each in self._inputs if _is_of(each, begin, end)],
            series=series,
        )

    def _warn_of_others(self) -> None:
        """Tell of days of other settings that stay beside those of this run."""
        others = set()
        for path in files_of(self.settings.directory, self.instrument):
            if path in self._own or path in self._left:
                continue
            try:
                if _settings_of(path, path.stat().st_mtime_ns) != self.fingerprint:
                    others.add(path.parent.name.removeprefix("date="))
            except InputError as error:
                log.warning("%s", error)
        if others:
            _tell_of_others(self.settings.directory, self.instrument, min(others))


@lru_cache(65_536)
def _settings_of(path: Path, _modified: int) -> str:
    """Read a footer once, though each session of a run looks at all files."""
    return read_footer(path).settings


@cache
def _tell_of_others(store: Path, instrument: str, first: str) -> None:
    """Say it once, though each session comes upon it."""
    log.warning(
        "%s has days of %s by other settings than this run's, the first of them %s: "
        "whoever reads the files themselves must choose by the column settings",
        store,
        instrument,
        first,
    )


def _is_one(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve()


def _is_of(each: Input, begin: int, end: int) -> bool:
    """Whether a file that was read has rows of the day."""
    if each.first_timestamp is None or each.last_timestamp is None:
        return False
    return each.first_timestamp < end and each.last_timestamp >= begin


def _told(each: Input) -> dict[str, Any]:
    return {
        "name": printable(Path(each.path).name),
        "first": each.first_timestamp,
        "last": each.last_timestamp,
    }
