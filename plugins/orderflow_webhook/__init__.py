"""Webhook: signals to an address, beside the run."""

from __future__ import annotations

import logging
from collections import deque
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from queue import Queue
from threading import Thread
from time import monotonic, time
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson
from pydantic import Field, SecretStr, field_validator

from orderflow_core import Plugin, PluginSettings, Report, Signal, hookimpl
from orderflow_core.sources import is_simulated

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 5
_LAST_WORDS_SECONDS = 1
_MINUTE = 60.0


class Webhook(Plugin):
    """Sends signals to an address, as JSON by POST.

    Only signals whose `known_at` is less than `max_age_seconds` old by the clock are sent, so that
    a run over history sends none, unless `historic = true`. The body has the signal, its
    instrument, whether the market is `simulated`, and an `id` that is the same in each run, to
    drop doubles by. The address is https, or http on this machine; no redirect is followed, and an
    answer is waited for 5 s. At most `queue` signals wait and `per_minute` are sent; what is more
    is dropped and counted. The address is a secret that no log and no report shows. An address
    that fails costs the run nothing: it is told in the log, once and in numbers at the end, which
    the report has too.
    """

    class Settings(PluginSettings):
        """Where to send, and how much."""

        url: SecretStr = Field(description="the address: https, or http on this machine")
        max_age_seconds: float = Field(30, gt=0, le=1e9, description="older signals are not sent")
        historic: bool = Field(False, description="send them however old they are")
        queue: int = Field(100, ge=1, le=100_000, description="how many may wait")
        per_minute: int = Field(60, ge=1, le=100_000, description="how many are sent at most")

        @field_validator("url")
        @classmethod
        def _may_be_called(cls, url: SecretStr) -> SecretStr:
            try:
                parts = urlsplit(url.get_secret_value())
                fits = bool(parts.hostname) and parts.port != 0
            except ValueError:
                fits = False
            if not fits or not _is_safe(parts):
                raise ValueError("must be an https address, or http on this machine")
            if parts.username or parts.password:
                raise ValueError("must have no user and password in it")
            return url

    settings: Settings

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._queue: Queue[bytes | None] = Queue(self.settings.queue)
        self._taken: deque[float] = deque(maxlen=self.settings.per_minute)
        self._thread: Thread | None = None

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        """Let a signal wait for its turn."""
        age = time() - signal.known_at / 1000
        if not self.settings.historic and age >= self.settings.max_age_seconds:
            return
        now = monotonic()
        often = len(self._taken) == self._taken.maxlen and now - self._taken[0] < _MINUTE
        if often or self._queue.full():  # only this thread puts, so that there is room
            self.tally("dropped")
            return
        self._queue.put_nowait(body(signal))
        self._taken.append(now)
        if self._thread is None:
            self._thread = Thread(target=self._send_all, name="webhook", daemon=True)
            self._thread.start()

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Give what still waits a second, and tell what became of all."""
        if self._thread is not None:
            if not self._queue.full():
                self._queue.put_nowait(None)
            self._thread.join(_LAST_WORDS_SECONDS)
        left = self._queue.qsize() if self._thread and self._thread.is_alive() else 0
        sent, *lost = (self.tally(what, 0) for what in ("sent", "failed", "dropped"))
        lost.append(self.tally("not waited for", left))
        if any(lost):
            log.warning(
                "plugin %s: %d signals sent, %d failed, %d dropped, %d not waited for",
                *(self.name, sent, *lost),
            )

    def _send_all(self) -> None:
        while (content := self._queue.get()) is not None:
            try:
                status = post(self.settings.url.get_secret_value(), content)
            except (OSError, HTTPException, ValueError) as error:
                self._tell_failure(type(error).__name__)
            else:
                if status < 300:
                    self.tally("sent")
                else:
                    self._tell_failure(f"status {status}")

    def _tell_failure(self, what: str) -> None:
        """Count a failure, and log the first; what an error says may hold the address."""
        if self.tally("failed") == 1:
            log.warning("plugin %s: a signal could not be sent: %s", self.name, what)


def body(signal: Signal) -> bytes:
    """Return a signal as it is sent."""
    simulated = is_simulated(signal.instrument)
    told = {
        "instrument": signal.instrument,
        "simulated": simulated,
        "table": signal.table,
        "series": signal.series.key,
        "timestamp": signal.timestamp,
        "known_at": signal.known_at,
        "sure": signal.sure,
        "price": signal.price,
        "value": signal.value,
        "side": signal.side,
        "text": f"SIMULATED: {signal.text}" if simulated else signal.text,
    }
    digest = sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return orjson.dumps({"id": digest[:32], **told})


def post(url: str, content: bytes) -> int:
    """Send a body and return the status of the answer; raises OSError and HTTPException."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("POST", path, content, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


def _is_safe(parts: SplitResult) -> bool:
    if parts.scheme == "https":
        return True
    if parts.scheme != "http":
        return False
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"
