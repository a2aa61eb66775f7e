"""Bybit: the topics `orderbook.200` and `publicTrade`, protocol v5, of spot and futures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import orjson

from orderflow_record.messages import (
    Facts,
    Fetch,
    Message,
    Notice,
    Request,
    Send,
    Snapshot,
    Trade,
    Update,
)
from orderflow_record.venue import Venue

_BOOK, _TRADES = "orderbook.200", "publicTrade"
_TOPICS_A_REQUEST = 10
_KINDS = {"Linear": "linear", "Inverse": "inverse"}


class Bybit(Venue):
    """A market of Bybit.

    Updates of a book are counted by 1. Snapshots come in the feed: after a subscription, and again
    whenever the exchange begins anew, then with the number 1. Ids of trades have no order, so that
    one that is lost alone is not seen.
    """

    category: ClassVar[str]
    rest_url = "https://api.bybit.com"
    channels = f"{_BOOK}, {_TRADES}"
    ping = '{"op":"ping"}'

    def requests(self) -> Iterable[Request]:
        """Subscribe to both topics of all instruments, some at a time."""
        topics = [f"{topic}.{name}" for topic in (_TRADES, _BOOK) for name in self.instruments]
        return [
            _request("subscribe", topics[first : first + _TOPICS_A_REQUEST])
            for first in range(0, len(topics), _TOPICS_A_REQUEST)
        ]

    def facts(self) -> Iterable[Request]:
        """Ask for each instrument."""
        path = "/v5/market/instruments-info?category={}&symbol={}"
        return [Fetch(name, path.format(self.category, name)) for name in self.instruments]

    def renew(self, instrument: str) -> Iterable[Request]:
        """Subscribe anew to the book alone."""
        return [_request(op, [f"{_BOOK}.{instrument}"]) for op in ("unsubscribe", "subscribe")]

    def take(self, frame: bytes | str, instrument: str | None = None) -> Iterable[Message]:
        """Return what a frame says, or an answer by REST."""
        content = orjson.loads(frame)
        if "topic" in content:
            topic, _, name = content["topic"].rpartition(".")
            if name not in self.instruments:
                return ()
            if topic == _BOOK:
                return [_book(name, content)]
            return map(_trade, content["data"]) if topic == _TRADES else ()
        if content.get("success") is False:
            return [Notice(f"{content.get('op')}: {content.get('ret_msg')}")]
        return map(_facts, content["result"]["list"]) if "result" in content else ()


class BybitSpot(Bybit):
    """Bybit spot."""

    category = "spot"
    url = "wss://stream.bybit.com/v5/public/spot"


class BybitLinear(Bybit):
    """Bybit futures whose sizes are in coins: USDT and USDC contracts."""

    category = "linear"
    url = "wss://stream.bybit.com/v5/public/linear"


class BybitInverse(Bybit):
    """Bybit futures whose sizes are in dollars."""

    category = "inverse"
    url = "wss://stream.bybit.com/v5/public/inverse"


def _request(op: str, topics: Sequence[str]) -> Send:
    return Send(orjson.dumps({"op": op, "args": topics}).decode())


def _book(name: str, content: dict[str, Any]) -> Snapshot | Update:
    data = content["data"]
    time, seq = content.get("cts", content["ts"]), data["u"]
    bids, asks = data["b"], data["a"]
    if content["type"] == "snapshot":
        return Snapshot(instrument=name, time=time, seq=seq, bids=bids, asks=asks)
    return Update(instrument=name, time=time, seq=seq, prev=seq - 1, bids=bids, asks=asks)


def _trade(data: dict[str, Any]) -> Trade:
    """Return a trade; a block trade met no book."""
    return Trade(
        instrument=data["s"],
        time=data["T"],
        id=data["i"],
        price=data["p"],
        size=data["v"],
        side={"Buy": "buy", "Sell": "sell"}[data["S"]],
        skip=data.get("BT", False),
    )


def _facts(data: dict[str, Any]) -> Facts:
    lots = data["lotSizeFilter"]
    values = {
        "tick": data["priceFilter"]["tickSize"],
        "lot": lots.get("qtyStep") or lots["basePrecision"],
        "quote": data["quoteCoin"],
    }
    for begin, kind in _KINDS.items():
        if data.get("contractType", "").startswith(begin):
            values |= {"contract_value": "1", "kind": kind}
    return Facts(data["symbol"], values)
