"""What goes wrong between an exchange and a recorder, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple, TypeAlias, get_args

from orderflow_record.messages import Trade
from orderflow_record.rows import Channel
from orderflow_record.testing.exchange import Exchange, Sent
from orderflow_record.testing.sides import Side

Kind: TypeAlias = Literal[
    "drop",  # frames are lost on the way
    "double",  # a frame comes twice
    "swap",  # two frames change places
    "half",  # a frame is cut
    "large",  # a frame of more than a megabyte, in which nothing else is wrong
    "stall",  # frames come later, all at once
    "silence",  # the socket stays open, and nothing comes
    "cut",  # the connection ends
    "late answer",  # answers by REST take long, and are old when they come
    "clock step",  # the recorder's clock goes wrong
]
FAULTS: tuple[Kind, ...] = get_args(Kind)
DeliveryKind: TypeAlias = Literal["frame", "cut", "open", "silence", "late answer", "clock step"]
_PADDING = 1_100_000


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong at a message, for so many messages."""

    at: int
    kind: Kind
    length: int = 1


class Delivery(NamedTuple):
    """What reaches the recorder; `time` is the exchange's, `amount` depends on the kind."""

    kind: DeliveryKind
    time: int
    frame: str = ""
    amount: int = 0


class Loss(NamedTuple):
    """A message that did not come, or not in its place."""

    channel: Channel
    time: int
    kind: Kind
    arrived: bool
    message: Sent


def faults(seed: int, messages: int, kinds: Sequence[Kind] = FAULTS) -> list[Fault]:
    """Draw a script of one to six faults, none within another."""
    random = Random(seed)
    found: list[Fault] = []
    at = random.randrange(max(1, messages // 8))
    for _ in range(random.randint(1, 6)):
        fault = Fault(at, random.choice(kinds), random.randint(1, 12))
        found.append(fault)
        at += fault.length + 2 + random.randrange(max(1, messages // 4))
    return [fault for fault in found if fault.at < messages]


class Faulty:
    """Delivers the messages of an exchange, and keeps what has been lost.

    Attributes:
        losses: what did not come, or not in its place.
        breaks: from and to the times of connections that were not there.

    """

    def __init__(self, exchange: Exchange, side: Side, script: Iterable[Fault]) -> None:
        self.exchange = exchange
        self.side = side
        self.losses: list[Loss] = []
        self.breaks: list[tuple[int, int]] = []
        self._faults = {fault.at: fault for fault in script}
        self._place = 0

    def deliveries(self) -> Iterator[Delivery]:
        """Yield what reaches the recorder, while the market goes on."""
        while (fault := self._faults.get(self._place)) or True:
            if fault is None:
                if (message := self._step()) is None:
                    return
                yield self._frame(message)
            else:
                del self._faults[self._place]
                yield from self._faulty(fault)

    def _step(self) -> Sent | None:
        self._place += 1
        return self.exchange.step()

    def _steps(self, count: int) -> list[Sent]:
        messages = (self._step() for _ in range(count))
        return [message for message in messages if message is not None]

    def _frame(self, message: Sent) -> Delivery:
        return Delivery("frame", message.time, self.side.frame(message))

    def _lose(self, messages: Iterable[Sent], kind: Kind, *, arrived: bool = False) -> None:
        for message in messages:
            channel: Channel = "trades" if isinstance(message, Trade) else "book"
            self.losses.append(Loss(channel, message.time, kind, arrived, message))

    def _faulty(self, fault: Fault) -> Iterator[Delivery]:
        kind, time = fault.kind, self.exchange.time
        if kind in ("late answer", "clock step"):
            yield Delivery("late answer" if kind == "late answer" else kind, time, "", fault.length)
        elif kind in ("silence", "cut"):
            yield Delivery("silence" if kind == "silence" else "cut", time)
            missed = self._steps(fault.length)
            self._lose(missed, kind)
            self.breaks.append((time, self.exchange.time))
            yield Delivery("open", self.exchange.time)
        else:
            yield from self._disturbed(fault)

    def _disturbed(self, fault: Fault) -> Iterator[Delivery]:
        if fault.kind in ("drop", "swap"):
            messages = self._steps(2 if fault.kind == "swap" else fault.length)
            yield from self._moved(fault.kind, messages)
            return
        last = self.exchange.messages[self._place :][: fault.length][-1:]
        end = max((message.time for message in last), default=0)
        for place in range(fault.length):
            for message in self._steps(1):
                frame = self._frame(message)
                if fault.kind == "stall":
                    yield frame._replace(time=end)
                elif fault.kind == "double":
                    yield from (frame, frame)
                elif fault.kind == "large":
                    yield frame._replace(frame=frame.frame + " " * _PADDING)
                elif place:
                    yield frame
                else:
                    self._lose([message], fault.kind)
                    yield frame._replace(frame=frame.frame[: len(frame.frame) // 2])

    def _moved(self, kind: Kind, messages: list[Sent]) -> Iterator[Delivery]:
        frames = [self._frame(message) for message in messages]
        if kind == "drop":
            self._lose(messages, kind)
        else:
            if len({type(message) for message in messages}) == 1:  # else no table is out of order
                self._lose(messages, kind, arrived=True)
            yield from reversed(frames)
