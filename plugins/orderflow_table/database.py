"""The database of one instrument: a table a kind of results, and how far the stream has come."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from orderflow_core import OutputError, Series
from orderflow_core.store import BARS, COLUMNS, Columns, Span

FILE = "results.db"
SCHEMA = 1
"""`PRAGMA user_version`; it goes up when a reader of before would misread the file."""
_TYPES = {"text": "TEXT", "int": "INTEGER", "float": "REAL", "bool": "INTEGER", "floats": "TEXT"}
_KEY = ("series", "timestamp", "sequence")
_TABLES = """
CREATE TABLE IF NOT EXISTS stream (
    settings TEXT PRIMARY KEY, instrument TEXT, position INTEGER, run INTEGER
);
CREATE TABLE IF NOT EXISTS covered (
    settings TEXT, start INTEGER, "end" INTEGER, PRIMARY KEY (settings, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unsure (
    settings TEXT, start INTEGER, "end" INTEGER, PRIMARY KEY (settings, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series (
    kind TEXT, series TEXT, title TEXT, pane TEXT, style TEXT, unit TEXT, color TEXT,
    PRIMARY KEY (kind, series)
) WITHOUT ROWID;
"""


class Database:
    """Writes the results of one run; others read the file meanwhile.

    Raises OutputError where it cannot be written, or is of another instrument or schema.
    """

    def __init__(self, path: Path, instrument: str, settings: str) -> None:
        self._path = path
        self._instrument = instrument
        self._settings = settings
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None)
        self._inserts = {kind: _insert(kind) for kind in COLUMNS}
        try:
            self._run = self._prepared()
        except sqlite3.Error as error:
            self._connection.close()
            raise OutputError(f"{path} cannot be written: {error}") from error
        except OutputError:
            self._connection.close()
            raise

    def write(
        self,
        rows: Sequence[tuple[str, Series, Columns]],
        passed: Span,
        unsure: Sequence[Span],
    ) -> None:
        """Write rows, and how far the stream has come, in one transaction."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for kind, series, columns in rows:
                self._describe(kind, series)
                self._connection.executemany(
                    self._inserts[kind], self._values(kind, series.key, columns)
                )
            self._note(passed, unsure)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._leave()
            raise OutputError(f"{self._path} cannot be written: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _leave(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        self._connection.close()

    def _prepared(self) -> int:
        """Make the tables that are not there, and return the number of this run."""
        execute = self._connection.execute
        [schema] = execute("PRAGMA user_version").fetchone()
        if schema not in (0, SCHEMA):
            raise OutputError(f"{self._path} is of schema {schema}; this orderflow writes {SCHEMA}")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")
        execute("BEGIN IMMEDIATE")
        for statement in _TABLES.split(";"):
            execute(statement)
        for kind in COLUMNS:
            execute(_table(kind))
        execute(f"PRAGMA user_version = {SCHEMA}")
        others = execute(
            "SELECT instrument FROM stream WHERE instrument != ?", [self._instrument]
        ).fetchone()
        if others:
            raise OutputError(
                f"{self._path} has the results of {others[0]}: choose another directory"
            )
        [run] = execute("SELECT coalesce(max(run), 0) + 1 FROM stream").fetchone()
        execute("COMMIT")
        return int(run)

    def _describe(self, kind: str, series: Series) -> None:
        drawn = (series.title, series.pane, series.style, series.unit, series.color)
        self._connection.execute(
            "INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?, ?, ?)",
            (kind, series.key, *drawn),
        )

    def _values(self, kind: str, key: str, columns: Columns) -> Iterator[tuple[Any, ...]]:
        names = [name for name in COLUMNS[kind] if name in columns and name != "sequence"]
        names += ["sequence"] if kind in BARS else []
        listed = [_listed(COLUMNS[kind][name], columns[name]) for name in names]
        for values in zip(*listed, strict=True):
            yield (key, self._settings, self._run, *values)

    def _note(self, passed: Span, unsure: Sequence[Span]) -> None:
        self._connection.execute(
            "INSERT INTO stream VALUES (?, ?, ?, ?) ON CONFLICT (settings) DO UPDATE SET "
            "position = max(position, excluded.position), run = excluded.run",
            (self._settings, self._instrument, passed.end - 1, self._run),
        )
        for table, spans in (("covered", [passed]), ("unsure", unsure)):
            self._connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?) ON CONFLICT (settings, start) "
                'DO UPDATE SET "end" = max("end", excluded."end")',
                [(self._settings, *span) for span in spans],
            )


def _table(kind: str) -> str:
    columns = ", ".join(f'"{name}" {_TYPES[of]}' for name, of in COLUMNS[kind].items())
    key = ", ".join(_KEY)
    return (
        f"CREATE TABLE IF NOT EXISTS {kind} ({columns}, run INTEGER, PRIMARY KEY ({key})) "
        "WITHOUT ROWID"
    )


def _insert(kind: str) -> str:
    """Return how a row is written.

    The sequence of a bar is its own, that of others how many of its time this run has written.
    """
    own = [name for name in COLUMNS[kind] if name not in ("series", "sequence", "settings")]
    names = ["series", "settings", "run", *own]
    time = names.index("timestamp") + 1
    values = [f"?{place}" for place in range(1, len(names) + 1)]
    same = f"SELECT count(*) FROM {kind} WHERE series = ?1 AND timestamp = ?{time} AND run = ?3"
    values.append(f"?{len(names) + 1}" if kind in BARS else f"({same})")
    quoted = ", ".join(f'"{name}"' for name in [*names, "sequence"])
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in _KEY)
    return (
        f"INSERT INTO {kind} ({quoted}) VALUES ({', '.join(values)}) "
        f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {changed}"
    )


def _listed(of: str, column: Any) -> list[Any]:
    values: list[Any] = column.tolist()
    return [json.dumps(each) for each in values] if of == "floats" else values
