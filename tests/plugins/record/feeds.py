"""Small feeds: messages by hand, and what a recording makes of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from orderflow_record.messages import Level, Snapshot, Trade, Update
from orderflow_record.recording import Past, Recording
from orderflow_record.rows import Batch, BookRow, GapEnd, GapRow, TradeRow

NAME = "BTC-USDT"
NOON = 1_748_779_200_000  # 2025-06-01 12:00 UTC
DAY = 86_400_000
DAY_1 = NOON - DAY // 2
DAY_2 = DAY_1 + DAY

BIDS: list[Level] = [["100", "1"], ["99", "2"]]
ASKS: list[Level] = [["101", "1"], ["102", "2"]]


Sent: TypeAlias = Snapshot | Update | Trade


def snapshot(time: int | None, seq: int | None = 10, *, asked: bool = False) -> Snapshot:
    return Snapshot(instrument=NAME, time=time, seq=seq, bids=BIDS, asks=ASKS, asked=asked)


def update(
    time: int, seq: int | None, prev: int | None, *bids: Level, checksum: int | None = None
) -> Update:
    return Update(
        instrument=NAME,
        time=time,
        seq=seq,
        prev=prev,
        bids=list(bids) or [["100", str(seq)]],
        asks=[],
        checksum=checksum,
    )


def trade(time: int, number: int, *, count: int = 1, skip: bool = False) -> Trade:
    return Trade(
        instrument=NAME,
        time=time,
        id=str(number),
        price="100.5",
        size="2",
        side="buy",
        first=number - count + 1,
        last=number,
        skip=skip,
    )


def no_checksum(bids: object, asks: object) -> int:
    raise AssertionError("this feed has none")


def recording(*, hold_ms: int = 250, past: Past | None = None) -> Recording:
    return Recording(NAME, no_checksum, hold_ms, past)


@dataclass
class Written:
    """What is in the files after some batches, by the midnight of their day."""

    book: dict[int, list[BookRow]] = field(default_factory=dict)
    trades: dict[int, list[TradeRow]] = field(default_factory=dict)
    gaps: dict[int, list[GapRow]] = field(default_factory=dict)
    progress: dict[int, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    meta: dict[int, dict[str, str]] = field(default_factory=dict)

    def add(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            assert batch.day not in self.closed
            self.book.setdefault(batch.day, []).extend(batch.book)
            self.trades.setdefault(batch.day, []).extend(batch.trades)
            for gap in batch.gaps:
                self._add_gap(self.gaps.setdefault(batch.day, []), gap)
            self.progress[batch.day] = batch.progress
            self.meta[batch.day] = self.meta.get(batch.day, {}) | batch.meta
            if batch.closed:
                self.closed.add(batch.day)

    def _add_gap(self, gaps: list[GapRow], gap: GapRow | GapEnd) -> None:
        if isinstance(gap, GapRow):
            gaps.append(gap)
            return
        for place, known in enumerate(gaps):
            if known.channel == gap.channel and known.end is None:
                gaps[place] = known._replace(end=gap.end)

    @property
    def times(self) -> list[int]:
        return [row.timestamp for rows in self.book.values() for row in rows]

    @property
    def all_gaps(self) -> list[GapRow]:
        return [gap for gaps in self.gaps.values() for gap in gaps]


def written(*messages: Sent, past: Past | None = None, hold_ms: int = 250) -> Written:
    """Record messages, each written as soon as it may be, and end."""
    made, found = recording(past=past, hold_ms=hold_ms), Written()
    for message in messages:
        made.take(message, message.time)
        found.add(made.batches())
    found.add(made.batches(end=True))
    return found
