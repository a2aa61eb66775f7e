"""Which instruments a file has rows of: its name says so, or a column."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from orderflow_core import InputError
from orderflow_sqlite.files import RecordingFile, state_of
from orderflow_sqlite.layout import Layout
from orderflow_sqlite.recording import Recording


class Kept(NamedTuple):
    """The instruments of a file; `by_column` where its rows tell them, and not its name.

    They are `settled` where no row that comes can tell another one.
    """

    path: Path
    instruments: tuple[str, ...]
    by_column: bool
    settled: bool


def instruments_of(file: RecordingFile, layout: Layout) -> Kept:
    """Return the instruments of a file.

    A file that is named after one of the values of its column keeps to that one, and rows of
    others are refused; else the column decides, and where there is none the name. A file that
    cannot be read has the instrument of its name, so that it is an error of that one alone; raises
    InputError for one of another name.
    """
    state = state_of(file.path)
    try:
        found = _by_column(file, layout, state)
    except InputError:
        if file.instrument is None:
            raise
        found = ()
    if found:
        return Kept(file.path, found, by_column=True, settled=False)
    assert file.instrument is not None
    return Kept(file.path, (file.instrument,), by_column=False, settled=found is None)


@lru_cache(65_536)
def _by_column(file: RecordingFile, layout: Layout, _state: object) -> tuple[str, ...] | None:
    """Look into a file once, though a run of many instruments asks for each of them."""
    return Recording(file.path, layout=layout).instruments(file.instrument)
