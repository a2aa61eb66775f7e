"""A live source: books and trades of OKX, over a websocket."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from orderflow_core import BUY, SELL, InputError, Trade
from orderflow_core.sources import BookRow, LiveRows, LiveSource

log = logging.getLogger(__name__)

CHANNELS = ("books", "trades")
IDLE_SECONDS = 20.0
"""OKX closes a connection on which nothing is said for half a minute."""
Message = Mapping[str, Any]


class OkxSource(LiveSource):
    """Reads the channels `books` and `trades`, a connection for each instrument.

    The numbers of the books tell whether one is missing; then the connection is made anew, which
    begins with a snapshot, and the rows in between are unsure. Sizes are in contracts where the
    instrument is a derivative.
    """

    class Settings(LiveSource.Settings):
        """Where the exchange is."""

        url: str = Field("wss://ws.okx.com:8443/ws/v5/public", description="the public address")
        retry_seconds: float = Field(1, gt=0, description="pause before a new connection")

    settings: Settings

    def instruments(self) -> list[str]:
        """Return those that the settings name, as the exchange has too many."""
        if not self.settings.instruments:
            raise InputError('[source] names no instruments: instruments = ["BTC-USDT"], say')
        return self.settings.instruments

    def receive(self, instrument: str, rows: LiveRows) -> None:
        """Connect, again and again until the run has its end."""
        feed = Feed(instrument, rows)
        while not rows.closed:
            try:
                with connect(self.settings.url, max_size=None) as socket:
                    subscribe(socket, instrument)
                    for message in messages(socket, rows):
                        feed.take(message)
            except (OSError, WebSocketException, LostError) as error:
                log.warning("%s: %s: %s", instrument, self.settings.url, error)
                feed.lost(str(error))
            rows.wait(self.settings.retry_seconds)
        self.ledger.duplicates += feed.duplicates


class LostError(Exception):
    """A message is missing, or the exchange refuses."""


def subscribe(socket: ClientConnection, instrument: str) -> None:
    """Ask for both channels."""
    wanted = [{"channel": channel, "instId": instrument} for channel in CHANNELS]
    socket.send(json.dumps({"op": "subscribe", "args": wanted}))


def messages(socket: ClientConnection, rows: LiveRows) -> Iterator[Message]:
    """Yield messages until the run has its end, and keep the connection alive."""
    idle = 0.0
    while not rows.closed:
        try:
            text = socket.recv(timeout=0.5)
        except TimeoutError:
            idle += 0.5
            if idle % IDLE_SECONDS == 0:
                socket.send("ping")
            if idle > 2 * IDLE_SECONDS:
                raise LostError("the exchange is silent") from None
            continue
        idle = 0.0
        if text != "pong":
            yield json.loads(text)


class Feed:
    """The messages of one instrument, over all of its connections."""

    def __init__(self, instrument: str, rows: LiveRows) -> None:
        self.duplicates = 0
        self._instrument = instrument
        self._rows = rows
        self._book: int | None = None
        self._trade = 0

    def take(self, message: Message) -> None:
        """Put in what a message has."""
        if message.get("event") == "error":
            raise LostError(message.get("msg", "the exchange refuses"))
        channel = message.get("arg", {}).get("channel")
        for item in message.get("data", ()):
            if channel == "books":
                self._take_book(item, snapshot=message["action"] == "snapshot")
            elif channel == "trades":
                self._take_trade(item)

    def lost(self, reason: str) -> None:
        """Tell that what comes next does not follow what came before."""
        if self._book is not None:
            self._rows.lost(reason)
        self._book = None

    def _take_book(self, item: Message, *, snapshot: bool) -> None:
        before, number = int(item["prevSeqId"]), int(item["seqId"])
        if not snapshot and before != self._book:
            raise LostError(f"a book that follows {self._book} is missing")
        self._book = number
        sides = levels(item["bids"]), levels(item["asks"])
        self._rows.book(BookRow(int(item["ts"]), *sides, snapshot=snapshot))

    def _take_trade(self, item: Message) -> None:
        number = int(item["tradeId"])
        if number <= self._trade:  # after a new connection the exchange sends the last ones again
            self.duplicates += 1
            return
        self._trade = number
        price, size = float(item["px"]), float(item["sz"])
        side = BUY if item["side"] == "buy" else SELL
        self._rows.trade(Trade(number, item["tradeId"], price, size, side, int(item["ts"])))


def levels(side: Iterable[list[str]]) -> list[tuple[float, float]]:
    """Return price and size of each level; size 0 deletes it."""
    return [(float(price), float(size)) for price, size, *_ in side]
