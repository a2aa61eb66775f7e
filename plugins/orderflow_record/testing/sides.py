"""How exchanges speak: the frames of messages, and what they answer."""

from __future__ import annotations

from typing import Any, Protocol

import orjson

from orderflow_record.messages import Trade
from orderflow_record.testing.exchange import Exchange, Sent


class Side(Protocol):
    """The exchange's side of a venue. Frames and answers are what the real one would send.

    `is_asked` says whether nothing comes before a frame has asked for it.
    """

    is_asked: bool

    def frame(self, message: Sent) -> str:
        """Return the frame of a message."""

    def answers(self, frame: str, exchange: Exchange) -> list[str]:
        """Return what is sent in return for a frame."""

    def rest(self, path: str, exchange: Exchange) -> str | None:
        """Return the answer to a path below the REST address, None where there is none."""


class OkxSide:
    """OKX: a snapshot for each subscription, and the last trade again."""

    is_asked = True

    def frame(self, message: Sent) -> str:
        """Return the frame of a message."""
        if isinstance(message, Trade):
            return _dumped(_okx("trades", message.instrument, _okx_trade(message)))
        data = {
            "bids": message.bids,
            "asks": message.asks,
            "ts": str(message.time),
            "checksum": message.checksum or 0,
            "seqId": message.seq,
            "prevSeqId": message.prev,
        }
        return _dumped(_okx("books", message.instrument, data, action="update"))

    def answers(self, frame: str, exchange: Exchange) -> list[str]:
        """Return the acknowledgements, and the snapshot or the last trade after them."""
        if frame == "ping":
            return ["pong"]
        request = orjson.loads(frame)
        found: list[str] = []
        for arg in request["args"]:
            found.append(_dumped({"event": request["op"], "arg": arg}))
            if request["op"] == "subscribe":
                found += self._first(arg["channel"], exchange)
        return found

    def rest(self, path: str, exchange: Exchange) -> str | None:
        """Return the facts of the instrument."""
        facts = {"instId": exchange.instrument, "tickSz": "0.1", "lotSz": "1", "ctVal": ""}
        return _dumped({"code": "0", "data": [facts]}) if "/instruments?" in path else None

    def _first(self, channel: str, exchange: Exchange) -> list[str]:
        if channel == "books":
            bids, asks = exchange.ladder.sides()
            data = {"bids": bids, "asks": asks, "ts": str(exchange.time), "checksum": 0}
            data |= {"seqId": exchange.seq, "prevSeqId": -1}
            return [_dumped(_okx("books", exchange.instrument, data, action="snapshot"))]
        return [self.frame(exchange.trade)] if exchange.trade else []


class BinanceSide:
    """Binance: streams in the address, and the book by REST; USD-M, or with `spot` spot."""

    is_asked = False

    def __init__(self, *, spot: bool = False) -> None:
        self._spot = spot

    def frame(self, message: Sent) -> str:
        """Return the frame of a message."""
        name = message.instrument
        data: dict[str, Any] = {"E": message.time, "s": name}
        if isinstance(message, Trade):
            assert message.last is not None
            data |= {"e": "trade", "T": message.time, "t": message.last, "X": "MARKET"}
            data |= {"p": message.price, "q": message.size, "m": message.side == "sell"}
            return _dumped({"stream": f"{name.lower()}@trade", "data": data})
        assert message.prev is not None
        data |= {"e": "depthUpdate", "U": message.prev + 1, "u": message.seq}
        data |= {"b": message.bids, "a": message.asks}
        if not self._spot:
            data |= {"T": message.time, "pu": message.prev}
        return _dumped({"stream": f"{name.lower()}@depth@100ms", "data": data})

    def answers(self, frame: str, exchange: Exchange) -> list[str]:
        """Return nothing: nothing is sent to it."""
        return []

    def rest(self, path: str, exchange: Exchange) -> str | None:
        """Return the book."""
        if "/depth?" not in path:
            return None
        bids, asks = exchange.ladder.sides()
        book: dict[str, Any] = {"lastUpdateId": exchange.seq, "bids": bids, "asks": asks}
        if not self._spot:
            book |= {"E": exchange.time, "T": exchange.time}
        return _dumped(book)


def _okx(channel: str, name: str, data: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"arg": {"channel": channel, "instId": name}, **more, "data": [data]}


def _okx_trade(trade: Trade) -> dict[str, Any]:
    assert trade.first is not None
    assert trade.last is not None
    return {
        "instId": trade.instrument,
        "tradeId": trade.id,
        "px": trade.price,
        "sz": trade.size,
        "side": trade.side,
        "ts": str(trade.time),
        "count": str(trade.last - trade.first + 1),
    }


def _dumped(content: Any) -> str:
    return orjson.dumps(content).decode()
