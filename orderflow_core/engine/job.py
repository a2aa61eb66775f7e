"""A unit as it is handed to a worker, and what a worker does with it."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeAlias

from orderflow_core.contract.api import own_version
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.report import Report
from orderflow_core.engine.inputs import Stamps, stamps_after, stamps_before
from orderflow_core.engine.memory import keep_memory
from orderflow_core.engine.units import Unit
from orderflow_core.errors import OrderflowError, SettingsError
from orderflow_core.output.attempt import Attempt, attempting
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.loop import Interrupt, run
from orderflow_core.settings.discovery import bring
from orderflow_core.settings.reading import Layers, Settings
from orderflow_core.settings.sessions import of_session
from orderflow_core.words import error_text

Tell: TypeAlias = Callable[[float], int | None]
"""Is told how far a unit is, 0 to 1, and returns the signal that asks it to end, if there is."""


@dataclass(frozen=True)
class Sent:
    """What each worker is told of a run.

    `versions` are those of the plugins, the source's first, `files` the texts of those that are a
    file's, and `modules` what a worker comes to import.
    """

    id: str
    version: str
    layers: Layers
    instruments: Sequence[str]
    versions: Sequence[str]
    files: Mapping[Path, bytes] = field(repr=False)
    modules: Sequence[str] = ()


@dataclass(frozen=True)
class Job:
    """An attempt at a unit, `number` counted from 1."""

    run: Sent
    unit: Unit
    facts: InstrumentFacts
    number: int = 1


class Said(NamedTuple):
    """What was logged in a worker: its level and its words."""

    level: int
    words: str


@dataclass(frozen=True)
class Ended:
    """What became of a unit; without a `report` it was not begun, and `error` says why."""

    report: Report | None = None
    bars: Mapping[str, int] = field(default_factory=dict)
    outputs: Sequence[Path] = ()
    inputs: Stamps = field(default_factory=dict)
    exit_code: int = 0
    error: str = ""
    said: Sequence[Said] = ()
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)


_own: dict[str, Settings] = {}
_read: dict[str, Settings] = {}
_one_at_a_time = Lock()


@contextmanager
def own(sent: Sent, settings: Settings) -> Iterator[None]:
    """Let units of a run that this process drives itself be run with the settings it has."""
    _own[sent.id] = settings
    try:
        yield
    finally:
        del _own[sent.id]


def perform(job: Job, tell: Tell) -> Ended:
    """Run a unit to its end, in whatever process this is; nothing is raised."""
    keep_memory()
    settings = _own.get(job.run.id)
    if settings is not None:
        return _performed(job, tell, lambda: settings)
    with _one_at_a_time, _listening() as said:  # else it could not be told who logs what
        ended = _performed(job, tell, lambda: _settings_of(job.run))
    return replace(ended, said=said)


def _performed(job: Job, tell: Tell, settings: Callable[[], Settings]) -> Ended:
    try:
        return _run(settings(), job, tell)
    except OrderflowError as error:
        return Ended(exit_code=error.exit_code, error=str(error))
    except Exception as error:  # a fault of the host's own, which is to end one unit alone
        logging.getLogger(__name__).exception("%s failed", job.unit)
        return Ended(exit_code=1, error=error_text(error))


def _run(settings: Settings, job: Job, tell: Tell) -> Ended:
    unit, interrupt = job.unit, Interrupt()

    def watch(report: Report) -> None:
        interrupt.signal = interrupt.signal or tell(report.progress)

    with settings.hiding(), attempting(Attempt(job.run.id, job.number)):
        mine = settings if unit.day is None else of_session(settings, unit.day)
        before = stamps_before(mine, unit.instrument)
        made = InstrumentRun(settings, unit.instrument, days=[unit.day] if unit.day else [])
        made.start(job.run.instruments, job.facts)
        made.pipeline.warnings = ()  # which are of the wiring, and told once for all units
        run([made], "max", watch, interrupt)
        report = made.pipeline.report
    inputs = stamps_after(before, [each.path for each in report.inputs])
    return Ended(report, made.bars, made.outputs, inputs, made.exit_code)


def _settings_of(sent: Sent) -> Settings:
    """Return the settings of a run elsewhere, read again; raises SettingsError."""
    if sent.id not in _read:
        check_version(sent.version, own_version())
        bring(sent.files)
        _read.clear()
        _read[sent.id] = settings = sent.layers.read()
        tables = (settings.source, *settings.plugins)
        for table, asked in zip(tables, sent.versions, strict=True):
            found = table.found.version
            if found != asked:
                del _read[sent.id]
                raise SettingsError(
                    f"the worker on {socket.gethostname()} has {found} of {table.found.use!r}, and "
                    f"the run {asked}: install the same version on both"
                )
    return _read[sent.id]


def check_version(asked: str, found: str, worker: str = "") -> None:
    """Raise SettingsError for a worker of another version than that of the run."""
    if asked != found:
        raise SettingsError(
            f"the worker on {worker or socket.gethostname()} has orderflow {found}, and the run "
            f"{asked}: install the same version on both"
        )


class _Listener(logging.Handler):
    """Keeps what is logged, in words."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[Said] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it; a record without a formatter has its message, and its traceback if any."""
        self.said.append(Said(record.levelno, self.format(record)))


@contextmanager
def _listening() -> Iterator[list[Said]]:
    listener = _Listener()
    root = logging.getLogger()
    root.addHandler(listener)
    try:
        yield listener.said
    finally:
        root.removeHandler(listener)
