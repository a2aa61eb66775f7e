"""One recording of a stream: opened when it is needed, checked and closed when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from orderflow_core import InputError
from orderflow_core.sources import Input, Span
from orderflow_sqlite.database import Database
from orderflow_sqlite.files import reading
from orderflow_sqlite.first_rows import PREV, SEQ
from orderflow_sqlite.layout import PLAIN, TABLES, Layout, TableName
from orderflow_sqlite.one_level import LEVEL_SIDE
from orderflow_sqlite.reader import OWN, SNAPSHOT, TIME_IN_ORDER, Stream, TableReader
from orderflow_sqlite.relation import ORDERS, Relation, is_text, relations
from orderflow_sqlite.search import Search
from orderflow_sqlite.sides import level_side, trade_side
from orderflow_sqlite.snapshots import SNAPSHOT_WORDS, size_expression, snapshot_expression
from orderflow_sqlite.times import FEW, NO_TIME, Clock, TimestampUnit, find_clock, read_time
from orderflow_sqlite.trade_rows import SIDE

Reader = TypeVar("Reader", bound=TableReader)
_WHOLE_NUMBER = "iif({0} = CAST({0} AS INTEGER), CAST({0} AS INTEGER), NULL)"


class Recording:
    """A file whose tables are read side by side.

    With `only`, the file has several instruments, and the rows of others are left out; else they
    are refused. `since` has the id with which the reading of a table begins, where that is not its
    first.
    """

    def __init__(
        self,
        path: Path,
        unit: TimestampUnit | None = None,
        snapshot_words: Sequence[str] = SNAPSHOT_WORDS,
        layout: Layout = PLAIN,
        only: str | None = None,
        *,
        follow: bool = False,
    ) -> None:
        self.path = path
        self._follow = follow
        self._unit = unit
        self._snapshot_words = snapshot_words
        with reading(path):
            self.counted = Input(str(path), path.stat().st_size)
        self._layout = layout
        self._only = only
        self._database: Database | None = None
        self._relations: Mapping[TableName, Relation] = {}
        self._clocks: dict[TableName, Clock] = {}
        self._unread = set(TABLES)
        self.since: dict[TableName, int] = {}

    @contextmanager
    def reader(self, stream: Stream) -> Iterator[TableReader | None]:
        """Open one of the tables, None where there is none; once both are read it is closed."""
        yield self.table(stream, TableReader)
        self._unread.discard(stream.table)
        if not self._unread:
            self.close()

    def table(self, stream: Stream, kind: type[Reader]) -> Reader | None:
        """Return what reads one of the tables, from the id in `since` on; None without the table.

        It is closed with the recording.
        """
        database = self.opened()
        relation = self._relations.get(stream.table)
        if relation is None:
            return None
        columns = _expressions(
            relation, stream.instrument, self._snapshot_words, self._layout, stream.with_orders
        )
        clock, since = self._clock(relation), self.since.get(stream.table)
        return kind(database, relation, columns, stream, clock, self.counted, since)

    def days(self) -> set[int]:
        """Return the days, counted from 1970, that there are rows of."""
        try:
            database = self.opened()
            return {
                day
                for relation in self._relations.values()
                for day in Search(database, relation, self._clock(relation)).days()
            }
        finally:
            self.close()

    def spans(self, sort: bool, *, soon: bool = False) -> dict[TableName, Span]:
        """Return the first and last time of each table that has rows, as their order tells.

        A file that is being written stays open, so that the stream has the rows of this moment, and
        so does one that is to be read `soon`.
        """
        database = self.opened()
        found = {table: self._span(relation, sort) for table, relation in self._relations.items()}
        if not (soon or database.live or self._follow):
            self.close()
        spans = {table: span for table, span in found.items() if span is not None}
        if spans:
            self.counted.first_timestamp = min(span.first for span in spans.values())
            self.counted.last_timestamp = max(span.last for span in spans.values())
        return spans

    def instruments(self, named: str | None) -> tuple[str, ...] | None:
        """Return the instruments that the file's column tells, None where its name does.

        A file that is named after one of them keeps to that one. There are none where the column
        has no value yet.
        """
        try:
            self.opened()
            columns = [each.instruments for each in self._relations.values()]
            return self._instruments([each for each in columns if each], named)
        finally:
            self.close()

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def opened(self) -> Database:
        """Return the file, opened where it is not."""
        if self._database is None:
            self._database = Database(self.path, follow=self._follow)
            try:
                self._relations = self._found(self._database)
            except BaseException:
                self.close()
                raise
        return self._database

    def look_anew(self) -> None:
        """Find the tables of an open file again: one was made, or has its first row."""
        database = self.opened()
        database.look_anew()
        self._relations = self._found(database)

    def _found(self, database: Database) -> dict[TableName, Relation]:
        found = relations(database, self._layout)
        if self._only is None:
            return found
        return {table: each.of(self._only) for table, each in found.items()}

    def _clock(self, relation: Relation) -> Clock:
        """Return how the table's timestamps are read, as its first ones tell."""
        table = relation.table
        if table not in self._clocks:
            query = f"SELECT timestamp FROM {relation.sql} ORDER BY id LIMIT {FEW}"
            values = self.opened().values(query)
            if not values:
                return Clock()
            self._clocks[table] = find_clock(values, self._unit)
        return self._clocks[table]

    def time(self, value: object) -> int:
        """Return a time that stands by itself in ms, or `NO_TIME`, in the unit that it tells."""
        return read_time(value, find_clock([value], self._unit))

    def _span(self, relation: Relation, sort: bool) -> Span | None:
        database, clock = self.opened(), self._clock(relation)
        ends = [
            database.value(
                f"SELECT {'min' if way == 'ASC' else 'max'}({TIME_IN_ORDER}) FROM {relation.sql}"
                if sort
                else f"SELECT timestamp FROM {relation.sql} ORDER BY id {way} LIMIT 1"
            )
            for way in ("ASC", "DESC")
        ]
        first, last = (read_time(end, clock) for end in ends)
        return None if NO_TIME in (first, last) else Span(first, last)

    def _instruments(
        self, columns: Sequence[tuple[str, str]], named: str | None
    ) -> tuple[str, ...] | None:
        """Look for the name in the columns, given with what they are selected from."""
        database = self.opened()
        if named is not None and any(
            database.value(f"SELECT 1 FROM {source} WHERE {is_text(column, named)} LIMIT 1")
            for source, column in columns
        ):
            return None
        names: dict[str, None] = {}
        for source, column in columns:
            values = database.values(
                f"SELECT DISTINCT {column} FROM {source} WHERE typeof({column}) = 'text'"
            )
            names |= {v.decode("utf-8", "replace"): None for v in values if isinstance(v, bytes)}
        if not names and named is None:
            told = "its column instrument has no value" if columns else "nor a column"
            raise InputError(
                f"{self.path}: its name tells no instrument, {told}; name the file like "
                "<instrument>-<yy-mm-dd>.db, or the column in [source.columns]"
            )
        return tuple(sorted(names)) if columns else None


def _expressions(
    relation: Relation,
    instrument: str,
    snapshot_words: Sequence[str],
    layout: Layout,
    with_orders: bool,
) -> Mapping[str, str]:
    """Return what is selected of a table: SQL expressions by name.

    Texts of which only the meaning counts are turned into numbers by SQLite, which is quicker.
    """
    columns = relation.columns
    found = {"id": "id", "timestamp": "timestamp"}
    if "instrument" in columns:
        found[OWN] = is_text("instrument", instrument)
    if relation.table == "book":
        if relation.one_level:
            found |= {LEVEL_SIDE: level_side(layout.sides), "price": "price"}
            found["size"] = size_expression(columns)
            found |= {ORDERS: ORDERS} if with_orders and ORDERS in columns else {}
        else:
            found |= {"bids": "bids", "asks": "asks"}
        if told := snapshot_expression(columns, snapshot_words):
            found[SNAPSHOT] = told
        found |= {name: _WHOLE_NUMBER.format(name) for name in (SEQ, PREV) if name in columns}
    else:
        found |= {"price": "price", "size": "size"}
        found[SIDE] = trade_side(layout.sides)
        if "trade_id" in columns:
            found["trade_id"] = "trade_id"
    return found


def check_overlaps(recordings: Sequence[Recording], spans: Sequence[dict[TableName, Span]]) -> None:
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
                    'in the other; overlap = "merge" in [source] reads them as one'
                )
            earlier = recording, span[table]
