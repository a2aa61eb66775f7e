"""What a worker of Dask does."""

from __future__ import annotations

from time import monotonic

from distributed import get_worker

from orderflow_core.engines import Ended, Job, own_version, perform

TELLING_SECONDS = 0.5
"""The least time between two words of a worker about how far it is."""

_stopped: dict[str, int] = {}


def run_job(job: Job, topic: str) -> Ended:
    """Run a job, and tell how far it is as events of a topic: (unit, 0 to 1)."""
    worker = get_worker()
    told = monotonic()
    worker.log_event(topic, (str(job.unit), 0.0))

    def tell(progress: float) -> int | None:
        nonlocal told
        if monotonic() - told >= TELLING_SECONDS:
            worker.log_event(topic, (str(job.unit), progress))
            told = monotonic()
        return _stopped.get(job.run.id)

    return perform(job, tell)


def stop_run(run: str, signal: int) -> None:
    """Let all jobs of a run that this worker has end before their time."""
    _stopped[run] = signal


def version() -> str:
    """Return the version of orderflow that the worker has."""
    return own_version()
