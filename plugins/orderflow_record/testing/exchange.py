"""The market of a fake exchange: messages one after the other, and the book that they make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from orderflow_record.ladder import Ladder
from orderflow_record.messages import Level, Snapshot, Trade, Update

Sent: TypeAlias = Update | Trade


class Exchange:
    """One instrument's market; the book of the snapshot is there before the first message.

    Attributes:
        instrument: what it is called.
        ladder: the book after the messages so far.
        seq, time: the number and the time of the last change.
        trade: the last trade, None before one.
        truth: the book's mark after each number so far, see `MarkedLadder`.

    """

    def __init__(self, start: Snapshot, messages: Iterable[Sent]) -> None:
        assert start.seq is not None
        assert start.time is not None
        self.instrument = start.instrument
        self.ladder = MarkedLadder()
        self.ladder.replace(start.bids, start.asks)
        self.seq, self.time = start.seq, start.time
        self.trade: Trade | None = None
        self.messages = list(messages)
        self.truth = {self.seq: self.ladder.mark}
        self._next = 0

    def step(self) -> Sent | None:
        """Let the next message happen, and return it; None at the end."""
        if self._next == len(self.messages):
            return None
        message = self.messages[self._next]
        self._next += 1
        self.time = message.time
        if isinstance(message, Trade):
            self.trade = message
        else:
            assert message.seq is not None
            self.ladder.apply(message.bids, message.asks)
            self.seq = message.seq
            self.truth[self.seq] = self.ladder.mark
        return message


class MarkedLadder(Ladder):
    """A book with a `mark`: a number that two books have in common where all levels are the same.

    It is the sum of a number for each level, so that an update costs what it changes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mark = 0

    def replace(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Begin with a whole book."""
        self.mark = 0
        super().replace(bids, asks)

    def apply(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Set the levels that changed, in the book and in its mark."""
        changed = list(bids), list(asks)
        prices = [{float(level[0]) for level in levels} for levels in changed]
        self.mark -= self._sum(prices)
        super().apply(*changed)
        self.mark += self._sum(prices)

    def _sum(self, prices: Iterable[Iterable[float]]) -> int:
        sides = zip((self.bids, self.asks), prices, strict=True)
        return sum(
            hash((place, price, float(side[price][1])))
            for place, (side, those) in enumerate(sides)
            for price in those
            if price in side
        )
