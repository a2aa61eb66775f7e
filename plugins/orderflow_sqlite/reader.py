"""The rows of one table of one recording, checked for what both tables have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orderflow_core import InputError
from orderflow_core.report import Input, Ledger
from orderflow_sqlite.database import Database
from orderflow_sqlite.times import TimestampUnit, read_time

BAD_TIME = "timestamp is not a whole number"
OTHER_INSTRUMENT = "row of another instrument"


@dataclass
class Stream:
    """How one table is read, and what carries from file to file.

    Rows from the time `stop` (in ms) on are not read.
    """

    table: str
    instrument: str
    ledger: Ledger
    batch: int
    unit: TimestampUnit
    sort: bool
    stop: int | None
    last_time: int | None = None

    @property
    def stopped(self) -> bool:
        """Whether the end of the range has been reached."""
        return self.stop is not None and self.last_time is not None and self.last_time >= self.stop


class TableReader:
    """Reads one table of one file, row by row, refusing and counting what is unusable."""

    def __init__(
        self, database: Database, columns: list[str], stream: Stream, counted: Input
    ) -> None:
        self._database = database
        self._columns = columns
        self._stream = stream
        self._counted = counted
        self._name = stream.instrument.encode()

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield lists of the rows that pass, each as a dict with its time read."""
        order = "timestamp, id" if self._stream.sort else "id"
        cursor = self._database.select(self._stream.table, self._columns, order)
        while not self._stream.stopped:
            with self._database.errors():
                rows = cursor.fetchmany(self._stream.batch)
            if not rows:
                return
            self._counted.rows += len(rows)
            yield list(self._usable(rows))

    def refuse(self, row: dict[str, Any], reason: str) -> None:
        """Count the row, or a level of it, as refused."""
        self._stream.ledger.refuse(reason, self._where(row))

    def _usable(self, rows: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
        for values in rows:
            row = dict(zip(self._columns, values, strict=True))
            time = read_time(row["timestamp"], self._stream.unit)
            if row.get("instrument", self._name) != self._name:
                self.refuse(row, OTHER_INSTRUMENT)
            elif time is None:
                self.refuse(row, BAD_TIME)
            else:
                self._check_order(row, time)
                if self._stream.stopped:
                    return
                row["timestamp"] = time
                yield row

    def _check_order(self, row: dict[str, Any], time: int) -> None:
        last = self._stream.last_time
        if last is not None and time < last:
            raise InputError(
                f"{self._where(row)}: timestamp {time} after {last}; rows are read in the order "
                "of their id: set sort = true in [source] to have them sorted first"
            )
        self._stream.last_time = time

    def _where(self, row: dict[str, Any]) -> str:
        return f"{self._database.path}, table {self._stream.table}, id {row['id']}"
