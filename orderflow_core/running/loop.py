"""The event loop: sources to buses, at full speed or paced by the clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from threading import Event
from time import sleep

from orderflow_core.contract.instruments import is_name
from orderflow_core.contract.report import Report
from orderflow_core.errors import InputError, SettingsError
from orderflow_core.plugin.kernels import warm_kernels
from orderflow_core.running.across import AcrossRun, make_runs
from orderflow_core.running.control import Controls, Wish
from orderflow_core.running.digest import Account
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.making import asked, make_source
from orderflow_core.running.pace import Pace
from orderflow_core.running.pipeline import TICK_SECONDS, Pipeline
from orderflow_core.running.together import CatchingUp, reached
from orderflow_core.settings.reading import Settings
from orderflow_core.settings.sessions import session_problems

log = logging.getLogger(__name__)

PACE_SECONDS = 0.02


class Interrupt:
    """Where a signal handler leaves the number of the signal that asks to stop."""

    signal: int | None = None


def prepare(
    settings: Settings, account: Callable[[str], Account] = lambda instrument: Account()
) -> list[InstrumentRun]:
    """Make and start the run of each instrument; nothing is read yet.

    `account` makes what sees all that is delivered of an instrument, or of a session of it. Raises
    SettingsError with all that is wrong, InputError where there is no instrument.
    """
    with settings.hiding():
        if problems := session_problems(settings):
            raise SettingsError(*problems)
        instruments = _instruments(settings)
        runs = make_runs(settings, instruments, account)
        for run in runs:
            try:
                run.start([each.instrument for each in runs])
            except SettingsError as error:
                problems += error.problems
        if problems:
            raise SettingsError(*dict.fromkeys(problems))
        return runs


def run(
    runs: Sequence[InstrumentRun],
    speed: float | str,
    watch: Callable[[Report], None],
    interrupt: Interrupt,
) -> None:
    """Run the instruments to their end, as `steps` does."""
    for _ in steps(runs, speed, watch, interrupt):
        pass


def steps(
    runs: Sequence[InstrumentRun],
    speed: float | str,
    watch: Callable[[Report], None],
    interrupt: Interrupt,
) -> Iterator[None]:
    """Run the instruments to their end: at "max" speed one after the other, else side by side.

    Those of a live source run side by side too, each as its rows come, and those that are merged
    by time, each as far as all have been read.
    It yields whenever rows may have been delivered. `watch` gets each report after its ticks and
    at its end. What the wiring of the plugins warns of is logged first.
    """
    pipelines = [each.pipeline for each in runs]
    for warning in dict.fromkeys(text for pipeline in pipelines for text in pipeline.warnings):
        log.warning(warning)
    across = any(isinstance(each, AcrossRun) for each in runs)
    if any(pipeline.live for pipeline in pipelines):
        warm_kernels([plugin for pipeline in pipelines for plugin in pipeline.plugins])
        limits = CatchingUp() if across else _no_limits
        yield from _drive(runs, Pace("max"), 0, watch, interrupt, Event(), limits)
    elif speed == "max" and any(each.together for each in runs):
        yield from _drive(runs, Pace("max"), 0, watch, interrupt, limits=reached)
    elif speed == "max":
        for each in runs:
            yield from _drive([each], Pace("max"), TICK_SECONDS, watch, interrupt)
    else:
        yield from _drive(runs, Pace(float(speed)), 0, watch, interrupt)


def _instruments(settings: Settings) -> list[str]:
    source = make_source(settings)
    found = asked(lambda: list(source.instruments()), "instruments()")
    if not found:
        raise InputError("[source] has no instrument")
    unfit = [name for name in found if not isinstance(name, str) or not is_name(name)]
    if unfit:
        raise InputError(
            f"{unfit[0]!r} is no name of an instrument: it is empty, long or not printable"
        )
    wanted = settings.stream.instruments
    missing = [name for name in wanted or () if name not in found]
    if missing:
        raise SettingsError(
            f"[source] instruments: {', '.join(missing)} not found; "
            f"there {'are' if len(found) != 1 else 'is'} {', '.join(found) or 'none'}"
        )
    return list(dict.fromkeys(wanted or found))


def _no_limits(pipelines: Sequence[Pipeline]) -> Mapping[Pipeline, float]:
    """Let each run as far as it can."""
    return {}


def _drive(
    runs: Sequence[InstrumentRun],
    pace: Pace,
    wait: float,
    watch: Callable[[Report], None],
    interrupt: Interrupt,
    arrived: Event | None = None,
    limits: Callable[[Sequence[Pipeline]], Mapping[Pipeline, float]] = _no_limits,
) -> Iterator[None]:
    for run in runs:
        run.pipeline.open(arrived)
    active = list(runs)
    controls = Controls()
    busy = False
    while active:
        if arrived:
            arrived.clear()
        if not busy:  # else what was due a moment ago comes first, in blocks and not row by row
            now = pace([run.pipeline for run in active])
        busy = False
        until = limits([run.pipeline for run in active])
        wishes: list[Wish] = []
        for run in list(active):
            pipeline = run.pipeline
            if interrupt.signal is not None:
                run.interrupt(interrupt.signal)
                now, until = inf, {}
            if not pipeline.done and pipeline.step(min(now, until.get(pipeline, inf)), wait):
                busy = True
            if pipeline.tick():
                watch(run.report)
                wishes += controls.wishes(pipeline)
            if pipeline.done:
                if not run.finish():
                    active.remove(run)
                watch(run.report)
        yield
        if wishes:
            _heed(wishes, pace, [run.pipeline for run in active], reached=inf if busy else now)
            busy = False
        elif arrived and not busy:
            arrived.wait(PACE_SECONDS)
        elif not busy and now < inf:
            sleep(PACE_SECONDS)


def _heed(
    wishes: Iterable[Wish], pace: Pace, pipelines: Sequence[Pipeline], reached: float
) -> None:
    """Let the pace take what is asked; where rows are still due, it goes on from the last one."""
    last = max((time for each in pipelines if (time := each.last_time) is not None), default=inf)
    for wish in wishes:
        pace.take(wish, reached if reached < inf else last)
    for pipeline in pipelines:
        pipeline.report.paused, pipeline.report.speed = pace.paused, pace.speed
