"""The recorder: all feeds in one event loop, one thread that writes."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from orderflow_core import OutputError
from orderflow_core.sinks import hold, release
from orderflow_record.about import metas
from orderflow_record.database import find_past
from orderflow_record.feed import Feed
from orderflow_record.recording import Recording
from orderflow_record.session import Session
from orderflow_record.settings import FeedTable, RecordSettings
from orderflow_record.status import Status
from orderflow_record.timing import Timing
from orderflow_record.venue import venue_class
from orderflow_record.writer import Writer

log = logging.getLogger(__name__)

MEMORY = 64 * 1024 * 1024
"""How many bytes may wait for a disk that is full or slow."""
SCARCE = 2 * 1024**3
"""How many free bytes are few enough for a warning."""
_STATUS_SECONDS = 1.0

Show = Callable[[str], None]


def record(settings: RecordSettings, show: Show | None = None) -> int:
    """Record until a signal comes, and return its number; `show` is given a line each second.

    Raises OutputError where the folder cannot be written, is another recorder's, or the disk is
    full for so long that no more can be kept in memory.
    """
    directory = settings.record.directory
    hold(directory)
    try:
        return asyncio.run(_recorded(settings, show))
    finally:
        release(directory)


async def _recorded(settings: RecordSettings, show: Show | None) -> int:
    return await Recorder(settings, show).run()


class Recorder:
    """Feeds, their recordings, and the writer; made where an event loop runs."""

    def __init__(self, settings: RecordSettings, show: Show | None = None) -> None:
        table = settings.record
        self._directory = table.directory
        self._timing = table.timing
        self._show = show
        self.feeds = [_feed(each, self._directory, self._timing) for each in settings.feeds]
        about: dict[str, dict[str, str]] = {}
        for feed, said in zip(self.feeds, settings.feeds, strict=True):
            about |= metas(said.venue, feed.session.venue, said.instruments)
        self._writer = Writer(self._directory, table.durability, about)
        self._status = Status(self._directory, self.feeds, self._writer)
        self._is_scarce = False
        self._stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run(self) -> int:
        """Record until a signal comes, and return its number."""
        stopped = self._stopped
        work = [*(feed.run() for feed in self.feeds), self._tick(), self._look()]
        with _signals(self.stop):
            tasks = [asyncio.create_task(each) for each in work]
            ends: list[asyncio.Future[Any]] = [*tasks, stopped]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()  # raises what has ended it
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._end()
        return stopped.result()

    def stop(self, number: int) -> None:
        """End as a signal of this number does."""
        if not self._stopped.done():
            self._stopped.set_result(number)

    async def _tick(self) -> None:
        """Write what can be written, again and again, and see to the connections."""
        while True:
            await asyncio.sleep(self._timing.batch_ms / 1000)
            self._write(end=False)
            for feed in self.feeds:
                feed.tick()
            if self._writer.pending > MEMORY:
                why = self._writer.trouble or f"{self._directory}: the disk is too slow"
                raise OutputError(f"{why}: {MEMORY:,} bytes wait for it, and the recorder ends")

    async def _look(self) -> None:
        """Tell what is going on, each second."""
        while True:
            self._status.write()
            if self._show is not None:
                self._show(self._status.line())
            self._warn_of_scarcity()
            await asyncio.sleep(_STATUS_SECONDS)

    def _write(self, *, end: bool) -> None:
        now = monotonic()
        for feed in self.feeds:
            for name, batch in feed.session.batches(now, end=end):
                self._writer.write(name, batch)

    def _end(self) -> None:
        """Write all that is held."""
        self._write(end=True)
        self._writer.close()
        self._status.write("ended")
        if self._writer.failure is not None:
            raise OutputError(self._writer.failure)

    def _warn_of_scarcity(self) -> None:
        try:
            free = shutil.disk_usage(self._directory).free
        except OSError as error:
            raise OutputError(f"{self._directory} is gone: {error.strerror}") from error
        if free < SCARCE and not self._is_scarce:
            log.warning("%s: %.1f GB are free", self._directory, free / 1e9)
        self._is_scarce = free < SCARCE


def _feed(said: FeedTable, directory: Path, timing: Timing) -> Feed:
    venue = venue_class(said.venue)(said.instruments)
    recordings = {
        name: Recording(name, venue.checksum, timing.hold_ms, find_past(directory, name))
        for name in said.instruments
    }
    return Feed(Session(venue, recordings, timing), said.url, said.rest_url)


@contextmanager
def _signals(stop: Callable[[int], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the recording, and the terminal's end, unless `nohup` forbids."""
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are for the main thread alone
        return
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
