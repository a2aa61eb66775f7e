"""Scripts of faults between a fake exchange and a recorder, and what must hold of its files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import orjson
from orderflow_record.database import DayFile, file_of
from orderflow_record.messages import Trade
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.testing import Exchange, Faulty, Loss, faults, play
from orderflow_record.testing.exchange import MarkedLadder
from orderflow_record.timing import Timing
from orderflow_record.venue import Venue, venue_class
from orderflow_sqlite.source import SqliteSource

from benchmarks.fuzz.feed_markets import FEEDS, Feed, market
from benchmarks.fuzz.tally import Tally
from orderflow_core.sources import DAY_MS
from tests import oracle_sequence as oracle

SLACK_MS = 1_000
"""How far from its gap a loss may lie: the times of two tables are not one order."""


def tallies(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Try scripts, over all feeds whose messages are at hand in turn."""
    there = [feed for feed in FEEDS if feed.is_there]
    for number in range(count):
        yield check(there[number % len(there)], seed + number, folder / "data")


def check(feed: Feed, seed: int, folder: Path) -> Tally:
    """Record one market through one script of faults, and look at what was written."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    played = market(feed, seed)
    script = faults(seed, len(played.messages))
    faulty = Faulty(Exchange(played.start, played.messages), played.side, script)
    told = _record(faulty, feed, folder, seed)
    files = [_read(path) for path in sorted(folder.glob("*.db"))]
    tally = Tally()
    wrong = [*_wrong_books(files, faulty), *_wrong_gaps(files, faulty, told)]
    wrong += [*_wrong_trades(files, faulty), *_wrong_source(folder, feed, faulty, files)]
    if wrong:
        kinds = [(fault.at, fault.kind, fault.length) for fault in script]
        tally.wrong += [f"{feed.venue} {feed.instrument} seed {seed} {kinds}: {wrong[0]}"]
    else:
        tally.outcomes["a gap row for each loss, and for nothing else"] += 1
    return tally


class _Watched(Session):
    """A session of one instrument that knows which losses came before its first book."""

    def __init__(self, venue: Venue, recording: Recording, losses: list[Loss]) -> None:
        super().__init__(venue, {recording.instrument: recording}, Timing())
        self.before: int | None = None
        self._recording = recording
        self._losses = losses

    def take(self, *args: Any, **kwargs: Any) -> bool:
        found = super().take(*args, **kwargs)
        if self.before is None and self._recording.sure:
            self.before = len(self._losses)
        return found


def _record(faulty: Faulty, feed: Feed, folder: Path, seed: int) -> list[Loss]:
    """Record all that is delivered; return the losses that must be told, those since a book."""
    venue = venue_class(feed.venue)([feed.instrument])
    recording = Recording(feed.instrument, venue.checksum)
    session = _Watched(venue, recording, faulty.losses)
    open_files: dict[int, DayFile] = {}
    for name, batch in play(faulty, session, seed):
        if batch.day not in open_files:
            path = file_of(folder, name, batch.day)
            open_files[batch.day] = DayFile(path, name, "kill", {})
        open_files[batch.day].write(batch)
    for file in open_files.values():
        file.close()
    return [] if session.before is None else faulty.losses[session.before :]


@dataclass(frozen=True)
class _File:
    """The rows of a file."""

    book: list[Any]
    trades: list[Any]
    gaps: list[Any]


def _read(path: Path) -> _File:
    with closing(sqlite3.connect(path)) as database:
        return _File(
            database.execute(
                "SELECT timestamp, action, seq_id, prev_seq_id, bids, asks FROM book ORDER BY id"
            ).fetchall(),
            database.execute(
                "SELECT timestamp, trade_id, price, size, side FROM trades ORDER BY id"
            ).fetchall(),
            database.execute(
                'SELECT "from", "to", channel, reason FROM gaps ORDER BY id'
            ).fetchall(),
        )


def _wrong_books(files: list[_File], faulty: Faulty) -> Iterator[str]:
    """Replay all rows by the plain rules: where the book is sure it is that of the exchange."""
    rows = [row for file in files for row in file.book]
    numbered = [_numbered(place, row) for place, row in enumerate(rows)]
    truth, ladder, last = faulty.exchange.truth, MarkedLadder(), 0
    founded = False
    for applied in oracle.follow(numbered)[0]:
        time, action, seq, *_ = rows[applied.timestamp]
        founded = founded or action == "snapshot"
        sides = [[[str(p), str(s)] for p, s in side] for side in (applied.bids, applied.asks)]
        (ladder.replace if applied.snapshot else ladder.apply)(*sides)
        known = {truth.get(seq), truth.get(max(last, seq))}
        last = seq if not applied.snapshot else max(last, seq)
        if applied.sure and founded and not _is_in_gap(files, time) and ladder.mark not in known:
            yield f"the book after row {seq} at {time} is not that of the exchange"
            return


def _numbered(place: int, values: Any) -> oracle.Numbered:
    _, action, seq, prev, bids, asks = values
    levels = [[(float(p), float(s)) for p, s, *_ in orjson.loads(side)] for side in (bids, asks)]
    row = oracle.BookRow(place, levels[0], levels[1], action == "snapshot")
    return oracle.Numbered(row, "chain", seq, prev)


def _is_in_gap(files: list[_File], time: int) -> bool:
    """Whether a gap of the book has a time within it; at its end the book is sure."""
    return any(
        start < time and (end is None or time < end)
        for file in files
        for start, end, channel, _ in file.gaps
        if channel == "book"
    )


def _wrong_gaps(files: list[_File], faulty: Faulty, told: list[Loss]) -> Iterator[str]:
    gaps = [gap for file in files for gap in file.gaps]
    for loss in told:
        if loss.arrived and loss.channel == "trades":
            continue
        if not _is_told(loss, gaps) and not _is_at_an_end(loss, faulty):
            yield f"no gap row for {loss.kind} of {loss.channel} at {loss.time}"
    causes = [(loss.channel, loss.time, loss.time) for loss in faulty.losses]
    causes += [(channel, *span) for span in faulty.breaks for channel in ("book", "trades")]
    for start, end, channel, reason in _joined(gaps):
        if not any(c == channel and _meet((start, end), a, b) for c, a, b in causes):
            yield f"a gap row of {channel} at {start} ({reason}) without a loss"


def _joined(gaps: list[Any]) -> list[Any]:
    """Return the gaps with those as one that go on in the next day's file."""
    found: list[Any] = []
    for start, end, channel, reason in gaps:
        before = next((gap for gap in found if gap[1:] == [start, channel, reason]), None)
        if before is None or start % DAY_MS:
            found.append([start, end, channel, reason])
        else:
            before[1] = end
    return found


def _is_told(loss: Loss, gaps: list[Any]) -> bool:
    spans = [(start, end) for start, end, channel, _ in gaps if channel == loss.channel]
    return any(_meet(span, loss.time, loss.time) for span in spans)


def _is_at_an_end(loss: Loss, faulty: Faulty) -> bool:
    """Whether nothing came after it that could have shown the loss, or no trade before it."""
    messages, kind = faulty.exchange.messages, type(loss.message)
    lost = {id(each.message) for each in faulty.losses}
    came = [isinstance(each, kind) and id(each) not in lost for each in messages]
    place = messages.index(loss.message)
    return not any(came[place:]) or (loss.channel == "trades" and not any(came[:place]))


def _meet(gap: Any, start: int, end: int) -> bool:
    first, last = gap
    return bool(first - SLACK_MS <= end and (last is None or start <= last + SLACK_MS))


def _wrong_trades(files: list[_File], faulty: Faulty) -> Iterator[str]:
    """Every trade that came is written once, as it was, and no other."""
    said = {m.id: m for m in faulty.exchange.messages if isinstance(m, Trade)}
    rows = [row for file in files for row in file.trades]
    ids = [row[1] for row in rows]
    if len(ids) != len(set(ids)):
        yield "a trade is written twice"
    for _, number, price, size, side in rows:
        trade = said[number]
        if (price, size, side) != (float(trade.price), float(trade.size), trade.side):
            yield f"trade {number} is another"
    lost = {
        loss.message.id
        for loss in faulty.losses
        if isinstance(loss.message, Trade) and not loss.arrived
    }
    missing = said.keys() - lost - set(ids)
    if len(missing) > len(faulty.breaks) + 1:  # a subscription's first trade may be an old one
        yield f"{len(missing)} trades that came are not written, such as {min(missing)}"


def _wrong_source(folder: Path, feed: Feed, faulty: Faulty, files: list[_File]) -> Iterator[str]:
    """Read the files as a run does: wherever the book is sure it is one that the exchange had."""
    truth, ladder = set(faulty.exchange.truth.values()), MarkedLadder()
    sure = 0
    for block in SqliteSource(path=folder).blocks(feed.instrument):
        for window in block.windows:
            sides = [
                [[str(p), str(s)] for p, s in zip(price, size, strict=True)]
                for price, size in (
                    (window.bid_price.tolist(), window.bid_size.tolist()),
                    (window.ask_price.tolist(), window.ask_size.tolist()),
                )
            ]
            (ladder.replace if window.snapshot else ladder.apply)(*sides)
            if window.sure and (ladder.bids or ladder.asks):
                sure += 1
                if ladder.mark not in truth:
                    yield f"the source's book at {window.timestamp} is none of the exchange's"
                    return
    if not sure and any(row[1] == "snapshot" for file in files for row in file.book):
        yield "the source is never sure"
