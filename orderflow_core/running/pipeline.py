"""One instrument's run: its source, its bus, its account and its report."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from threading import Event
from time import monotonic, time
from types import MappingProxyType
from typing import TypeVar

from orderflow_core.bus.bus import Bus
from orderflow_core.bus.rows import Derived
from orderflow_core.contract.api import own_version
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.instruments import is_simulated
from orderflow_core.contract.report import (
    Counts,
    PluginReport,
    Report,
    RunStatus,
    SessionReport,
)
from orderflow_core.errors import InputError, OrderflowError
from orderflow_core.events import Block
from orderflow_core.plugin.base import Plugin, Run, Source
from orderflow_core.plugin.metric import Metric
from orderflow_core.running.digest import Account
from orderflow_core.running.doubts import doubts
from orderflow_core.running.making import make_plugins, make_source
from orderflow_core.running.reader import Reader
from orderflow_core.settings.fingerprint import fingerprint
from orderflow_core.settings.reading import Settings, Table
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.streaming.session import Session
from orderflow_core.times import DAY_MS, midnight
from orderflow_core.words import error_words

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

TICK_SECONDS = 0.05
ENDING_SECONDS = 5.0
"""How long an interrupted run waits for a live source to end."""
FIRST_ROWS = 64
MOST_LEVELS = 1 << 21
"""Levels of the books, both sides, that are delivered at once: more would not stay in a cache."""


class Pipeline:
    """Streams one instrument from its source over its bus.

    `account` sees all that is delivered, and `day` is that of the session, where the run is cut
    into them. `source` is left out for a new one of the settings. Raises SettingsError where
    plugins cannot be made, registered or wired.
    """

    def __init__(
        self,
        settings: Settings,
        instrument: str,
        account: Account | None = None,
        day: date | None = None,
        source: Source | None = None,
    ) -> None:
        self.instrument = instrument
        self._session: Session | None = None
        self.warnings: Sequence[str] = ()
        self._settings = settings
        self._account = account or Account()
        self._source = source or make_source(settings)
        self._source.ledger.strict = settings.run.strict
        if day is not None:
            begin = midnight(day)
            self._session = Session(begin, begin + DAY_MS, self._source.ledger)
        plugins = make_plugins(settings)
        reports = [
            _plugin_report(table, plugin)
            for table, plugin in zip(
                (settings.source, *settings.plugins), (self._source, *plugins), strict=True
            )
        ]
        self._bus = Bus(
            instrument, plugins, self._account, {report.name: report for report in reports[1:]}
        )
        self.warnings = self._bus.wiring.warnings
        self._source.whole_windows = self._bus.needs_whole_windows
        self._source.with_orders = self._bus.needs_order_counts
        self.report = _report(settings, instrument, reports)
        self.report.sessions = [] if day is None else [SessionReport(day.isoformat())]
        use = settings.source.found.use
        self._reader = Reader(self._source, use, instrument, self._session)
        self._started = monotonic()
        self._last_tick = self._started
        self._most_rows = FIRST_ROWS
        self._signal: int | None = None
        self._wait_until = 0.0
        self.error: BaseException | None = None
        self.done = False

    def start(
        self, instruments: Sequence[str], facts: InstrumentFacts, legs: Sequence[str] = ()
    ) -> None:
        """Call `on_start`; `instruments` are all of the run. Raises SettingsError."""
        tables = {table.name: table.settings for table in self._settings.plugins}
        self.report.facts = facts
        self.report.fingerprint = self._fingerprint()
        run = Run(
            instrument=self.instrument,
            instruments=tuple(instruments),
            settings=MappingProxyType(tables),
            facts=self.report.facts,
            source=self._settings.stream,
            run=self._settings.run,
            version=self.report.version,
            fingerprint=self.report.fingerprint,
            legs=tuple(legs),
        )
        self._bus.start(run)
        self._check_failures()
        self._tell_plugins()

    @property
    def plugins(self) -> list[Plugin]:
        """The source, and the plugins on the bus."""
        return [self._source, *(seat.plugin for seat in self._bus.seats)]

    @property
    def live(self) -> bool:
        """Whether the source gives rows as they happen."""
        return self._source.live

    def open(self, arrived: Event | None = None) -> None:
        """Begin to read; `arrived` is set when there may be something to take."""
        self._started = self._last_tick = monotonic()
        self.report.started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        if not self.done:
            self._read(arrived)

    def next_time(self, wait: float) -> int | None:
        """Return the time of the next row, or None if none came within `wait` seconds."""
        self._fetch(wait)
        return self._reader.next_time

    def read_to(self, wait: float) -> float:
        """Return up to when rows are there to be delivered, without end where none will come.

        Where none came within `wait` seconds it is the beginning of time.
        """
        self._fetch(wait)
        last = self._reader.last_time
        if last is not None:
            return last
        return inf if self.done else -inf

    @property
    def passed(self) -> float:
        """The time before which all there is has been delivered, without end when it is over."""
        if self.done:
            return inf
        if (waiting := self._reader.next_time) is not None:
            return waiting
        if self.last_time is None:
            return -inf
        return self.last_time + self.live  # a live source gives whole milliseconds

    def step(self, now: float, wait: float) -> bool:
        """Deliver rows with times up to `now`, at most a block; return if there were any."""
        self._fetch(wait)
        block = self._reader.take(now, self._most_rows)
        if block is None:
            return False
        self._deliver(block)
        self._check_failures()
        return True

    def _deliver(self, block: Block, across: Sequence[Derived] = ()) -> None:
        """Deliver a part of a block and settle how many rows the next one has.

        Slow plugins get few at a time, so that they hold up neither the ticks nor Ctrl-C.
        """
        start = monotonic()
        self._bus.deliver(block, across=across)
        seconds = monotonic() - start
        if seconds > TICK_SECONDS:
            self._most_rows = max(1, len(block) // 2)
        elif len(block) == self._most_rows:
            levels = 2 * (self._bus.book_levels or 1)
            times = 8 if 8 * seconds < TICK_SECONDS else 2
            self._most_rows = min(times * self._most_rows, max(FIRST_ROWS, MOST_LEVELS // levels))

    def tick(self) -> bool:
        """Call `on_tick` if it is time to; return whether it was."""
        now = monotonic()
        if now - self._last_tick < TICK_SECONDS:
            return False
        self._last_tick = now
        self._update_report()
        self._bus.tick(self.report)
        self._check_failures()
        return True

    def fail(self, error: OrderflowError) -> None:
        """End the run before it begins."""
        self.error, self.done = error, True
        log.error("%s: %s", self.instrument, error_words(error))

    def interrupt(self, signal: int) -> None:
        """End the run before its time; the files are still flushed.

        What a live source has got by now is still to be delivered, so it is asked to end.
        """
        now = monotonic()
        if self._signal is None:
            self._signal = signal
            self._wait_until = now + ENDING_SECONDS if self.live and self._reader.is_open else 0.0
            self._reader.close_source()
        self.done = self.done or now >= self._wait_until

    def finish(self) -> None:
        """Deliver the end, write the report, and let go of the input."""
        self._reader.close()
        self._bus.end(self._session.next_time if self._session else None)
        if self._account.last_time is None and self.error is None and self._signal is None:
            self._fail_source(InputError(_no_row(self._source.ledger)))
        self._update_report()
        self.report.digest = self._account.digest()
        self._tell_session()
        self._bus.finish(self.report, self._settle)
        self._settle()

    @property
    def exit_code(self) -> int:
        """The exit code that this instrument's run deserves."""
        if self._signal is not None:
            return 128 + self._signal
        if self.error is not None:
            return self.error.exit_code if isinstance(self.error, OrderflowError) else 1
        return 1 if self.report.status == "failed" else 0

    @property
    def bars(self) -> dict[str, int]:
        """How many closed bars each series has."""
        return self._account.bars

    @property
    def first_time(self) -> int | None:
        """The time of the first row or trade that was delivered, None before it."""
        return self._account.first_time

    @property
    def counts(self) -> Counts:
        """What has been delivered up to now."""
        return self._account.counts

    @property
    def last_time(self) -> int | None:
        """The time of the last row or trade that was delivered, None before the first."""
        return self._account.last_time

    @property
    def outputs(self) -> list[Path]:
        """The files that the plugins have written."""
        return [path for seat in self._bus.seats for path in seat.outputs]

    def _read(self, arrived: Event | None) -> None:
        self._reader.open(arrived)

    def _fingerprint(self) -> str:
        return fingerprint(self._settings, self.instrument)

    def _fetch(self, wait: float) -> None:
        if self.done:
            return
        self._reader.fetch(wait)
        if self._reader.ended:
            self.done = True
            if self._reader.error:
                self._fail_source(self._reader.error)

    def _fail_source(self, error: BaseException) -> None:
        self.error = error
        report = self.report.plugins[0]
        report.status, report.error = "failed", error_words(error) or type(error).__name__
        if isinstance(error, OrderflowError):
            log.error("%s: %s", self.instrument, error_words(error))
        else:
            log.error("the source of %s failed", self.instrument, exc_info=error)

    def _check_failures(self) -> None:
        stop = self._settings.run.on_plugin_error == "stop"
        for seat in self._bus.seats:
            if seat.failed and self.error is None and (stop or seat.declared.required):
                self.error = seat.failure
                self.done = True

    def _settle(self) -> None:
        """Make the report say how the run ends, by all that has failed up to now."""
        self._check_failures()
        self._tell_plugins()
        self.report.status = self._status()
        self._tell_session()

    def _tell_session(self) -> None:
        for session in self.report.sessions:
            session.status, session.digest = self.report.status, self.report.digest
            session.counts = self.report.counts

    def _status(self) -> RunStatus:
        plugins_failed = any(plugin.status == "failed" for plugin in self.report.plugins)
        if self.error is not None or plugins_failed:
            return "failed"
        return "interrupted" if self._signal is not None else "ok"

    def _tell_plugins(self) -> None:
        """Bring what plugins have tallied into their reports, and no secret."""
        for seat in self._bus.seats:
            seat.take_totals()
        for plugin in self.report.plugins:
            if plugin.error:
                plugin.error = self._settings.without_secrets(plugin.error)

    def _update_report(self) -> None:
        self._tell_plugins()
        report, ledger = self.report, self._source.ledger
        self._account.fill(report)
        report.plugins[0].seconds = self._reader.seconds
        report.inputs = list(ledger.inputs)
        report.gaps = list(ledger.gaps)
        report.counts.refused = dict(sorted(ledger.refused.items()))
        for name in ("carried_without_snapshot", "stale", "late", "duplicates"):
            setattr(report.counts, name, getattr(ledger, name))
        report.counts.samples_left_out = sum(seat.samples_left_out for seat in self._bus.seats)
        report.warnings = [*ledger.warnings, *doubts(report.counts, ledger.examples)]
        if tables := self._bus.without_order_counts:
            report.warnings.append(_no_order_counts(tables))
        if self.live and report.last_timestamp is not None:
            report.lag_seconds = max(0.0, time() - report.last_timestamp / 1000)
        report.seconds = monotonic() - self._started
        self._tell_session()


def _no_order_counts(tables: Sequence[str]) -> str:
    named = " and ".join(f"[plugins.{table}]" for table in tables)
    return (
        f"no level of the book tells how many orders stand there, which {named} "
        f"{'needs' if len(tables) == 1 else 'need'}: what comes of them is left out"
    )


def _no_row(ledger: Ledger) -> str:
    refused = [f"{number:,} x {reason}" for reason, number in ledger.refused.items()]
    told = f"; refused: {', '.join(refused)}" if refused else ""
    return f"there is not a single row that can be used in the range that was asked{told}"


def _plugin_report(table: Table, plugin: Plugin) -> PluginReport:
    per_bar = isinstance(plugin, Metric) and plugin.per_bar is True
    return PluginReport(table.name, table.shown()["use"], table.found.version, per_bar=per_bar)


def _report(settings: Settings, instrument: str, plugins: Iterable[PluginReport]) -> Report:
    return Report(
        version=own_version(),
        status="running",
        pid=os.getpid(),
        instrument=instrument,
        simulated=is_simulated(instrument),
        settings=settings.shown(),
        speed=settings.stream.speed,
        plugins=list(plugins),
    )
