"""One recording of a stream: opened when it is needed, checked and closed when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from orderflow_core import InputError
from orderflow_core.sources import Input, Span
from orderflow_sqlite.book_rows import SEQUENCE, SNAPSHOT
from orderflow_sqlite.database import Database
from orderflow_sqlite.files import reading
from orderflow_sqlite.reader import OWN, TIME_IN_ORDER, Stream, TableReader
from orderflow_sqlite.times import TimestampUnit, read_time
from orderflow_sqlite.trade_rows import SIDE

TABLES = ("book", "trades")
_WHOLE_NUMBER = "iif({0} = CAST({0} AS INTEGER), CAST({0} AS INTEGER), NULL)"


class Recording:
    """A file whose two tables are read side by side."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path):
            self.counted = Input(str(path), path.stat().st_size)
        self._database: Database | None = None
        self._unread = set(TABLES)

    @contextmanager
    def reader(self, stream: Stream) -> Iterator[TableReader]:
        """Open one of the tables; once both have been read the file is closed."""
        database = self._opened()
        columns = _expressions(stream.table, stream.instrument, database.columns[stream.table])
        yield TableReader(database, columns, stream, self.counted)
        self._unread.discard(stream.table)
        if not self._unread:
            self.close()

    def spans(self, unit: TimestampUnit, sort: bool) -> dict[str, Span]:
        """Return the first and last time of each table that has rows, as their order tells.

        A file that is being written stays open, so that the stream has the rows of this moment.
        """
        found = {table: self._span(table, unit, sort) for table in TABLES}
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

    def _span(self, table: str, unit: TimestampUnit, sort: bool) -> Span | None:
        database = self._opened()
        ends = [
            database.value(
                f"SELECT {'min' if way == 'ASC' else 'max'}({TIME_IN_ORDER}) FROM {table}"
                if sort
                else f"SELECT timestamp FROM {table} ORDER BY id {way} LIMIT 1"
            )
            for way in ("ASC", "DESC")
        ]
        first, last = (read_time(end, unit) for end in ends)
        return None if first is None or last is None else Span(first, last)

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


def _expressions(table: str, instrument: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Return what is selected of a table: SQL expressions by name.

    Texts of which only the meaning counts are turned into numbers by SQLite, which is quicker.
    """
    found = {"id": "id", "timestamp": "timestamp"}
    if "instrument" in columns:
        name = instrument.replace("'", "''")
        found[OWN] = f"instrument COLLATE BINARY IS '{name}'"
    if table == "book":
        found |= {"bids": "bids", "asks": "asks"}
        if "action" in columns:
            found[SNAPSHOT] = "action COLLATE BINARY IS 'snapshot'"
        if all(name in columns for name in SEQUENCE):
            found |= {name: _WHOLE_NUMBER.format(name) for name in SEQUENCE}
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
