"""A connection that gives rows in columns: over SQLite's C functions, else over `sqlite3`."""

from __future__ import annotations

import ctypes
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import Any, Protocol

from orderflow_core import load_kernels
from orderflow_sqlite.c_api import (
    DONE,
    OPEN_NOMUTEX,
    OPEN_READONLY,
    OPEN_URI,
    ROW,
    CApi,
    find_c_api,
)
from orderflow_sqlite.raw_rows import INTEGER, NULL, REAL, TEXT, RawRows, Value

ENOUGH_TEXT = 1 << 24
"""Bytes of text after which a batch ends early, so that rows of any size do not fill the memory."""
_AT_ONCE = 64


class Cursor(Protocol):
    """The rows of a query; `columns` says how many values each has."""

    columns: int

    def fetch(self, rows: RawRows) -> None:
        """Fill `rows` with the next ones; none at the end. Raises `sqlite3.Error`."""

    def close(self) -> None:
        """Let go of the query."""


class Connection(Protocol):
    """A database opened for reading by its URI."""

    def cursor(self, query: str) -> Cursor:
        """Begin a query; raises `sqlite3.Error`."""

    def again(self, query: str, numbers: Sequence[int]) -> Cursor:
        """Begin a query that comes again and again, with these numbers in the place of its `?`.

        Its statement is prepared once, so that one such query at a time is under way. Raises
        `sqlite3.Error`.
        """

    def often(self, query: str) -> list[tuple[Value, ...]]:
        """Return the rows of a small query that comes again and again; raises `sqlite3.Error`."""

    def close(self) -> None:
        """Close the database."""


def connect(uri: str, *, locked: bool = True) -> Connection:
    """Open a database, which is `locked` unless its URI says otherwise; raises `sqlite3.Error`."""
    api = find_c_api(locked=locked)
    kernels = load_kernels("orderflow_sqlite.fetch_kernel") if api else None
    return CConnection(uri, api, kernels) if api and kernels else PlainConnection(uri)


def fetch_values(connection: Connection, query: str) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of a small query as Python values."""
    cursor = connection.cursor(query)
    room, columns = RawRows(cursor.columns, _AT_ONCE), range(cursor.columns)
    with closing(cursor):
        while True:
            cursor.fetch(room)
            if not len(room):
                return
            for row in range(len(room)):
                yield tuple([room.value(column, row) for column in columns])


class PlainConnection:
    """A connection of Python's own module."""

    def __init__(self, uri: str) -> None:
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        self._connection.text_factory = bytes

    def cursor(self, query: str) -> Cursor:
        """Begin a query."""
        return PlainCursor(self._connection.execute(query))

    def again(self, query: str, numbers: Sequence[int]) -> Cursor:
        """Begin a query, whose statement Python's module keeps by itself."""
        return PlainCursor(self._connection.execute(query, numbers))

    def often(self, query: str) -> list[tuple[Value, ...]]:
        """Return the rows of a small query, whose statement is kept likewise."""
        return self._connection.execute(query).fetchall()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


class PlainCursor:
    """Rows by way of Python values."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.columns = len(cursor.description or ())

    def fetch(self, rows: RawRows) -> None:
        """Fill `rows` with the next ones."""
        taken: list[tuple[Value, ...]] = []
        text = 0
        while len(taken) < rows.limit and text < ENOUGH_TEXT:
            some = self._cursor.fetchmany(min(_AT_ONCE, rows.limit - len(taken)))
            if not some:
                break
            taken += some
            text += sum(len(value) for row in some for value in row if isinstance(value, bytes))
        rows.fill(taken)

    def close(self) -> None:
        """Let go of the query; that is done already where the database has been closed."""
        with suppress(sqlite3.ProgrammingError):
            self._cursor.close()


class CConnection:
    """A connection of the C functions, for one thread at a time: locks would take their time."""

    def __init__(self, uri: str, api: CApi, kernels: Any) -> None:
        self.call = api.call
        self.stepping = api.stepping
        self.kernel = kernels.fetch
        self._database: int | None = None
        self._cursors: set[CCursor] = set()
        self._kept: dict[str, CCursor] = {}
        handle = ctypes.c_void_p()
        flags = OPEN_READONLY | OPEN_URI | OPEN_NOMUTEX
        code = self.call["open_v2"](uri.encode(), ctypes.byref(handle), flags, None)
        self._database = handle.value
        try:
            self.check(code)
        except sqlite3.Error:
            self.close()
            raise

    def cursor(self, query: str) -> Cursor:
        """Begin a query."""
        cursor = CCursor(self, self._prepared(query))
        self._cursors.add(cursor)
        return cursor

    def again(self, query: str, numbers: Sequence[int]) -> CCursor:
        """Begin a query whose statement is prepared once."""
        cursor = self._kept.get(query)
        if cursor is None:
            cursor = self._kept[query] = CCursor(self, self._prepared(query), kept=True)
        cursor.begin(numbers)
        return cursor

    def often(self, query: str) -> list[tuple[Value, ...]]:
        """Return the rows of a small query, whose statement is kept.

        It has so few values that to fill columns with them takes longer than to take each.
        """
        cursor = self.again(query, ())
        try:
            return list(iter(cursor.row, None))
        finally:
            cursor.close()

    def forget(self, cursor: CCursor) -> None:
        """Keep a query no longer that has been let go of."""
        self._cursors.discard(cursor)

    def check(self, code: int) -> None:
        """Raise `sqlite3.DatabaseError` with SQLite's words for a code that is not 0."""
        if code:
            message = self.call["errmsg"](self._database) if self._database else b"out of memory"
            error = sqlite3.DatabaseError(message.decode("utf-8", "replace"))
            error.sqlite_errorcode = code
            raise error

    def _prepared(self, query: str) -> int | None:
        handle = ctypes.c_void_p()
        text = query.encode()
        self.check(
            self.call["prepare_v2"](self._database, text, len(text), ctypes.byref(handle), None)
        )
        return handle.value

    def close(self) -> None:
        """Close the database and what is left of its queries."""
        for cursor in [*self._cursors, *self._kept.values()]:
            cursor.end()
        database, self._database = self._database, None
        if database:
            self.call["close_v2"](database)


class CCursor:
    """A prepared statement, stepped by the kernel.

    One that is `kept` can begin anew once it was let go of.
    """

    def __init__(
        self, connection: CConnection, statement: int | None, *, kept: bool = False
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._kept = kept
        self._has_row = self._ended = False
        self.columns: int = connection.call["column_count"](statement)

    def fetch(self, rows: RawRows) -> None:
        """Fill `rows` with the next ones."""
        rows.filled = used = code = 0
        while not self._ended:
            arrays = rows.kind, rows.whole, rows.real, rows.size, rows.text
            rows.filled, used, code = self._connection.kernel(
                *(self._connection.stepping, self._statement),
                *(self._has_row, rows.filled, used, *arrays),
            )
            self._has_row = code < 0
            if code >= 0 or (rows.filled and -code > ENOUGH_TEXT):
                break
            rows.make_room(-code)
        if code == DONE:
            self._ended = True
            self.close()
        elif code > 0:
            self._connection.check(code)

    def row(self) -> tuple[Value, ...] | None:
        """Return the next row, None at the end."""
        code = self._connection.call["step"](self._statement)
        if code == ROW:
            return tuple(map(self._value, range(self.columns)))
        if code != DONE:
            self._connection.check(code)
        return None

    def _value(self, column: int) -> Value:
        call, place = self._connection.call, (self._statement, column)
        kind = call["column_type"](*place)
        if kind == INTEGER:
            return int(call["column_int64"](*place))
        if kind == REAL:
            return float(call["column_double"](*place))
        if kind == NULL:
            return None
        begin = call["column_text" if kind == TEXT else "column_blob"](*place)
        return ctypes.string_at(begin, call["column_bytes"](*place)) if begin else b""

    def begin(self, numbers: Sequence[int]) -> None:
        """Begin a query that is kept, from its first row on."""
        self._ended = self._has_row = False
        for place, number in enumerate(numbers, 1):
            self._connection.check(
                self._connection.call["bind_int64"](self._statement, place, number)
            )

    def close(self) -> None:
        """Let go of the query; one that is kept holds no lock any more, and can begin anew."""
        if not self._kept:
            self.end()
        elif self._statement:
            self._connection.call["reset"](self._statement)

    def end(self) -> None:
        """Let go of the query for good."""
        statement, self._statement = self._statement, None
        self._ended = True
        if statement:
            self._connection.call["finalize"](statement)
            self._connection.forget(self)
