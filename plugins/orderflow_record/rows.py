"""What is written: rows of the tables, by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

Channel: TypeAlias = Literal["book", "trades"]
Reason: TypeAlias = Literal["sequence", "checksum", "silent", "disconnect", "disk", "clock"]
CHANNELS: tuple[Channel, ...] = ("book", "trades")


class BookRow(NamedTuple):
    """A row of `book`; `receipt` and both times in ms since the epoch."""

    bids: str
    asks: str
    timestamp: int
    action: str
    seq_id: int | None
    prev_seq_id: int | None
    checksum: int | None
    receipt: int | None
    exchange_timestamp: int | None
    late: bool


class TradeRow(NamedTuple):
    """A row of `trades`."""

    trade_id: str
    price: float
    size: float
    side: str
    timestamp: int
    receipt: int | None
    exchange_timestamp: int
    late: bool


class GapRow(NamedTuple):
    """A row of `gaps`: from the last that is sure to the first that is again, None while open."""

    start: int
    end: int | None
    channel: Channel
    reason: Reason
    expected: str | None = None
    got: str | None = None


class GapEnd(NamedTuple):
    """The end of a channel's open gap."""

    end: int
    channel: Channel


@dataclass
class Batch:
    """What is written to the file of one UTC day in one transaction.

    Attributes:
        day: its midnight, ms since the epoch.
        progress: all rows below this time are in the file then.
        gaps: rows that begin, and open ones that end, in their order.
        closed: whether the file is complete.

    """

    day: int
    progress: int
    book: list[BookRow] = field(default_factory=list)
    trades: list[TradeRow] = field(default_factory=list)
    gaps: list[GapRow | GapEnd] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    closed: bool = False

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return sum(len(row.bids) + len(row.asks) + 300 for row in self.book) + 400 * len(
            self.trades
        )
