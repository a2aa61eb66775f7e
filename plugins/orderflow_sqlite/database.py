"""A recording opened such that nothing can be written to it, and no change goes unseen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from orderflow_core import InputError
from orderflow_sqlite.connection import Cursor, connect, fetch_values
from orderflow_sqlite.raw_rows import Value

BOOK_COLUMNS = ("id", "bids", "asks", "timestamp")
TRADE_COLUMNS = ("id", "price", "size", "side", "timestamp")
BUSY_MS = 5_000
"""How long to wait for a writer that has locked the file."""
_MAGIC = b"SQLite format 3\x00"


class Database:
    """One SQLite file, read-only; texts come as bytes.

    All is read within one transaction, so that it is of one moment even while a recorder goes on
    writing; `finished` says that none can, for there is no trace of one. Raises InputError,
    naming the file, for what cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = _fingerprint(path)
        self.finished = self._before.rollback_journal and not _has_journal(path)
        if self.finished and self._before.torn:
            raise InputError(f"{path} cannot be read: it is truncated in the midst of a page")
        uri = f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if self.finished else ''}"
        with self.errors():
            self._connection = connect(uri)
        try:
            for statement in ("PRAGMA query_only = 1", f"PRAGMA busy_timeout = {BUSY_MS}", "BEGIN"):
                self.values(statement)
            self.columns = {
                "book": self._table("book", BOOK_COLUMNS),
                "trades": self._table("trades", TRADE_COLUMNS),
            }
        except BaseException:
            self.close()
            raise

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's errors into InputErrors that name the file."""
        try:
            yield
        except sqlite3.Error as error:
            raise InputError(f"{self.path} cannot be read: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def check_unchanged(self) -> None:
        """Raise InputError if a file that was taken for finished has changed since it was opened.

        SQLite reads such a file without locks, and would not notice.
        """
        if self.finished and _fingerprint(self.path) != self._before:
            raise InputError(
                f"{self.path} changed while it was read; run again when nothing writes to it"
            )

    def select(self, table: str, columns: Mapping[str, str], order: str) -> Cursor:
        """Return a cursor over all rows of a table, with these expressions as columns."""
        listed = ", ".join(columns.values())
        with self.errors():
            return self._connection.cursor(f'SELECT {listed} FROM "{table}" ORDER BY {order}')

    def values(self, query: str) -> list[Value]:
        """Return the first column of a query's rows."""
        with self.errors():
            return [row[0] for row in fetch_values(self._connection, query)]

    def value(self, query: str) -> Value:
        """Return the first value of a query, None where there is no row."""
        return next(iter(self.values(query)), None)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        counted = self.value(f'SELECT count(*) FROM "{table}"')
        assert isinstance(counted, int)
        return counted

    def _table(self, table: str, needed: tuple[str, ...]) -> list[str]:
        """Return the table's columns; raises InputError if it is not there or lacks one."""
        with self.errors():
            rows = list(fetch_values(self._connection, f'PRAGMA table_info("{table}")'))
        columns = [row[1].decode() for row in rows if isinstance(row[1], bytes)]
        if not columns:
            raise InputError(f"{self.path} has no table {table!r}; a recording has book and trades")
        missing = [column for column in needed if column not in columns]
        if missing:
            raise InputError(
                f"{self.path}, table {table}: no column {', '.join(missing)}; "
                f"there are {', '.join(columns)}"
            )
        return columns


class _Fingerprint:
    """What changes when a database file is written to."""

    def __init__(self, size: int, modified: int, header: bytes) -> None:
        self._state = (size, modified, header[24:28])
        self.rollback_journal = header[18:20] == b"\x01\x01"
        page = int.from_bytes(header[16:18], "big")
        page_size = 65_536 if page == 1 else page
        self.torn = page_size > 0 and size % page_size > 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fingerprint) and self._state == other._state

    __hash__ = None  # type: ignore[assignment]


def _fingerprint(path: Path) -> _Fingerprint:
    try:
        status = path.stat()
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if header and not header.startswith(_MAGIC):
        raise InputError(f"{path} is no SQLite database")
    if not header:
        raise InputError(f"{path} is empty: 0 bytes")
    return _Fingerprint(status.st_size, status.st_mtime_ns, header)


def _has_journal(path: Path) -> bool:
    return any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-journal"))
