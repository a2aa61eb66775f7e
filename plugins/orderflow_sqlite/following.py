"""Recordings that are being written: from file to file, as the rows come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TypeVar

from orderflow_core import InputError
from orderflow_core.sources import Block, LiveJoin
from orderflow_sqlite.book_rows import BookReading
from orderflow_sqlite.files import RecordingFile
from orderflow_sqlite.losses import Loss
from orderflow_sqlite.tail import NEVER, NOTHING, Tail
from orderflow_sqlite.trade_rows import TradeReading

log = logging.getLogger(__name__)

POLL_SECONDS = 0.05
"""How often a file is looked at."""
AFTER_ROWS_SECONDS = 0.095, 0.02
"""After how long it is where the last look, or the one before it, found rows.

A recorder that commits each 100 ms is met soon after it has done so, by few looks in vain.
"""
LOOK_SECONDS = 1.0
"""How often is looked for the next file, and for another one in the place of this."""
READY_SECONDS = 5.0
"""How long a new file may take until it can be read."""

Found = TypeVar("Found")


class Following:
    """Follows the recordings of one instrument.

    `files` gives those that there are, in their order, `open` one of them, or InputError. It ends
    when `closed` is set, or all rows below `stop` are there. Where no recorder tells how far a file
    is, rows of the last `lateness_ms` wait for others of their time.
    """

    def __init__(
        self,
        files: Callable[[], list[RecordingFile]],
        open: Callable[[RecordingFile], Tail],
        books: BookReading,
        trades: TradeReading,
        join: Callable[[bool], LiveJoin],
        lateness_ms: int,
        stop: int | None,
        closed: Event,
    ) -> None:
        self._files = files
        self._open = open
        self._books = books
        self._trades = trades
        self._make_join = join
        self._lateness_ms = lateness_ms
        self._stop = stop
        self._closed = closed
        self._told: int | None = None
        self._most = NEVER
        self._reached = NOTHING
        self._changed = 0.0
        self._refused: dict[Path, float] = {}
        self._seen: dict[Path, float] = {}
        self._gone: set[Path] = set()

    def blocks(self, first: Callable[[list[RecordingFile]], RecordingFile]) -> Iterator[Block]:
        """Yield the stream from the file on that `first` chooses of those that are there."""
        file = self._wait_for(lambda: first(files) if (files := self._files()) else None)
        tail = None if file is None else self._wait_for(partial(self._opened, file))
        if file is None or tail is None:
            return
        join = self._make_join(tail.has_book)
        after: Tail | None = None
        try:
            while tail is not None:
                if tail.recording.counted not in self._books.ledger.inputs:
                    self._books.ledger.inputs.append(tail.recording.counted)
                yield from self._read(tail, join)
                following, after = self._turn(file, tail)
                if after is not tail:
                    tail.look_again()
                    yield from self._take_all(tail, join)
                    if after is not None and following == file:
                        self._take_over(after, tail, join)
                    tail.end(self._books)
                file, tail = following, after
        finally:
            for each in (tail, after):
                if each is not None:
                    each.recording.close()
        for rows in self._books.end():
            join.add(rows)
        yield from join.end()
        self._trades.end()

    def _read(self, tail: Tail, join: LiveJoin) -> Iterator[Block]:
        """Yield what comes to a file until it is time to look around."""
        look_around = monotonic() + LOOK_SECONDS
        waits: Iterator[float] = iter(())
        while True:
            closed = self._closed.is_set()
            now = monotonic()
            if tail.look():
                waits = iter(AFTER_ROWS_SECONDS)
                yield from self._take_all(tail, join)
            yield from join.take(self._until(join, now))
            if closed or self._is_over or now >= look_around:
                return
            self._closed.wait(now + next(waits, POLL_SECONDS) - monotonic())

    def _take_all(self, tail: Tail, join: LiveJoin) -> Iterator[Block]:
        """Yield all that a file has now, each batch read in a transaction of its own."""
        more = True
        while more and not self._is_over:
            added = tail.take(self._books, self._trades)
            if any(map(len, added.books)) or any(map(len, added.trades)):
                self._changed = monotonic()
            for books in added.books:
                join.add(books)
            for trades in added.trades:
                join.add(trades=trades)
            self._told, self._most, more = added.told, added.most, added.more
            yield from join.take(self._until(join, monotonic()))

    def _until(self, join: LiveJoin, now: float) -> int:
        """Return up to when all rows are there."""
        told = self._told
        if told is None:
            newest = join.newest
            quiet = now - self._changed > self._lateness_ms / 1000
            told = NOTHING if newest is None else newest + 1 - (0 if quiet else self._lateness_ms)
        self._reached = min(told, self._most)
        return self._reached

    @property
    def _is_over(self) -> bool:
        return self._stop is not None and self._reached >= self._stop

    def _turn(self, file: RecordingFile, tail: Tail) -> tuple[RecordingFile, Tail | None]:
        """Return the file to go on with, which may be the same; None where there is an end."""
        if self._is_over:
            return file, None
        if tail.is_gone() and file.path not in self._gone:
            self._gone.add(file.path)
            log.warning(
                "%s is gone: another in its place is waited for, or the next one", file.path
            )
        if tail.is_replaced():
            return file, self._opened(file) or tail
        if self._closed.is_set():
            return file, None
        later = [each for each in self._files() if each.order > file.order]
        if later and (tail.is_closed() or any(self._is_begun(each, tail) for each in later)):
            after = self._opened(later[0])
            return (file, tail) if after is None else (later[0], after)
        return file, tail

    def _is_begun(self, following: RecordingFile, tail: Tail) -> bool:
        """Whether a later file shows that all rows of this one are there."""
        after = self._opened(following)
        if after is None:
            return False
        with closing(after.recording):
            told = after.told()
            if told is not None and told > NOTHING and told >= self._reached:
                return True
            now = monotonic()
            since = self._seen.setdefault(following.path, now) if after.has_rows() else now
            nobody_tells = told is None or tail.told() is None
            return nobody_tells and now - since > self._lateness_ms / 1000

    def _take_over(self, after: Tail, before: Tail, join: LiveJoin) -> None:
        """Go on in a file that stands in the place of another; raises InputError for a mixture."""
        if after.adopt(before):
            return
        path, newest = after.recording.path, join.newest
        spans = after.recording.spans(sort=False)
        first = min((span.first for span in spans.values()), default=NEVER)
        if newest is not None and first < newest:
            raise InputError(
                f"{path} was replaced while it was followed, by a file that has other rows of the "
                "time that was read already: run again"
            )
        self._books.losses.learn([Loss(newest or first, None, "book", f"{path} was replaced")])

    def _opened(self, file: RecordingFile) -> Tail | None:
        """Open a file, None while it is not ready; raises InputError when it stays so."""
        now = monotonic()
        try:
            tail = self._open(file)
        except InputError:
            since = self._refused.setdefault(file.path, now)
            if now - since > READY_SECONDS or self._closed.is_set():
                raise
            return None
        self._refused.pop(file.path, None)
        return tail

    def _wait_for(self, look: Callable[[], Found | None]) -> Found | None:
        """Return what a look finds, as soon as there is something; None where the run ends."""
        while True:
            closed = self._closed.is_set()
            found = look()
            if found is not None or closed:
                return found
            self._closed.wait(POLL_SECONDS)
