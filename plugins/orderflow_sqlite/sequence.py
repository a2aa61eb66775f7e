"""Book rows by the numbers of their feed: dropped, folded, and marked where any is missing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from orderflow_core import Ints
from orderflow_core.sources import BookRows
from orderflow_sqlite.chain import NO_NUMBER, Chain

KEPT = 4_096
"""How many rows a snapshot that comes late is folded with at most."""


@dataclass(frozen=True)
class Numbered:
    """Book rows with their numbers, and the number after which each brings the changes."""

    rows: BookRows
    seq: Ints
    prev: Ints

    def __len__(self) -> int:
        return len(self.seq)

    def part(self, start: int, stop: int) -> Numbered:
        """Return the rows `start` to `stop`."""
        return Numbered(self.rows.rows(start, stop), self.seq[start:stop], self.prev[start:stop])


class Sequence:
    """Follows book rows by their numbers, over batches and files.

    A snapshot with a number below the last waits for the row after it. Where that links to it and
    not to the last row, it is a new beginning. Otherwise it is late, as answers to a request are:
    it applies where it stands, together with the rows from before that have higher numbers, in one
    row. Where the rows that are kept do not reach back to its number, it is dropped if the book is
    sure, else it applies and leaves the book unsure.

    `stale` are the times of rows that were dropped.
    """

    def __init__(self) -> None:
        self.chain = Chain()
        self.stale: list[int] = []
        self._kept = _Kept()
        self._waiting: Numbered | None = None

    def follow(self, rows: BookRows, seq: Ints, prev: Ints) -> BookRows:
        """Return those of the next rows that apply, with their marks `sure`."""
        left = Numbered(rows, seq, prev)
        if self._waiting is None and len(left) and self.chain.goes_on(seq, prev, rows.snapshot):
            self._kept.add(left)
            return rows if self.chain.sure else self._marked(rows)
        pieces: list[BookRows] = []
        while len(left):
            applied = 0 if self._waiting is not None else self._take_leading(left, pieces)
            if applied == len(left):
                break
            pieces += self._take_one(left.part(applied, applied + 1))
            left = left.part(applied + 1, len(left))
        return BookRows.joined(pieces) if pieces else rows.rows(0, 0)

    @property
    def held(self) -> int | None:
        """The time of the snapshot that waits, None without one."""
        return None if self._waiting is None else int(self._waiting.rows.timestamp[0])

    def end(self) -> list[BookRows]:
        """Return what becomes of a snapshot that waits for a row that does not come."""
        return self._settled(is_new=False)

    def _take_leading(self, left: Numbered, pieces: list[BookRows]) -> int:
        """Take as many rows as just apply, and return how many."""
        before = self.chain.last
        sure = self.chain.follow(left.seq, left.prev, left.rows.snapshot)
        applied = len(sure)
        if applied:
            part = left.part(0, applied)
            self._keep(part, before)
            pieces.append(replace(part.rows, sure=sure))
        return applied

    def _take_one(self, one: Numbered) -> list[BookRows]:
        """Take a row that may not fit, and return what applies because of it."""
        seq, prev, snapshot = int(one.seq[0]), int(one.prev[0]), bool(one.rows.snapshot[0])
        settled: list[BookRows] = []
        if self._waiting is not None:
            if not snapshot and self._is_behind_both(seq, prev):
                self.stale.append(int(one.rows.timestamp[0]))
                return []
            settled = self._settled(is_new=not snapshot and self._begins_anew(seq, prev))
        if not snapshot:
            return settled + self._step(one, seq, prev)
        if self.chain.is_late(seq, prev):
            self._waiting = one
            return settled
        self.chain.begin(seq)
        self._kept.clear()
        return [*settled, self._marked(one.rows)]

    def _step(self, one: Numbered, seq: int, prev: int) -> list[BookRows]:
        before = self.chain.last
        verdict = self.chain.step(seq, prev)
        if verdict == "stale":
            self.stale.append(int(one.rows.timestamp[0]))
            return []
        if verdict == "gap":
            self._kept.clear()
        self._keep(one, before)
        return [self._marked(one.rows)]

    def _is_behind_both(self, seq: int, prev: int) -> bool:
        """Whether a row is stale whatever the snapshot is that waits."""
        assert self._waiting is not None
        number, chain = int(self._waiting.seq[0]), self.chain
        fits = chain.fits(seq, prev, chain.last) or chain.fits(seq, prev, number)
        return chain.is_numbered(seq, prev) and seq <= number and not fits

    def _begins_anew(self, seq: int, prev: int) -> bool:
        """Whether a row goes on from the snapshot that waits, and not from the last row."""
        assert self._waiting is not None
        number, chain = int(self._waiting.seq[0]), self.chain
        if not chain.is_numbered(seq, prev) or chain.fits(seq, prev, chain.last):
            return False
        if chain.links(seq, prev, number):
            return True
        return chain.fits(seq, prev, number) and not self._kept.reaches(number)

    def _settled(self, *, is_new: bool) -> list[BookRows]:
        """Return what becomes of the snapshot that waits."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return []
        number = int(waiting.seq[0])
        if is_new:
            self.chain.begin(number)
            self._kept.clear()
            return [self._marked(waiting.rows)]
        if self._kept.reaches(number):
            self.chain.begin(self.chain.last)
            return [self._marked(_folded(waiting.rows, self._kept.above(number)))]
        if self.chain.sure and self.chain.founded:
            self.stale.append(int(waiting.rows.timestamp[0]))
            return []
        self.chain.sure = False
        return [self._marked(waiting.rows)]

    def _marked(self, rows: BookRows) -> BookRows:
        return replace(rows, sure=np.full(len(rows), self.chain.sure))

    def _keep(self, numbered: Numbered, before: int) -> None:
        """Keep the rows after the last that begins anew; `before` is the number before them."""
        seq = numbered.seq
        origins = self.chain.origins(seq, numbered.prev, before)
        lower = seq < np.append(before, seq[:-1])
        begins = numbered.rows.snapshot | lower | (seq == NO_NUMBER) | (origins == NO_NUMBER)
        first = int(np.flatnonzero(begins)[-1]) + 1 if begins.any() else 0
        if first:
            self._kept.clear()
        if first < len(seq):
            part = numbered.part(first, len(seq))
            self._kept.add(replace(part, prev=origins[first:]))


class _Kept:
    """The last rows that applied without a gap or a new beginning between them."""

    def __init__(self) -> None:
        self._chunks: deque[Numbered] = deque()
        self._count = 0

    def add(self, numbered: Numbered) -> None:
        self._chunks.append(numbered)
        self._count += len(numbered)
        while self._count - len(self._chunks[0]) >= KEPT:
            self._count -= len(self._chunks.popleft())

    def clear(self) -> None:
        self._chunks.clear()
        self._count = 0

    def reaches(self, number: int) -> bool:
        """Whether the rows bring all changes after a number."""
        return bool(self._chunks) and int(self._first().prev[0]) <= number

    def above(self, number: int) -> list[BookRows]:
        """Return the rows with higher numbers."""
        parts = [self._first(), *list(self._chunks)[1:]]
        return [
            part.part(int(np.searchsorted(part.seq, number, side="right")), len(part)).rows
            for part in parts
        ]

    def _first(self) -> Numbered:
        """Return the first chunk, without what is beyond the limit."""
        chunk = self._chunks[0]
        return chunk.part(max(0, self._count - KEPT), len(chunk))


def _folded(snapshot: BookRows, rows: list[BookRows]) -> BookRows:
    """Return one row that has the levels of all, at the snapshot's time."""
    whole = BookRows.joined([snapshot, *rows])
    return replace(
        whole,
        timestamp=snapshot.timestamp,
        snapshot=snapshot.snapshot,
        sure=snapshot.sure,
        bid_offset=whole.bid_offset[[0, -1]],
        ask_offset=whole.ask_offset[[0, -1]],
    )
