"""The market of a fake exchange: messages one after the other, and the book that they make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from orderflow_record.ladder import Ladder
from orderflow_record.messages import Snapshot, Trade, Update

Sent: TypeAlias = Update | Trade


class Exchange:
    """One instrument's market; the book of the snapshot is there before the first message.

    Attributes:
        instrument: what it is called.
        ladder: the book after the messages so far.
        seq, time: the number and the time of the last change.
        trade: the last trade, None before one.
        truth: the book's mark after each number so far, see `mark`.

    """

    def __init__(self, start: Snapshot, messages: Iterable[Sent]) -> None:
        assert start.seq is not None
        assert start.time is not None
        self.instrument = start.instrument
        self.ladder = Ladder()
        self.ladder.replace(start.bids, start.asks)
        self.seq, self.time = start.seq, start.time
        self.trade: Trade | None = None
        self.messages = list(messages)
        self.truth = {self.seq: mark(self.ladder)}
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
            self.truth[self.seq] = mark(self.ladder)
        return message


def mark(ladder: Ladder) -> int:
    """Return a number that two books have in common where all their levels are the same."""
    sides = (ladder.bids, ladder.asks)
    return hash(
        tuple(frozenset((p, float(level[1])) for p, level in side.items()) for side in sides)
    )
