"""The units of a run, handed to an engine until all have ended, and what came of them."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orderflow_core.contract.report import Report, RunStatus, SessionReport
from orderflow_core.engine.done import Done, DoneFiles
from orderflow_core.engine.engine import Died, Engine
from orderflow_core.engine.job import Ended, Job, Said, own
from orderflow_core.engine.sending import sent
from orderflow_core.engine.units import Plan, Unit, units_of
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.loop import Interrupt
from orderflow_core.running.merging import merged
from orderflow_core.settings.reading import Settings

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.1
AHEAD = 2
"""How many units a worker has in view, so that it never waits for the next one."""


@dataclass(frozen=True)
class Far:
    """How far the units of a run are; `progress` of all is 0 to 1."""

    units: int
    ended: int
    failed: int
    progress: float


@dataclass(frozen=True)
class Gathered:
    """What came of all units of an instrument, as of an `InstrumentRun`."""

    instrument: str
    report: Report
    bars: Mapping[str, int]
    outputs: Sequence[Path]
    exit_code: int


def run_units(
    settings: Settings,
    runs: Sequence[InstrumentRun],
    plan: Plan,
    engine: Engine,
    watch: Callable[[Far], None],
    interrupt: Interrupt,
    *,
    resume: bool = False,
) -> list[Gathered]:
    """Run the units of a plan by an engine, and return what came of each instrument, in order.

    A unit that fails holds up no other. With `resume` those are left out that are done, and of
    which nothing has changed. Raises OrderflowError where there are no workers, or a `done.json`
    cannot be written.
    """
    for warning in dict.fromkeys(text for run in runs for text in run.pipeline.warnings):
        log.warning(warning)
    drive = _Drive(settings, runs, plan, engine, watch, interrupt)
    if resume:
        drive.leave_out_what_is_done()
    drive.run()
    return drive.gathered()


class _Drive:
    """Who has what, what has ended, and what may begin."""

    def __init__(
        self,
        settings: Settings,
        runs: Sequence[InstrumentRun],
        plan: Plan,
        engine: Engine,
        watch: Callable[[Far], None],
        interrupt: Interrupt,
    ) -> None:
        self._settings = settings
        self._runs = {run.instrument: run for run in runs}
        self._plan = plan
        self._engine = engine
        self._watch = watch
        self._interrupt = interrupt
        self._files = DoneFiles(engine.settings.directory, settings)
        self._sent = sent(settings, engine, list(self._runs))
        self._ended: dict[Unit, Ended] = {}
        self._under_way: dict[Unit, float] = {}
        self._said = {text for run in runs for text in run.pipeline.warnings}
        self._stopped = False

    def leave_out_what_is_done(self) -> None:
        for unit in self._plan.units:
            done = self._files.unchanged(unit)
            if done is not None:
                outputs = [Path(path) for path in done.outputs]
                self._ended[unit] = Ended(done.report, done.bars, outputs)

    def run(self) -> None:
        chains = [
            deque(unit for unit in chain if unit not in self._ended) for chain in self._plan.chains
        ]
        places = {unit: place for place, unit in enumerate(self._plan.units)}
        chain_of = {unit: chain for chain in chains for unit in chain}
        ready = sorted((chain[0] for chain in chains if chain), key=places.__getitem__)
        if not ready:
            return
        with own(self._sent, self._settings):
            try:
                self._engine.start(self._sent, self._hear)
                while (ready and not self._stopped) or self._under_way:
                    self._stop_if_asked()
                    self._submit(ready)
                    for job, fate in self._engine.news(WAIT_SECONDS):
                        if self._take(job, fate):
                            chain = chain_of[job.unit]
                            chain.popleft()
                            ready += list(chain)[:1]
                        self._tell()
            finally:
                self._engine.close()
        self._name_the_failed()

    def _submit(self, ready: list[Unit]) -> None:
        most = self._engine.most
        while ready and not self._stopped and (most is None or len(self._under_way) < AHEAD * most):
            self._begin(ready.pop(0), 1)

    def _begin(self, unit: Unit, number: int) -> None:
        self._files.remove(unit)
        self._under_way[unit] = 0.0
        facts = self._runs[unit.instrument].pipeline.report.facts
        self._engine.submit(Job(self._sent, unit, facts, number))

    def _take(self, job: Job, fate: Ended | Died) -> bool:
        """Take what became of a job; return whether its unit has ended."""
        if isinstance(fate, Died):
            if self._stopped:
                fate = Ended(exit_code=self._code(), error=fate.how)
            elif job.number < self._engine.tries:
                log.warning("%s: %s, and it is tried again", job.unit, fate.how)
                self._begin(job.unit, job.number + 1)
                return False
            else:
                fate = Ended(exit_code=1, error=f"{fate.how}, the last of {job.number} tries")
        del self._under_way[job.unit]
        self._ended[job.unit] = fate
        for said in fate.said:
            self._repeat(job.unit, said)
        if fate.error and not self._stopped:
            log.error("%s: %s", job.unit, fate.error)
        if fate.report is not None and fate.report.status == "ok":
            self._files.write(job.unit, self._done(job, fate, fate.report))
        return True

    def _done(self, job: Job, fate: Ended, report: Report) -> Done:
        return Done(
            self._files.state_of(job.unit),
            fate.inputs,
            [str(path) for path in fate.outputs],
            report.digest,
            fate.bars,
            fate.host,
            fate.pid,
            job.number,
            report,
        )

    def _repeat(self, unit: Unit, said: Said) -> None:
        """Log what a worker has logged; what many units warn of in the same words, once."""
        if said.words not in self._said:
            log.log(said.level, "%s: %s", unit, said.words)
        if said.level < logging.ERROR:
            self._said.add(said.words)

    def _hear(self, job: Job, progress: float) -> None:
        if job.unit in self._under_way:
            self._under_way[job.unit] = progress
        self._tell()
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self._interrupt.signal is not None and not self._stopped:
            self._stopped = True
            for job in self._engine.stop(self._interrupt.signal):
                del self._under_way[job.unit]

    def _tell(self) -> None:
        units, ended = len(self._plan.units), len(self._ended)
        failed = sum(each.exit_code != 0 for each in self._ended.values())
        far = (ended + sum(self._under_way.values())) / units
        self._watch(Far(units, ended, failed, far))

    def _name_the_failed(self) -> None:
        failed = [unit for unit in self._plan.units if self._is_failed(unit)]
        if failed:
            names = ", ".join(map(str, failed))
            log.error("%d of %d units failed: %s", len(failed), len(self._plan.units), names)

    def _is_failed(self, unit: Unit) -> bool:
        ended = self._ended.get(unit)
        return ended is not None and 0 < ended.exit_code <= 128

    def _code(self) -> int:
        return 128 + (self._interrupt.signal or 0)

    def gathered(self) -> list[Gathered]:
        """Return what came of each instrument."""
        return [self._gathered(run) for run in self._runs.values()]

    def _gathered(self, run: InstrumentRun) -> Gathered:
        units = units_of(run)
        ended = {unit: self._ended[unit] for unit in units if unit in self._ended}
        bars: Counter[str] = Counter()
        for each in ended.values():
            bars.update(each.bars)
        codes = [each.exit_code for each in ended.values()]
        if len(ended) < len(units):
            codes.append(self._code())
        return Gathered(
            run.instrument,
            self._report(run, ended),
            dict(bars),
            list(dict.fromkeys(path for each in ended.values() for path in each.outputs)),
            next((code for code in codes if code > 128), next(filter(None, codes), 0)),
        )

    def _report(self, run: InstrumentRun, ended: Mapping[Unit, Ended]) -> Report:
        reports = [each.report or _without(run, unit, each) for unit, each in ended.items()]
        if not reports:
            return replace(run.report, status="interrupted", sessions=[])
        if not run.days:
            return reports[0]
        report = merged(reports, len(run.days))
        if len(reports) < len(run.days) and report.status == "ok":
            report = replace(report, status="interrupted")
        return replace(report, settings=self._settings.shown())


def _without(run: InstrumentRun, unit: Unit, ended: Ended) -> Report:
    """Return the report of a unit that could make none itself."""
    status: RunStatus = "interrupted" if ended.exit_code > 128 else "failed"
    sessions = [SessionReport(unit.day.isoformat(), status)] if unit.day else []
    report = run.pipeline.report.copy()
    return replace(report, status=status, sessions=sessions, warnings=[ended.error])
