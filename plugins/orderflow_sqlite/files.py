"""Which recordings a path stands for: a folder, a file or a glob, by instrument and day."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from glob import glob, has_magic
from pathlib import Path

from orderflow_core import InputError
from orderflow_core.sources import DAY_MS, NAME, midnight

log = logging.getLogger(__name__)

UNFINISHED = ".part"
PATTERN = "{instrument}-%y-%m-%d.db"
_CODES = {"%y": r"(?P<y>\d\d)", "%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d\d)", "%d": r"(?P<d>\d\d)"}


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says of a path into InputErrors that name it."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


@dataclass(frozen=True)
class RecordingFile:
    """A file with the instrument and the UTC day of its name; both None for another name."""

    path: Path
    instrument: str | None
    day: date | None


def find_files(path: Path, pattern: str) -> list[RecordingFile]:
    """Return the recordings at `path` in the order of their days.

    In a folder or a glob only files whose names fit the pattern count; other `.db` files are
    logged, and so is what has such a name and is no file. A single file may have any name. Raises
    InputError where the path cannot be looked at, or is a link to nothing.
    """
    with reading(path):
        if path.is_file():
            return [_read_name(path, pattern)]
        if _leads_nowhere(path):
            raise InputError(f"{path} is a link to {path.readlink()}, where nothing is")
        found = [_read_name(file, pattern) for file in sorted(_candidates(path))]
        wrong = {file.path: _left_out(file, pattern) for file in found}
    for place, reason in wrong.items():
        if reason and place.suffix == ".db":
            _tell(place, reason)
    named = [file for file in found if not wrong[file.path]]
    return sorted(named, key=lambda file: (file.day or date.min, file.path.name))


def near_days(
    files: Iterable[RecordingFile], start: date | None, end: date | None
) -> list[RecordingFile]:
    """Return the files whose day is within a day of the range; those without a day stay."""
    first = None if start is None else midnight(start) - DAY_MS
    last = None if end is None else midnight(end) + DAY_MS
    return [
        file
        for file in files
        if file.day is None
        or (
            (first is None or midnight(file.day) >= first)
            and (last is None or midnight(file.day) <= last)
        )
    ]


def is_vacant(path: Path) -> bool:
    """Whether recordings may be written into `path`: an empty folder, or one yet to be made.

    What a killed writer left unfinished does not count.
    """
    with reading(path):
        if path.is_dir():
            return all(file.suffix == UNFINISHED for file in path.iterdir())
        return not (path.exists() or path.is_symlink() or has_magic(str(path)))


def pattern_regex(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a file-name pattern; raises ValueError for a bad one."""
    if "{instrument}" not in pattern:
        raise ValueError("must contain {instrument}")
    for part in ("{instrument}", *_CODES):
        if pattern.count(part) > 1:
            raise ValueError(f"must contain {part} only once")
    expression = re.escape(pattern).replace(re.escape("{instrument}"), f"(?P<instrument>{NAME})")
    for code, digits in _CODES.items():
        expression = expression.replace(re.escape(code), digits)
    return re.compile(expression)


def _candidates(path: Path) -> list[Path]:
    return list(path.iterdir() if path.is_dir() else map(Path, glob(str(path))))  # noqa: PTH207


def _left_out(file: RecordingFile, pattern: str) -> str | None:
    """Return why a file of a folder is not read, None where it is."""
    if _leads_nowhere(file.path):
        return f"it is a link to {file.path.readlink()}, where nothing is"
    if not file.path.is_file():
        return "it is no file"
    return f"its name is not like {pattern}" if file.instrument is None else None


@cache
def _tell(place: Path, reason: str) -> None:
    """Say what is left out and why, once, though a run looks for its files several times."""
    log.warning("%s is left out: %s", place, reason)


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _read_name(path: Path, pattern: str) -> RecordingFile:
    match = pattern_regex(pattern).fullmatch(path.name)
    if match is None:
        return RecordingFile(path, None, None)
    parts = {code: value for code, value in match.groupdict().items() if code != "instrument"}
    try:
        day = datetime.strptime(
            " ".join(parts.values()), " ".join(f"%{code}" for code in parts)
        ).date()
    except ValueError:
        return RecordingFile(path, None, None)
    return RecordingFile(path, match["instrument"], day if parts else None)
