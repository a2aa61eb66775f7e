"""Markets that a fake exchange plays: stretches of captured feeds, and a simulated one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from random import Random

from orderflow_record.ladder import Ladder
from orderflow_record.messages import Level, Snapshot, Trade, Update
from orderflow_record.tape import frames
from orderflow_record.testing import BinanceSide, OkxSide, Sent, Side
from orderflow_record.venue import venue_class
from orderflow_sqlite.simulate import sample_rows

from orderflow_core import BUY
from orderflow_core.sources import DAY_MS
from tests.slow.captures import CAPTURES

LENGTH = 200
"""How many messages a stretch has at most."""


@dataclass(frozen=True)
class Market:
    """A stretch of a feed: the book before it, and what happened."""

    venue: str
    side: Side
    start: Snapshot
    messages: list[Sent]


@dataclass(frozen=True)
class Feed:
    """A venue's instrument, and the capture of it; none stands for a simulated one."""

    venue: str
    instrument: str
    side: Side
    capture: str | None

    @property
    def is_there(self) -> bool:
        """Whether its messages are at hand."""
        return self.capture is None or (CAPTURES / self.capture).is_file()


FEEDS = (
    Feed("okx", "SIM-BTC-USDT", OkxSide(), None),
    Feed("binance-usdm", "BTCUSDT", BinanceSide(), "usdm_btcusdt_20240808.gz"),
    Feed("binance-spot", "ETHUSDT", BinanceSide(spot=True), "spot_ethusdt_20240808.gz"),
    Feed("binance-coinm", "BTCUSD_PERP", BinanceSide(), "cm_btcusd_perp_20240808.gz"),
    Feed("okx", "BTC-USDT", OkxSide(), "okx_2022-05-13.ws.gz"),
    Feed("okx", "UNI-USD-SWAP", OkxSide(), "okx_2022-05-13.ws.gz"),
)


def market(feed: Feed, seed: int) -> Market:
    """Return a stretch of a feed; in every other midnight is in its middle."""
    random = Random(seed)
    start, messages = _captured(feed) if feed.capture else _simulated(feed.instrument)
    first = random.randrange(max(1, len(messages) - LENGTH))
    start, messages = _from(start, messages, first)
    messages = messages[:LENGTH]
    if feed.venue == "okx":
        start, messages = _numbered(start, messages, random)
    if seed % 2:
        middle = messages[len(messages) // 2].time
        start, messages = _shifted(start, messages, DAY_MS - middle % DAY_MS)
    return Market(feed.venue, feed.side, start, messages)


def long_market(instrument: str, times: int = 20) -> tuple[Snapshot, list[Sent]]:
    """Return a simulated market at OKX, so many times one after the other."""
    start, messages = _simulated(instrument)
    assert start.time is not None
    span, ids = messages[-1].time - start.time, count(1)
    long: list[Sent] = []
    for turn in range(times):
        for message in messages:
            moved = replace(message, time=message.time + turn * span)
            if isinstance(moved, Trade):
                number = next(ids)
                moved = replace(moved, id=str(number), first=number, last=number)
            long.append(moved)
    return _numbered(start, long, Random(0))


@cache
def _captured(feed: Feed) -> tuple[Snapshot, list[Sent]]:
    """Return the first snapshot of a capture, and what applies after it."""
    venue = venue_class(feed.venue)([feed.instrument])
    start: Snapshot | None = None
    messages: list[Sent] = []
    for frame in frames(CAPTURES / str(feed.capture)):
        if frame.text is None or '"subscribe"' in frame.text:
            continue
        for message in venue.take(frame.text):
            if isinstance(message, Snapshot):
                start = message
            elif isinstance(message, Update | Trade):
                messages.append(message)
    assert start is not None
    first = start.time or 0
    if start.seq is not None:
        above = [m for m in messages if isinstance(m, Update) and (m.seq or 0) > start.seq]
        first = above[0].time
    if start.time is None:
        start = replace(start, time=first)
    messages = [m for m in messages if m.time >= first]
    return start, messages


@cache
def _simulated(instrument: str) -> tuple[Snapshot, list[Sent]]:
    rows = iter(sample_rows(2_000))
    time, bids, asks, _ = next(rows)
    start = Snapshot(instrument=instrument, time=time, seq=1, bids=_texts(bids), asks=_texts(asks))
    messages: list[Sent] = []
    number = 0
    for time, bids, asks, trades in rows:
        messages.append(
            Update(
                instrument=instrument,
                time=time,
                seq=0,
                prev=0,
                bids=_texts(bids),
                asks=_texts(asks),
            )
        )
        for at, price, size, side in trades:
            number += 1
            messages.append(
                Trade(
                    instrument=instrument,
                    time=at,
                    id=str(number),
                    price=str(price),
                    size=str(size),
                    side="buy" if side == BUY else "sell",
                    first=number,
                    last=number,
                )
            )
    return start, messages


def _texts(levels: list[tuple[float, float]]) -> list[Level]:
    return [[f"{price:.10g}", f"{size:.10g}", "0", "1"] for price, size in levels]


def _from(start: Snapshot, messages: list[Sent], first: int) -> tuple[Snapshot, list[Sent]]:
    """Return the book before a message, and the messages from there on."""
    ladder = Ladder()
    ladder.replace(start.bids, start.asks)
    seq, time = start.seq, start.time
    for message in messages[:first]:
        if isinstance(message, Update):
            ladder.apply(message.bids, message.asks)
            seq, time = message.seq, message.time
    bids, asks = ladder.sides()
    return replace(start, seq=seq, time=time, bids=bids, asks=asks), messages[first:]


def _numbered(start: Snapshot, messages: list[Sent], random: Random) -> tuple[Snapshot, list[Sent]]:
    """Give updates numbers that jump, and once in a while begin anew below."""
    seq = first = 10_000_000
    found: list[Sent] = []
    for message in messages:
        if isinstance(message, Update):
            prev = seq
            seq = seq // 2 if random.random() < 0.002 else seq + random.randint(1, 50)
            message = replace(message, seq=seq, prev=prev)
        found.append(message)
    return replace(start, seq=first, checksum=None), found


def _shifted(start: Snapshot, messages: list[Sent], by: int) -> tuple[Snapshot, list[Sent]]:
    assert start.time is not None
    moved = [replace(message, time=message.time + by) for message in messages]
    return replace(start, time=start.time + by), moved
