"""The engine `local`: one unit after the other, in this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from orderflow_core.engine.engine import Died, Engine, Heard
from orderflow_core.engine.job import Ended, Job, Sent, perform
from orderflow_core.errors import SettingsError
from orderflow_core.settings.engine import EngineSettings


class Local(Engine):
    """Runs each job when its end is asked for."""

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        for key in ("workers", "address"):
            if getattr(settings, key) is not None:
                raise SettingsError(
                    f'[engine] {key}: the engine "local" has none; leave it out, or use another'
                )
        self._jobs: deque[Job] = deque()
        self._signal: int | None = None

    @property
    def most(self) -> int:
        """One: this process."""
        return 1

    def start(self, run: Sent, heard: Heard) -> None:
        """Start nothing."""
        self._heard = heard

    def submit(self, job: Job) -> None:
        """Keep the job until its turn."""
        self._jobs.append(job)

    def news(self, seconds: float) -> Iterator[tuple[Job, Ended | Died]]:
        """Run the next job."""
        if self._jobs:
            job = self._jobs.popleft()

            def tell(progress: float) -> int | None:
                self._heard(job, progress)
                return self._signal

            yield job, perform(job, tell)

    def stop(self, signal: int) -> list[Job]:
        """Let the job under way end."""
        self._signal = signal
        dropped = list(self._jobs)
        self._jobs.clear()
        return dropped

    def close(self) -> None:
        """There is nothing to end."""
