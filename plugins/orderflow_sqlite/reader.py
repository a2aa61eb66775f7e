"""The rows of one table of one recording, checked for what both tables have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from orderflow_core import InputError, Ints
from orderflow_core.sources import DAY_MS, Input, Ledger
from orderflow_sqlite.connection import Cursor
from orderflow_sqlite.database import Database
from orderflow_sqlite.layout import TableName
from orderflow_sqlite.one_level import LEVEL, LevelCursor, LevelRows
from orderflow_sqlite.raw_rows import RawRows, Value
from orderflow_sqlite.refusals import OTHER_INSTRUMENT, Refusals, shown
from orderflow_sqlite.relation import Relation
from orderflow_sqlite.times import FAR, NO_TIME, Clock, read_times, refusal

OWN = "own"
"""The column that tells, 1 or 0, whether a row is of the instrument that is asked for."""
SNAPSHOT = "snapshot"
"""The column that tells, 1 or 0, whether a row says of itself that it is a snapshot."""
TIME_IN_ORDER = (
    "iif(typeof(timestamp) IN ('text', 'blob') AND"
    " (length(timestamp) = 0 OR trim(timestamp, '.0123456789') <> ''),"
    " rtrim(timestamp, 'Zz'), CAST(timestamp AS NUMERIC))"
)
"""The SQL expression that rows are sorted by: SQLite orders texts by their signs.

That is right for ISO 8601 texts of one shape, once the Z is gone, which is above the point.
"""
_MIXED = (
    f"SELECT 1 FROM {{0}} WHERE {TIME_IN_ORDER} GLOB '[0-9][0-9][0-9][0-9]-*' AND EXISTS"
    f" (SELECT 1 FROM {{0}} WHERE typeof({TIME_IN_ORDER}) IN ('integer', 'real')) LIMIT 1"
)
SORT = (
    "rows are read in the order of their id: set sort = true in [source] to have them sorted first"
)
_HOUR_MS = 3_600_000


@dataclass
class Stream:
    """How one table is read, and what carries from file to file.

    Of the rows from the time `stop` (in ms) on only the first that can be used is read: it tells
    how long what comes before it lasts. Those before `start` are read for the book that they leave.
    What is refused of either is no matter of the range's. `with_orders` says that the numbers of
    orders are read too.
    """

    table: TableName
    instrument: str
    ledger: Ledger
    batch: int
    sort: bool
    start: int | None
    stop: int | None
    any_price: bool = False
    with_orders: bool = False
    last_time: int | None = None
    stopped: bool = False

    def asks_for(self, time: int | None) -> bool:
        """Whether a time is in the range; one that is not known is where the last row is."""
        at = self.last_time if time is None else time
        if at is None:
            return True
        return (self.start is None or at >= self.start) and (self.stop is None or at < self.stop)

    def is_after(self, time: int) -> bool:
        """Whether a time is after the range."""
        return self.stop is not None and time >= self.stop

    def until_after(self, times: Ints) -> int:
        """Return how many of the times, which do not fall, come up to the first after the range."""
        return len(times) if self.stop is None else int(np.searchsorted(times, self.stop)) + 1


class TableReader:
    """Reads one table of one file in batches, refusing and counting what is unusable.

    A batch of which all is in order is taken as a whole, with `times`; any other is gone through
    row by row, with `time`. `columns` are SQL expressions by name, and `since` is the id of the
    row to begin with, None for the first. `refusals.used` is counted by who reads.
    """

    def __init__(
        self,
        database: Database,
        relation: Relation,
        columns: Mapping[str, str],
        stream: Stream,
        clock: Clock,
        counted: Input,
        since: int | None = None,
    ) -> None:
        self.refusals = Refusals()
        self.since = since
        self.database = database
        self.relation = relation
        self.columns = columns
        self._places = {name: place for place, name in enumerate(columns)}
        self.stream = stream
        self.clock = clock
        self.counted = counted
        self._times: Ints | None = None
        self._batches: _Batches | None = None
        self._order = "id"
        self._before = 0

    def has(self, column: str) -> bool:
        """Whether the recording has the column."""
        return column in self._places

    def place(self, column: str) -> int:
        """Return where in `RawRows` a column stands."""
        return self._places[column]

    @property
    def where(self) -> str:
        """The file and the table, for messages."""
        return f"{self.database.path}, table {self.relation.name}"

    @property
    def any_price(self) -> bool:
        """Whether prices may be 0 or negative."""
        return self.stream.any_price

    def value(self, rows: RawRows, column: str, row: int) -> Value:
        """Return one value."""
        return rows.value(self._places[column], row)

    def first(self, count: int, names: Sequence[str]) -> RawRows:
        """Return these columns of the first rows, in the order of their ids."""
        columns = {name: self.columns[name] for name in (*names, *self.needed)}
        rows = self._room(len(columns), count)
        cursor = self._cursor(columns, "id", count)
        with closing(cursor), self.database.errors():
            cursor.fetch(rows)
        return rows

    def batches(self, *, by_id: bool = False) -> Iterator[RawRows]:
        """Yield rows; what is yielded is overwritten by the next ones.

        They are in the order of their ids, or sorted by time where the stream says so and `by_id`
        does not forbid it. Raises InputError at the end where rows were refused and none was used.
        """
        yield from self.taken(by_id=by_id)
        if not self.stream.stopped:
            self.refusals.check_used(self.where)

    def taken(self, *, by_id: bool) -> Iterator[RawRows]:
        """Do the same, and raise no error for rows of which none was used."""
        if not self.clock.usual:
            self._warn_of_years()
        self._order = "id"
        if self.stream.sort and not by_id:
            self.check_sortable()
            self._order = f"{TIME_IN_ORDER}, id"
        with closing(self._cursor(self.columns, self._order, since=self.since)) as cursor:
            self._batches = _Batches(self.database, cursor, self._room, self.most)
            while not self.stream.stopped:
                rows = self._batches.take()
                if not len(rows):
                    break
                self.counted.rows += rows.read
                self._times = None
                yield rows
                self._before += len(rows)

    def check_sortable(self) -> None:
        """Raise InputError where there are dates and numbers, each sorted among themselves."""
        with self.database.errors():
            mixed = self.database.value(_MIXED.format(self.relation.sql))
        if mixed:
            raise InputError(
                f"{self.where}: its timestamps are numbers and dates, which sort = true does not "
                "put in the order of time together: keep them as one kind, or leave out sort where "
                "the rows are in the order of their id"
            )

    def _warn_of_years(self) -> None:
        """Tell that nothing says in which unit the times are, nor from when on they count."""
        unit, warnings = self.clock.unit, self.stream.ledger.warnings
        told = (
            f"table {self.relation.name}: the timestamps are of none of the years 2000 to 2199 in "
            f"any unit; they are taken for {unit} since 1970"
        )
        if told not in warnings:
            warnings.append(told)

    def _cursor(
        self, columns: Mapping[str, str], order: str, limit: int = -1, since: int | None = None
    ) -> Cursor:
        """Return a cursor over rows, or the first ones; where each is one level, over book rows."""
        if not self.relation.one_level:
            return self._select(columns, order, limit, since)
        cursor = self._select(columns, order, -1, since)
        return LevelCursor(cursor, list(columns), SNAPSHOT, any_price=self.any_price)

    def _select(
        self, columns: Mapping[str, str], order: str, limit: int, since: int | None
    ) -> Cursor:
        return self.database.select(self.relation.sql, columns, order, limit, since)

    @property
    def most(self) -> int:
        """How many rows are read at once."""
        return self.stream.batch

    @property
    def needed(self) -> Sequence[str]:
        """The columns that are read whatever is asked for."""
        return ("timestamp", *LEVEL) if self.relation.one_level else ()

    @property
    def _room(self) -> type[RawRows]:
        return LevelRows if self.relation.one_level else RawRows

    def times(self, rows: RawRows) -> Ints | None:
        """Return the rows' times in ms if all of them are in order, else None."""
        times = self._read(rows)
        if self.has(OWN) and not (rows.integers(self.place(OWN)) == 1).all():
            return None
        count, first, newest = len(times), int(times[0]), int(times[-1])
        before = first if self.stream.last_time is None else self.stream.last_time
        if not NO_TIME < before <= first or (count > 1 and (times[1:] < times[:-1]).any()):
            return None
        if newest - (int(times[-2]) if count > 1 else before) > DAY_MS:
            return None
        self.stream.last_time = newest
        return times

    def time(
        self, rows: RawRows, row: int, *, may_go_back: bool = False, advice: str | None = None
    ) -> int | None:
        """Return one row's time, or None for a row that is refused.

        Raises InputError, with `advice` on what to do, where it is below the row before.
        """
        time = int(self._read(rows)[row])
        if not self.is_own(rows, row):
            known = None if time == NO_TIME else time
            self.refuse(rows, row, OTHER_INSTRUMENT, "instrument", known)
            return None
        if time == NO_TIME:
            reason = refusal(self.value(rows, "timestamp", row), self.clock)
            self.refuse(rows, row, reason, "timestamp")
            return None
        if self._is_far(rows, row, time):
            self.refuse(rows, row, FAR, "timestamp")
            return None
        if not may_go_back:
            self._check_order(rows, row, time, advice)
        self.stream.last_time = time
        return time

    def is_asked_for(self, rows: RawRows, row: int) -> bool:
        """Whether a row's time is in the range."""
        time = int(self._read(rows)[row])
        return self.stream.asks_for(None if time == NO_TIME else time)

    def refuse(
        self, rows: RawRows, row: int, reason: str, column: str, time: int | None = None
    ) -> None:
        """Count the row, or a level of it, as refused if it is in the range.

        `column` has what is wrong with it; `time` is the row's where that is known and no row has
        been read with it.
        """
        if not self.stream.asks_for(time):
            return
        where = self._where(rows, row)
        value = None
        if reason not in self.refusals.examples:
            value = shown(self._found(rows, row, column))
            self.refusals.examples[reason] = f"{value} of id {self._id(rows, row)}"
        self.refusals.counts[reason] += 1
        self.stream.ledger.refuse(reason, where, value)

    def _read(self, rows: RawRows) -> Ints:
        if self._times is None:
            self._times = read_times(rows, self.place("timestamp"), self.clock)
        return self._times

    def is_own(self, rows: RawRows, row: int) -> bool:
        """Whether a row is of the instrument."""
        return not self.has(OWN) or self.value(rows, OWN, row) == 1

    def _is_far(self, rows: RawRows, row: int, time: int) -> bool:
        """Whether a time is more than a day from both rows around it, which are of one hour."""
        before = self.stream.last_time
        if before is None or abs(time - before) <= DAY_MS:
            return False
        after = self._time_after(rows, row)
        return after is not None and abs(time - after) > DAY_MS and abs(after - before) <= _HOUR_MS

    def _time_after(self, rows: RawRows, row: int) -> int | None:
        """Return the next time that can be used."""
        assert self._batches is not None
        ahead = self._batches.ahead()
        times = self._read(rows)
        for some, first in ((rows, row + 1), (ahead, 0)):
            if some is ahead:
                times = read_times(ahead, self.place("timestamp"), self.clock)
            for other in range(first, len(some)):
                if times[other] != NO_TIME and self.is_own(some, other):
                    return int(times[other])
        return None

    def _check_order(self, rows: RawRows, row: int, time: int, advice: str | None) -> None:
        last = self.stream.last_time
        if last is not None and time < last:
            raise InputError(
                f"{self._where(rows, row)}: timestamp {time} after {last}; {advice or SORT}"
            )

    def _found(self, rows: RawRows, row: int, column: str) -> Value:
        """Return what a row has in a column that may not have been asked for as it is."""
        if self.has(column):
            return self.value(rows, column, row)
        if isinstance(rows, LevelRows):
            return self.value(rows, "price", row)
        where = "" if self.since is None else f"WHERE id >= {self.since} "
        return self.database.value(
            f"SELECT {column} FROM {self.relation.sql} {where}ORDER BY {self._order} "
            f"LIMIT 1 OFFSET {self._before + row}"
        )

    def _where(self, rows: RawRows, row: int) -> str:
        return f"{self.where}, id {self._id(rows, row)}"

    def _id(self, rows: RawRows, row: int) -> str:
        number = self.value(rows, "id", row)
        return number.decode("utf-8", "replace") if isinstance(number, bytes) else f"{number}"


class _Batches:
    """The batches of a cursor; the next one can be looked at before its turn."""

    def __init__(self, database: Database, cursor: Cursor, room: type[RawRows], limit: int) -> None:
        self._room = room
        self._database = database
        self._cursor = cursor
        self._limit = limit
        self._taken: RawRows | None = None
        self._ahead: RawRows | None = None

    def take(self) -> RawRows:
        """Return the next batch, which overwrites what was taken before; it is empty at the end."""
        ahead, self._ahead = self._ahead, None
        self._taken = self._fetch(self._taken) if ahead is None else ahead
        return self._taken

    def ahead(self) -> RawRows:
        """Return the batch after the one that was taken, which stays as it is."""
        if self._ahead is None:
            self._ahead = self._fetch(None)
        return self._ahead

    def _fetch(self, rows: RawRows | None) -> RawRows:
        if rows is None:
            rows = self._room(self._cursor.columns, self._limit)
        with self._database.errors():
            self._cursor.fetch(rows)
        self._database.check_unchanged()
        return rows
