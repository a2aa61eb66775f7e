"""One instrument's run: one pipeline, or one a session, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.report import Report
from orderflow_core.errors import SettingsError
from orderflow_core.running.digest import Account
from orderflow_core.running.making import asked, facts_of, make_plugins, make_source
from orderflow_core.running.merging import merged
from orderflow_core.running.pipeline import Pipeline
from orderflow_core.settings.reading import Settings
from orderflow_core.settings.sessions import of_session


class InstrumentRun:
    """Runs an instrument from beginning to end, with new plugins for each of its sessions.

    `account` makes what sees all that is delivered in a session, and `days` are those of which the
    run is to have a session; by default the source is asked. A session that fails holds up none of
    those after it. Raises SettingsError where plugins cannot be made, registered or wired.

    Attributes:
        days: those of the sessions; none where the run is not cut into them.
        pipeline: that of the session under way, or of the whole run.

    """

    def __init__(
        self,
        settings: Settings,
        instrument: str,
        account: Callable[[], Account] = Account,
        days: Sequence[date] | None = None,
    ) -> None:
        self.instrument = instrument
        self.days = _days_of(settings, instrument) if days is None else list(days)
        self._settings = settings
        self._account = account
        self._facts = InstrumentFacts()
        self._instruments: Sequence[str] = (instrument,)
        self._left = self.days[1:]
        self._ended: list[_Outcome] = []
        self._shown = settings.shown() if self.days else {}
        self.pipeline = self._made(self.days[0] if self.days else None)
        if self._left:  # what cannot be made twice is told now, and not when a day has passed
            make_plugins(of_session(settings, self._left[0]))

    def start(self, instruments: Sequence[str], facts: InstrumentFacts | None = None) -> None:
        """Start the first pipeline; `instruments` are all of the run. Raises SettingsError.

        The source is asked for the facts of the instrument where they are not given.
        """
        self._instruments = instruments
        self._facts = facts_of(self._settings, self.instrument) if facts is None else facts
        self.pipeline.start(instruments, self._facts)

    def finish(self) -> bool:
        """Finish the pipeline under way; begin with the next session and return if there is one."""
        self.pipeline.finish()
        if not self._left:
            return False
        before = self.pipeline
        self._ended.append(_outcome(before))
        self.pipeline = self._made(self._left.pop(0))
        try:
            self.pipeline.start(self._instruments, self._facts)
        except SettingsError as error:
            self.pipeline.fail(error)
        self.pipeline.report.paused = before.report.paused
        self.pipeline.report.speed = before.report.speed
        self.pipeline.open()
        return True

    def interrupt(self, signal: int) -> None:
        """End the run before its time; the files are still flushed."""
        self._left.clear()
        self.pipeline.interrupt(signal)

    @property
    def together(self) -> bool:
        """Whether this one is merged with the other instruments by time."""
        return self._settings.run.together

    @property
    def report(self) -> Report:
        """The report of all sessions that were begun, or of the one pipeline."""
        reports = [each.report for each in self._outcomes]
        if not self.days:
            return reports[0]
        return replace(merged(reports, len(self.days)), settings=self._shown)

    @property
    def error(self) -> BaseException | None:
        """What has ended the run, or one of its sessions, early: the first such."""
        return next((each.error for each in self._outcomes if each.error is not None), None)

    @property
    def exit_code(self) -> int:
        """The exit code that this instrument's run deserves: that of the first failed session."""
        codes = [each.exit_code for each in self._outcomes]
        return codes[-1] if codes[-1] > 128 else next(filter(None, codes), 0)

    @property
    def bars(self) -> dict[str, int]:
        """How many closed bars each series has."""
        total: Counter[str] = Counter()
        for each in self._outcomes:
            total.update(each.bars)
        return dict(total)

    @property
    def outputs(self) -> list[Path]:
        """The files that the plugins have written."""
        return list(dict.fromkeys(path for each in self._outcomes for path in each.outputs))

    @property
    def _outcomes(self) -> list[_Outcome | Pipeline]:
        return [*self._ended, self.pipeline]

    def _made(self, day: date | None) -> Pipeline:
        settings = self._settings if day is None else of_session(self._settings, day)
        return Pipeline(settings, self.instrument, self._account(), day)


class _Outcome(NamedTuple):
    """What is kept of a pipeline that has ended, by the same names."""

    report: Report
    bars: dict[str, int]
    outputs: list[Path]
    error: BaseException | None
    exit_code: int


def _outcome(pipeline: Pipeline) -> _Outcome:
    return _Outcome(
        pipeline.report, pipeline.bars, pipeline.outputs, pipeline.error, pipeline.exit_code
    )


def _days_of(settings: Settings, instrument: str) -> list[date]:
    """Return the days of an instrument's sessions; none without sessions, or where there is no row.

    Raises InputError where the source cannot tell them, SettingsError where it has none.
    """
    if settings.run.session == "none":
        return []
    source, stream = make_source(settings), settings.stream
    if source.live:
        raise SettingsError(
            '[run] session = "day": the days of a live source are not over; leave it out'
        )
    found = asked(lambda: list(source.days(instrument)), "days()")
    return [
        day
        for day in sorted(set(found))
        if (stream.start is None or day >= stream.start)
        and (stream.end is None or day <= stream.end)
    ]
