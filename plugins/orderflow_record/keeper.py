"""Keeps the recorder's own book by the numbers of its feed."""

from __future__ import annotations

from collections import deque
from typing import Literal, NamedTuple, TypeAlias

import orjson

from orderflow_record.ladder import Ladder
from orderflow_record.messages import Level

KEPT = 4_096
"""How many updates an answer that comes late is completed with at most."""
_RECENT = 256
"""How many updates are known when they come again."""

Verdict: TypeAlias = Literal["applies", "stale", "gap"]


class Sides(NamedTuple):
    """Levels of both sides as a venue sends them, and as they are written."""

    bids: list[Level]
    asks: list[Level]
    bids_text: str
    asks_text: str

    @classmethod
    def of(cls, bids: list[Level], asks: list[Level]) -> Sides:
        """Write levels as JSON."""
        return cls(bids, asks, orjson.dumps(bids).decode(), orjson.dumps(asks).decode())


class _Kept(NamedTuple):
    seq: int
    prev: int
    bids: str
    asks: str


class Keeper:
    """One instrument's book.

    It follows the rules by which a recording is read: an update applies that names the last number,
    or lies astride it; one that is not above it is stale; any other leaves a gap, after which the
    book is unsure until a snapshot. Feeds without numbers are taken as they come. Where the feed
    itself sends its snapshots, a lower number that never came is a gap too: a reset was lost.

    Attributes:
        ladder: the book; of use where it is sure.
        last: the number of the last update, None before one.
        sure: whether nothing is missing since a snapshot.

    """

    def __init__(self) -> None:
        self.ladder = Ladder()
        self.last: int | None = None
        self.sure = False
        self._kept: deque[_Kept] = deque(maxlen=KEPT)
        self._recent: deque[int] = deque(maxlen=_RECENT)
        self._is_asked = True

    def update(self, seq: int | None, prev: int | None, sides: Sides) -> Verdict:
        """Take an update, and return what its numbers say of it."""
        verdict = self._verdict(seq, prev)
        if verdict == "stale":
            return verdict
        if verdict == "gap":
            self.lose()
        if seq is not None and prev is not None:
            if self.last is not None and seq < self.last:
                self._kept.clear()  # a reset: what came before has other numbers
            self.last = seq
            self._recent.append(seq)
            self._kept.append(_Kept(seq, prev, sides.bids_text, sides.asks_text))
        if self.sure:
            self.ladder.apply(sides.bids, sides.asks)
        return verdict

    def misses(self, seq: int | None, prev: int | None) -> bool:
        """Whether something is missing before an update of these numbers."""
        return self._verdict(seq, prev) == "gap"

    def begin(self, seq: int | None, sides: Sides) -> None:
        """Take a whole book that the feed itself has sent, after all updates before it."""
        self.ladder.replace(sides.bids, sides.asks)
        self.last, self.sure, self._is_asked = seq, True, False
        self._kept.clear()

    def complete(self, seq: int, sides: Sides) -> bool:
        """Take a whole book that was asked for, and the updates after its number on top of it.

        Returns whether it is of use: one from before all updates that are kept is not.
        """
        if self.last is None or seq >= self.last:
            self.begin(seq, sides)
            self._is_asked = True
            return True
        above = [kept for kept in self._kept if kept.seq > seq]
        if not above or above[0].prev > seq:
            return False
        self.ladder.replace(sides.bids, sides.asks)
        for kept in above:
            self.ladder.apply(orjson.loads(kept.bids), orjson.loads(kept.asks))
        self.sure = self._is_asked = True
        return True

    def lose(self) -> None:
        """Be unsure until the next snapshot, which needs updates from here on."""
        self.sure = False
        self._kept.clear()

    def turn(self) -> None:
        """Forget what a file that begins with this book does not have."""
        self._kept.clear()

    def _verdict(self, seq: int | None, prev: int | None) -> Verdict:
        if seq is None or prev is None or self.last is None or prev == self.last:
            return "applies"
        if seq <= self.last:
            return "stale" if self._is_asked or seq in self._recent else "gap"
        return "applies" if prev < self.last else "gap"
