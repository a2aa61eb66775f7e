"""Holds rows until none can come before them, and gives them by day in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple, TypeAlias

from orderflow_core.sources import DAY_MS
from orderflow_record.rows import CHANNELS, BookRow, Channel, GapEnd, GapRow, TradeRow

Held: TypeAlias = BookRow | TradeRow | GapRow | GapEnd
_GAP, _BOOK, _TRADE = range(3)


class _Entry(NamedTuple):
    time: int
    kind: int
    arrival: int
    row: Held


def midnight_before(time: int) -> int:
    """Return the first ms of a time's UTC day."""
    return time - time % DAY_MS


class Hold:
    """Rows that came, of one instrument, from the first that may still be preceded by another.

    The watermark is the latest exchange time that was seen less `hold_ms`: all rows below it are
    here. What comes below it gets its time. Times of a table do not go back. `last` has those of
    the last rows that were written before.

    Attributes:
        watermark: all rows below this time have been taken out.
        seen: the latest exchange time of any channel, None before one.

    """

    def __init__(
        self, hold_ms: int, watermark: int = 0, last: Mapping[Channel, int] | None = None
    ) -> None:
        self.watermark = watermark
        self.seen: int | None = watermark or None
        self._hold_ms = hold_ms
        times = last or {}
        self._last = [watermark, *(times.get(channel, watermark) for channel in CHANNELS)]
        self._entries: list[_Entry] = []
        self._arrivals = 0

    def place(self, time: int | None, *, is_book: bool) -> int:
        """Return the time at which a row stands, whose own may be unknown."""
        placed = max(time or 0, self.watermark, self._last[_BOOK if is_book else _TRADE])
        self.seen = max(placed, self.seen or 0)
        return placed

    def last(self, *, is_book: bool) -> int:
        """Return the time of the last row of a table."""
        return self._last[_BOOK if is_book else _TRADE]

    def reach(self, *, all_seen: bool = False) -> int:
        """Return where the watermark may be: all that was sent before it has come.

        With `all_seen` nothing has come for so long that nothing is held back.
        """
        seen = self.seen or 0
        return max(self.watermark, seen + 1 if all_seen else seen - self._hold_ms)

    def add(self, time: int, row: Held) -> None:
        """Hold a row until the watermark is above its time."""
        kind = _BOOK if isinstance(row, BookRow) else _TRADE if isinstance(row, TradeRow) else _GAP
        self._last[kind] = max(self._last[kind], time)
        self._entries.append(_Entry(time, kind, self._arrivals, row))
        self._arrivals += 1

    def take(self, watermark: int) -> Iterator[tuple[int, list[Held]]]:
        """Move the watermark, and yield the rows below it by their day's midnight."""
        self.watermark = watermark
        self._entries.sort()
        below = 0
        while below < len(self._entries) and self._entries[below].time < watermark:
            below += 1
        taken, self._entries = self._entries[:below], self._entries[below:]
        for day, entries in groupby(taken, lambda entry: midnight_before(entry.time)):
            yield day, [entry.row for entry in entries]
