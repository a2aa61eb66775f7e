"""Plugins that see all instruments of a run: a pipeline of their own, fed by those of these."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial, reduce
from hashlib import sha256
from math import inf
from operator import add
from threading import Event
from time import monotonic

from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.instruments import SIMULATED, is_simulated
from orderflow_core.contract.report import Counts, Gap, Report
from orderflow_core.errors import SettingsError
from orderflow_core.plugin.base import Plugin, PluginSettings, Source
from orderflow_core.running.beside import followers, mixtures, tables_beside
from orderflow_core.running.digest import Account
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.legs import Leg, Merge, leg_of
from orderflow_core.running.making import make_source
from orderflow_core.running.pipeline import Pipeline
from orderflow_core.settings.discovery import Found
from orderflow_core.settings.reading import Settings, Table
from orderflow_core.times import utc

PATIENCE_SECONDS = 0.1
"""How long a row of a live source waits for those of others that may come before it."""
SILENT_MS = 60_000
"""How much later than the others an instrument begins, or sooner ends, for it to be told."""


class AcrossRun(InstrumentRun):
    """Runs the plugin of one table for all instruments, under a name of its own.

    Beside it are plugins of the tables that publish nothing, such as sinks, and of its `followers`,
    which are with none of the instruments.
    """

    def __init__(
        self,
        settings: Settings,
        table: Table,
        instruments: Sequence[str],
        account: Callable[[], Account],
    ) -> None:
        self.table = table.name
        self._legs = sorted(instruments)
        self.followers = followers(settings, table)
        beside = replace(settings, plugins=tables_beside(settings, table))
        super().__init__(beside, across_name(table, instruments), account)

    def take_from(self, runs: Sequence[InstrumentRun]) -> None:
        """Learn who runs the instruments: one run each."""
        self._across.take_from([run.pipeline for run in runs])

    def leg(self, instrument: str) -> Leg:
        """Return what takes the rows of an instrument."""
        return self._across.legs[instrument]

    @property
    def together(self) -> bool:
        """It needs the instruments side by side."""
        return True

    def start(self, instruments: Sequence[str], facts: InstrumentFacts | None = None) -> None:
        """Start the pipeline; `instruments` are all of the run, this one too."""
        self.pipeline.start(instruments, InstrumentFacts(), self._legs)

    def _made(self, day: date | None) -> Pipeline:
        self._across = AcrossPipeline(
            self._settings, self.instrument, self._account(), self._legs, self.table
        )
        return self._across


class AcrossPipeline(Pipeline):
    """Delivers the rows of other pipelines to the plugin of a table, merged by time.

    A row is delivered when no other instrument can have one before it. Of a live source that is
    not waited for longer than `PATIENCE_SECONDS`.

    Attributes:
        legs: what takes the rows of each instrument, by its name, in the order in which those of
            one time are delivered.

    """

    def __init__(
        self,
        settings: Settings,
        instrument: str,
        account: Account,
        instruments: Sequence[str],
        table: str,
    ) -> None:
        source = Source(settings.source.settings)
        super().__init__(settings, instrument, account, source=source)
        self.warnings = ()  # those of its legs tell what nobody publishes
        declared = next(seat.declared for seat in self._bus.seats if seat.name == table)
        self.legs = {name: leg_of(declared) for name in instruments}
        self._merge = Merge(instrument, list(self.legs.values()))
        self._sources: Sequence[Pipeline] = ()
        self._arrived: deque[tuple[float, float]] = deque()
        self._newest = self._waited_for = -inf

    def take_from(self, pipelines: Sequence[Pipeline]) -> None:
        """Learn whose rows these are."""
        self._sources = pipelines
        self._source.live = any(each.live for each in pipelines)

    def read_to(self, wait: float) -> float:
        """Return that no instrument waits for this one."""
        return inf

    def next_time(self, wait: float) -> int | None:
        """Return the time of the next row of any instrument, None if one is being read."""
        times = [(each.next_time(wait=0), each.done) for each in self._sources]
        if any(time is None and not done for time, done in times):
            return None
        return min((time for time, _ in times if time is not None), default=None)

    def step(self, now: float, wait: float) -> bool:
        """Deliver what none of the instruments can have a row before; return if there was any."""
        over = all(each.done for each in self._sources)
        taken = self._merge.take(self._before(), self._most_rows)
        if taken is None:
            self.done = self.done or over
            return False
        self._deliver(*taken)
        self._check_failures()
        return True

    def interrupt(self, signal: int) -> None:
        """End with the instruments: what they have delivered is still to come."""
        self._signal = self._signal or signal

    def finish(self) -> None:
        """Deliver the end and write the report."""
        self._merge.close()
        super().finish()

    def _before(self) -> float:
        """Return the time before which all there is has come, or has been waited for."""
        if self.live:
            self._stop_waiting(monotonic())
        passed = min((each.passed for each in self._sources), default=inf)
        return max(passed, self._waited_for)

    def _stop_waiting(self, now: float) -> None:
        """Note what has arrived, and wait no more for what may come before that of long ago."""
        times = (each.last_time for each in self._sources)
        last = max((time for time in times if time is not None), default=-inf)
        if last > self._newest:
            self._newest = last
            self._arrived.append((now, last))
        while self._arrived and now - self._arrived[0][0] >= PATIENCE_SECONDS:
            self._waited_for = self._arrived.popleft()[1] + 1

    def _read(self, arrived: Event | None) -> None:
        """Read nothing: its rows come from the other pipelines."""

    def _fingerprint(self) -> str:
        legs = sorted((each.instrument, each.report.fingerprint) for each in self._sources)
        return sha256(json.dumps([super()._fingerprint(), legs]).encode()).hexdigest()[:8]

    def _update_report(self) -> None:
        reports = [each.report for each in self._sources]
        ledger, counts = self._source.ledger, [each.counts for each in self._sources]
        self._account.counts = reduce(add, map(_passed, counts), Counts())
        ledger.late = self._merge.late
        ledger.inputs[:] = [each for report in reports for each in report.inputs]
        ledger.gaps[:] = sorted(_gaps(reports), key=lambda gap: gap.after)
        super()._update_report()
        self.report.warnings += _odd(self.report, self._sources)
        self.report.progress = min((each.progress for each in reports), default=1.0)


def make_runs(
    settings: Settings, instruments: Sequence[str], account: Callable[[str], Account]
) -> list[InstrumentRun]:
    """Return the run of each instrument, and after them those of the plugins that see all.

    Raises SettingsError where plugins cannot be made, registered or wired.
    """
    if problems := [*_problems(settings, instruments), *mixtures(settings)]:
        raise SettingsError(*problems)
    across = [
        AcrossRun(settings, table, instruments, partial(account, across_name(table, instruments)))
        for table in settings.across
    ]
    runs = [
        InstrumentRun(_with_legs(settings, across, name), name, partial(account, name))
        for name in instruments
    ]
    for each in across:
        each.take_from(runs)
    return [*runs, *across]


def across_name(table: Table, instruments: Sequence[str]) -> str:
    """Return the name that stands for an instrument's: simulated legs do not pass for real."""
    simulated = any(map(is_simulated, instruments)) and not is_simulated(table.name)
    return f"{SIMULATED}{table.name}" if simulated else table.name


def _problems(settings: Settings, instruments: Sequence[str]) -> Iterator[str]:
    """Yield why plugins across instruments cannot be run as the settings are."""
    stream, origins = settings.stream, settings.run_origins
    one_by_one = "together" in origins and not settings.run.together and stream.speed == "max"
    for table in settings.across:
        if one_by_one and not make_source(settings).live:
            yield (
                f"[run] together = false: [plugins.{table.name}] is across instruments, which are "
                "then merged by time: take the line out, or the table"
            )
        name = across_name(table, instruments)
        if name in instruments:
            yield (
                f"[plugins.{table.name}] is across instruments, and its results stand under its "
                f"name, {name!r}, which is an instrument's: rename the table"
            )


@dataclass(frozen=True)
class _Taken(Found):
    """Stands for a plugin across instruments where there is one of them."""

    leg: Leg

    def make(self, settings: PluginSettings, name: str) -> Plugin:
        return self.leg


def _with_legs(settings: Settings, across: Sequence[AcrossRun], instrument: str) -> Settings:
    """Return settings in which the rows of an instrument are taken for those across several."""
    legs = {run.table: run.leg(instrument) for run in across}
    elsewhere = set[str]().union(*(run.followers for run in across))
    tables = [
        table if table.name not in legs else replace(table, found=_taken(table, legs[table.name]))
        for table in settings.plugins
        if table.name not in elsewhere
    ]
    return replace(settings, plugins=tables)


def _taken(table: Table, leg: Leg) -> Found:
    return _Taken(table.found.use, Leg, table.found.version, table.found.origin, leg)


def _passed(counts: Counts) -> Counts:
    """Return what a plugin across instruments sees too."""
    return Counts(counts.windows, counts.trades, counts.crossed, counts.unsure)


def _gaps(reports: Sequence[Report]) -> Iterator[Gap]:
    for report in reports:
        for gap in report.gaps:
            yield replace(gap, reason=f"{report.instrument}: {gap.reason or 'no book row'}")


def _odd(report: Report, pipelines: Sequence[Pipeline]) -> Iterator[str]:
    """Yield what makes one instrument odd beside the others."""
    for each in pipelines:
        leg = each.report
        if leg.status == "failed" or each.error is not None:
            error = next((plugin.error for plugin in leg.plugins if plugin.error), "")
            yield f"{leg.instrument} failed{f': {error}' if error else ''}"
        first, last = each.first_time, each.last_time
        if report.first_timestamp is None or report.last_timestamp is None:
            continue
        if first is None or last is None:
            yield f"{leg.instrument} has no row: what there is is of the others alone"
            continue
        if first - report.first_timestamp > SILENT_MS:
            yield f"{leg.instrument} begins at {utc(first)}: what is before is of the others alone"
        if report.last_timestamp - last > SILENT_MS:
            yield f"{leg.instrument} ends at {utc(last)}: what is after is of the others alone"
