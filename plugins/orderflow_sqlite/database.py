"""A recording opened such that nothing can be written to it, and no change goes unseen."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from orderflow_core import InputError
from orderflow_sqlite.connection import Cursor, connect, fetch_values
from orderflow_sqlite.files import reading
from orderflow_sqlite.raw_rows import Value

BOOK_COLUMNS = ("id", "bids", "asks", "timestamp")
TRADE_COLUMNS = ("id", "price", "size", "side", "timestamp")
_MAGIC = b"SQLite format 3\x00"
_HIDDEN = 1
"""What `table_xinfo` says of a virtual table's hidden columns; of generated ones it says 2 or 3."""
_PRAGMAS = (
    "PRAGMA query_only = 1",
    "PRAGMA trusted_schema = 0",
    "PRAGMA cell_size_check = 1",
    "PRAGMA busy_timeout = 5000",
    "BEGIN",
)
_DAMAGED = "it is damaged; `sqlite3 FILE .recover` may save what is left of it"
_HINTS = {
    sqlite3.SQLITE_BUSY: "another process holds it; run again when that has finished",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


class Database:
    """One SQLite file, read-only; texts come as bytes.

    Both tables are read within one transaction, so that they are of one moment even while a
    recorder in WAL mode goes on writing. A lock would keep a writer with a rollback journal from
    committing, so none is taken: a file under such a journal is refused. A link is judged by the
    file that it leads to, as a writer's own files stand beside that. Raises InputError, naming
    the file, for what cannot be read.

    Attributes:
        live: whether a recorder may be writing to the file: it has a log of its own.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = _fingerprint(path)
        target = path.resolve()
        _refuse_journal(path, _beside(target, "-journal"))
        self.live = _first_byte(_beside(target, "-wal")) != b""
        self._finished = not self.live and (
            self._before.rollback_journal or not os.access(target.parent, os.W_OK)
        )
        if self._finished and self._before.torn:
            raise InputError(f"{path} cannot be read: it is truncated in the midst of a page")
        uri = f"{target.as_uri()}?mode=ro{'&immutable=1' if self._finished else ''}"
        with self.errors():
            self._connection = connect(uri)
        try:
            for statement in _PRAGMAS:
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
            self.check_unchanged()
            hint = _HINTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            told = f"{error}: {hint}" if hint else f"{error}"
            raise InputError(f"{self.path} cannot be read: {told}") from error
        except UnicodeDecodeError as error:  # an error of SQLite's that tells a damaged name
            raise InputError(f"{self.path} cannot be read: its schema is damaged") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def check_unchanged(self) -> None:
        """Raise InputError if a file that was taken for finished has changed since it was opened.

        SQLite reads such a file without locks, and would not notice.
        """
        if self._finished and _fingerprint(self.path) != self._before:
            raise InputError(
                f"{self.path} changed while it was read; run again when nothing writes to it"
            )

    def select(self, table: str, columns: Mapping[str, str], order: str, limit: int = -1) -> Cursor:
        """Return a cursor over the rows of a table, with these expressions as columns.

        They are all rows, or the first ones of a `limit`.
        """
        listed = ", ".join(columns.values())
        query = f'SELECT {listed} FROM "{table}" ORDER BY {order}'
        with self.errors():
            return self._connection.cursor(query if limit < 0 else f"{query} LIMIT {limit}")

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
            rows = list(fetch_values(self._connection, f'PRAGMA table_xinfo("{table}")'))
        kind = self.value(f"SELECT type FROM sqlite_master WHERE name = '{table}' COLLATE NOCASE")
        names = [row[1] for row in rows if isinstance(row[1], bytes) and row[-1] != _HIDDEN]
        columns = [name.decode("utf-8", "replace") for name in names]
        if not columns:
            raise InputError(f"{self.path} has no table {table!r}; a recording has book and trades")
        if kind == b"view":
            raise InputError(f"{self.path}: {table} is a view; a recording has tables of its own")
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
    with reading(path):
        status = path.stat()
        with path.open("rb") as file:
            header = file.read(100)
    if header and not header.startswith(_MAGIC):
        raise InputError(f"{path} is no SQLite database")
    if not header:
        raise InputError(f"{path} is empty: 0 bytes")
    return _Fingerprint(status.st_size, status.st_mtime_ns, header)


def _refuse_journal(path: Path, journal: Path) -> None:
    if _first_byte(journal) not in (b"", b"\0"):
        raise InputError(
            f"{path} is being written, or its writer was killed: there is {journal}. "
            "Run again when the writer has finished; after a crash `sqlite3 FILE .tables` rolls "
            "the unfinished part back. A recorder in WAL mode can be read while it writes"
        )


def _first_byte(path: Path) -> bytes:
    """Return nothing for a file that is empty or not there; a writer's files come and go."""
    try:
        with path.open("rb") as file:
            return file.read(1)
    except FileNotFoundError:
        return b""


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
