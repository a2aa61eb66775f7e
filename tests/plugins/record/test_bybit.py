"""Bybit, by messages as its documents have them: what frames say, and what is missing."""

import json
from typing import Any

import pytest
from orderflow_record.bybit import BybitInverse, BybitLinear, BybitSpot
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.timing import Timing
from orderflow_record.venue import venue_class
from orderflow_record.venues import Facts, Fetch, Notice, Send, Snapshot, Trade, Update, Venue

from tests.plugins.record.feeds import NOON, Written

NAME = "BTCUSDT"
BIDS, ASKS = [["16493.50", "0.006"]], [["16611.00", "0.029"]]


def book(kind: str, number: int, ms: int = 0, **more: Any) -> dict[str, Any]:
    """Return a frame of the book; it is sent 2 ms after the match."""
    data = {"s": NAME, "b": BIDS, "a": ASKS, "u": number, "seq": 7_961_638_724}
    frame = {"topic": f"orderbook.200.{NAME}", "type": kind, "ts": NOON + ms + 2, "data": data}
    return {**frame, "cts": NOON + ms, **more}


def prints(**more: Any) -> dict[str, Any]:
    trade = {"T": NOON, "s": NAME, "S": "Buy", "v": "0.001", "p": "16578.50", "i": "20f43950-d8dd"}
    data = [{**trade, "L": "PlusTick", "BT": False, **more}]
    return {"topic": f"publicTrade.{NAME}", "type": "snapshot", "ts": NOON + 2, "data": data}


def info(**more: Any) -> dict[str, Any]:
    symbol = {"symbol": NAME, "quoteCoin": "USDT", "priceFilter": {"tickSize": "0.10"}, **more}
    return {"retCode": 0, "retMsg": "OK", "result": {"list": [symbol]}}


TRADE: dict[str, Any] = {
    "instrument": NAME,
    "time": NOON,
    "id": "20f43950-d8dd",
    "price": "16578.50",
}
CASES: dict[str, tuple[Any, list[Any]]] = {
    "a snapshot": (
        book("snapshot", 18),
        [Snapshot(instrument=NAME, time=NOON, seq=18, bids=BIDS, asks=ASKS)],
    ),
    "an update, counted by 1": (
        book("delta", 19),
        [Update(instrument=NAME, time=NOON, seq=19, prev=18, bids=BIDS, asks=ASKS)],
    ),
    "a trade, by the side of its taker": (prints(), [Trade(**TRADE, size="0.001", side="buy")]),
    "one that sold": (prints(S="Sell"), [Trade(**TRADE, size="0.001", side="sell")]),
    "a block trade": (prints(BT=True), [Trade(**TRADE, size="0.001", side="buy", skip=True)]),
    "of another instrument": ({**prints(), "topic": "publicTrade.ETHUSDT"}, []),
    "that a request was taken": ({"success": True, "ret_msg": "", "op": "subscribe"}, []),
    "that one was refused": (
        {"success": False, "ret_msg": "Invalid symbol", "op": "subscribe"},
        [Notice("subscribe: Invalid symbol")],
    ),
    "that it is alive": ({"success": True, "ret_msg": "pong", "op": "ping"}, []),
    "facts of spot": (
        info(lotSizeFilter={"basePrecision": "0.000001"}),
        [Facts(NAME, {"tick": "0.10", "lot": "0.000001", "quote": "USDT"})],
    ),
    "facts of a contract": (
        info(lotSizeFilter={"qtyStep": "1"}, contractType="InversePerpetual"),
        [
            Facts(
                NAME,
                {
                    **{"tick": "0.10", "lot": "1", "quote": "USDT"},
                    **{"contract_value": "1", "kind": "inverse"},
                },
            )
        ],
    ),
}


@pytest.mark.parametrize(("frame", "messages"), CASES.values(), ids=CASES)
def test_a_frame_of_bybit_says(frame: Any, messages: list[Any]) -> None:
    assert list(BybitLinear([NAME]).take(json.dumps(frame))) == messages


def recorded(*frames: dict[str, Any]) -> Written:
    """Record frames as they come."""
    recording = Recording(NAME, BybitLinear([NAME]).checksum)
    session = Session(BybitLinear([NAME]), {NAME: recording}, Timing())
    found = Written()
    for frame in frames:
        session.take(json.dumps(frame), 0.0, None)
        found.add(recording.batches())
    found.add(recording.batches(end=True))
    return found


def test_updates_of_bybit_that_count_on_leave_no_gap() -> None:
    again = book("snapshot", 1, 300)

    found = recorded(book("snapshot", 5), book("delta", 6, 100), again, book("delta", 2, 400))

    assert found.all_gaps == []
    assert found.times == [NOON, NOON + 100, NOON + 300, NOON + 400]


@pytest.mark.parametrize(
    ("frames", "numbers"),
    [
        ([book("delta", 8, 100)], ("5", "7")),
        ([book("delta", 6, 100), book("delta", 2, 200)], ("6", "1")),
    ],
    ids=["an update", "the snapshot of a new beginning"],
)
def test_what_is_missing_of_bybit_is_a_gap_until_a_snapshot(
    frames: list[dict[str, Any]], numbers: tuple[str, str]
) -> None:
    found = recorded(book("snapshot", 5), *frames, book("snapshot", 20, 900))

    [gap] = found.all_gaps
    assert (gap.channel, gap.reason, gap.end) == ("book", "sequence", NOON + 900)
    assert (gap.expected, gap.got) == numbers


def test_bybit_is_asked_for_ten_topics_at_a_time_and_renews_one_book_alone() -> None:
    venue = BybitSpot([f"C{number}" for number in range(6)])

    asked = [json.loads(each.frame) for each in venue.requests() if isinstance(each, Send)]
    renewed = [json.loads(each.frame) for each in venue.renew("C1") if isinstance(each, Send)]

    assert [len(each["args"]) for each in asked] == [10, 2]
    assert {"orderbook.200.C5", "publicTrade.C5"} <= {*asked[0]["args"], *asked[1]["args"]}
    assert renewed == [
        {"op": op, "args": ["orderbook.200.C1"]} for op in ("unsubscribe", "subscribe")
    ]


@pytest.mark.parametrize(
    ("name", "venue", "category"),
    [
        ("bybit-spot", BybitSpot, "spot"),
        ("bybit-linear", BybitLinear, "linear"),
        ("bybit-inverse", BybitInverse, "inverse"),
    ],
)
def test_a_market_of_bybit_asks_for_its_own_facts(
    name: str, venue: type[Venue], category: str
) -> None:
    path = f"/v5/market/instruments-info?category={category}&symbol={NAME}"

    assert venue_class(name) is venue
    assert list(venue([NAME]).facts()) == [Fetch(NAME, path)]
