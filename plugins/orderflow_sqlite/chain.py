"""The sequence numbers of a recorded feed: which rows apply, and whether any is missing."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from orderflow_core import Bools, Ints

NO_NUMBER = int(np.iinfo(np.int64).min)
FROM_NOTHING = -1

Kind: TypeAlias = Literal["chain", "counter", "order"]
"""What numbers tell: the row before, that no row is missing, or the order alone."""
Verdict: TypeAlias = Literal["applies", "stale", "gap"]


class Chain:
    """Follows the numbers of a feed from row to row, over batches and files.

    A snapshot begins the count anew, and the book is sure from there on. After it a row applies
    that fits the last one: in a chain its `prev_seq_id` is the last number (an equal pair keeps a
    quiet feed alive, a lower number is a reset), or lies below it and its own above, as in the
    update that straddles a snapshot; in a counter its number is the next one, or 1 after a higher
    one; else its number is higher. A row that does not fit and whose number is not above the last
    is stale. Any other leaves a gap: it applies, and the book is unsure until a snapshot. So does
    a row without numbers after others had some. `NO_NUMBER` stands for what is no whole number.

    Attributes:
        last: the number of the last row that applied.
        sure: whether no row is missing from the book.
        founded: whether there was a snapshot.

    """

    def __init__(self) -> None:
        self.kind: Kind = "chain"
        self.last = NO_NUMBER
        self.sure = True
        self.founded = False
        self._numbered = False

    def goes_on(self, seq: Ints, prev: Ints, snapshot: Bools) -> bool:
        """Take rows that each name the one before, as nearly all do, if these are such.

        Their numbers never fall, and none is a snapshot.
        """
        if self.kind != "chain" or self.last == NO_NUMBER or prev[0] != self.last:
            return False
        if not ((prev <= seq).all() and (prev[1:] == seq[:-1]).all()) or snapshot.any():
            return False
        self.last = int(seq[-1])
        return True

    def follow(self, seq: Ints, prev: Ints, snapshot: Bools) -> Bools:
        """Take as many of the next rows as just apply, up to the first that does not fit.

        Returns after which of them the book is sure.
        """
        before = np.append(self.last, seq[:-1])
        has = seq != NO_NUMBER
        linked, above = self._fitting(seq, prev, before)
        numbered = has if self.kind != "chain" else has | (prev != NO_NUMBER)
        fits = np.where(snapshot, ~has | (seq >= before) | linked, has & (linked | above))
        fits |= ~np.logical_or.accumulate(numbered | self._numbered)
        count = len(seq) if fits.all() else int(np.argmin(fits))
        sure: Bools = self.sure | np.logical_or.accumulate(snapshot[:count])
        if count:
            self.last, self.sure = int(seq[count - 1]), bool(sure[-1])
            self.founded = self.founded or bool(snapshot[:count].any())
            self._numbered = self._numbered or bool(numbered[:count].any())
        return sure

    def begin(self, seq: int) -> None:
        """Begin anew with a snapshot."""
        self.last, self.sure, self.founded = seq, True, True
        self._numbered = self._numbered or seq != NO_NUMBER

    def is_late(self, seq: int, prev: int) -> bool:
        """Whether a snapshot has a number below the last one, and does not name it."""
        linked = self.is_numbered(seq, prev) and self.links(seq, prev, self.last)
        return seq != NO_NUMBER and seq < self.last and not linked

    def step(self, seq: int, prev: int) -> Verdict:
        """Take the next row that is no snapshot."""
        has = self.is_numbered(seq, prev)
        self._numbered = self._numbered or seq != NO_NUMBER or self._has_prev(prev)
        if not self._numbered:
            return "applies"
        if has and self.fits(seq, prev, self.last):
            self.last = seq
            return "applies"
        if has and seq <= self.last:
            return "stale"
        self.last, self.sure = seq, False
        return "gap"

    def is_numbered(self, seq: int, prev: int) -> bool:
        """Whether a row has the numbers that it needs."""
        return seq != NO_NUMBER and (self.kind != "chain" or prev != NO_NUMBER)

    def fits(self, seq: int, prev: int, last: int) -> bool:
        """Whether a row with numbers applies after the number `last`."""
        if self.kind == "chain":
            return self.links(seq, prev, last) or prev < last < seq
        return self.links(seq, prev, last) or (self.kind == "order" and seq > last)

    def links(self, seq: int, prev: int, last: int) -> bool:
        """Whether a row with numbers names `last` as the one before it."""
        if self.kind == "chain":
            return prev == last
        return self.kind == "counter" and (seq - 1 == last or (seq == 1 and last > 1))

    def origins(self, seq: Ints, prev: Ints, before: int) -> Ints:
        """Return the number after which each row brings the changes; `before` is the last one."""
        if self.kind == "order":
            last = np.append(before, seq[:-1])
            return np.where(last == NO_NUMBER, seq - 1, last)
        return prev if self.kind == "chain" else seq - 1

    def _fitting(self, seq: Ints, prev: Ints, before: Ints) -> tuple[Bools, Bools]:
        """Return which rows name the one before them, and which fit without."""
        if self.kind == "chain":
            has = prev != NO_NUMBER
            return has & (prev == before), has & (prev < before) & (before < seq)
        if self.kind == "counter":
            linked = (seq - 1 == before) | ((seq == 1) & (before > 1))
            return linked, np.zeros_like(linked)
        above = seq > before
        return np.zeros_like(above), above

    def _has_prev(self, prev: int) -> bool:
        return self.kind == "chain" and prev != NO_NUMBER
