"""What an engine is: who runs jobs, wherever that is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar, TypeAlias

from orderflow_core.engine.job import Ended, Job, Sent
from orderflow_core.errors import SettingsError
from orderflow_core.settings.engine import EngineSettings
from orderflow_core.words import did_you_mean, error_text

GROUP = "orderflow.engines"
Heard: TypeAlias = Callable[[Job, float], None]
"""Is told how far a job is, 0 to 1."""


@dataclass(frozen=True)
class Died:
    """What became of a job whose worker is gone: how, in words."""

    how: str


class Engine(ABC):
    """Runs jobs and tells what becomes of them; of all calls each comes from one thread.

    It is made to be asked for a plan too: it starts nothing before `start`. Raises SettingsError
    for settings that it cannot have.

    Attributes:
        tries: how often a job is given to it whose worker dies.
        remote: whether what is sent leaves this machine.

    """

    tries: ClassVar[int] = 3
    remote: bool = False

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings

    @property
    @abstractmethod
    def most(self) -> int | None:
        """How many jobs go on at once; None where that is not known."""

    @abstractmethod
    def start(self, run: Sent, heard: Heard) -> None:
        """Get workers; `heard` is called by `news` alone. Raises OrderflowError."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Take a job; there may be more of them than go on at once."""

    @abstractmethod
    def news(self, seconds: float) -> Iterable[tuple[Job, Ended | Died]]:
        """Yield what has ended, waiting at most so long for it."""

    @abstractmethod
    def stop(self, signal: int) -> Iterable[Job]:
        """Let each job under way end before its time; drop and return those that are not begun."""

    @abstractmethod
    def close(self) -> None:
        """End all workers that this engine has started, whatever they do."""


@cache
def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def make_engine(settings: EngineSettings) -> Engine:
    """Return the engine that the settings name; raises SettingsError where there is none."""
    names = _installed()
    if settings.use not in names:
        hint = did_you_mean(settings.use, names) or f"there are {', '.join(sorted(names))}"
        raise SettingsError(f"[engine] use = {settings.use!r}: no such engine is installed; {hint}")
    entry = names[settings.use]
    try:
        made: type[Engine] = entry.load()
    except Exception as error:  # an import may raise whatever it likes
        raise SettingsError(
            f"[engine] use = {settings.use!r} ({entry.value}) does not import: {error_text(error)}"
        ) from error
    return made(settings)
