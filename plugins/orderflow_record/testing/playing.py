"""A session that takes what a fake exchange delivers, without a socket and in no time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from orderflow_record.messages import Fetch, Request, Send
from orderflow_record.rows import Batch
from orderflow_record.session import Session
from orderflow_record.testing.faults import Faulty

_STEP_MS = 3_600_000


@dataclass
class _Answer:
    due: float
    text: str
    instrument: str


@dataclass
class _Player:
    """What stands between the exchange and the session: a clock, and answers on their way."""

    faulty: Faulty
    session: Session
    random: Random
    now: float = 0.0
    slow: float = 0.0
    clock_step: int = 0
    answers: list[_Answer] = field(default_factory=list)

    def ask(self, requests: Iterable[Request]) -> None:
        """Answer requests: frames at once, questions by REST after some time."""
        exchange, side = self.faulty.exchange, self.faulty.side
        for request in requests:
            if isinstance(request, Send):
                for frame in side.answers(request.frame, exchange):
                    self.take(frame)
            elif isinstance(request, Fetch):
                text = side.rest(request.path, exchange)
                if text is not None:
                    due = self.now + self.random.uniform(0.01, 0.08) + self.slow
                    self.answers.append(_Answer(due, text, request.instrument))
                    self.slow = 0.0

    def take(self, frame: str, instrument: str | None = None) -> None:
        """Give a frame to the session."""
        self.session.take(frame, self.now, int(self.now * 1000) + self.clock_step, instrument)

    def arrive(self) -> None:
        """Give the session the answers that have come."""
        due = [answer for answer in self.answers if answer.due <= self.now]
        self.answers = [answer for answer in self.answers if answer.due > self.now]
        for answer in due:
            self.take(answer.text, answer.instrument)


def play(faulty: Faulty, session: Session, seed: int = 0) -> Iterator[tuple[str, Batch]]:
    """Yield what a recorder would write of all that reaches it, to its end.

    The clock is the exchange's, some milliseconds late; a connection that is lost is made again
    when the exchange says so.
    """
    player = _Player(faulty, session, Random(seed), faulty.exchange.time / 1000)
    player.ask(session.opened())
    written = player.now
    for delivery in faulty.deliveries():
        player.now = max(player.now, delivery.time / 1000 + player.random.uniform(0.001, 0.03))
        if delivery.kind == "frame":
            player.arrive()
            player.take(delivery.frame)
        elif delivery.kind == "open":
            player.ask(session.opened())
        elif delivery.kind == "late answer":
            player.slow = delivery.amount / 4
        elif delivery.kind == "clock step":
            player.clock_step += player.random.choice((-1, 1)) * _STEP_MS
        else:
            player.answers.clear()
            session.lost("silent" if delivery.kind == "silence" else "disconnect")
        player.ask(session.due(player.now))
        if player.now >= written + session.timing.batch_ms / 1000:
            written = player.now
            yield from session.batches(player.now)
    yield from session.batches(player.now, end=True)
