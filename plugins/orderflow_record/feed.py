"""One feed over its sockets: connect, read, ask, and connect again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from time import monotonic, time_ns
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from orderflow_record.backoff import Backoff
from orderflow_record.messages import Fetch, Request, Send
from orderflow_record.rest import FAILURES, ask
from orderflow_record.rows import Reason
from orderflow_record.session import Session

log = logging.getLogger(__name__)

_OPEN_SECONDS = 10.0
_FRAMES_AHEAD = 4_096


class Feed:
    """One connection that is made again for as long as it is wanted.

    Attributes:
        session: the feed without its sockets.
        host: where it is, for people.
        connected: whether the connection stands.
        reached: whether it ever stood.
        failure: why the last connection ended or was not made, None while it stands.

    """

    def __init__(
        self,
        session: Session,
        url: str | None = None,
        rest_url: str | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        venue = session.venue
        self.session = session
        self.url = (url or venue.url) + venue.path()
        self.host = urlsplit(self.url).netloc
        self.connected = self.reached = False
        self.failure: str | None = None
        self._rest_url = rest_url or venue.rest_url
        self._backoff = backoff or Backoff()
        self._socket: ClientConnection | None = None
        self._reason: Reason = "disconnect"
        self._heard = self._pinged = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Stay connected until this is cancelled."""
        self._ask_all(self.session.venue.facts())
        while True:
            self._reason = "disconnect"
            try:
                await self._connected()
            except (OSError, WebSocketException, TimeoutError) as error:
                self.failure = str(error) or type(error).__name__
            finally:
                self._socket, was_connected = None, self.connected
                self.connected = False
            if was_connected:
                self.session.lost(self._reason)
            wait = self._backoff.wait()
            log.warning("%s: %s: tried again in %.3g s", self.host, self.failure, wait)
            await asyncio.sleep(wait)

    def tick(self) -> None:
        """Ask for what is missing, keep the connection alive, and end a silent one."""
        socket, now = self._socket, monotonic()
        if socket is None:
            return
        if now - self._heard > self.session.timing.silent_seconds:
            self._reason = "silent"
            socket.transport.abort()
            return
        requests = self.session.due(now)
        venue = self.session.venue
        if venue.ping is not None and now - self._pinged >= venue.ping_seconds:
            self._pinged = now
            requests.append(Send(venue.ping))
        if requests:
            self._begin(self._send(socket, requests))

    async def _connected(self) -> None:
        """Make one connection and read it to its end."""
        async with connect(
            self.url,
            max_size=None,  # a whole book may have megabytes
            max_queue=_FRAMES_AHEAD,
            open_timeout=_OPEN_SECONDS,
            close_timeout=1,
        ) as socket:
            self._heard = self._pinged = monotonic()
            self._socket, self.failure = socket, "the connection has ended"
            self.connected = self.reached = True
            await self._send(socket, self.session.opened())
            while True:
                frame = await socket.recv(decode=False)
                now = monotonic()
                if self.session.take(frame, now, time_ns() // 1_000_000):
                    self._heard = now
                    self._backoff.reset()

    async def _send(self, socket: ClientConnection, requests: Iterable[Request]) -> None:
        requests = list(requests)
        self._ask_all(requests)
        try:
            for request in requests:
                if isinstance(request, Send):
                    await socket.send(request.frame)
        except WebSocketException:
            log.debug("%s: the connection ended before a frame was sent", self.host)

    def _ask_all(self, requests: Iterable[Request]) -> None:
        for request in requests:
            if isinstance(request, Fetch):
                self._begin(self._ask(request, self._socket))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, request: Fetch, socket: ClientConnection | None) -> None:
        """Ask by REST; an answer for an earlier connection is of no use."""
        address = self._rest_url + request.path
        try:
            answer = await asyncio.to_thread(ask, address)
        except FAILURES as error:
            log.warning("%s: no answer: %s", address, error)
            return
        if socket is None or socket is self._socket:
            self.session.take(answer, monotonic(), time_ns() // 1_000_000, request.instrument)
