"""The engine `dask`: units are run by the workers of a cluster, one of ours or one that is there.

Its library takes long to import and is no dependency of ours, so that it is imported by `start`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from orderflow_core import OrderflowError, SettingsError
from orderflow_core.engines import (
    Died,
    Ended,
    Engine,
    EngineSettings,
    Heard,
    Job,
    Sent,
    check_version,
)

THREADS = "threads"
"""The address that means: in threads of this process."""
CONNECTING_SECONDS = 10
ENDING_SECONDS = 5.0
"""How long units that are to end are waited for, and after that workers of ours."""


class Dask(Engine):
    """Hands jobs to a scheduler, which gives a job to another worker where one is lost.

    Without an address it starts `workers` processes here, and ends them with the run. Those of a
    scheduler at an address are never closed.
    """

    tries = 1  # the scheduler tries again itself

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        self._elsewhere = settings.address not in (None, THREADS)
        if self._elsewhere and settings.workers is not None:
            raise SettingsError(
                "[engine] workers: the scheduler at the address has workers of its own; leave out "
                "the one or the other"
            )
        self.remote = self._elsewhere and not _is_here(str(settings.address))
        self._futures: dict[Any, Job] = {}
        self._by_unit: dict[str, Job] = {}
        self._begun: set[str] = set()
        self._ended: SimpleQueue[Any] = SimpleQueue()
        self._leave_at: float | None = None
        self._cluster: Any = None
        self._client: Any = None

    @property
    def most(self) -> int | None:
        """So many as were asked for, else one a processor; None where the scheduler has them."""
        return None if self._elsewhere else self.settings.workers or os.cpu_count() or 1

    def start(self, run: Sent, heard: Heard) -> None:
        """Find the scheduler, or start one with its workers."""
        try:
            import distributed
        except ImportError as error:
            raise SettingsError(
                '[engine] use = "dask" needs the package distributed, which is not installed: '
                'pip install "orderflow-bus[dask]"'
            ) from error
        self._heard, self._run = heard, run.id
        self._topic = f"orderflow-{run.id}"
        self._client = self._connected(distributed)
        self._check_versions(run.version)
        self._client.subscribe_topic(self._topic, lambda event: self._ended.put(event[1]))

    def submit(self, job: Job) -> None:
        """Hand the job to the scheduler."""
        from orderflow_dask.worker import run_job

        future = self._client.submit(run_job, job, self._topic, pure=False)
        self._futures[future] = job
        self._by_unit[str(job.unit)] = job
        future.add_done_callback(self._ended.put)

    def news(self, seconds: float) -> Iterator[tuple[Job, Ended | Died]]:
        """Hear the scheduler."""
        if self._leave_at is not None and monotonic() > self._leave_at:
            while self._futures:
                yield self._futures.popitem()[1], Died("it did not end in good time")
            return
        try:
            told = self._ended.get(timeout=seconds)
        except Empty:
            return
        if isinstance(told, tuple):
            unit, progress = told
            self._begun.add(unit)
            self._heard(self._by_unit[unit], progress)
        elif told in self._futures:
            yield self._futures.pop(told), _fate(told)

    def stop(self, signal: int) -> list[Job]:
        """Ask the workers to end what they do, and take back what none of them has begun."""
        from orderflow_dask.worker import stop_run

        dropped = {
            future: job for future, job in self._futures.items() if str(job.unit) not in self._begun
        }
        for future in dropped:
            del self._futures[future]
        self._leave_at = monotonic() + ENDING_SECONDS
        self._client.cancel(list(dropped))
        self._client.run(stop_run, self._run, signal, on_error="ignore")
        return list(dropped.values())

    def close(self) -> None:
        """End the workers that are ours."""
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close(timeout=ENDING_SECONDS)

    def _connected(self, distributed: Any) -> Any:
        address = self.settings.address
        try:
            if self._elsewhere:
                return distributed.Client(address, timeout=CONNECTING_SECONDS)
            self._cluster = self._made(distributed)
            return distributed.Client(self._cluster)
        except (OSError, ValueError) as error:
            raise OrderflowError(
                f"[engine] address = {address!r}: no scheduler can be reached there: {error}"
            ) from error

    def _made(self, distributed: Any) -> Any:
        """Return a cluster of this machine, which tries a job again twice."""
        import dask

        workers, threads = self.most, self.settings.address == THREADS
        with dask.config.set({"distributed.scheduler.allowed-failures": 2}):
            return distributed.LocalCluster(
                n_workers=1 if threads else workers,
                threads_per_worker=workers if threads else 1,
                processes=not threads,
                dashboard_address=None,
                memory_limit=None,
                silence_logs=50,
            )

    def _check_versions(self, asked: str) -> None:
        from orderflow_dask.worker import version

        for worker, found in self._client.run(version, on_error="return").items():
            if isinstance(found, BaseException):
                raise SettingsError(
                    f"the worker {worker} cannot import orderflow: {found}; install the same "
                    "version on all machines"
                )
            check_version(asked, found, worker)


def _fate(future: Any) -> Ended | Died:
    from distributed import KilledWorker

    if future.status == "finished":
        ended: Ended = future.result()
        return ended
    if future.status == "cancelled":
        return Died("it was cancelled, or its scheduler is gone")
    error = future.exception()
    if isinstance(error, KilledWorker):
        return Died("its workers died")
    return Ended(exit_code=1, error=f"its worker cannot run it: {type(error).__name__}: {error}")


def _is_here(address: str) -> bool:
    """Whether a scheduler is on this machine, by its address."""
    host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
    if host in ("localhost", socket.gethostname()):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
