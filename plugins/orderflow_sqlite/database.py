"""A recording opened such that nothing can be written to it, and no change goes unseen."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from orderflow_core import InputError
from orderflow_sqlite.connection import Connection, Cursor, connect, fetch_values
from orderflow_sqlite.files import reading
from orderflow_sqlite.kept_open import KeptOpen
from orderflow_sqlite.raw_rows import Value
from orderflow_sqlite.unpacking import PACKED, Unpacked

VERSION = "PRAGMA data_version"
"""A query whose result is another one once somebody has written to the file."""
SCHEMA = "PRAGMA schema_version"
"""A query whose result is another one once somebody has made a table."""
_MAGIC = b"SQLite format 3\x00"
_HIDDEN = 1
"""What `table_xinfo` says of a virtual table's hidden columns; of generated ones it says 2 or 3."""
_PRAGMAS = (
    "PRAGMA query_only = 1",
    "PRAGMA trusted_schema = 0",
    "PRAGMA cell_size_check = 1",
    "PRAGMA busy_timeout = 5000",
)
_DAMAGED = "it is damaged; `sqlite3 FILE .recover` may save what is left of it"
_HINTS = {
    sqlite3.SQLITE_BUSY: "another process holds it; run again when that has finished",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: (
        "where it has a -wal beside it, SQLite must be able to write a -shm there too: copy both "
        "files to a folder that can be written"
    ),
}


class Database:
    """One SQLite file, read-only; texts come as bytes.

    Both tables are read within one transaction, so that they are of one moment even while a
    recorder in WAL mode goes on writing. A lock would keep a writer with a rollback journal from
    committing, so none is taken: a file under such a journal is refused. A link is judged by the
    file that it leads to, as a writer's own files stand beside that. With `follow` the file is
    one that grows: it is read in short transactions, each a `moment`. Raises InputError, naming
    the file, for what cannot be read.

    Attributes:
        live: whether a recorder may be writing to the file: it has a log of its own.

    """

    _connection: Connection | None = None
    _file: KeptOpen | None = None

    def __init__(self, path: Path, *, follow: bool = False) -> None:
        self.path = path
        self._follow = follow
        self._errors = _Errors(self)
        self._unpacked = Unpacked(path) if path.suffix == PACKED else None
        try:
            self._open(path.resolve() if self._unpacked is None else self._unpacked.path)
        except BaseException:
            self.close()
            raise

    def _open(self, target: Path) -> None:
        path = self.path
        self._target = target
        with reading(path):
            self._file = KeptOpen(target)
        self._before = self._fingerprint()
        _refuse_journal(path, _beside(target, "-journal"))
        self.live = _first_byte(_beside(target, "-wal")) != b""
        if self._follow and self._before.rollback_journal:
            raise InputError(
                f"{path} is not in WAL mode, in which a recorder can be followed: let it begin "
                "with PRAGMA journal_mode = WAL"
            )
        self._finished = not (self.live or self._follow) and (
            self._before.rollback_journal or not os.access(target.parent, os.W_OK)
        )
        if self._finished and self._before.torn:
            raise InputError(f"{path} cannot be read: it is truncated in the midst of a page")
        uri = f"{target.as_uri()}?mode=ro{'&immutable=1' if self._finished else ''}"
        with self.errors():
            self._connection = connect(uri, locked=not self._finished)
        for statement in _PRAGMAS:
            self.values(statement)
        if not self._follow:
            self.values("BEGIN")
        self.look_anew()

    def look_anew(self) -> None:
        """Learn which tables and views there are by now."""
        self._kinds = self._read_kinds()

    @property
    def _opened(self) -> Connection:
        assert self._connection is not None
        return self._connection

    def errors(self) -> _Errors:
        """Turn SQLite's errors into InputErrors that name the file."""
        return self._errors

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
        if self._file is not None:
            self._file.close()
        if self._unpacked is not None:
            self._unpacked.close()

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Read what is there at one moment, and hold no writer up after it."""
        self.often("BEGIN")
        try:
            yield
        except BaseException:
            with suppress(InputError):  # some errors of SQLite's have ended it
                self.often("ROLLBACK")
            raise
        self.often("COMMIT")

    def check_unchanged(self) -> None:
        """Raise InputError if a file that was taken for finished has changed since it was opened.

        SQLite reads such a file without locks, and would not notice.
        """
        if self._finished and self._fingerprint() != self._before:
            raise InputError(
                f"{self.path} changed while it was read; run again when nothing writes to it"
            )

    def _fingerprint(self) -> _Fingerprint:
        """Look at the file, which is the recording or what was packed in it."""
        with reading(self.path):
            status = self._target.stat()
            header = self._header(status)
        if header and not header.startswith(_MAGIC):
            raise InputError(f"{self.path} is no SQLite database")
        if not header:
            raise InputError(f"{self.path} is empty: 0 bytes")
        return _Fingerprint(status.st_size, status.st_mtime_ns, header)

    def _header(self, status: os.stat_result) -> bytes:
        """Return the first bytes of what is at the path by now."""
        if self._file is not None and self._file.is_of(status):
            return self._file.begin(100)
        with closing(KeptOpen(self._target)) as file:
            return file.begin(100)

    def select(
        self,
        relation: str,
        columns: Mapping[str, str],
        order: str,
        limit: int = -1,
        since: int | None = None,
    ) -> Cursor:
        """Return a cursor over rows of what SQL names, with these expressions as columns.

        They are all rows, or those from the id `since` on, or the first ones of a `limit`.
        """
        listed = ", ".join(columns.values())
        where = "" if since is None else f" WHERE id >= {since}"
        query = f"SELECT {listed} FROM {relation}{where} ORDER BY {order}"
        with self.errors():
            return self._opened.cursor(query if limit < 0 else f"{query} LIMIT {limit}")

    def again(self, query: str, *numbers: int) -> Cursor:
        """Return a cursor of a query whose statement is prepared once, with numbers for its `?`.

        To prepare it takes longer than to read a few rows.
        """
        with self.errors():
            return self._opened.again(query, numbers)

    def rows(self, query: str) -> list[tuple[Value, ...]]:
        """Return the rows of a small query."""
        with self.errors():
            return list(fetch_values(self._opened, query))

    def often(self, query: str) -> list[tuple[Value, ...]]:
        """Return the rows of a small query that is asked again and again, and prepared once."""
        with self.errors():
            return self._opened.often(query)

    def values(self, query: str) -> list[Value]:
        """Return the first column of a query's rows."""
        return [row[0] for row in self.rows(query)]

    def value(self, query: str) -> Value:
        """Return the first value of a query, None where there is no row."""
        return next(iter(self.values(query)), None)

    def count(self, relation: str) -> int:
        """Return how many rows there are of what SQL names."""
        counted = self.value(f"SELECT count(*) FROM {relation}")
        assert isinstance(counted, int)
        return counted

    def problem(self, query: str) -> str | None:
        """Return what SQLite has against a query, None where it has nothing."""
        try:
            list(fetch_values(self._opened, query))
        except sqlite3.Error as error:
            return str(error)
        return None

    def tables(self) -> list[str]:
        """Return the names of the tables and views."""
        return [name for name in self._kinds if not name.startswith("sqlite_")]

    def find(self, name: str) -> str | None:
        """Return the name of the table or view so called, in any case."""
        alike = [each for each in self.tables() if each.lower() == name.lower()]
        return name if name in alike else next(iter(alike), None)

    def kind(self, table: str) -> bytes:
        """Return `b"table"` or `b"view"`."""
        return self._kinds[table][0]

    def views(self) -> list[tuple[str, bytes]]:
        """Return the views with the SQL that makes them."""
        return [(name, made) for name, (kind, made) in self._kinds.items() if kind == b"view"]

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table or view."""
        listed = self.rows(f"PRAGMA table_xinfo({quoted(table)})")
        names = [row[1] for row in listed if isinstance(row[1], bytes) and row[-1] != _HIDDEN]
        return [name.decode("utf-8", "replace") for name in names]

    def _read_kinds(self) -> dict[str, tuple[bytes, bytes]]:
        """Return kind and SQL of each table and view."""
        found = self.rows(
            "SELECT name, type, coalesce(sql, '') FROM sqlite_master"
            " WHERE type IN ('table', 'view')"
        )
        return {
            name.decode("utf-8", "replace"): (kind, made)
            for name, kind, made in found
            if isinstance(name, bytes) and isinstance(kind, bytes) and isinstance(made, bytes)
        }


class _Errors:
    """Turns SQLite's errors into InputErrors; quicker than a generator where it comes often."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        path = self._database.path
        if isinstance(error, sqlite3.Error):
            self._database.check_unchanged()
            hint = _HINTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            told = f"{error}: {hint}" if hint else f"{error}"
            raise InputError(f"{path} cannot be read: {told}") from error
        if isinstance(error, UnicodeDecodeError):  # an error of SQLite's that tells a damaged name
            raise InputError(f"{path} cannot be read: its schema is damaged") from error


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


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
