"""A table looked into at any of its ids, so that a day is found without reading up to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np

from orderflow_core import Ints
from orderflow_core.sources import DAY_MS
from orderflow_sqlite.database import Database
from orderflow_sqlite.raw_rows import INTEGER, RawRows
from orderflow_sqlite.relation import Relation
from orderflow_sqlite.times import NO_TIME, Clock, read_time, read_times

REACH = 4_096
"""How many rows late a row may be, so that the first of a time is found none the less."""
_FEW = 3
_AT_FIRST = 64
_AT_ONCE = 65_536


class Search:
    """Finds rows of one table by their times, which rise with the ids but for a few late rows."""

    def __init__(self, database: Database, relation: Relation, clock: Clock) -> None:
        self._database = database
        self._sql = relation.sql
        self._clock = clock

    @property
    def is_quick(self) -> bool:
        """Whether a row is found by its id without going through those before it."""
        plan = self._database.rows(
            f"EXPLAIN QUERY PLAN SELECT id FROM {self._sql} WHERE id >= 0 ORDER BY id LIMIT 1"
        )
        told = [row[-1] for row in plan if isinstance(row[-1], bytes)]
        return len(told) == 1 and told[0].startswith(b"SEARCH")

    def first_from(self, time: int) -> int | None:
        """Return the id of the first row of this time or a later one, None where there is none."""
        far: int | None = None  # a row of a much later time, which the row after it may belie
        for numbers, times in self._columns(self.back(self._about(time), REACH)):
            if not (times >= time).any():
                far = None if (times != NO_TIME).any() else far
                continue
            for number, at in zip(numbers.tolist(), times.tolist(), strict=True):
                if at >= time:
                    if far is not None or at < time + DAY_MS:
                        return number if far is None else far
                    far = number
                elif at != NO_TIME:
                    far = None
        return far

    def back(self, number: int, rows: int) -> int:
        """Return the id of the row that is so many rows before, at most that of the first one."""
        return self._number(
            f"SELECT min(id) FROM (SELECT id FROM {self._sql} WHERE id < {number}"
            f" ORDER BY id DESC LIMIT {rows})",
            number,
        )

    def last_where(self, condition: str, until: int | None = None) -> int | None:
        """Return the id of the last row, up to `until`, of which SQL is true."""
        bound = "" if until is None else f" AND id <= {until}"
        found = self._database.value(
            f"SELECT id FROM {self._sql} WHERE ({condition}){bound} ORDER BY id DESC LIMIT 1"
        )
        return found if isinstance(found, int) else None

    @property
    def first(self) -> int:
        """The id of the first row."""
        return self._number(f"SELECT id FROM {self._sql} ORDER BY id LIMIT 1", 0)

    @property
    def last(self) -> int:
        """The id of the last row."""
        return self._number(f"SELECT id FROM {self._sql} ORDER BY id DESC LIMIT 1", 0)

    def days(self) -> Iterator[int]:
        """Yield the days, counted from 1970, that the table has rows of; some maybe twice."""
        if not self.is_quick:
            yield from self._all_days()
            return
        number: int | None = self.first
        while number is not None:
            time = self._first_time(number)
            if time is None:
                return
            yield time // DAY_MS
            number = self.first_from((time // DAY_MS + 1) * DAY_MS)

    def _first_time(self, number: int) -> int | None:
        """Return the first time from an id on that can be used."""
        for _, times in self._columns(number):
            if len(usable := times[times != NO_TIME]):
                return int(usable[0])
        return None

    def _about(self, time: int) -> int:
        """Return the id where the times rise to this one; both ends are looked at first."""
        low, high = self.first, self.last + 1
        if self._is_from(time, low):
            return low
        if not self._is_from(time, self.back(high, _FEW)):
            return high
        while low < high:
            middle = (low + high) // 2
            if self._is_from(time, middle):
                high = middle
            else:
                low = middle + 1
        return low

    def _is_from(self, time: int, number: int) -> bool:
        """Whether the rows from an id on are of a time or later ones, or there are none."""
        times = self._few_times(number)
        if not times:
            return True
        return sorted(times)[(len(times) - 1) // 2] >= time  # one wrong time leads nowhere else

    def _few_times(self, number: int) -> list[int]:
        values = self._database.values(
            f"SELECT timestamp FROM {self._sql} WHERE id >= {number} ORDER BY id LIMIT {_FEW}"
        )
        times = (read_time(value, self._clock) for value in values)
        return [time for time in times if time != NO_TIME]

    def _columns(self, number: int) -> Iterator[tuple[Ints, Ints]]:
        """Yield ids and times of the rows from an id on, in columns, of a few rows at first."""
        columns = {"id": "id", "timestamp": "timestamp"}
        cursor = self._database.select(self._sql, columns, "id", since=number)
        rows = RawRows(cursor.columns, _AT_FIRST)
        with closing(cursor), self._database.errors():
            cursor.fetch(rows)
            while len(rows):
                whole = rows.kind[0, : len(rows)] == INTEGER
                yield rows.integers(0)[whole], read_times(rows, 1, self._clock)[whole]
                if rows.limit < REACH:
                    rows = RawRows(cursor.columns, REACH)
                cursor.fetch(rows)

    def _all_days(self) -> Iterator[int]:
        cursor = self._database.select(self._sql, {"timestamp": "timestamp"}, "id")
        rows = RawRows(cursor.columns, _AT_ONCE)
        with self._database.errors():
            cursor.fetch(rows)
            while len(rows):
                times = read_times(rows, 0, self._clock)
                yield from np.unique(times[times != NO_TIME] // DAY_MS).tolist()
                cursor.fetch(rows)

    def _number(self, query: str, default: int) -> int:
        found = self._database.value(query)
        return found if isinstance(found, int) else default
