"""Kraken, by messages as its documents have them: what frames say, and what is missing."""

import json
from decimal import Decimal
from typing import Any

import pytest
from orderflow_record import kraken
from orderflow_record.kraken import Kraken
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.testing import Exchange, Fault, Faulty, Sent, play
from orderflow_record.timing import Timing
from orderflow_record.venue import venue_class
from orderflow_record.venues import Facts, Fetch, Level, Notice, Send, Snapshot, Trade, Update

from tests.plugins.record.feeds import NOON, Written

NAME = "BTC/USD"
WHEN = "2025-06-01T12:00:00.123456Z"
TIME = NOON + 123
BIDS = "45283.5 0.10000000 45283.4 1.54582015 45282.1 0.10000000 45281.0 0.10000000 "
BIDS += "45280.3 1.54592586 45279.0 0.07990000 45277.6 0.03310103 45277.5 0.30000000 "
BIDS += "45277.3 1.54602737 45276.6 0.15445238"
ASKS = "45285.2 0.00100000 45286.4 1.54571953 45286.6 1.54571109 45289.6 1.54560911 "
ASKS += "45290.2 0.15890660 45291.8 1.54553491 45294.7 0.04454749 45296.1 0.35380000 "
ASKS += "45297.5 0.09945542 45299.5 0.18772827"
CHECKSUM = 3310070434
"""What Kraken's documents say of this book."""


def pairs(text: str) -> list[Level]:
    words = text.split()
    return [list(level) for level in zip(words[::2], words[1::2], strict=True)]


def levels(side: list[Level]) -> str:
    """Return levels as frames have them: numbers with all of their digits."""
    return ", ".join(f'{{"price": {price}, "qty": {size}}}' for price, size in side)


def book(
    kind: str, bids: list[Level], asks: list[Level], checksum: int, time: str | None = WHEN
) -> str:
    sides = f'"bids": [{levels(bids)}], "asks": [{levels(asks)}], "checksum": {checksum}'
    told = f', "timestamp": "{time}"' if time else ""
    return (
        f'{{"channel": "book", "type": "{kind}", "data": [{{"symbol": "{NAME}", {sides}{told}}}]}}'
    )


def trades(kind: str, name: str = NAME) -> str:
    words = f'"symbol": "{name}", "side": "sell", "price": 45283.50, "qty": 0.10000000'
    more = f'"ord_type": "market", "trade_id": 4665906, "timestamp": "{WHEN}"'
    return f'{{"channel": "trade", "type": "{kind}", "data": [{{{words}, {more}}}]}}'


TRADE: dict[str, Any] = {
    **{"instrument": NAME, "time": TIME, "id": "4665906", "price": "45283.50"},
    **{"size": "0.10000000", "side": "sell", "first": 4665906, "last": 4665906},
}
WHOLE: dict[str, Any] = {"instrument": NAME, "seq": None, "bids": pairs(BIDS), "asks": pairs(ASKS)}
FACTS = '{"error": [], "result": {"XXBTZUSD": {"tick_size": "0.1", "lot_decimals": 8}}}'
CASES: dict[str, tuple[str, str | None, list[Any]]] = {
    "a snapshot, with each digit that was sent": (
        book("snapshot", pairs(BIDS), pairs(ASKS), CHECKSUM),
        None,
        [Snapshot(**WHOLE, time=TIME, checksum=CHECKSUM)],
    ),
    "one without a time": (
        book("snapshot", pairs(BIDS), pairs(ASKS), CHECKSUM, None),
        None,
        [Snapshot(**WHOLE, time=None, checksum=CHECKSUM)],
    ),
    "an update": (
        book("update", [["45283", "0"]], [], 7),
        None,
        [
            Update(
                instrument=NAME,
                time=TIME,
                seq=None,
                prev=None,
                bids=[["45283", "0"]],
                asks=[],
                checksum=7,
            )
        ],
    ),
    "a trade": (trades("update"), None, [Trade(**TRADE)]),
    "trades from before the subscription": (trades("snapshot"), None, [Trade(**TRADE, skip=True)]),
    "of another instrument": (trades("update", "ETH/USD"), None, []),
    "that it is alive": ('{"channel": "heartbeat"}', None, []),
    "an answer to a ping": ('{"method": "pong", "time_in": "", "time_out": ""}', None, []),
    "that a request was refused": (
        '{"method": "subscribe", "success": false, "error": "Currency pair not supported X/Y"}',
        None,
        [Notice("subscribe: Currency pair not supported X/Y")],
    ),
    "facts": (FACTS, NAME, [Facts(NAME, {"tick": "0.1", "lot": "0.00000001", "quote": "USD"})]),
    "that there are none": (
        '{"error": ["EQuery:Unknown asset pair"]}',
        NAME,
        [Notice("BTC/USD: EQuery:Unknown asset pair")],
    ),
}


@pytest.mark.parametrize(("frame", "asked", "messages"), CASES.values(), ids=CASES)
def test_a_frame_of_kraken_says(frame: str, asked: str | None, messages: list[Any]) -> None:
    assert list(Kraken([NAME]).take(frame, asked)) == messages


def test_the_checksum_of_kraken_is_that_of_its_documents() -> None:
    sides = [{float(level[0]): level for level in pairs(text)} for text in (BIDS, ASKS)]

    assert Kraken([NAME]).checksum(*sides) == CHECKSUM


def test_kraken_subscribes_to_all_and_renews_one_book_alone() -> None:
    venue = venue_class("kraken")([NAME, "ETH/USD"])

    asked = [json.loads(each.frame) for each in venue.requests() if isinstance(each, Send)]
    renewed = [json.loads(each.frame) for each in venue.renew(NAME) if isinstance(each, Send)]

    assert [each["params"]["symbol"] for each in asked] == [[NAME, "ETH/USD"]] * 2
    assert renewed == [
        {"method": method, "params": {"channel": "book", "symbol": [NAME], "depth": 1_000}}
        for method in ("unsubscribe", "subscribe")
    ]
    assert next(iter(venue.facts())) == Fetch(NAME, "/0/public/AssetPairs?pair=BTC/USD")


def test_a_level_that_falls_out_of_the_depth_is_written_as_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kraken, "DEPTH", 2)
    venue = Kraken([NAME])
    bids, asks = [["9.0", "1"], ["8.0", "1"]], [["10.0", "1"], ["11.0", "1"]]
    list(venue.take(book("snapshot", bids, asks, 0)))

    frames = [
        book("update", [["9.5", "1"]], [["10.5", "1"], ["10.7", "1"]], 0),
        book("update", [["9.5", "0"], ["8.0", "2"]], [], 0),
    ]
    found = [update for frame in frames for update in venue.take(frame)]

    assert [(update.bids, update.asks) for update in found if isinstance(update, Update)] == [
        (
            [["9.5", "1"], ["8.0", "0"]],
            [["10.5", "1"], ["10.7", "1"], ["11.0", "0"], ["10.7", "0"]],
        ),
        ([["9.5", "0"], ["8.0", "2"]], []),
    ]


class KrakenSide:
    """Kraken: a snapshot for each subscription to the book, a checksum with each change."""

    is_asked = True

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def frame(self, message: Sent) -> str:
        assert isinstance(message, Update)
        return self._book("update", message.bids, message.asks, message.time)

    def answers(self, frame: str, exchange: Exchange) -> list[str]:
        request = json.loads(frame)
        if request["method"] != "subscribe" or request["params"]["channel"] != "book":
            return []
        return [self._book("snapshot", *exchange.ladder.sides(), exchange.time)]

    def rest(self, path: str, exchange: Exchange) -> str | None:
        return None

    def _book(self, kind: str, bids: list[Level], asks: list[Level], time: int) -> str:
        ladder = self._exchange.ladder
        checksum = Kraken([NAME]).checksum(ladder.bids, ladder.asks)
        seconds = Decimal(time - NOON) / 1000
        return book(kind, bids, asks, checksum, f"2025-06-01T12:00:{seconds:06.3f}Z")


def _resized(number: int) -> Update:
    """Return the update of a number, which sets the size of one of the ten best bids."""
    return Update(
        instrument=NAME,
        time=NOON + 100 * number,
        seq=number,
        prev=None,
        bids=[[pairs(BIDS)[number % 10][0], f"{number}.10000000"]],
        asks=[],
    )


def played(*script: Fault) -> tuple[Written, Faulty, Recording]:
    """Play updates of the best levels with faults."""
    start = Snapshot(instrument=NAME, time=NOON, seq=0, bids=pairs(BIDS), asks=pairs(ASKS))
    updates = [_resized(number) for number in range(1, 60)]
    exchange = Exchange(start, updates)
    faulty = Faulty(exchange, KrakenSide(exchange), script)
    venue, found = Kraken([NAME]), Written()
    recording = Recording(NAME, venue.checksum)
    for _, batch in play(faulty, Session(venue, {NAME: recording}, Timing())):
        found.add([batch])
    return found, faulty, recording


def test_a_feed_of_kraken_without_a_loss_has_no_gap() -> None:
    found, faulty, recording = played()

    assert found.all_gaps == []
    assert len(found.times) == 60
    assert recording.book() == faulty.exchange.ladder.sides()


@pytest.mark.parametrize("kind", ["drop", "half", "swap", "cut"])
def test_what_is_missing_of_kraken_is_seen_by_its_checksum(kind: Any) -> None:
    _, faulty, recording = played(Fault(20, kind, 1))

    assert faulty.losses
    assert recording.counts.gaps
    assert recording.sure
    assert recording.book() == faulty.exchange.ladder.sides()
