"""`done.json`: what is left behind by a unit that has ended well, so that none runs twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from orderflow_core.contract.instruments import folder_name
from orderflow_core.contract.report import Report
from orderflow_core.engine.inputs import are_same
from orderflow_core.engine.units import Unit
from orderflow_core.errors import OutputError
from orderflow_core.output.whole import write_whole
from orderflow_core.settings.fingerprint import state
from orderflow_core.settings.reading import Settings
from orderflow_core.settings.sessions import of_session

log = logging.getLogger(__name__)

FILE = "done.json"
MOST_BYTES = 1 << 26


@dataclass(frozen=True)
class Done:
    """How a unit ended: by which settings, of which inputs, who ran it, and what came of it.

    `settings` is the hash of all settings, `inputs` has size and time of each file that was read,
    of the day's own and of those around it, and `attempt` the number of the try that it took.
    """

    settings: str
    inputs: Mapping[str, list[int]]
    outputs: Sequence[str]
    digest: str | None
    bars: Mapping[str, int]
    host: str
    pid: int
    attempt: int
    report: Report


class DoneFiles:
    """The files of the units of a run, each in a folder of its own."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        self._directory = directory
        self._settings = settings
        self._states: dict[str, str] = {}

    def path_of(self, unit: Unit) -> Path:
        """Return where the file of a unit is."""
        folder = self._directory / folder_name(unit.instrument)
        return (folder / unit.day.isoformat() if unit.day else folder) / FILE

    def state_of(self, unit: Unit) -> str:
        """Return the hash of a unit's settings."""
        if unit.instrument not in self._states:
            self._states[unit.instrument] = state(self._settings, unit.instrument)
        return self._states[unit.instrument]

    def unchanged(self, unit: Unit) -> Done | None:
        """Return what a unit has left, None where it has not ended, or anything has changed.

        Raises InputError where the source cannot tell its files.
        """
        done = self._read(unit)
        if done is None or done.settings != self.state_of(unit):
            return None
        if not all(map(_is_there, done.outputs)):
            return None
        own = self._settings if unit.day is None else of_session(self._settings, unit.day)
        return done if are_same(done.inputs, own, unit.instrument) else None

    def remove(self, unit: Unit) -> None:
        """Let a unit be none that is done; raises OutputError."""
        path = self.path_of(unit)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path} cannot be removed: {error.strerror}") from error

    def write(self, unit: Unit, done: Done) -> None:
        """Let a unit be done; raises OutputError."""
        path = self.path_of(unit)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{path.parent} cannot be made: {error.strerror}") from error
        write_whole(path, json.dumps(asdict(done), allow_nan=False).encode(), durable=True)

    def _read(self, unit: Unit) -> Done | None:
        path = self.path_of(unit)
        reason = "it is none that a run has left"
        try:  # by json, which knows names of files that are no UTF-8
            done = _shape().validate_python(json.loads(_content(path)))
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = error.strerror or str(error)
        except (ValueError, RecursionError):
            pass
        else:
            if _is_of(unit, done.report):
                return done
        log.warning("%s cannot be read, and %s is run again: %s", path, unit, reason)
        return None


def _is_of(unit: Unit, report: Report) -> bool:
    days = [unit.day.isoformat()] if unit.day else []
    return report.instrument == unit.instrument and [each.date for each in report.sessions] == days


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # in a folder that may not be read
        return False


@cache
def _shape() -> TypeAdapter[Done]:
    return TypeAdapter(Done)


def _content(path: Path) -> bytes:
    """Return what is in a file; raises OSError for what could be waited for, or fill the memory."""
    if path.exists() and not path.is_file():
        raise OSError("it is no file")
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(f"it has more than {MOST_BYTES:,} bytes")
    return content
