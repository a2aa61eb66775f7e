"""Where the files of each instrument are, and that nothing else is read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from glob import escape
from math import inf
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

from orderflow_core.contract.files import (
    BARS,
    CELLS,
    CONTROL,
    DEPTH,
    OHLC,
    OLDER_CELLS,
    OLDER_TRADES,
    OPEN_CELLS,
    RUN,
    SERIES,
    SIGNALS,
    TRADES,
)
from orderflow_core.contract.instruments import DATE, FOLDER, PLACEHOLDER, instrument_of

NAMES = (OHLC, BARS, DEPTH, SERIES, RUN)
OTHERS = (SIGNALS, CONTROL)  # which may be read, and make no folder that of an instrument
FLOW = (CELLS, OLDER_CELLS, OPEN_CELLS, TRADES, OLDER_TRADES)
"""Files that are there where a run has such."""
LARGEST = 16 * 1024 * 1024
SLOW_SECONDS, REST = 0.1, 10


T = TypeVar("T")


class Look(Generic[T]):
    """A look at many files.

    Where it takes long, as for thousands, it is made again after ten times as long, and not for
    each question.
    """

    def __init__(self, make: Callable[[], T], clock: Callable[[], float]) -> None:
        self._make = make
        self._clock = clock
        self._found: T | None = None
        self._again = -inf

    def found(self) -> T:
        """Return what was found by the last look, which may be made now."""
        began = self._clock()
        if self._found is None or began >= self._again:
            self._found = self._make()
            done = self._clock()
            slow = done - began > SLOW_SECONDS
            self._again = done + (done - began) * REST if slow else done
        return self._found


def _expected(pattern: str) -> re.Pattern[str]:
    """Return what the paths are like that a pattern stands for."""
    expression = re.escape(pattern)
    for mark, name, shape in ((PLACEHOLDER, "name", FOLDER), (DATE, "date", r"\d{4}-\d\d-\d\d")):
        escaped = re.escape(mark)
        expression = expression.replace(escaped, f"(?P<{name}>{shape})", 1)
        expression = expression.replace(escaped, f"(?P={name})")
    return re.compile(expression)


class Places:
    """The folders of the instruments under a data folder.

    `data` is a folder, or the `directory` of a sink with `{instrument}` in it, and with `{date}`
    where there is a folder for each session. A plain folder holds the files of one instrument, or a
    folder for each. What a link leads out of the data folder is not there.
    """

    clock: Callable[[], float] = staticmethod(monotonic)

    def __init__(self, data: Path | str) -> None:
        self.data = Path(data).absolute()
        parts = self.data.parts
        marked = (i for i, part in enumerate(parts) if PLACEHOLDER in part or DATE in part)
        fixed = next(marked, len(parts))
        self._root = Path(*parts[:fixed])
        self._pattern = "/".join(parts[fixed:])
        self._instruments = Look(self._all, lambda: self.clock())

    def instruments(self) -> Mapping[str, Mapping[str, Path]]:
        """Return the folders of each instrument that has at least one of the files.

        They are by the day of their session, the newest first; the only one has the day "" where
        there are no sessions.
        """
        return self._instruments.found()

    def _all(self) -> dict[str, dict[str, Path]]:
        if not self._pattern and self._has_files(self._root):
            return {self._root.name or "data": {"": self._root}}
        found: dict[str, dict[str, Path]] = {}
        for name, day, folder in sorted(self._named(), reverse=True):
            found.setdefault(name, {})[day] = folder
        return dict(sorted(found.items()))

    def open(self, folder: Path, name: str) -> int:
        """Open one of the files for reading; return its descriptor.

        Raises OSError for what is no regular file inside the data folder, or too large.
        """
        if name not in (*NAMES, *OTHERS, *FLOW):
            raise PermissionError(f"{name} is none of the dashboard's files")
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(self._root.resolve()):
            raise PermissionError(f"{name} leads out of the data folder")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST:
            return descriptor
        os.close(descriptor)
        raise PermissionError(f"{name} is no file, or larger than {LARGEST:,} bytes")

    def _named(self) -> Iterator[tuple[str, str, Path]]:
        """Yield instrument, day and folder."""
        pattern = self._pattern or PLACEHOLDER
        expected = _expected(pattern)
        try:
            wanted = escape(pattern).replace(PLACEHOLDER, "*").replace(DATE, "*")
            for folder in self._root.glob(wanted):
                found = expected.fullmatch(folder.relative_to(self._root).as_posix())
                if found and self._has_files(folder):
                    parts = {"name": self._root.name, "date": "", **found.groupdict()}
                    yield instrument_of(parts["name"]), parts["date"], folder
        except OSError:  # a folder that cannot be listed has no instruments
            return

    def _has_files(self, folder: Path) -> bool:
        inside = folder.resolve().is_relative_to(self._root.resolve())
        return inside and any((folder / name).exists() for name in NAMES)
