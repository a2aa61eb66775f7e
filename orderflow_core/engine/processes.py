"""The engine `processes`: units side by side in processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from threading import Thread
from time import monotonic, sleep
from types import ModuleType
from typing import Any

from orderflow_core.engine.engine import Died, Engine, Heard
from orderflow_core.engine.job import Ended, Job, Sent, perform
from orderflow_core.errors import SettingsError
from orderflow_core.settings.engine import EngineSettings

TELLING_SECONDS = 0.2
"""The least time between two words of a worker about how far it is."""
ENDING_SECONDS = 5.0
"""How long a worker that is to end is waited for, before it is killed."""


class Processes(Engine):
    """Keeps `workers` processes, each with a pipe of its own, so that one that dies takes no other.

    They are forked from a process that has imported what a run needs, and nothing else, where the
    system can: a new one is there in no time.
    """

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        if settings.address is not None:
            raise SettingsError(
                '[engine] address: the engine "processes" has none; leave it out, or use = "dask"'
            )
        self._workers: list[_Worker] = []
        self._jobs: deque[Job] = deque()
        self._kill_at: float | None = None

    @property
    def most(self) -> int:
        """So many as were asked for, else one a processor that this process may use."""
        return self.settings.workers or _processors()

    def start(self, run: Sent, heard: Heard) -> None:
        """Let the process that others are forked from begin to import."""
        self._heard = heard
        self._context = _context(run.modules)

    def submit(self, job: Job) -> None:
        """Give the job to an idle worker, else to a new one, else to the next that is idle."""
        self._jobs.append(job)
        self._assign()

    def news(self, seconds: float) -> Iterator[tuple[Job, Ended | Died]]:
        """Hear the workers."""
        if self._kill_at is not None and monotonic() > self._kill_at:
            for worker in self._workers:
                if worker.job:
                    worker.kill()
        signs = {sign: worker for worker in self._workers for sign in worker.signs}
        for worker in dict.fromkeys(signs[sign] for sign in wait(list(signs), seconds)):
            job = worker.job
            said = worker.hear()
            if isinstance(said, float):
                if job:
                    self._heard(job, said)
                continue
            if isinstance(said, Died):
                self._workers.remove(worker)
            self._assign()
            if job:
                yield job, said

    def stop(self, signal: int) -> list[Job]:
        """Ask the workers to end what they do, and kill those that do not in good time."""
        dropped = list(self._jobs)
        self._jobs.clear()
        self._kill_at = monotonic() + ENDING_SECONDS
        for worker in self._workers:
            worker.ask_to_stop(signal)
        return dropped

    def close(self) -> None:
        """End all workers; what one of them still does is cut off."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _assign(self) -> None:
        while self._jobs:
            worker = next((each for each in self._workers if each.job is None), None)
            if worker is None:
                if len(self._workers) >= self.most:
                    return
                worker = _Worker(self._context)
                self._workers.append(worker)
            worker.take(self._jobs.popleft())


class _Worker:
    """One process, and the job that it has."""

    def __init__(self, context: BaseContext) -> None:
        self.job: Job | None = None
        self.connection, theirs = context.Pipe()
        self._process = context.Process(  # type: ignore[attr-defined]
            target=_work, args=(theirs,), daemon=True
        )
        with _without_program():
            self._process.start()
        theirs.close()

    def take(self, job: Job) -> None:
        """Begin with a job; of a worker that has died `hear` tells."""
        self.job = job
        self._send(job)

    def ask_to_stop(self, signal: int) -> None:
        """Ask the worker to end its job."""
        self._send(signal)

    @property
    def signs(self) -> tuple[Any, Any]:
        """What is ready when the worker says something, or has ended.

        The pipe alone does not tell its end while a process lives that a plugin has forked.
        """
        return self.connection, self._process.sentinel

    def hear(self) -> float | Ended | Died:
        """Return what the worker says, one of whose signs must be there."""
        said = self._received()
        if said is None:
            self._process.join(ENDING_SECONDS)  # one whose pipe a plugin has closed may live on
            self._process.kill()
            self._process.join()
            self.connection.close()
            return Died(_how(self._process.exitcode))
        if not isinstance(said, float):
            self.job = None
        return said

    def _received(self) -> float | Ended | None:
        try:
            return self.connection.recv() if self.connection.poll() else None
        except (EOFError, OSError):
            return None

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def end(self) -> None:
        """Wait for the process to end by itself, as it does without a pipe, then end it."""
        if self.job is None:
            self._process.join(ENDING_SECONDS)
        self._process.kill()
        self._process.join()

    def _send(self, what: Job | int) -> None:
        try:
            self.connection.send(what)
        except OSError:  # it has died, and its pipe is at its end
            return


@contextmanager
def _without_program() -> Iterator[None]:
    """Let a process that is started not import the program of this one, which it has no use for."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _work(connection: Connection) -> None:
    """Run jobs until there is no one any more who could give one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which asks the process of the run, not this one
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # so does the terminal's end
    os.dup2(2, 1)  # the standard output is for the reports
    Thread(target=_end_after_the_run, daemon=True).start()
    told, own = 0.0, os.getpid()

    def tell(progress: float) -> int | None:
        nonlocal told
        _end_a_copy(own)
        try:
            if monotonic() - told >= TELLING_SECONDS:
                connection.send(progress)
                told = monotonic()
            return connection.recv() if connection.poll() else None
        except (EOFError, OSError):
            return signal.SIGTERM

    while True:
        try:
            job = connection.recv()
            if isinstance(job, Job):
                ended = perform(job, tell)
                _end_a_copy(own)
                connection.send(ended)
        except (EOFError, OSError):
            return


def _end_a_copy(worker: int) -> None:
    """End this process if it is none that was started here, but one that a plugin has forked."""
    if os.getpid() != worker:
        os._exit(1)


def _end_after_the_run() -> None:
    """End this process soon after that of the run has died, whatever a plugin does meanwhile."""
    run = multiprocessing.parent_process()
    if run is not None:
        wait([run.sentinel])
        sleep(ENDING_SECONDS)
        os._exit(1)


def _context(modules: Sequence[str]) -> BaseContext:
    """Return how processes are started; where they are forked from one, that imports first."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *modules])
    return context


def _processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"its worker was killed by signal {-code}"
    return f"its worker ended with code {code}"
