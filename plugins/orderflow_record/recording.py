"""The recording of one instrument, without I/O: messages in, batches of rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orderflow_core.sources import DAY_MS
from orderflow_record.clock import Clock, Offset
from orderflow_record.days import Days
from orderflow_record.hold import Hold, midnight_before
from orderflow_record.keeper import Keeper, Sides
from orderflow_record.messages import Facts, Level, Snapshot, Trade, Update
from orderflow_record.rows import (
    CHANNELS,
    Batch,
    BookRow,
    Channel,
    GapEnd,
    GapRow,
    Reason,
    TradeRow,
)
from orderflow_record.sense import check
from orderflow_record.trade_ids import TradeIds

FROM_NOTHING = -1
"""The number before a snapshot."""


@dataclass(frozen=True)
class Past:
    """What the last file of an instrument says: where a new start goes on.

    Attributes:
        day: its midnight, ms since the epoch.
        progress: all rows below this time were written.
        open_gaps: the gaps that were open.
        trade_ids: the last ids of trades.
        last: the time of each channel's last row; none where it has no row.

    """

    day: int
    progress: int
    open_gaps: Mapping[Channel, GapRow] = field(default_factory=dict)
    trade_ids: tuple[str, ...] = ()
    last: Mapping[Channel, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether rows of its day may still come."""
        return self.progress < self.day + DAY_MS


@dataclass
class Counts:
    """What was written, and what was not.

    Attributes:
        book, trades: rows that were written.
        gaps: gaps that began.
        late: rows that came below the watermark, and stand at it.
        stale: updates that did not apply, as later ones had come before.
        doubles: trades that had been written.
        skipped: trades from before a subscription, or that met no book.
        useless: books that were asked for and came from before all updates.

    """

    book: int = 0
    trades: int = 0
    gaps: int = 0
    late: int = 0
    stale: int = 0
    doubles: int = 0
    skipped: int = 0
    useless: int = 0


Checksum = Callable[[Mapping[float, Level], Mapping[float, Level]], int]


class Recording:
    """One instrument's book, trades and gaps on their way into files.

    Attributes:
        counts: what was written, and what was not.
        waits: whether updates have come that lack a snapshot.

    """

    def __init__(
        self, instrument: str, checksum: Checksum, hold_ms: int = 250, past: Past | None = None
    ) -> None:
        self.instrument = instrument
        self.counts = Counts()
        self.waits = False
        self._checksum = checksum
        self._clock = Clock()
        self._offset = Offset()
        self._keeper = Keeper()
        self._ids = TradeIds(past.trade_ids if past else ())
        is_open = past is not None and past.is_open
        open_gaps = past.open_gaps if past else {}
        last = past.last if past and is_open else {}
        self._hold = Hold(hold_ms, past.progress if past else 0, last)
        self._days = Days(past.day if past and is_open else None, open_gaps)
        self._book_day: int | None = None
        self._founded = past is not None
        self._open: set[Channel] = set(open_gaps)
        self._told = 0  # up to when a gap of trades that has ended tells what is missing
        self._meta: dict[str, str] = {}
        self._has_news = False
        self._meta_day: int | None = None
        if past is not None:
            self.lose("disconnect")

    @property
    def sure(self) -> bool:
        """Whether the book is known."""
        return self._keeper.sure

    @property
    def seen(self) -> int | None:
        """The latest time of the exchange, ms since the epoch; None before one."""
        return self._hold.seen

    def book(self) -> tuple[list[Level], list[Level]]:
        """Return all levels of the book, the best ones first."""
        return self._keeper.ladder.sides()

    def take(self, message: Snapshot | Update | Trade | Facts, receipt: int | None) -> None:
        """Take a message that was received at a time in ms since the epoch, None if unknown.

        Raises ValueError or the like for one that makes no sense, of which nothing was taken.
        """
        check(message)
        if isinstance(message, Update):
            self._take_update(message, receipt)
        elif isinstance(message, Trade):
            self._take_trade(message, receipt)
        elif isinstance(message, Snapshot):
            self._take_snapshot(message, receipt)
        else:
            self._learn(message.values)

    def lose(self, reason: Reason) -> None:
        """Take notice that the feed is interrupted: anything may be missing until a snapshot.

        The gap of a channel is from its last row on, as what was lost since then has not shown.
        """
        for channel in CHANNELS:
            last = self._hold.last(is_book=channel == "book")
            self._begin_gap(channel, reason, last or self._hold.reach())
        self._keeper.lose()
        self._ids.lose()
        self.waits = False

    def batches(self, *, all_seen: bool = False, end: bool = False) -> list[Batch]:
        """Return what can be written now; with `all_seen` nothing is held back any longer."""
        if self._hold.seen is None:
            return []
        watermark = self._hold.reach(all_seen=all_seen or end)
        if self._book_day is not None:
            self._turn(watermark - 1)
        found = self._days.batches(self._hold.take(watermark), watermark, end=end)
        for batch in found:
            self._tell(batch)
            self.counts.book += len(batch.book)
            self.counts.trades += len(batch.trades)
        return found

    def _learn(self, values: Mapping[str, str]) -> None:
        self._meta |= values
        self._has_news = True

    def _tell(self, batch: Batch) -> None:
        """Say what is known of the instrument, in each file."""
        if self._has_news or batch.day != self._meta_day:
            self._has_news, self._meta_day = False, batch.day
            batch.meta = dict(self._meta)

    def _take_update(self, update: Update, receipt: int | None) -> None:
        keeper, sides = self._keeper, Sides.of(update.bids, update.asks)
        time = self._hold.place(self._trusted(update.time, receipt), is_book=True)
        if keeper.sure and keeper.misses(update.seq, update.prev):
            numbers = str(keeper.last), str(update.prev)
            self._begin_gap("book", "sequence", self._hold.last(is_book=True), *numbers)
            keeper.lose()  # so that no book is written at a midnight in between
        self._turn(time)
        start = self._hold.last(is_book=True)
        verdict = keeper.update(update.seq, update.prev, sides)
        self.counts.stale += verdict == "stale"
        self.waits = not keeper.sure
        self._write(time, "update", update, update.prev, sides, receipt)
        if keeper.sure and verdict == "applies":
            self._check(update.checksum, start)

    def _take_snapshot(self, snapshot: Snapshot, receipt: int | None) -> None:
        sides = Sides.of(snapshot.bids, snapshot.asks)
        own = receipt if self._hold.seen is None else None  # for a venue that says none
        if snapshot.time is not None:
            own = self._trusted(snapshot.time, receipt)
        time = self._hold.place(own, is_book=True)
        self._turn(time)
        if not snapshot.asked or snapshot.seq is None:
            self._keeper.begin(snapshot.seq, sides)
        elif not self._keeper.complete(snapshot.seq, sides):
            self.counts.useless += 1
            return
        self._founded, self.waits = True, False
        before = None if snapshot.seq is None else FROM_NOTHING
        self._write(time, "snapshot", snapshot, before, sides, receipt)
        for channel in self._open:
            self._hold.add(time, GapEnd(time, channel))
        if "trades" in self._open:
            self._told = time
        self._open.clear()
        self._check(snapshot.checksum, time)

    def _take_trade(self, trade: Trade, receipt: int | None) -> None:
        if not self._ids.is_new(trade.id):
            self.counts.doubles += 1
            return
        before = self._hold.last(is_book=False)
        expected = self._ids.missing(trade.first, trade.last)
        time = self._hold.place(self._trusted(trade.time, receipt), is_book=False)
        is_told = "trades" in self._open or time < self._told
        if expected is not None and self._founded and not is_told:
            start = max(before or time, self._told, self._days.floor)
            numbers = str(expected), str(trade.first)
            self._hold.add(start, GapRow(start, time, "trades", "sequence", *numbers))
            self.counts.gaps += 1
        if trade.skip:
            self.counts.skipped += 1
            return
        late = trade.time < self._hold.watermark
        self.counts.late += late
        price, size = float(trade.price), float(trade.size)
        row = TradeRow(trade.id, price, size, trade.side, time, receipt, trade.time, late)
        self._hold.add(time, row)

    def _trusted(self, time: int, receipt: int | None) -> int | None:
        """Return a time of the exchange, or None for one that cannot be right."""
        if self._clock.is_right(time, receipt):
            if receipt is not None and (ahead := self._offset.take(time, receipt)) is not None:
                self._learn({"clock_offset_ms": str(ahead)})
            return time
        self.lose("clock")
        return None

    def _write(
        self,
        time: int,
        action: str,
        message: Snapshot | Update,
        before: int | None,
        sides: Sides,
        receipt: int | None,
    ) -> None:
        late = message.time is not None and message.time < self._hold.watermark
        self.counts.late += late
        levels = sides.bids_text, sides.asks_text
        numbers = message.seq, before, message.checksum
        self._hold.add(time, BookRow(*levels, time, action, *numbers, receipt, message.time, late))

    def _check(self, said: int | None, start: int) -> None:
        """Compare the book with what the venue says of it; wrong, it is so from a time on."""
        if said is None:
            return
        ladder = self._keeper.ladder
        own = self._checksum(ladder.bids, ladder.asks)
        if own != said:
            self._begin_gap("book", "checksum", start, str(said), str(own))
            self._keeper.lose()
            self.waits = True

    def _turn(self, time: int) -> None:
        """Begin the file of a later day with the book as it is, where it is known."""
        day = midnight_before(time)
        if self._book_day is not None and day > self._book_day and self._keeper.sure:
            self._write_own(day)
        self._book_day = max(day, self._book_day or 0)

    def _write_own(self, time: int) -> None:
        """Write the recorder's own book as a snapshot, to which the next row links."""
        keeper = self._keeper
        sides = Sides.of(*keeper.ladder.sides())
        before = None if keeper.last is None else FROM_NOTHING
        texts = sides.bids_text, sides.asks_text
        row = BookRow(*texts, time, "snapshot", keeper.last, before, None, None, None, False)
        self._hold.add(time, row)
        keeper.turn()

    def _begin_gap(
        self,
        channel: Channel,
        reason: Reason,
        start: int,
        expected: str | None = None,
        got: str | None = None,
    ) -> None:
        if not self._founded or channel in self._open:
            return
        start = max(start, self._days.floor)
        self._hold.add(start, GapRow(start, None, channel, reason, expected, got))
        self._open.add(channel)
        self.counts.gaps += 1
