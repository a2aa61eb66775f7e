"""Recordings of the same time read as one: by the feed's numbers if there are any, else by time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from heapq import merge
from itertools import islice
from typing import TypeAlias

from orderflow_core.sources import Input, Span
from orderflow_sqlite.connection import Cursor
from orderflow_sqlite.first_rows import FIRST, SEQ
from orderflow_sqlite.layout import TableName
from orderflow_sqlite.raw_rows import INTEGER, RawRows, Value
from orderflow_sqlite.reader import OWN, SNAPSHOT, Stream, TableReader
from orderflow_sqlite.recording import Recording
from orderflow_sqlite.times import NO_TIME, Clock, read_time

_FILE = "file"
_AT_ONCE = 1_024
_ABSENT = {OWN: "1", SNAPSHOT: "0"}
"""What a file says, in SQL, that lacks a column which another one has; of any other, nothing."""
_Row: TypeAlias = tuple[Value, ...]


class Merged:
    """Several recordings that overlap in time."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = recordings

    @contextmanager
    def reader(self, stream: Stream) -> Iterator[TableReader | None]:
        """Open one of the tables of all files, None where none has it."""
        with ExitStack() as stack:
            found = [stack.enter_context(each.reader(stream)) for each in self._recordings]
            readers = [reader for reader in found if reader is not None]
            yield MergedReader(readers) if readers else None


def overlapping(
    recordings: Sequence[Recording], spans: Sequence[Mapping[TableName, Span]]
) -> list[Recording | Merged]:
    """Return the recordings in the order of their times, those that overlap as one."""
    timed = [
        (min(each.first for each in span.values()), max(each.last for each in span.values()), place)
        for place, span in enumerate(spans)
        if span
    ]
    clusters: list[list[int]] = []
    until = 0
    for first, last, place in sorted(timed):
        if clusters and first <= until:
            clusters[-1].append(place)
        else:
            clusters.append([place])
        until = max(until, last) if len(clusters[-1]) > 1 else last
    without = [recording for recording, span in zip(recordings, spans, strict=True) if not span]
    merged = [
        recordings[cluster[0]]
        if len(cluster) == 1
        else Merged([recordings[place] for place in sorted(cluster)])
        for cluster in clusters
    ]
    return [*without, *merged]


class MergedReader(TableReader):
    """Reads one table of several files in the order of their numbers or times, then of the files.

    A timestamp comes in ms, and each row with the number of its file.
    """

    def __init__(self, readers: Sequence[TableReader]) -> None:
        first = readers[0]
        names = {name: name for reader in readers for name in reader.columns}
        clock = Clock("ms", usual=any(reader.clock.usual for reader in readers))
        super().__init__(
            first.database, first.relation, {**names, _FILE: _FILE}, first.stream, clock,
            Input("", 0),
        )  # fmt: skip
        self._readers = readers
        self._by_number = all(map(_is_numbered, readers))

    @property
    def needed(self) -> Sequence[str]:
        """The columns without which there is no order."""
        return ("timestamp", *((SEQ,) if self._by_number else ()), *super().needed)

    def check_sortable(self) -> None:
        """Do the same for each file."""
        for reader in self._readers:
            reader.check_sortable()

    def _select(
        self, columns: Mapping[str, str], order: str, limit: int, since: int | None
    ) -> Cursor:
        names = list(columns)
        key = SEQ if self._by_number else "timestamp"
        return _MergedCursor(
            [
                _rows(reader, names, key, place, order, limit)
                for place, reader in enumerate(self._readers)
            ],
            len(names),
        )

    def _where(self, rows: RawRows, row: int) -> str:
        file = self.value(rows, _FILE, row)
        reader = self._readers[file if isinstance(file, int) else 0]
        return f"{reader.where}, id {self._id(rows, row)}"

    def _found(self, rows: RawRows, row: int, column: str) -> Value:
        return self.value(rows, column, row) if self.has(column) else None


class _MergedCursor:
    """Rows with the keys by which they are in order, merged."""

    def __init__(self, sources: Sequence[Iterator[tuple[int, _Row]]], columns: int) -> None:
        self._sources = sources
        self._rows = merge(*sources, key=lambda keyed: keyed[0])
        self.columns = columns

    def fetch(self, rows: RawRows) -> None:
        """Fill `rows` with the next ones."""
        rows.fill([row for _, row in islice(self._rows, rows.limit)])

    def close(self) -> None:
        """Let go of the queries; each is closed where its file is."""


def _rows(
    reader: TableReader, names: Sequence[str], key: str, place: int, order: str, limit: int
) -> Iterator[tuple[int, _Row]]:
    """Yield the rows of one file, each with its key; one that has none follows the row before."""
    columns = {name: reader.columns.get(name, _ABSENT.get(name, "NULL")) for name in names}
    columns |= {_FILE: str(place)} if _FILE in columns else {}
    time = names.index("timestamp")
    number = names.index(key)
    last = NO_TIME
    database = reader.database
    with database.errors():
        cursor = database.select(reader.relation.sql, columns, order, limit)
    raw = RawRows(len(names), _AT_ONCE)
    while True:
        with database.errors():
            cursor.fetch(raw)
        database.check_unchanged()
        if not len(raw):
            return
        reader.counted.rows += len(raw) if _FILE in columns else 0  # else it is a first look
        for row in range(len(raw)):
            values = [raw.value(column, row) for column in range(len(names))]
            moment = read_time(values[time], reader.clock)
            if moment != NO_TIME:
                values[time] = moment
            found = moment if number == time else values[number]
            if isinstance(found, int) and found != NO_TIME:
                last = found
            yield last, tuple(values)


def _is_numbered(reader: TableReader) -> bool:
    if not reader.has(SEQ):
        return False
    rows = reader.first(FIRST, [SEQ])
    return bool((rows.kind[0, : len(rows)] == INTEGER).any())
