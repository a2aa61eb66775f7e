"""The rows of one instrument: from its source, read ahead, taken part by part."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Event

import numpy as np

from orderflow_core.errors import EventError, InputError
from orderflow_core.events import Block
from orderflow_core.plugin.base import Source, SourceSettings
from orderflow_core.streaming.clip import clip
from orderflow_core.streaming.feed import Feed
from orderflow_core.streaming.order import check_numbers, in_order
from orderflow_core.streaming.session import Session
from orderflow_core.words import error_text

log = logging.getLogger(__name__)


class Reader:
    """Reads a source in a thread, and gives what is due.

    `use` names the source in errors; `session` is left out for all of the range in the settings.

    Attributes:
        ended: whether all has been taken that there will be.
        error: what ended the source early, None where nothing did.

    """

    def __init__(
        self, source: Source, use: str, instrument: str, session: Session | None = None
    ) -> None:
        self.ended = False
        self.error: BaseException | None = None
        self._source = source
        self._use = use
        self._instrument = instrument
        self._session = session
        self._feed: Feed | None = None
        self._block: Block | None = None
        self._position = 0

    def open(self, arrived: Event | None = None) -> None:
        """Begin to read; `arrived` is set when there may be something to take."""
        self._feed = Feed(self._stream(), arrived)

    @property
    def is_open(self) -> bool:
        """Whether reading has begun."""
        return self._feed is not None

    @property
    def seconds(self) -> float:
        """The time spent reading."""
        return self._feed.seconds if self._feed else 0.0

    def fetch(self, wait: float) -> bool:
        """Return whether rows wait to be taken, after at most `wait` seconds."""
        if self._block is None and self._feed is not None and not self.ended:
            block = self._feed.take(wait)
            self.ended, self.error = self._feed.ended, self._feed.error
            if block is not None:
                self._look_at(block)
        return self._block is not None

    def _look_at(self, block: Block) -> None:
        """Let a block wait, or end the source where its numbers are of no market.

        That is for the run's own thread, which waits for the source's more often than that for it.
        """
        try:
            check_numbers(block)
        except EventError as error:
            self.ended, self.error = True, self._wrong(error)
        else:
            self._block, self._position = block, 0

    @property
    def next_time(self) -> int | None:
        """The time of the next row of those that wait, None without any."""
        return int(self._block.windows.timestamp[self._position]) if self._block else None

    @property
    def last_time(self) -> int | None:
        """The time of the last row of those that wait, None without any."""
        return int(self._block.windows.timestamp[-1]) if self._block else None

    def take(self, now: float, most: int) -> Block | None:
        """Take waiting rows with times up to `now`, at most so many and the rest of a millisecond.

        None where there are none.
        """
        block, position = self._block, self._position
        if block is None:
            return None
        due = int(np.searchsorted(block.windows.timestamp, now, side="right"))
        if due <= position:
            return None
        due = min(due, _whole_millisecond(block, position + most))
        self._position = due
        if due == len(block):
            self._block = None
        return block.rows(position, due)

    def close_source(self) -> None:
        """Tell the source that its rows are wanted no more."""
        try:
            self._source.close()
        except Exception as error:  # a source's own code
            log.warning("%s: close() of the source failed: %s", self._instrument, error_text(error))

    def close(self) -> None:
        """Let go of the input."""
        self.close_source()
        if self._feed:
            self._feed.close()

    def _stream(self) -> Iterator[Block]:
        """Read the source; a generator, so that all of it runs in the feed's thread."""
        settings: SourceSettings = self._source.settings
        try:
            blocks = in_order(self._source.blocks(self._instrument))
            if self._session is None:
                yield from clip(blocks, settings.start_ms, settings.stop_ms)
            else:
                yield from self._session.blocks(blocks)
        except EventError as error:
            raise self._wrong(error) from error

    def _wrong(self, error: EventError) -> InputError:
        return InputError(f"the source {self._use!r} gave {error}")


def _whole_millisecond(block: Block, stop: int) -> int:
    """Return where the millisecond ends in whose midst the rows up to `stop` would be cut."""
    times = block.windows.timestamp
    return int(np.searchsorted(times, times[min(stop, len(times)) - 1], side="right"))
