"""Kraken spot: the channels `book` (1,000 levels) and `trade`, protocol v2."""

from __future__ import annotations

import heapq
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orderflow_record.messages import (
    Facts,
    Fetch,
    Level,
    Message,
    Notice,
    Request,
    Send,
    Snapshot,
    Trade,
    Update,
)
from orderflow_record.venue import Venue

DEPTH = 1_000
"""How many levels of a side are subscribed to."""
_CHECKED_LEVELS = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kraken(Venue):
    """Kraken spot, whose instruments are called like `BTC/USD`.

    Updates have no numbers but a checksum of the ten best levels, so that what is lost below them
    is not seen until it comes near. A level that falls out of the depth is not sent as gone, so it
    is written as gone here. Prices and sizes are numbers in the frames; their texts are kept as
    they are, as the checksum is made of them. Ids of trades count on.
    """

    url = "wss://ws.kraken.com/v2"
    rest_url = "https://api.kraken.com"
    channels = f"book ({DEPTH:,} levels), trade"
    ping = '{"method":"ping"}'

    def __init__(self, instruments: Sequence[str]) -> None:
        super().__init__(instruments)
        self._sides: dict[str, tuple[_Prices, _Prices]] = {}

    def requests(self) -> Iterable[Request]:
        """Subscribe to both channels of all instruments."""
        self._sides.clear()
        trades = {"channel": "trade", "symbol": self.instruments, "snapshot": False}
        return [_request("subscribe", trades), _request("subscribe", _book(self.instruments))]

    def facts(self) -> Iterable[Request]:
        """Ask for each instrument."""
        return [Fetch(name, f"/0/public/AssetPairs?pair={name}") for name in self.instruments]

    def renew(self, instrument: str) -> Iterable[Request]:
        """Subscribe anew to the book alone."""
        return [_request(method, _book([instrument])) for method in ("unsubscribe", "subscribe")]

    def take(self, frame: bytes | str, instrument: str | None = None) -> Iterable[Message]:
        """Return what a frame says, or an answer by REST."""
        content = json.loads(frame, parse_float=str)
        if instrument is not None:
            return _facts(instrument, content)
        if content.get("success") is False:
            return [Notice(f"{content.get('method')}: {content.get('error')}")]
        channel = content.get("channel")
        if channel not in ("book", "trade"):
            return ()
        rows = [row for row in content["data"] if row["symbol"] in self.instruments]
        is_whole = content["type"] == "snapshot"
        if channel == "trade":
            return [_trade(row, skip=is_whole) for row in rows]
        return [self._whole(row) if is_whole else self._changes(row) for row in rows]

    def checksum(self, bids: Mapping[float, Level], asks: Mapping[float, Level]) -> int:
        """Return the CRC-32 of the ten best levels as the venue wrote them."""
        best = [asks[price] for price in heapq.nsmallest(_CHECKED_LEVELS, asks)]
        best += [bids[price] for price in heapq.nlargest(_CHECKED_LEVELS, bids)]
        digits = (text.replace(".", "").lstrip("0") for level in best for text in level)
        return zlib.crc32("".join(digits).encode())

    def _whole(self, row: dict[str, Any]) -> Snapshot:
        bids, asks = _levels(row["bids"]), _levels(row["asks"])
        self._sides[row["symbol"]] = sides = _Prices(-1), _Prices(1)
        for side, levels in zip(sides, (bids, asks), strict=True):
            side.fallen_out(levels)
        time = _time(row["timestamp"]) if "timestamp" in row else None
        return Snapshot(
            instrument=row["symbol"],
            time=time,
            seq=None,
            bids=bids,
            asks=asks,
            checksum=row["checksum"],
        )

    def _changes(self, row: dict[str, Any]) -> Update:
        bids, asks = _levels(row["bids"]), _levels(row["asks"])
        if row["symbol"] in self._sides:
            for side, levels in zip(self._sides[row["symbol"]], (bids, asks), strict=True):
                levels += side.fallen_out(levels)
        return Update(
            instrument=row["symbol"],
            time=_time(row["timestamp"]),
            seq=None,
            prev=None,
            bids=bids,
            asks=asks,
            checksum=row["checksum"],
        )


class _Prices:
    """The prices of a side within its depth, the best ones lowest once they are times `sign`."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._texts: dict[float, str] = {}

    def fallen_out(self, levels: Iterable[Level]) -> list[Level]:
        """Take changes, and return as gone what is beyond the depth after them."""
        for price, size in levels:
            key = self._sign * float(price)
            if float(size):
                self._texts[key] = price
            else:
                self._texts.pop(key, None)
        beyond = heapq.nlargest(max(0, len(self._texts) - DEPTH), self._texts)
        return [[self._texts.pop(key), "0"] for key in beyond]


def _request(method: str, params: Mapping[str, Any]) -> Send:
    return Send(json.dumps({"method": method, "params": params}))


def _book(instruments: Sequence[str]) -> dict[str, Any]:
    return {"channel": "book", "symbol": list(instruments), "depth": DEPTH}


def _levels(levels: Iterable[Mapping[str, Any]]) -> list[Level]:
    return [[str(level["price"]), str(level["qty"])] for level in levels]


def _time(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


def _trade(row: Mapping[str, Any], *, skip: bool) -> Trade:
    number = int(row["trade_id"])
    return Trade(
        instrument=row["symbol"],
        time=_time(row["timestamp"]),
        id=str(number),
        price=str(row["price"]),
        size=str(row["qty"]),
        side=row["side"],
        first=number,
        last=number,
        skip=skip,
    )


def _facts(name: str, content: Mapping[str, Any]) -> Iterator[Message]:
    if content.get("error"):
        yield Notice(f"{name}: {', '.join(map(str, content['error']))}")
        return
    for pair in content["result"].values():
        lot = format(Decimal(1).scaleb(-int(pair["lot_decimals"])), "f")
        quote = name.partition("/")[2]
        yield Facts(name, {"tick": pair["tick_size"], "lot": lot, "quote": quote})
