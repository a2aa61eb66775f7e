"""What the markets of Binance have in common: the streams, trades, and books asked for by REST."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import orjson

from orderflow_record.messages import (
    Facts,
    Fetch,
    Level,
    Message,
    Notice,
    Request,
    Snapshot,
    Trade,
    Update,
)
from orderflow_record.venue import Venue


class Binance(Venue):
    """A market of Binance.

    The book is asked for by REST; updates that come before the answer and have higher numbers apply
    on top of it. Ids of trades are counted by 1. A connection ends after 24 hours.
    """

    depth: ClassVar[str]
    """The name of the stream of updates."""
    depth_path: ClassVar[str]
    """Where a book is asked for; it ends with the symbol."""
    facts_path: ClassVar[str]
    channels = "depth, trade"

    def path(self) -> str:
        """Return the streams of all instruments."""
        names = (name.lower() for name in self.instruments)
        streams = (f"{name}@{each}" for name in names for each in (self.depth, "trade"))
        return f"/stream?streams={'/'.join(streams)}"

    def requests(self) -> Iterable[Request]:
        """Ask for nothing: the address says it, and the first update asks for its book."""
        return ()

    def facts(self) -> Iterable[Request]:
        """Ask for what there is, once for all instruments."""
        return [Fetch(name, self.facts_path.format(name)) for name in self.instruments[:1]]

    def renew(self, instrument: str) -> Iterable[Request]:
        """Ask for the book by REST."""
        return [Fetch(instrument, self.depth_path.format(instrument))]

    def take(self, frame: bytes | str, instrument: str | None = None) -> Iterable[Message]:
        """Return what a frame says, or an answer by REST."""
        content = orjson.loads(frame)
        if "lastUpdateId" in content:
            return [self._snapshot(content, instrument)]
        if "symbols" in content:
            return self._facts(content["symbols"])
        data = content.get("data", content)
        kind, name = data.get("e"), data.get("s")
        if kind == "serverShutdown":
            return [Notice("the server is about to shut down")]
        if "error" in content or "code" in content:
            return [Notice(f"error: {content.get('error') or content.get('msg')}")]
        if name not in self.instruments:
            return ()
        if kind == "depthUpdate":
            return [self._update(data)]
        return _trades(data) if kind == "trade" else ()

    def before(self, data: dict[str, Any]) -> int:
        """Return the number of the change before an update."""
        raise NotImplementedError

    def _snapshot(self, content: dict[str, Any], instrument: str | None) -> Snapshot:
        name = instrument or content.get("symbol") or self._only()
        return Snapshot(
            instrument=name,
            time=content.get("T"),
            seq=content["lastUpdateId"],
            bids=content["bids"],
            asks=content["asks"],
            asked=True,
        )

    def _only(self) -> str:
        if len(self.instruments) > 1:
            raise ValueError("a book that does not say whose it is, amid several instruments")
        return self.instruments[0]

    def _update(self, data: dict[str, Any]) -> Update:
        bids: list[Level] = data["b"]
        return Update(
            instrument=data["s"],
            time=data.get("T", data["E"]),
            seq=data["u"],
            prev=self.before(data),
            bids=bids,
            asks=data["a"],
        )

    def _facts(self, symbols: list[dict[str, Any]]) -> Iterator[Message]:
        for symbol in symbols:
            if symbol["symbol"] in self.instruments:
                yield Facts(symbol["symbol"], _values(symbol))


def _trades(data: dict[str, Any]) -> Iterator[Message]:
    """Yield a trade; those of the insurance fund and the like met no book."""
    number = data["t"]
    yield Trade(
        instrument=data["s"],
        time=data["T"],
        id=str(number),
        price=data["p"],
        size=data["q"],
        side="sell" if data["m"] else "buy",
        first=number,
        last=number,
        skip=data.get("X", "MARKET") != "MARKET",
    )


def _values(symbol: dict[str, Any]) -> dict[str, str]:
    filters = {each["filterType"]: each for each in symbol["filters"]}
    values = {
        "tick": filters["PRICE_FILTER"]["tickSize"],
        "lot": filters["LOT_SIZE"]["stepSize"],
        "quote": symbol["quoteAsset"],
    }
    if "contractSize" in symbol:
        values |= {"contract_value": str(symbol["contractSize"]), "kind": "inverse"}
    return values
