"""One recording of a stream: opened when it is needed, checked and closed when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from orderflow_core import InputError
from orderflow_core.sources import Input, Span
from orderflow_sqlite.database import Database
from orderflow_sqlite.files import reading
from orderflow_sqlite.first_rows import PREV, SEQ, SNAPSHOT
from orderflow_sqlite.reader import OWN, TIME_IN_ORDER, Stream, TableReader
from orderflow_sqlite.snapshots import SNAPSHOT_WORDS, snapshot_expression
from orderflow_sqlite.times import FEW, NO_TIME, Clock, TimestampUnit, find_clock, read_time
from orderflow_sqlite.trade_rows import SIDE

TABLES = ("book", "trades")
_WHOLE_NUMBER = "iif({0} = CAST({0} AS INTEGER), CAST({0} AS INTEGER), NULL)"


class Recording:
    """A file whose two tables are read side by side."""

    def __init__(
        self,
        path: Path,
        unit: TimestampUnit | None = None,
        snapshot_words: Sequence[str] = SNAPSHOT_WORDS,
    ) -> None:
        self.path = path
        self._unit = unit
        self._snapshot_words = snapshot_words
        with reading(path):
            self.counted = Input(str(path), path.stat().st_size)
        self._database: Database | None = None
        self._clocks: dict[str, Clock] = {}
        self._unread = set(TABLES)

    @contextmanager
    def reader(self, stream: Stream) -> Iterator[TableReader]:
        """Open one of the tables; once both have been read the file is closed."""
        database = self._opened()
        there = database.columns[stream.table]
        columns = _expressions(stream.table, stream.instrument, there, self._snapshot_words)
        yield TableReader(database, columns, stream, self._clock(stream.table), self.counted)
        self._unread.discard(stream.table)
        if not self._unread:
            self.close()

    def spans(self, sort: bool) -> dict[str, Span]:
        """Return the first and last time of each table that has rows, as their order tells.

        A file that is being written stays open, so that the stream has the rows of this moment.
        """
        found = {table: self._span(table, sort) for table in TABLES}
        if not self._opened().live:
            self.close()
        spans = {table: span for table, span in found.items() if span is not None}
        if spans:
            self.counted.first_timestamp = min(span.first for span in spans.values())
            self.counted.last_timestamp = max(span.last for span in spans.values())
        return spans

    def instrument(self) -> str:
        """Return the one instrument of the file's rows; raises InputError for none or several."""
        try:
            return self._instrument()
        finally:
            self.close()

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _opened(self) -> Database:
        if self._database is None:
            self._database = Database(self.path)
        return self._database

    def _clock(self, table: str) -> Clock:
        """Return how the table's timestamps are read, as its first ones tell."""
        if table not in self._clocks:
            query = f"SELECT timestamp FROM {table} ORDER BY id LIMIT {FEW}"
            self._clocks[table] = find_clock(self._opened().values(query), self._unit)
        return self._clocks[table]

    def _span(self, table: str, sort: bool) -> Span | None:
        database, clock = self._opened(), self._clock(table)
        ends = [
            database.value(
                f"SELECT {'min' if way == 'ASC' else 'max'}({TIME_IN_ORDER}) FROM {table}"
                if sort
                else f"SELECT timestamp FROM {table} ORDER BY id {way} LIMIT 1"
            )
            for way in ("ASC", "DESC")
        ]
        first, last = (read_time(end, clock) for end in ends)
        return None if NO_TIME in (first, last) else Span(first, last)

    def _instrument(self) -> str:
        database = self._opened()
        tables = [table for table in TABLES if "instrument" in database.columns[table]]
        if not tables:
            raise InputError(
                f"{self.path}: neither its name nor a column tells the instrument; name the file "
                "like <instrument>-<yy-mm-dd>.db"
            )
        for table in tables:
            names = database.values(
                f"SELECT DISTINCT instrument FROM {table} WHERE typeof(instrument) = 'text' LIMIT 2"
            )
            if len(names) == 1 and isinstance(names[0], bytes):
                return str(names[0], "utf-8", "replace")
            if names:
                break
        raise InputError(
            f"{self.path}: its name tells no instrument, and its column instrument has "
            f"{'several values' if names else 'no value'}; name the file like "
            "<instrument>-<yy-mm-dd>.db"
        )


def _expressions(
    table: str, instrument: str, columns: Sequence[str], snapshot_words: Sequence[str]
) -> Mapping[str, str]:
    """Return what is selected of a table: SQL expressions by name.

    Texts of which only the meaning counts are turned into numbers by SQLite, which is quicker.
    """
    found = {"id": "id", "timestamp": "timestamp"}
    if "instrument" in columns:
        name = instrument.replace("'", "''")
        found[OWN] = f"instrument COLLATE BINARY IS '{name}'"
    if table == "book":
        found |= {"bids": "bids", "asks": "asks"}
        if told := snapshot_expression(columns, snapshot_words):
            found[SNAPSHOT] = told
        found |= {name: _WHOLE_NUMBER.format(name) for name in (SEQ, PREV) if name in columns}
    else:
        found |= {"price": "price", "size": "size"}
        found[SIDE] = "(side COLLATE NOCASE IS 'buy') - (side COLLATE NOCASE IS 'sell')"
        if "trade_id" in columns:
            found["trade_id"] = "trade_id"
    return found


def check_overlaps(recordings: Sequence[Recording], spans: Sequence[dict[str, Span]]) -> None:
    """Raise InputError, naming both, where a table begins before it ended in an earlier file."""
    for table in TABLES:
        earlier: tuple[Recording, Span] | None = None
        for recording, span in zip(recordings, spans, strict=True):
            if table not in span:
                continue
            if earlier and span[table].first < earlier[1].last:
                raise InputError(
                    f"{earlier[0].path} and {recording.path} overlap in time: table {table} "
                    f"ends at {earlier[1].last} in the one and begins at {span[table].first} "
                    "in the other"
                )
            earlier = recording, span[table]
