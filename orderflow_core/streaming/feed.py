"""A source read ahead in a thread of its own, so that the loop never waits blindly for it."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import perf_counter, thread_time

from orderflow_core.events import Block

READ_AHEAD = 2
CLOSE_SECONDS = 0.5


class Feed:
    """Reads blocks in a thread, at most `READ_AHEAD` of them ahead, one of a live source.

    `arrived`, of a live source, is set whenever there is something to take. `seconds` is the time
    spent reading, that of the processor alone where rows are waited for as they happen; `ended` is
    true when all blocks have been taken, and `error` what ended the source early.
    """

    def __init__(self, blocks: Iterator[Block], arrived: Event | None = None) -> None:
        self.seconds = 0.0
        self.ended = False
        self.error: BaseException | None = None
        self._blocks = blocks
        # what waits in a live source goes out together, what waits here one by one
        ahead = READ_AHEAD if arrived is None else 1
        self._queue: Queue[Block | BaseException | None] = Queue(ahead)
        self._closing = Event()
        self._arrived = arrived or Event()
        self._clock = perf_counter if arrived is None else thread_time
        self._thread = Thread(target=self._read, name="source", daemon=True)
        self._thread.start()

    def take(self, wait: float) -> Block | None:
        """Return the next block, or None if none came within `wait` seconds or at the end."""
        if self.ended:
            return None
        try:
            item = self._queue.get(block=wait > 0, timeout=wait or None)
        except Empty:
            return None
        if isinstance(item, Block):
            return item
        self.ended = True
        self.error = item
        return None

    def close(self) -> None:
        """Stop reading; wait a little until the source has let go of its files.

        A source that is blocked does not hold up the end of the run: its thread dies with the
        process.
        """
        self._closing.set()
        self._thread.join(CLOSE_SECONDS)

    def _read(self) -> None:
        end: BaseException | None = None
        try:
            while (block := self._timed_next()) is not None:
                if not self._put(block):
                    break
        except BaseException as error:  # handed to the loop, which reports it
            end = error
        finally:
            close = getattr(self._blocks, "close", None)
            if close:
                close()
            self._put(end)

    def _timed_next(self) -> Block | None:
        start = self._clock()
        try:
            return next(self._blocks, None)
        finally:
            self.seconds += self._clock() - start

    def _put(self, item: Block | BaseException | None) -> bool:
        """Queue the item; return False if the feed is closed instead."""
        while not self._closing.is_set():
            try:
                self._queue.put(item, timeout=0.05)
            except Full:
                continue
            self._arrived.set()
            return True
        return False
