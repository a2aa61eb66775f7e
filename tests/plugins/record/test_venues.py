"""What each venue makes of a frame, and what it asks for; without a socket."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from orderflow_record.binance_coinm import BinanceCoinm
from orderflow_record.binance_spot import BinanceSpot
from orderflow_record.binance_usdm import BinanceUsdm
from orderflow_record.okx import Okx
from orderflow_record.venue import GROUP, venue_class
from orderflow_record.venues import Facts, Fetch, Notice, Send, Snapshot, Trade, Update, Venue

from orderflow_core import SettingsError

OKX, BINANCE = "BTC-USDT", "BTCUSDT"


def take(venue: type[Venue], frame: Any, *, names: Sequence[str] = ()) -> list[Any]:
    names = names or [OKX if venue is Okx else BINANCE]
    return list(venue(names).take(json.dumps(frame)))


def okx(channel: str, *data: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"arg": {"channel": channel, "instId": OKX}, **more, "data": list(data)}


BOOK: Any = {"bids": [["100", "1", "0", "2"]], "asks": [], "ts": "1700000000123", "checksum": 0}
SIDES: Any = {"bids": BOOK["bids"], "asks": []}
DEPTH = {"e": "depthUpdate", "E": 5, "T": 4, "s": BINANCE, "U": 7, "u": 9, "b": [], "a": []}
PRINT = {"e": "trade", "E": 5, "T": 4, "s": BINANCE, "t": 7, "p": "1", "q": "2", "m": True}
SYMBOL = {
    "symbol": BINANCE,
    "quoteAsset": "USDT",
    "filters": [
        {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001"},
    ],
}
CASES: dict[str, tuple[type[Venue], Any, list[Any]]] = {
    "okx, a snapshot": (
        Okx,
        okx("books", {**BOOK, "seqId": 7, "prevSeqId": -1}, action="snapshot"),
        [Snapshot(instrument=OKX, time=1700000000123, seq=7, **SIDES)],
    ),
    "okx, an update": (
        Okx,
        okx("books", {**BOOK, "seqId": 12, "prevSeqId": 7}, action="update"),
        [Update(instrument=OKX, time=1700000000123, seq=12, prev=7, **SIDES)],
    ),
    "okx, an old update: no numbers, but a checksum": (
        Okx,
        okx("books", {**BOOK, "checksum": -5}, action="update"),
        [Update(instrument=OKX, time=1700000000123, seq=None, prev=None, checksum=-5, **SIDES)],
    ),
    "okx, a trade that stands for three": (
        Okx,
        okx(
            "trades",
            {"tradeId": "123", "count": "3", "px": "9", "sz": "1", "side": "sell", "ts": "8"},
        ),
        [
            Trade(
                instrument=OKX,
                time=8,
                id="123",
                price="9",
                size="1",
                side="sell",
                first=121,
                last=123,
            )
        ],
    ),
    "okx, an error": (
        Okx,
        {"event": "error", "code": "60018", "msg": "no such instrument"},
        [Notice("error 60018: no such instrument")],
    ),
    "okx, another instrument": (Okx, okx("books", BOOK, action="update"), []),
    "okx, facts": (
        Okx,
        {
            "code": "0",
            "data": [
                {"instId": OKX, "tickSz": "0.1", "lotSz": "1", "ctVal": "", "quoteCcy": "USDT"}
            ],
        },
        [Facts(OKX, {"tick": "0.1", "lot": "1", "quote": "USDT"})],
    ),
    "usd-m, an update names the one before": (
        BinanceUsdm,
        {"stream": "btcusdt@depth@100ms", "data": {**DEPTH, "pu": 5}},
        [Update(instrument=BINANCE, time=4, seq=9, prev=5, bids=[], asks=[])],
    ),
    "coin-m, the same": (
        BinanceCoinm,
        {"data": {**DEPTH, "pu": 5}},
        [Update(instrument=BINANCE, time=4, seq=9, prev=5, bids=[], asks=[])],
    ),
    "spot, an update begins after the one before": (
        BinanceSpot,
        {"data": {key: value for key, value in DEPTH.items() if key != "T"}},
        [Update(instrument=BINANCE, time=5, seq=9, prev=6, bids=[], asks=[])],
    ),
    "spot, a book by REST, which has no time": (
        BinanceSpot,
        {"lastUpdateId": 8, "bids": [], "asks": []},
        [Snapshot(instrument=BINANCE, time=None, seq=8, bids=[], asks=[], asked=True)],
    ),
    "usd-m, a trade whose maker bought": (
        BinanceUsdm,
        {"data": {**PRINT, "X": "MARKET"}},
        [
            Trade(
                instrument=BINANCE,
                time=4,
                id="7",
                price="1",
                size="2",
                side="sell",
                first=7,
                last=7,
            )
        ],
    ),
    "usd-m, one of the insurance fund": (
        BinanceUsdm,
        {"data": {**PRINT, "X": "INSURANCE_FUND"}},
        [
            Trade(
                instrument=BINANCE,
                time=4,
                id="7",
                price="1",
                size="2",
                side="sell",
                first=7,
                last=7,
                skip=True,
            )
        ],
    ),
    "usd-m, facts, amid others": (
        BinanceUsdm,
        {"symbols": [{**SYMBOL, "symbol": "ETHUSDT"}, SYMBOL]},
        [Facts(BINANCE, {"tick": "0.10", "lot": "0.001", "quote": "USDT"})],
    ),
    "usd-m, the server goes down": (
        BinanceUsdm,
        {"e": "serverShutdown", "E": 5},
        [Notice("the server is about to shut down")],
    ),
}


@pytest.mark.parametrize(("venue", "frame", "messages"), CASES.values(), ids=CASES)
def test_a_frame_says(venue: type[Venue], frame: Any, messages: list[Any]) -> None:
    names = ["ETH-USDT"] if not messages else ()

    assert take(venue, frame, names=names) == messages


def test_okx_sends_the_last_trade_again_after_a_subscription() -> None:
    venue = Okx([OKX])
    row = {"tradeId": "5", "px": "9", "sz": "1", "side": "sell", "ts": "8"}
    frames = [
        {"event": "subscribe", "arg": {"channel": "trades", "instId": OKX}},
        okx("trades", row),
        okx("books", {**BOOK, "seqId": 7, "ts": "20"}, action="snapshot"),
        *(okx("trades", {**row, "ts": ts}) for ts in ("19", "18")),
    ]

    taken = [message for frame in frames for message in venue.take(json.dumps(frame))]

    assert [trade.skip for trade in taken if isinstance(trade, Trade)] == [True, True, False]


def test_okx_answers_its_ping_with_a_frame_that_says_nothing() -> None:
    assert list(Okx([OKX]).take("pong")) == []


VECTORS = {
    -1881014294: ([["3366.1", "7"]], [["3366.8", "9"], ["3368", "8"]], [["3366", "6"]]),
    831078360: ([["3366.1", "7"]], [["3366.8", "9"], ["3368", "8"], ["3372", "8"]], []),
}


@pytest.mark.parametrize("checksum", VECTORS)
def test_the_checksum_of_okx_is_that_of_its_documents(checksum: int) -> None:
    bids, asks, more = VECTORS[checksum]
    sides = [{float(level[0]): level for level in side} for side in (bids + more, asks)]

    assert Okx([OKX]).checksum(*sides) == checksum


def test_okx_subscribes_to_all_and_renews_one_book_alone() -> None:
    venue = Okx([OKX, "ETH-USDT"])

    [first] = venue.requests()
    renewed = [json.loads(each.frame) for each in venue.renew(OKX) if isinstance(each, Send)]

    assert isinstance(first, Send)
    assert len(json.loads(first.frame)["args"]) == 4
    assert [(each["op"], each["args"]) for each in renewed] == [
        (op, [{"channel": "books", "instId": OKX}]) for op in ("unsubscribe", "subscribe")
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (OKX, "SPOT"),
        ("BTC-USDT-SWAP", "SWAP"),
        ("BTC-USD-220527", "FUTURES"),
    ],
)
def test_okx_asks_for_the_facts_of_each_kind(name: str, kind: str) -> None:
    [request] = Okx([name]).facts()

    assert isinstance(request, Fetch)
    assert f"instType={kind}&instId={name}" in request.path


def test_binance_names_its_streams_in_the_address_and_asks_for_a_book_by_rest() -> None:
    venue = BinanceUsdm([BINANCE])

    assert venue.path() == "/stream?streams=btcusdt@depth@100ms/btcusdt@trade"
    assert list(venue.requests()) == []
    assert venue.renew(BINANCE) == [Fetch(BINANCE, "/fapi/v1/depth?limit=1000&symbol=BTCUSDT")]


def test_a_venue_is_found_by_its_name() -> None:
    assert venue_class("binance-spot") is BinanceSpot


def test_an_unknown_venue_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="binance-coinm, binance-spot, binance-usdm, bybit-"):
        venue_class("nyse")


def test_the_group_of_venues_has_its_name() -> None:
    assert GROUP == "orderflow.venues"
