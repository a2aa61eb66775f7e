"""Which instruments a file has rows of: its name says so, or a column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from orderflow_core import InputError
from orderflow_sqlite.files import RecordingFile, reading
from orderflow_sqlite.layout import Layout
from orderflow_sqlite.recording import Recording


@dataclass(frozen=True)
class Kept:
    """The instruments of a file; `by_column` where its rows tell them, and not its name."""

    path: Path
    instruments: tuple[str, ...]
    by_column: bool


def instruments_of(file: RecordingFile, layout: Layout) -> Kept:
    """Return the instruments of a file.

    A file that is named after one of the values of its column keeps to that one, and rows of
    others are refused; else the column decides, and where there is none the name. A file that
    cannot be read has the instrument of its name, so that it is an error of that one alone; raises
    InputError for one of another name.
    """
    with reading(file.path):
        status = file.path.stat()
    try:
        found = _by_column(file, layout, status.st_mtime_ns, status.st_size)
    except InputError:
        if file.instrument is None:
            raise
        found = None
    if found is not None:
        return Kept(file.path, found, by_column=True)
    assert file.instrument is not None
    return Kept(file.path, (file.instrument,), by_column=False)


@lru_cache(65_536)
def _by_column(
    file: RecordingFile, layout: Layout, _modified: int, _size: int
) -> tuple[str, ...] | None:
    """Look into a file once, though a run of many instruments asks for each of them."""
    return Recording(file.path, layout=layout).instruments(file.instrument)
