"""Which recordings a path stands for: a folder, a file or a glob, by instrument and day."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import cache, lru_cache
from glob import glob, has_magic
from pathlib import Path
from time import time_ns
from typing import NamedTuple

from orderflow_core import InputError
from orderflow_core.sources import DAY_MS, FOLDER, PLACEHOLDER, instrument_of, midnight
from orderflow_sqlite.names import suggested_pattern
from orderflow_sqlite.unpacking import PACKED

log = logging.getLogger(__name__)

UNFINISHED = ".part"
_SETTLED_NS = 2_000_000_000
_listed: dict[tuple[Path, str], tuple[tuple[int, ...], list[RecordingFile]]] = {}
PATTERN = "{instrument}-%y-%m-%d.db"
DATABASES = (".db", ".sqlite", ".sqlite3", ".db3")
_CODES = {
    "%Y": r"(?P<Y>\d{4})",
    **{f"%{code}": rf"(?P<{code}>\d\d)" for code in ("y", "m", "d", "H", "M")},
}


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says of a path into InputErrors that name it."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


class RecordingFile(NamedTuple):
    """A file with the instrument, the UTC day and the time of its name; None for what it lacks."""

    path: Path
    instrument: str | None
    day: date | None
    begin: datetime | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """What files are sorted by."""
        return self.begin or datetime.min, self.path.name


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
        if reason and is_database(place) and os.path.lexists(place):  # it may be gone by now
            _tell(place, reason)
    named = [file for file in found if not wrong[file.path]]
    return sorted(named, key=lambda file: file.order)


def find_files_once(path: Path, pattern: str) -> list[RecordingFile]:
    """Return what `find_files` does, looking once into a folder though each unit of a run asks.

    It is looked into again where it has changed, has links, whose ends may change without it, or
    changed so lately that another change might have the same time.
    """
    with reading(path):
        status = path.stat() if path.is_dir() else None
    if status is None or time_ns() - status.st_mtime_ns < _SETTLED_NS:
        return find_files(path, pattern)
    place = (path, pattern)
    state = (status.st_dev, status.st_ino, status.st_mtime_ns)
    if place not in _listed or _listed[place][0] != state:
        found = find_files(path, pattern)
        if any(each.is_symlink() for each in _candidates(path)):
            return found
        _listed[place] = (state, found)
    return list(_listed[place][1])


def state_of(path: Path) -> tuple[int, ...]:
    """Return what is another once somebody has written to a recording, if only to its log.

    With a log it is another each time where that was so lately that another change might have the
    same time.
    """
    with reading(path):
        found = [path.stat()]
        with suppress(FileNotFoundError):
            found.append(path.with_name(f"{path.name}-wal").stat())
    now, newest = time_ns(), max(status.st_mtime_ns for status in found)
    unsettled = (now,) if len(found) > 1 and now - newest < _SETTLED_NS else ()
    return *(part for each in found for part in (each.st_mtime_ns, each.st_size)), *unsettled


def other_names(path: Path) -> str:
    """Return what to tell of the databases at `path` whose names do not fit."""
    with reading(path):
        others = sorted(file.name for file in _candidates(path) if is_database(file))
    if not others:
        return ""
    patterns = dict.fromkeys(filter(None, map(suggested_pattern, others)))
    advice = f': set pattern = "{next(iter(patterns))}" in [source]' if patterns else ""
    return f"{len(others)} of other names are there, such as {others[0]}{advice}; "


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


def around(
    files: Sequence[RecordingFile],
    near: Iterable[RecordingFile],
    start: date | None,
    end: date | None,
) -> tuple[list[RecordingFile], list[RecordingFile]]:
    """Return the files before a range and after it, the nearest first.

    They are none where one that is near is of the first day or the day before, or of the day after.
    """
    days = {file.day.toordinal() for file in near if file.day is not None}
    before: list[RecordingFile] = []
    after: list[RecordingFile] = []
    if start is not None and not days & {start.toordinal() - 1, start.toordinal()}:
        before = [file for file in files if file.day is not None and file.day < start]
    if end is not None and end.toordinal() + 1 not in days:
        after = [file for file in files if file.day is not None and file.day > end]
    return before[::-1], after


def is_vacant(path: Path) -> bool:
    """Whether recordings may be written into `path`: an empty folder, or one yet to be made.

    What a killed writer left unfinished does not count.
    """
    with reading(path):
        if path.is_dir():
            return all(file.suffix == UNFINISHED for file in path.iterdir())
        return not (path.exists() or path.is_symlink() or has_magic(str(path)))


def is_database(path: Path) -> bool:
    """Whether a file has the name of a database, packed or not."""
    return Path(path.name.removesuffix(PACKED)).suffix in DATABASES


def pattern_regex(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a file-name pattern; raises ValueError for a bad one."""
    if PLACEHOLDER not in pattern:
        raise ValueError("must contain {instrument}")
    for part in (PLACEHOLDER, *_CODES):
        if pattern.count(part) > 1:
            raise ValueError(f"must contain {part} only once")
    expression = re.escape(pattern).replace(re.escape(PLACEHOLDER), f"(?P<instrument>{FOLDER})")
    for code, digits in _CODES.items():
        expression = expression.replace(re.escape(code), digits)
    return re.compile(f"{expression}({re.escape(PACKED)})?")


def _candidates(path: Path) -> list[Path]:
    if path.is_dir():
        return list(path.iterdir())
    return list(map(Path, glob(str(path), recursive=True)))  # noqa: PTH207


def _left_out(file: RecordingFile, pattern: str) -> str | None:
    """Return why a file of a folder is not read, None where it is."""
    if _leads_nowhere(file.path):
        return f"it is a link to {file.path.readlink()}, where nothing is"
    if not file.path.is_file():
        return "it is no file"
    if file.instrument is not None:
        return None
    advice = suggested_pattern(file.path.name)
    told = f'; pattern = "{advice}" in [source] would take it' if advice else ""
    return f"its name is not like {pattern}{told}"


@cache
def _tell(place: Path, reason: str) -> None:
    """Say what is left out and why, once, though a run looks for its files several times."""
    log.warning("%s is left out: %s", place, reason)


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


@lru_cache(maxsize=100_000)
def _read_name(path: Path, pattern: str) -> RecordingFile:
    match = pattern_regex(pattern).fullmatch(path.name)
    if match is None:
        return RecordingFile(path, None, None)
    parts = {code: value for code, value in match.groupdict().items() if code != "instrument"}
    try:
        begin = datetime.strptime(" ".join(parts.values()), " ".join(f"%{code}" for code in parts))
    except ValueError:
        return RecordingFile(path, None, None)
    instrument, is_day = instrument_of(match["instrument"]), {"m", "d"} <= set(parts)
    return RecordingFile(path, instrument, begin.date() if is_day else None, begin)
