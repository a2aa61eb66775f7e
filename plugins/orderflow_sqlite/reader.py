"""The rows of one table of one recording, checked for what both tables have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from orderflow_core import InputError, Ints
from orderflow_core.sources import Input, Ledger
from orderflow_sqlite.database import Database
from orderflow_sqlite.raw_rows import INTEGER, RawRows, Value
from orderflow_sqlite.times import TimestampUnit, read_time, read_times, refusal

OTHER_INSTRUMENT = "row of another instrument"
OWN = "own"
"""The column that tells, 1 or 0, whether a row is of the instrument that is asked for."""
TIME_IN_ORDER = (
    "iif(typeof(timestamp) IN ('text', 'blob') AND"
    " (length(timestamp) = 0 OR trim(timestamp, '0123456789') <> ''),"
    " NULL, CAST(timestamp AS NUMERIC))"
)
"""The SQL expression that rows are sorted by: SQLite orders texts by their signs."""


@dataclass
class Stream:
    """How one table is read, and what carries from file to file.

    Rows from the time `stop` (in ms) on are not read. Those before `start` are read for the book
    that they leave, but what is refused of them is no matter of the range's.
    """

    table: str
    instrument: str
    ledger: Ledger
    batch: int
    unit: TimestampUnit
    sort: bool
    start: int | None
    stop: int | None
    last_time: int | None = None

    def asks_for(self, time: int | None) -> bool:
        """Whether a time is in the range; one that is not known is where the last row is."""
        at = self.last_time if time is None else time
        if at is None:
            return True
        return (self.start is None or at >= self.start) and (self.stop is None or at < self.stop)

    @property
    def stopped(self) -> bool:
        """Whether the end of the range has been reached."""
        return self.stop is not None and self.last_time is not None and self.last_time >= self.stop


class TableReader:
    """Reads one table of one file in batches, refusing and counting what is unusable.

    A batch of which all is in order is taken as a whole, with `times`; any other is gone through
    row by row, with `time`. `columns` are SQL expressions by name.
    """

    def __init__(
        self, database: Database, columns: Mapping[str, str], stream: Stream, counted: Input
    ) -> None:
        self._database = database
        self._columns = columns
        self._places = {name: place for place, name in enumerate(columns)}
        self._stream = stream
        self._counted = counted

    def has(self, column: str) -> bool:
        """Whether the recording has the column."""
        return column in self._places

    def place(self, column: str) -> int:
        """Return where in `RawRows` a column stands."""
        return self._places[column]

    def value(self, rows: RawRows, column: str, row: int) -> Value:
        """Return one value."""
        return rows.value(self._places[column], row)

    def batches(self) -> Iterator[RawRows]:
        """Yield rows; what is yielded is overwritten by the next ones."""
        order = f"{TIME_IN_ORDER}, id" if self._stream.sort else "id"
        with closing(self._database.select(self._stream.table, self._columns, order)) as cursor:
            rows = RawRows(len(self._columns), self._stream.batch)
            while not self._stream.stopped:
                with self._database.errors():
                    cursor.fetch(rows)
                self._database.check_unchanged()
                if not len(rows):
                    return
                self._counted.rows += len(rows)
                yield rows

    def times(self, rows: RawRows) -> Ints | None:
        """Return the rows' times in ms if all of them are in order, else None."""
        if self.has(OWN) and not (rows.integers(self.place(OWN)) == 1).all():
            return None
        if not rows.are(self.place("timestamp"), INTEGER):
            return None
        times = read_times(rows.integers(self.place("timestamp")), self._stream.unit)
        if times is None:
            return None
        last, stop = self._stream.last_time, self._stream.stop
        ordered = bool((times[1:] >= times[:-1]).all()) and (last is None or times[0] >= last)
        if not ordered or (stop is not None and times[-1] >= stop):
            return None
        self._stream.last_time = int(times[-1])
        return times

    def time(self, rows: RawRows, row: int) -> int | None:
        """Return one row's time, or None for a row that is refused or beyond the range."""
        value, unit = self.value(rows, "timestamp", row), self._stream.unit
        time = read_time(value, unit)
        if self.has(OWN) and self.value(rows, OWN, row) != 1:
            self.refuse(rows, row, OTHER_INSTRUMENT, time)
            return None
        if time is None:
            self.refuse(rows, row, refusal(value, unit))
            return None
        self._check_order(rows, row, time)
        return None if self._stream.stopped else time

    @property
    def stopped(self) -> bool:
        """Whether the end of the range has been reached."""
        return self._stream.stopped

    def refuse(self, rows: RawRows, row: int, reason: str, time: int | None = None) -> None:
        """Count the row, or a level of it, as refused if it is in the range.

        `time` is the row's where that is known and no row has been read with it.
        """
        if self._stream.asks_for(time):
            self._stream.ledger.refuse(reason, self._where(rows, row))

    def _check_order(self, rows: RawRows, row: int, time: int) -> None:
        last = self._stream.last_time
        if last is not None and time < last:
            raise InputError(
                f"{self._where(rows, row)}: timestamp {time} after {last}; rows are read in the "
                "order of their id: set sort = true in [source] to have them sorted first"
            )
        self._stream.last_time = time

    def _where(self, rows: RawRows, row: int) -> str:
        number = self.value(rows, "id", row)
        told = number.decode("utf-8", "replace") if isinstance(number, bytes) else number
        return f"{self._database.path}, table {self._stream.table}, id {told}"
