"""A fake exchange on loopback: a websocket, and REST at the same port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from orderflow_record.testing.faults import Delivery, Faulty

_LATE_SECONDS = 0.2


class Server:
    """Delivers to whoever is connected, one at a time, and waits while nobody is.

    Attributes:
        url, rest_url: where it is.
        exchange: what it plays.
        ended: set when all has been delivered.

    """

    def __init__(self, faulty: Faulty, speed: float | None) -> None:
        self.url = self.rest_url = ""
        self.ended = asyncio.Event()
        self.exchange = faulty.exchange
        self._faulty = faulty
        self._speed = speed
        self._socket: ServerConnection | None = None
        self._ready = asyncio.Event()
        self._order = asyncio.Lock()  # what is sent and the book that is asked for agree
        self._slow = 0.0

    async def connected(self, socket: ServerConnection) -> None:
        """Answer what a recorder sends, until it leaves."""
        self._socket = socket
        side, exchange = self._faulty.side, self._faulty.exchange
        if not side.is_asked:
            self._ready.set()
        try:
            async for frame in socket:
                async with self._order:
                    for answer in side.answers(str(frame), exchange):
                        await socket.send(answer)
                    self._ready.set()
        except ConnectionClosed:
            pass
        finally:
            if self._socket is socket:
                self._socket = None
                self._ready.clear()

    async def asked(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a question by REST; a websocket goes on."""
        if "Upgrade" in request.headers:
            return None
        async with self._order:
            text = self._faulty.side.rest(request.path, self._faulty.exchange)
        wait, self._slow = self._slow, 0.0
        await asyncio.sleep(wait)
        if text is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "nothing")
        return connection.respond(HTTPStatus.OK, text)

    async def deliver(self) -> None:
        """Deliver all there is, at a speed, or as fast as it is taken."""
        deliveries = self._faulty.deliveries()
        await self._ready.wait()
        before = self._faulty.exchange.time
        while True:
            async with self._order:
                delivery = next(deliveries, None)
                if delivery is None:
                    break
                await self._give(delivery)
            if self._speed is not None and delivery.time > before:
                await asyncio.sleep((delivery.time - before) / 1000 / self._speed)
            before = max(before, delivery.time)
            if delivery.kind in ("cut", "silence"):
                await self._until_gone()
                async with self._order:
                    next(deliveries)  # what happens meanwhile
                await self._ready.wait()
        self.ended.set()

    async def _give(self, delivery: Delivery) -> None:
        if delivery.kind == "late answer":
            self._slow = _LATE_SECONDS * delivery.amount
        elif self._socket is not None and delivery.kind == "cut":
            self._socket.transport.abort()
        elif self._socket is not None and delivery.kind == "frame":
            await self._socket.send(delivery.frame)

    async def _until_gone(self) -> None:
        if self._socket is not None:
            await self._socket.wait_closed()
        while self._ready.is_set():
            await asyncio.sleep(0)


@asynccontextmanager
async def serve(faulty: Faulty, speed: float | None = None) -> AsyncIterator[Server]:
    """Give a server on a free port of loopback; `speed` is data seconds a second."""
    server = Server(faulty, speed)
    async with listen(
        server.connected, "127.0.0.1", 0, process_request=server.asked, max_size=None
    ) as listening:
        [socket] = listening.sockets
        port = socket.getsockname()[1]
        server.url, server.rest_url = f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port}"
        delivering = asyncio.create_task(server.deliver())
        try:
            yield server
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
