"""Where the reading of a range begins: at the last snapshot before it, found by search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from orderflow_sqlite.book_rows import BookReading
from orderflow_sqlite.layout import TableName
from orderflow_sqlite.reader import Stream, TableReader
from orderflow_sqlite.recording import Recording
from orderflow_sqlite.search import REACH, Search


class _Place(NamedTuple):
    """A row of the book: the number of its recording, which is below 0 before the range, its id."""

    recording: int
    row: int


class Entrance:
    """Finds the rows with which reading begins for a range from `start`, in ms, on.

    Of the book it is the last snapshot up to the range's first row, by the rules of `reading`, and
    at least the row before that one; where rows have numbers it is some thousands of rows before,
    for a late snapshot is fitted in among them. Of the trades it is the first in the range.
    `earlier` are the recordings before those of the range, the last one first; they are opened
    where the range's own have no snapshot.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        earlier: Iterator[Recording],
        start: int,
        reading: BookReading,
        book: Stream,
        trades: Stream,
    ) -> None:
        self._recordings = dict(enumerate(recordings))
        self._earlier = earlier
        self._start = start
        self._reading = reading
        self._book = book
        self._trades = trades
        self._searches: dict[tuple[int, TableName], Search | None] = {}

    def enter(self) -> list[Recording]:
        """Return the recordings to be read, in their order, told where to begin.

        They are those that were given, from their first rows on, where no snapshot is found, or a
        table of the book cannot be searched.
        """
        entry = self._entry()
        if entry is None:
            return [each for number, each in sorted(self._recordings.items()) if number >= 0]
        book = self._search(entry.recording, self._book)
        if book is not None and book.first < entry.row:
            self._recordings[entry.recording].since["book"] = entry.row
        for number, recording in self._recordings.items():
            if number < entry.recording:
                recording.close()
            elif (trades := self._search(number, self._trades)) is not None:
                first = trades.first_from(self._start)
                recording.since["trades"] = trades.last + 1 if first is None else first
        return [self._recordings[n] for n in sorted(self._recordings) if n >= entry.recording]

    def _entry(self) -> _Place | None:
        first = self._first_row()
        snapshot = first and self._last_snapshot(first)
        if first is None or snapshot is None:
            return None
        entry = min(snapshot, self._before(first, 1))
        return self._before(entry, REACH) if self._reading.has_numbers else entry

    def _first_row(self) -> _Place | None:
        """Return the first book row of the range."""
        for number in range(len(self._recordings)):
            search = self._search(number, self._book)
            row = None if search is None else search.first_from(self._start)
            if row is not None:
                return _Place(number, row)
        return None

    def _last_snapshot(self, first: _Place) -> _Place | None:
        number: int = first.recording
        until: int | None = first.row
        while self._has(number):
            search = self._search(number, self._book)
            reader = self._recordings[number].table(self._book, TableReader)
            if search and reader:
                row = self._reading.last_snapshot(reader, search, until)
                if row is not None:
                    return _Place(number, row)
            number, until = number - 1, None
        return None

    def _before(self, place: _Place, rows: int) -> _Place:
        """Return the row so many rows before, or as many as there are in its file or the last."""
        search = self._search(place.recording, self._book)
        row = search.back(place.row, rows) if search else place.row
        if row < place.row:
            return _Place(place.recording, row)
        number = place.recording - 1
        search = self._search(number, self._book) if number in self._recordings else None
        return _Place(number, search.back(search.last + 1, rows)) if search else place

    def _has(self, number: int) -> bool:
        """Whether there is a recording of this number; the earlier ones are looked for."""
        if number not in self._recordings:
            recording = next(self._earlier, None)
            if recording is not None:
                self._recordings[number] = recording
        return number in self._recordings

    def _search(self, number: int, stream: Stream) -> Search | None:
        """Return what searches a table, None where it cannot be searched, or is not there."""
        place = number, stream.table
        if place not in self._searches:
            self._searches[place] = self._searching(number, stream)
        return self._searches[place]

    def _searching(self, number: int, stream: Stream) -> Search | None:
        reader = self._recordings[number].table(stream, TableReader)
        if reader is None or reader.relation.one_level:
            return None
        search = Search(reader.database, reader.relation, reader.clock)
        return search if search.is_quick else None
