"""`Block`: a stretch of the stream, as a source gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from orderflow_core.errors import EventError
from orderflow_core.events.trades import TradeBatches
from orderflow_core.events.windows import BookWindows


class Span(NamedTuple):
    """The first and last time of an input in ms, known beforehand, to tell the progress by."""

    first: int
    last: int

    def progress(self, time: int) -> float:
        """Return how much of the span lies before `time`, 0 to 1."""
        return min(1.0, max(0.0, (time - self.first) / max(1, self.last - self.first)))


NO_SPAN = Span(0, 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """A stretch of the stream: book rows and the trades of their windows, row for row.

    `opening` says that row 0 stands for the trades before the first book row and is no book row
    itself. `continued` says that the block's one row is no book row either: it stands for more
    trades of the last window, of a live stream that does not wait for that window's end; hooks for
    the book do not get it. `span` is that of the whole input. Raises EventError where windows and
    batches do not belong together.
    """

    windows: BookWindows
    batches: TradeBatches
    opening: bool = False
    continued: bool = False
    span: Span = NO_SPAN

    def __post_init__(self) -> None:
        windows, batches = self.windows, self.batches
        if windows.instrument != batches.instrument:
            raise EventError(
                f"Block: windows of {windows.instrument!r} and trades of {batches.instrument!r}"
            )
        if len(windows) != len(batches):
            raise EventError(
                f"Block: {len(windows)} windows and the trades of {len(batches)}; there is one "
                "batch a window"
            )
        for name in ("timestamp", "end_timestamp"):
            if not np.array_equal(getattr(windows, name), getattr(batches, name)):
                raise EventError(f"Block: windows and batches differ in {name}")
        if self.continued and len(windows) != 1:
            raise EventError(f"Block: {len(windows)} rows where a window goes on, which is one")

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def first_time(self) -> int:
        """The time of the block's first row, in ms."""
        return int(self.windows.timestamp[0])

    @property
    def last_time(self) -> int:
        """The time of the block's last book row or trade, in ms."""
        return self.batches.last_time

    @property
    def book_rows(self) -> int:
        """How many of the rows are book rows."""
        return 0 if self.continued else len(self) - self.opening

    def rows(self, start: int, stop: int) -> Block:
        """Return the rows `start` to `stop` as a block of their own."""
        if (start, stop) == (0, len(self)):
            return self
        return Block(
            windows=self.windows.rows(start, stop),
            batches=self.batches.rows(start, stop),
            opening=self.opening and start == 0,
            span=self.span,
        )
