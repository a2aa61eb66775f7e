"""A venue's frames on their way to the recordings of its instruments, and what is to be asked."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orderflow_core import printable
from orderflow_record.messages import Facts, Notice, Request, Snapshot, Trade, Update
from orderflow_record.recording import Recording
from orderflow_record.rows import Batch, Reason
from orderflow_record.timing import Timing
from orderflow_record.venue import Venue

log = logging.getLogger(__name__)

FIRST_WAIT = 2.0
LONGEST_WAIT = 60.0
UNREADABLE = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError),
    *(ArithmeticError, RecursionError),
)


@dataclass
class _Asked:
    """When a book was last asked for, and how long to wait until it is asked for again."""

    at: float
    wait: float


class Session:
    """One feed without its sockets. Times are seconds of a clock that does not go back.

    Attributes:
        frames: how many frames had a message.
        unreadable: how many made no sense; what they held is missing, as the numbers show.

    """

    def __init__(self, venue: Venue, recordings: Mapping[str, Recording], timing: Timing) -> None:
        self.venue = venue
        self.recordings = recordings
        self.timing = timing
        self.frames = 0
        self._heard = dict.fromkeys(recordings, 0.0)
        self.unreadable = 0
        self._asked: dict[str, _Asked] = {}
        self._renewed: dict[str, float] = {}

    def opened(self) -> Iterable[Request]:
        """Return what a new connection begins with."""
        self._asked.clear()
        return self.venue.requests()

    def lost(self, reason: Reason) -> None:
        """Take notice that the connection is gone."""
        for recording in self.recordings.values():
            recording.lose(reason)

    def take(
        self,
        frame: bytes | str,
        now: float,
        receipt: int | None,
        instrument: str | None = None,
    ) -> bool:
        """Take a frame, or the answer to a request of an instrument; return whether it says any.

        `receipt` is in ms since the epoch, None where it is not known.
        """
        try:
            messages = list(self.venue.take(frame, instrument))
        except UNREADABLE as error:
            self._tell_unreadable(frame, error)
            return False
        for message in messages:
            if isinstance(message, Notice):
                log.warning("%s says: %s", type(self.venue).__name__, printable(message.text))
                continue
            recording = self._whose(message)
            if recording is None:
                self._tell_unreadable(frame, KeyError(message.instrument))
                continue
            self._heard[message.instrument] = now
            try:
                recording.take(message, receipt)
            except UNREADABLE as error:
                self._tell_unreadable(frame, error)
                recording.lose("sequence")
                recording.waits = True
        self.frames += bool(messages)
        return bool(messages)

    def batches(self, now: float, *, end: bool = False) -> Iterator[tuple[str, Batch]]:
        """Yield what can be written now, by instrument."""
        longest = self.timing.max_hold_ms / 1000
        for name, recording in self.recordings.items():
            all_seen = now - self._heard[name] >= longest
            for batch in recording.batches(all_seen=all_seen, end=end):
                yield name, batch

    def due(self, now: float) -> list[Request]:
        """Return what is to be asked now: books that lack a snapshot, or are old."""
        found: list[Request] = []
        for name, recording in self.recordings.items():
            if recording.waits:
                asked = self._asked.get(name)
                if asked is None or now >= asked.at + asked.wait:
                    wait = FIRST_WAIT if asked is None else min(asked.wait * 2, LONGEST_WAIT)
                    self._asked[name] = _Asked(now, wait)
                    found += self.venue.renew(name)
            elif recording.sure:
                self._asked.pop(name, None)
                if self._is_old(name, now):
                    found += self.venue.renew(name)
        return found

    def _whose(self, message: Snapshot | Update | Trade | Facts) -> Recording | None:
        """Return whose message it is, None for an instrument that was not asked for."""
        name = message.instrument
        return self.recordings.get(name) if isinstance(name, str) else None

    def _is_old(self, name: str, now: float) -> bool:
        seconds = self.venue.refresh_seconds
        if not seconds or now < self._renewed.setdefault(name, now) + seconds:
            return False
        self._renewed[name] = now
        return True

    def _tell_unreadable(self, frame: bytes | str, error: Exception) -> None:
        self.unreadable += 1
        level = logging.WARNING if self.unreadable <= 10 else logging.DEBUG
        log.log(level, "a frame makes no sense (%r): %.200r", error, frame)
