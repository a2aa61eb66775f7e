"""A recorder that writes as one does, and somebody who follows it."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Condition, Thread
from time import monotonic, sleep
from typing import Any

from orderflow_sqlite.source import SqliteSource

from orderflow_core import Block

SECONDS = 60
DAY = 1_767_225_600_000
"""Midnight of 2026-01-01 in ms."""
INSTRUMENT = "A-B"

_TABLES = """
CREATE TABLE IF NOT EXISTS book (id INTEGER PRIMARY KEY, bids, asks, timestamp, action, seq_id,
    prev_seq_id);
CREATE TABLE IF NOT EXISTS trades (id INTEGER PRIMARY KEY, trade_id, price, size, side, timestamp);
"""
_TOLD = """
CREATE TABLE IF NOT EXISTS gaps (id INTEGER PRIMARY KEY, "from", "to", channel, reason);
CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY CHECK (id = 1), book_id, trade_id,
    timestamp);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value);
"""
Row = tuple[int, int, int]
"""Time, number and the number before of a book row; -1 before it makes it a snapshot."""


def name(day: int = 1) -> str:
    return f"{INSTRUMENT}-26-01-{day:02d}.db"


class Recorder:
    """Writes rows to a file in WAL mode, a transaction each; `told` says that it tells how far.

    It waits for nobody, but when it opens the file: who comes first looks after its log.
    """

    def __init__(self, path: Path, *, told: bool = True) -> None:
        self.told = told
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(f"BEGIN; {_TABLES} {_TOLD if told else ''} COMMIT")
        self._database.execute("PRAGMA busy_timeout = 0")

    def commit(
        self,
        book: Iterable[Row] = (),
        trades: Iterable[int] = (),
        until: int | None = None,
        gaps: Iterable[tuple[int, int | None, str, str]] = (),
        *,
        ends: int | None = None,
        closed: bool = False,
    ) -> None:
        """Write book rows, trades of these times, and that all rows below `until` are there.

        `ends` is a time at which the gaps end that there are.
        """
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        if ends is not None:
            run('UPDATE gaps SET "to" = ?', (ends,))
        for gap in gaps:
            run('INSERT INTO gaps ("from", "to", channel, reason) VALUES (?, ?, ?, ?)', gap)
        for time, number, before in book:
            levels = [json.dumps([[str(price), str(1 + number % 5)]]) for price in (100, 101)]
            action = "snapshot" if before == -1 else "update"
            run(
                "INSERT INTO book VALUES (NULL, ?, ?, ?, ?, ?, ?)",
                (*levels, time, action, number, before),
            )
        for time in trades:
            run("INSERT INTO trades VALUES (NULL, '', 100.5, 1.0, 'buy', ?)", (time,))
        if until is not None:
            run(
                "INSERT OR REPLACE INTO progress SELECT 1, (SELECT coalesce(max(id), 0) FROM book),"
                " (SELECT coalesce(max(id), 0) FROM trades), ?",
                (until,),
            )
        if closed:
            run("INSERT OR REPLACE INTO meta VALUES ('closed', '1')")
        run("COMMIT")

    def wal_becomes_free(self) -> bool:
        """Whether there is a moment when nobody reads: the log can be written and begun anew."""
        deadline = monotonic() + 10
        while monotonic() < deadline:
            [busy, *_] = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return True
            sleep(0.001)
        return False

    def close(self) -> None:
        """End; what was written stays."""
        self._database.close()


class Follower:
    """Follows in a thread of its own."""

    def __init__(self, path: Path, instrument: str = INSTRUMENT, **settings: Any) -> None:
        self.source = SqliteSource(path=path, follow=True, instruments=[instrument], **settings)
        self._instrument = instrument
        self.blocks: list[Block] = []
        self.error: BaseException | None = None
        self._changed = Condition()
        self._ended = False
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_for(self, rows: int) -> None:
        """Wait until so many book rows and trades have come."""
        self._wait(lambda: count(self.blocks) >= rows)

    def wait_for_error(self) -> BaseException | None:
        """Wait until it ends by itself."""
        self._wait(lambda: self._ended)
        return self.error

    def end(self) -> list[Block]:
        """Ask it to end, and return all that has come."""
        self.source.close()
        self._wait(lambda: self._ended)
        if self.error is not None:
            raise self.error
        return self.blocks

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition() or self._ended, SECONDS)

    def _run(self) -> None:
        try:
            for block in self.source.blocks(self._instrument):
                with self._changed:
                    self.blocks.append(block)
                    self._changed.notify_all()
        except BaseException as error:
            self.error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def count(blocks: Sequence[Block]) -> int:
    return sum(block.book_rows + len(block.batches.price) for block in blocks)


def rows_of(blocks: Iterable[Block]) -> list[list[Any]]:
    """Return the rows, wherever blocks begin: time, marks, sizes, and the ids of the trades."""
    found: list[list[Any]] = []
    for block in blocks:
        for place, (window, batch) in enumerate(zip(block.windows, block.batches, strict=True)):
            if block.continued:
                found[-1][-1] += batch.id.tolist()
                continue
            alone = block.opening and place == 0
            marks = [window.snapshot, window.sure, window.bid_size.tolist()]
            found.append([None if alone else window.timestamp, *marks, batch.id.tolist()])
    return found


def afterwards(
    path: Path, instrument: str = INSTRUMENT, **settings: Any
) -> tuple[list[list[Any]], SqliteSource]:
    """Return the rows of a recording that has ended, and the source that read it."""
    source = SqliteSource(path=path, **settings)
    return rows_of(source.blocks(instrument)), source
