"""Cuts rows into batches for the files of days; what is open at midnight goes on in the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orderflow_core.sources import DAY_MS
from orderflow_record.hold import Held
from orderflow_record.rows import Batch, BookRow, Channel, GapEnd, GapRow, TradeRow


class Days:
    """The files of an instrument, one after the other.

    Attributes:
        floor: the time from which on rows can still be written; 0 before there is a file.

    """

    def __init__(self, day: int | None = None, open_gaps: Mapping[Channel, GapRow] | None = None):
        self.floor = day or 0
        self._day = day
        self._open: dict[Channel, GapRow] = dict(open_gaps or {})
        self._progress = 0

    def batches(
        self, groups: Iterable[tuple[int, Sequence[Held]]], watermark: int, *, end: bool = False
    ) -> list[Batch]:
        """Return what is to be written, file by file, for the rows of days below a watermark."""
        found: list[Batch] = []
        for day, rows in groups:
            if self._day is not None and day > self._day:
                self._close(found)
            batch = self._batch(found, day)
            for row in rows:
                self._add(batch, row)
        if self._day is not None and (found or watermark > self._progress or end):
            batch = self._batch(found, self._day)
            batch.progress = self._progress = min(watermark, self._day + DAY_MS)
            batch.closed = end
            if watermark >= self._day + DAY_MS:
                self._close(found)
        return found

    def _batch(self, found: list[Batch], day: int) -> Batch:
        """Return the batch of a day, which may be a new file's first."""
        if found and found[-1].day == day:
            return found[-1]
        batch = Batch(day, 0)
        found.append(batch)
        if day != self._day:
            self._day = self.floor = day
            self._open = {name: gap._replace(start=day) for name, gap in self._open.items()}
            batch.gaps += self._open.values()
        return batch

    def _close(self, found: list[Batch]) -> None:
        """End the file of the day, and the gaps that are open in it."""
        assert self._day is not None
        end = self._day + DAY_MS
        batch = self._batch(found, self._day)
        batch.gaps += [GapEnd(end, channel) for channel in self._open]
        batch.progress, batch.closed = end, True
        self._day, self.floor = None, end

    def _add(self, batch: Batch, row: Held) -> None:
        if isinstance(row, BookRow):
            batch.book.append(row)
        elif isinstance(row, TradeRow):
            batch.trades.append(row)
        else:
            batch.gaps.append(row)
            if isinstance(row, GapEnd):
                self._open.pop(row.channel, None)
            elif row.end is None:
                self._open[row.channel] = row
