"""A recording that grows: what has come to its tables since the last look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from orderflow_core import InputError
from orderflow_core.sources import BookRows, TradeRows
from orderflow_sqlite.book_rows import BookReading
from orderflow_sqlite.connection import Cursor
from orderflow_sqlite.database import SCHEMA, VERSION, Database
from orderflow_sqlite.layout import TableName
from orderflow_sqlite.losses import STATE, losses_of, tells_losses
from orderflow_sqlite.raw_rows import RawRows, Value
from orderflow_sqlite.reader import Stream, TableReader
from orderflow_sqlite.recording import Recording
from orderflow_sqlite.refusals import shown
from orderflow_sqlite.times import NO_TIME, Clock
from orderflow_sqlite.trade_rows import TradeReading

NOTHING = -(1 << 63)
NEVER = (1 << 63) - 1
_PROGRESS = ("timestamp", "book_id", "trade_id")


class TailReader(TableReader):
    """Reads the rows of a table that have been added, a batch at a time.

    Attributes:
        last: the id of the last row that was read, and its time as it stands there.
        until: the id of the last row that may be read, which need not be there.

    """

    last: tuple[int, Value] = (NOTHING, None)
    until = NOTHING
    _read_to = NOTHING
    _added: str | None = None

    @property
    def is_behind(self) -> bool:
        """Whether there is more to be read."""
        return self._read_to < self.until and not self.stream.stopped

    @property
    def most(self) -> int:
        """How many rows there is room for: one more than are asked for, so that the end is seen."""
        return self._asked + 1

    @property
    def _asked(self) -> int:
        """How many rows are read at once, or fewer where there are fewer."""
        return min(self.stream.batch, self.until - self.last[0])

    def batches(self, *, by_id: bool = False) -> Iterator[RawRows]:
        """Yield the next batch; raises InputError where rows have no ids to go by."""
        asked, came = self._asked, 0
        for rows in self.taken(by_id=by_id):
            self._check_ids(rows)
            found, time = (self.value(rows, name, len(rows) - 1) for name in ("id", "timestamp"))
            self.go_on_after((self.number(found), time))
            came += len(rows)
            yield rows
        if came < asked:
            self._read_to = self.until

    def _check_ids(self, rows: RawRows) -> None:
        """Raise InputError where an id is not above the one before it."""
        ids = rows.whole_numbers(self.place("id"), NOTHING)
        wrong = np.flatnonzero(ids <= np.append(self.last[0], ids[:-1]))
        if len(wrong):
            raise self._not_followed(self.value(rows, "id", int(wrong[0])))

    def newest(self) -> Value:
        """Return the greatest id, None where there is no row."""
        return self.database.often(f"SELECT max(id) FROM {self.relation.sql}")[0][0]

    def number(self, found: Value) -> int:
        """Return an id that can be gone by; raises InputError for another one."""
        if not isinstance(found, int):
            raise self._not_followed(found)
        return found

    def _not_followed(self, found: Value) -> InputError:
        return InputError(
            f"{self.where}, id {shown(found)}: a table can be followed where its ids are whole "
            "numbers that rise"
        )

    def go_on_after(self, row: tuple[int, Value]) -> None:
        """Let the row of this id and time be the last one that was read."""
        self.last, self._read_to = row, row[0]

    def look_again(self) -> None:
        """Ask once more for rows that were told of and were not there."""
        self._read_to = self.last[0]

    def has_row(self, row: tuple[int, Value]) -> bool:
        """Whether there is a row of this id and time."""
        query = f"SELECT timestamp FROM {self.relation.sql} WHERE id = {row[0]}"
        return self.database.values(query) == [row[1]]

    def _select(
        self, columns: Mapping[str, str], order: str, limit: int, since: int | None
    ) -> Cursor:
        if limit >= 0:  # its first rows, which tell what all are
            return super()._select(columns, order, limit, since)
        if self._added is None:
            listed, where = ", ".join(columns.values()), "id > ?1 AND id <= ?2"
            added = f"SELECT {listed} FROM {self.relation.sql} WHERE {where}"
            self._added = f"{added} ORDER BY {order} LIMIT ?3"
        return self.database.again(self._added, self.last[0], self.until, self._asked)


class Progress(NamedTuple):
    """What a recorder says of a file: all rows below a time are there, up to these ids.

    A time of 0 or below, as a recorder may set for a start, is none and says `NOTHING`.
    `losses` is another once it tells of another loss.
    """

    timestamp: int
    book: int
    trades: int
    losses: tuple[Value, ...] = ()


class Added(NamedTuple):
    """What has come.

    `told` is up to when all rows are there, in ms, None where nobody says; `most` up to when at
    most they can be, as there are rows that were not read yet.
    """

    books: list[BookRows]
    trades: list[TradeRows]
    told: int | None
    most: int
    more: bool


class Tail:
    """One recording that is read while it grows, in short transactions.

    Where its recorder tells up to which ids rows are there, they stay as they are, and need no
    transaction around them. Raises InputError for what cannot be followed.
    """

    def __init__(self, recording: Recording, streams: Mapping[TableName, Stream]) -> None:
        self.recording = recording
        self._streams = streams
        self._readers: dict[TableName, TailReader] = {}
        self._seen: list[tuple[Value, ...]] | None = None
        self._losses: tuple[Value, ...] | None = None
        self._looked = False
        self._schema: list[tuple[Value, ...]] | None = None
        self._identity = _identity(recording.path)
        self._look_at_tables()

    def look(self) -> bool:
        """Look how far the file is, and return whether that is not as it was at the last look."""
        before, self._seen = self._seen, self._now()
        return before != self._seen

    def _look_at_tables(self) -> Database:
        """Return the file, with the tables that it has by now: a recorder may make one late."""
        database = self.recording.opened()
        schema = database.often(SCHEMA)
        if schema == self._schema:
            return database
        self._schema = schema
        self.recording.look_anew()
        self._tells_losses = tells_losses(database)
        self._query = self._progress_query(database)
        book = self.recording.table(self._streams["book"], TailReader)
        self.has_book = book is not None
        if book is not None and book.relation.one_level:
            raise InputError(
                f"{book.where} has one level a row, which cannot be followed: read it when the "
                "recorder has finished"
            )
        if self._seen is not None:
            self._seen = self._now()
        return database

    def take(self, books: BookReading, trades: TradeReading) -> Added:
        """Read the next rows of both tables that were there at the last look, or are there now."""
        database = self._look_at_tables()
        progress = self._told(self._seen or [])
        with database.moment() if progress is None else nullcontext():
            book, tape = (self.reader(table, progress) for table in self._streams)
            if book is not None:
                self._look_at(book, books)
            tells = self._tells_losses and self.has_book
            if tells and (progress is None or progress.losses != self._losses):
                clock = next((each.clock for each in (book, tape) if each is not None), Clock())
                books.losses.learn(losses_of(database, clock))
                self._losses = progress and progress.losses
            rows = list(books.go_on(book)) if book is not None and book.is_behind else []
            ticks = list(trades.read(tape)) if tape is not None and tape.is_behind else []
        behind = [each for each in (book, tape) if each is not None and each.is_behind]
        times = [each.stream.last_time for each in behind]
        stopped = book is not None and book.stream.stopped
        held = [] if books.held is None or stopped else [books.held]
        most = min([NEVER, *held, *(NOTHING if time is None else time for time in times)])
        return Added(rows, ticks, progress and progress.timestamp, most, bool(behind))

    def reader(self, table: TableName, progress: Progress | None = None) -> TailReader | None:
        """Return the reader of a table up to what there is; None while it has no row."""
        reader = self._readers.get(table)
        if reader is not None and progress is not None:
            reader.until = getattr(progress, table)
            return reader
        reader = reader or self._first(table)
        newest = None if reader is None else reader.newest()
        if reader is None or newest is None:
            return None
        self._readers[table] = reader
        reader.until = reader.number(newest)
        if progress is not None:
            reader.until = min(reader.until, getattr(progress, table))
        return reader

    def _first(self, table: TableName) -> TailReader | None:
        """Return the reader of a table that has its first rows: they tell what its ids are."""
        reader = self.recording.table(self._streams[table], TailReader)
        if reader is None or reader.newest() is None:
            return None
        self.recording.look_anew()
        return self.recording.table(self._streams[table], TailReader)

    def look_again(self) -> None:
        """Look once more, for all that can be read: nothing comes after it."""
        self.look()
        for reader in self._readers.values():
            reader.look_again()

    def told(self) -> int | None:
        """Return the time below which all rows are there, None where nobody tells."""
        progress = self._told(self._now())
        return progress and progress.timestamp

    def is_closed(self) -> bool:
        """Whether the recorder says that no row comes any more."""
        database = self._look_at_tables()
        meta = database.find("meta")
        if meta is None or "key" not in map(str.lower, database.columns(meta)):
            return False
        return bool(database.values("SELECT 1 FROM meta WHERE key = 'closed'"))

    def has_rows(self) -> bool:
        """Whether there is any row."""
        return any(self.reader(table) is not None for table in self._streams)

    def is_replaced(self) -> bool:
        """Whether another file stands at the path of this one."""
        return _identity(self.recording.path) not in (None, self._identity)

    def is_gone(self) -> bool:
        """Whether no file stands at the path of this one."""
        return _identity(self.recording.path) is None

    def adopt(self, before: Tail) -> bool:
        """Go on where another file was read to, if this one has the same rows up to there."""
        read = {name: old for name, old in before._readers.items() if old.last[0] > NOTHING}
        readers = {table: self.reader(table) for table in read}
        for table, old in read.items():
            own = readers[table]
            if own is None or not own.has_row(old.last):
                return False
        for table, old in read.items():
            self._readers[table].go_on_after(old.last)
            self._readers[table].refusals = old.refusals
        self._looked = before._looked
        before._readers.clear()  # what is to be said at the end is said of this one
        return True

    def end(self, books: BookReading) -> None:
        """Close the file once it is read; raises InputError where no row of a table was used."""
        book = self._readers.get("book")
        if book is not None and self._looked and not book.stream.stopped:
            books.look_again(book)
        for reader in self._readers.values():
            if not reader.stream.stopped:
                reader.refusals.check_used(reader.where)
        self.recording.close()

    def _look_at(self, reader: TailReader, books: BookReading) -> None:
        if self._looked:
            return
        books.look_at(reader)
        self._looked = True
        if books.is_guess:
            raise InputError(
                f"{reader.where} has seq_id alone, and its first rows do not tell what that is: "
                'set sequence = "counter" or "order" in [source]'
            )

    def _progress_query(self, database: Database) -> str | None:
        """Return what asks the file how far it is, None where nobody tells."""
        table = database.find("progress")
        if table is None or not {each.lower() for each in database.columns(table)} >= {*_PROGRESS}:
            return None
        listed = ", ".join([*_PROGRESS, *([STATE] if self._tells_losses else [])])
        return f"SELECT {listed} FROM {table} ORDER BY timestamp DESC LIMIT 1"

    def _now(self) -> list[tuple[Value, ...]]:
        """Return what is another once there is more to be read."""
        return self.recording.opened().often(self._query or VERSION)

    def _told(self, now: list[tuple[Value, ...]]) -> Progress | None:
        """Return what the recorder says, None where it says nothing."""
        if self._query is None:
            return None
        if not now:
            return Progress(NOTHING, NOTHING, NOTHING)
        told, losses = now[0][: len(_PROGRESS)], now[0][len(_PROGRESS) :]
        time, book, trades = map(self._value_told, _PROGRESS, told)
        return Progress(time if time > 0 else NOTHING, book, trades, losses)

    def _value_told(self, name: str, value: Value) -> int:
        """Return a time in ms or an id, NOTHING for NULL; raises InputError for what is neither."""
        if value is None:
            return NOTHING
        if name == "timestamp":
            time = self.recording.time(value)
            if time != NO_TIME:
                return time
        if not isinstance(value, int):
            kind = "a time" if name == "timestamp" else "a whole number"
            raise InputError(
                f"{self.recording.path}, table progress: {name} is {shown(value)}, which is not "
                f"{kind}: nothing tells how far the file can be followed"
            )
        return value


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one at its path, None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
