"""The event loop: sources to buses, at full speed or paced by the clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from math import inf
from time import monotonic, sleep

from orderflow_core.contract.instruments import is_name
from orderflow_core.contract.report import Report
from orderflow_core.errors import InputError, SettingsError
from orderflow_core.running.digest import Account
from orderflow_core.running.pipeline import TICK_SECONDS, Pipeline, asked, make_source
from orderflow_core.settings.reading import Settings

log = logging.getLogger(__name__)

PACE_SECONDS = 0.02


class Interrupt:
    """Where a signal handler leaves the number of the signal that asks to stop."""

    signal: int | None = None


def prepare(
    settings: Settings, account: Callable[[str], Account] = lambda instrument: Account()
) -> list[Pipeline]:
    """Make and start a pipeline for each instrument; nothing is read yet.

    `account` makes what sees all that is delivered of an instrument. Raises SettingsError with all
    that is wrong, InputError where there is no instrument.
    """
    with settings.hiding():
        instruments = _instruments(settings)
        pipelines = [Pipeline(settings, name, account(name)) for name in instruments]
        problems: list[str] = []
        for pipeline in pipelines:
            try:
                pipeline.start(instruments)
            except SettingsError as error:
                problems += error.problems
        if problems:
            raise SettingsError(*dict.fromkeys(problems))
        return pipelines


def run(
    pipelines: Sequence[Pipeline],
    speed: float | str,
    watch: Callable[[Report], None],
    interrupt: Interrupt,
) -> None:
    """Run the pipelines to their end, as `steps` does."""
    for _ in steps(pipelines, speed, watch, interrupt):
        pass


def steps(
    pipelines: Sequence[Pipeline],
    speed: float | str,
    watch: Callable[[Report], None],
    interrupt: Interrupt,
) -> Iterator[None]:
    """Run the pipelines to their end: at "max" speed one after the other, else side by side.

    It yields whenever rows may have been delivered. `watch` gets each report after its ticks and
    at its end. What the wiring of the plugins warns of is logged first.
    """
    for warning in dict.fromkeys(text for pipeline in pipelines for text in pipeline.warnings):
        log.warning(warning)
    if speed == "max":
        for pipeline in pipelines:
            yield from _drive([pipeline], _at_once, TICK_SECONDS, watch, interrupt)
    else:
        yield from _drive(pipelines, _Pace(float(speed)), 0, watch, interrupt)


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


def _drive(
    pipelines: Sequence[Pipeline],
    clock: Callable[[Sequence[Pipeline]], float],
    wait: float,
    watch: Callable[[Report], None],
    interrupt: Interrupt,
) -> Iterator[None]:
    for pipeline in pipelines:
        pipeline.open()
    active = list(pipelines)
    busy = False
    while active:
        if not busy:  # else what was due a moment ago comes first, in blocks and not row by row
            now = clock(active)
        busy = False
        for pipeline in list(active):
            if interrupt.signal is not None:
                pipeline.interrupt(interrupt.signal)
            elif pipeline.step(now, wait):
                busy = True
            if pipeline.tick():
                watch(pipeline.report)
            if pipeline.done:
                pipeline.finish()
                watch(pipeline.report)
                active.remove(pipeline)
        yield
        if not busy and not wait:
            sleep(PACE_SECONDS)


def _at_once(_: Sequence[Pipeline]) -> float:
    return inf


class _Pace:
    """The data's time, running at `speed` data seconds a second from the first row on."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._zero: tuple[float, int] | None = None

    def __call__(self, pipelines: Sequence[Pipeline]) -> float:
        if self._zero is None:
            times = [pipeline.next_time(wait=0) for pipeline in pipelines]
            if any(
                time is None and not pipeline.done
                for time, pipeline in zip(times, pipelines, strict=True)
            ):
                return -inf
            first = min((time for time in times if time is not None), default=0)
            self._zero = (monotonic(), first)
        began, first = self._zero
        return first + (monotonic() - began) * 1000 * self._speed
