"""The table `gaps`, in which a recorder tells what was lost: from there on the book is unsure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from orderflow_core.sources import BookRows, Gap, Ledger
from orderflow_sqlite.database import Database
from orderflow_sqlite.raw_rows import Value
from orderflow_sqlite.times import NO_TIME, Clock, find_clock, read_time

_TABLE, _COLUMNS = "gaps", ("from", "to", "channel", "reason")
_QUERY = 'SELECT "from", "to", channel, reason FROM gaps ORDER BY 1'
STATE = ", ".join(f"(SELECT {of} FROM gaps)" for of in ("count(*)", 'total("to")', 'max("to")'))
"""SQL for what is another once a file tells of another loss, or of another end of one."""
_BOOK = "book"


class Loss(NamedTuple):
    """Rows of a channel, `book` or `trades`, that were lost after a time, and before one if known.

    Both are in ms; the first is the time of the last row before the loss.
    """

    after: int
    before: int | None
    channel: str
    reason: str


def tells_losses(database: Database) -> bool:
    """Whether a file has such a table."""
    table = database.find(_TABLE)
    return table is not None and {*_COLUMNS} <= {name.lower() for name in database.columns(table)}


def losses_of(database: Database, clock: Clock) -> list[Loss]:
    """Return what a file tells that has such a table."""
    found = []
    for after, before, channel, reason in database.often(_QUERY):
        times = _time(after, clock), _time(before, clock)
        if times[0] != NO_TIME and isinstance(channel, bytes):
            told = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else ""
            end = None if times[1] == NO_TIME else times[1]
            found.append(Loss(times[0], end, channel.decode("utf-8", "replace"), told))
    return found


def _time(value: Value, clock: Clock) -> int:
    """Return a time in ms, in the unit that it tells where that of the table's rows is another."""
    time, own = read_time(value, clock), find_clock([value])
    return read_time(value, own) if time == NO_TIME and own.usual else time


class Losses:
    """What is known to be lost: the report names it, and book rows after it are unsure.

    They are from the first with a later time on until a snapshot.
    """

    def __init__(self, ledger: Ledger, start: int | None = None) -> None:
        self._ledger = ledger
        self._start = start
        self._places: dict[tuple[int, str], int] = {}
        self._known: set[tuple[int, str]] = set()
        self._ahead: list[int] = []
        self._lost = False

    def learn(self, losses: Iterable[Loss]) -> None:
        """Take what a file tells now, whether it was known or not."""
        for loss in losses:
            end = loss.after if loss.before is None else loss.before
            gap = Gap(loss.after, max(end, loss.after), f"{loss.channel}: {loss.reason}")
            key = loss.after, loss.channel
            if key in self._places:
                self._ledger.gaps[self._places[key]] = gap
                continue
            if loss.channel == _BOOK and key not in self._known:
                self._ahead.append(loss.after)
            self._known.add(key)
            if self._start is None or end >= self._start:
                self._places[key] = len(self._ledger.gaps)
                self._ledger.gaps.append(gap)

    def mark(self, rows: BookRows) -> BookRows:
        """Return the next rows with those unsure that come after a loss."""
        if not self._ahead and not self._lost:
            return rows
        times, place = rows.timestamp, np.arange(len(rows))
        begins = np.zeros(len(rows), np.bool_)
        for after in [each for each in self._ahead if each < times[-1]]:
            begins[np.searchsorted(times, after, side="right")] = True
            self._ahead.remove(after)
        loss = np.maximum.accumulate(np.where(begins, place, -1 if self._lost else -2))
        snapshot = np.maximum.accumulate(np.where(rows.snapshot, place, -2 if self._lost else -1))
        lost = loss > snapshot
        self._lost = bool(lost[-1])
        return replace(rows, sure=rows.sure & ~lost) if lost.any() else rows
