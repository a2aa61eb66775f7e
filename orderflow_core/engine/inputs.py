"""Whether the files that a unit was made of are still the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from orderflow_core.running.making import asked, make_source
from orderflow_core.settings.reading import Settings

Stamps: TypeAlias = Mapping[str, list[int]]
"""By path the size in bytes and the time of the last change in ns; none of what is not there."""

_JOURNAL = "-wal"
"""What SQLite calls the file that has the newest rows of another."""


def stamps_before(settings: Settings, instrument: str) -> Stamps:
    """Return the stamps of the files that a source names for an instrument, before it is run.

    Raises InputError where the source cannot tell.
    """
    source = make_source(settings)
    files = asked(lambda: list(source.files(instrument)), "files()")
    return {str(path): _stamp(str(path)) for path in files}


def stamps_after(before: Stamps, read: Iterable[str]) -> Stamps:
    """Return them with those of further files that were read."""
    return {**{path: _stamp(path) for path in read}, **before}


def are_same(then: Stamps, settings: Settings, instrument: str) -> bool:
    """Whether files that were read are as they were, and the source names no others by now.

    Where there were none, nothing can be told, and they are not.
    """
    now = stamps_after(stamps_before(settings, instrument), then)
    return bool(then) and now == then


def _stamp(path: str) -> list[int]:
    return [number for each in (path, f"{path}{_JOURNAL}") for number in _status(Path(each))]


def _status(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]
