"""`Block`: a stretch of the stream, as a source gives it."""

from __future__ import annotations

from dataclasses import dataclass

from orderflow_core.events.trades import TradeBatches
from orderflow_core.events.windows import BookWindows


@dataclass(frozen=True)
class Span:
    """The first and last time of an input in ms, known beforehand, to tell the progress by."""

    first: int
    last: int

    def progress(self, time: int) -> float:
        """Return how much of the span lies before `time`, 0 to 1."""
        return min(1.0, max(0.0, (time - self.first) / max(1, self.last - self.first)))


@dataclass(frozen=True)
class Block:
    """A stretch of the stream: book rows and the trades of their windows, row for row.

    `opening` says that row 0 stands for the trades before the first book row and is no book row
    itself. `span` is that of the whole input.
    """

    windows: BookWindows
    batches: TradeBatches
    opening: bool = False
    span: Span = Span(0, 0)

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def book_rows(self) -> int:
        """How many of the rows are book rows."""
        return len(self) - self.opening

    def rows(self, start: int, stop: int) -> Block:
        """Return the rows `start` to `stop` as a block of their own."""
        if (start, stop) == (0, len(self)):
            return self
        return Block(
            self.windows.rows(start, stop),
            self.batches.rows(start, stop),
            self.opening and start == 0,
            self.span,
        )
