"""OKX: the channels `books` (400 levels) and `trades`, protocol v5."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any

import orjson

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

_CHECKED_LEVELS = 25
_KINDS = {"SWAP": "SWAP", "FUTURES": "FUTURES", "OPTION": "OPTION"}
_FACTS = {"tickSz": "tick", "lotSz": "lot", "ctVal": "contract_value", "ctType": "kind"}


class Okx(Venue):
    """OKX.

    Each update names the number before it; snapshots come in the feed, and again after a new
    subscription. Ids jump, so how much was lost is not known. The checksum is 0 since 2026-06, and
    is then none. After a subscription to trades the last trade is sent again.
    """

    url = "wss://ws.okx.com:8443/ws/v5/public"
    rest_url = "https://www.okx.com"
    channels = "books, trades"
    ping = "ping"
    ping_seconds = 25

    def __init__(self, instruments: Sequence[str]) -> None:
        super().__init__(instruments)
        self._fresh: dict[str, int | None] = {}
        """Of new subscriptions to trades, the time of the book's first snapshot, None before it."""

    def requests(self) -> Iterable[Request]:
        """Subscribe to both channels of all instruments."""
        self._fresh.clear()
        return [Send(_request("subscribe", ("trades", "books"), self.instruments))]

    def facts(self) -> Iterable[Request]:
        """Ask for each instrument."""
        path = "/api/v5/public/instruments?instType={}&instId={}"
        return [Fetch(name, path.format(_type(name), name)) for name in self.instruments]

    def renew(self, instrument: str) -> Iterable[Request]:
        """Subscribe anew to the book alone."""
        return [Send(_request(op, ("books",), [instrument])) for op in ("unsubscribe", "subscribe")]

    def take(self, frame: bytes | str, instrument: str | None = None) -> Iterable[Message]:
        """Return what a frame says."""
        if frame in ("pong", b"pong"):
            return ()
        content = orjson.loads(frame)
        if "event" in content:
            return self._event(content)
        if "arg" not in content:
            return _facts(content)
        channel, name = content["arg"]["channel"], content["arg"]["instId"]
        if name not in self.instruments:
            return ()
        if channel == "books":
            return self._books(name, content["action"], content["data"])
        return self._trades(name, content["data"]) if channel == "trades" else ()

    def checksum(self, bids: Mapping[float, Level], asks: Mapping[float, Level]) -> int:
        """Return the CRC-32 of the 25 best levels as the venue wrote them, signed."""
        sides = (
            [bids[price][:2] for price in heapq.nlargest(_CHECKED_LEVELS, bids)],
            [asks[price][:2] for price in heapq.nsmallest(_CHECKED_LEVELS, asks)],
        )
        levels = chain.from_iterable(zip_longest(*sides, fillvalue=()))
        crc = zlib.crc32(":".join(chain.from_iterable(levels)).encode())
        return crc - 2**32 if crc >= 2**31 else crc

    def _event(self, content: dict[str, Any]) -> Iterator[Message]:
        if content["event"] == "subscribe" and content["arg"]["channel"] == "trades":
            self._fresh[content["arg"]["instId"]] = None
        elif content["event"] in ("error", "notice"):
            yield Notice(f"{content['event']} {content.get('code', '')}: {content.get('msg', '')}")

    def _books(self, name: str, action: str, rows: list[dict[str, Any]]) -> Iterator[Message]:
        for row in rows:
            book = _book(name, action, row)
            if isinstance(book, Snapshot) and name in self._fresh:
                self._fresh[name] = book.time
            yield book

    def _trades(self, name: str, rows: list[dict[str, Any]]) -> Iterator[Message]:
        is_fresh, since = name in self._fresh, self._fresh.get(name)
        if since is not None:
            del self._fresh[name]
        for row in rows:
            last = int(row["tradeId"])
            historic = is_fresh and (since is None or int(row["ts"]) < since)
            yield Trade(
                instrument=name,
                time=int(row["ts"]),
                id=row["tradeId"],
                price=row["px"],
                size=row["sz"],
                side=row["side"],
                first=last - int(row.get("count", 1)) + 1,
                last=last,
                skip=historic,
            )


def _request(op: str, channels: Sequence[str], instruments: Sequence[str]) -> str:
    args = [{"channel": each, "instId": name} for each in channels for name in instruments]
    return orjson.dumps({"op": op, "args": args}).decode()


def _type(instrument: str) -> str:
    last = instrument.rpartition("-")[2]
    if last.isdecimal():
        return "FUTURES"
    return _KINDS.get(last, "SPOT")


def _book(name: str, action: str, data: dict[str, Any]) -> Snapshot | Update:
    seq, bids, asks = data.get("seqId"), data["bids"], data["asks"]
    time, checksum = int(data["ts"]), data.get("checksum") or None
    if action == "snapshot":
        return Snapshot(
            instrument=name, time=time, seq=seq, bids=bids, asks=asks, checksum=checksum
        )
    prev = data.get("prevSeqId")
    return Update(
        instrument=name, time=time, seq=seq, prev=prev, bids=bids, asks=asks, checksum=checksum
    )


def _facts(content: dict[str, Any]) -> Iterator[Message]:
    for data in content["data"]:
        values = {key: data[name] for name, key in _FACTS.items() if data.get(name)}
        quote = data.get("quoteCcy") or data["instId"].split("-")[1]
        yield Facts(data["instId"], values | {"quote": quote})
