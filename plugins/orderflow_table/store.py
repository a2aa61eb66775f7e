"""The reader of what `[plugins.table]` has written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orderflow_core import InputError
from orderflow_core.store import COLUMNS, Columns, Span, Store, column, known_kind, merged
from orderflow_table.database import FILE, SCHEMA


class TableStore(Store):
    """Reads the database of one instrument, or a folder with such a folder an instrument."""

    @classmethod
    def finds(cls, path: Path) -> bool:
        """Whether there is a database of results at a path."""
        return bool(_files(path))

    def instruments(self) -> list[str]:
        """Return the instruments of which there is a database, sorted."""
        return sorted(self._places())

    def settings(self, instrument: str) -> list[str]:
        """Return the fingerprints of its results, that of the latest run at the end."""
        return [row[0] for row in self._ask(instrument, "SELECT settings FROM stream ORDER BY run")]

    def series(self, kind: str, instrument: str, settings: str | None = None) -> list[str]:
        """Return the keys of the series of a kind, sorted."""
        sql = f"SELECT DISTINCT series FROM {known_kind(kind)} WHERE settings = ? ORDER BY series"
        return [row[0] for row in self._ask(instrument, sql, self._chosen(instrument, settings))]

    def columns(
        self,
        kind: str,
        instrument: str,
        series: str | None = None,
        start: int | None = None,
        end: int | None = None,
        settings: str | None = None,
    ) -> Columns:
        """Return rows in the order of the table's key."""
        kinds = COLUMNS[known_kind(kind)]
        conditions = {
            "settings = ?": self._chosen(instrument, settings),
            "series = ?": series,
            "timestamp >= ?": start,
            "timestamp < ?": end,
        }
        given = {text: value for text, value in conditions.items() if value is not None}
        names = ", ".join(f'"{name}"' for name in kinds)
        sql = (
            f"SELECT {names} FROM {kind} WHERE {' AND '.join(given)} "
            "ORDER BY series, timestamp, sequence"
        )
        rows = self._ask(instrument, sql, *given.values())
        columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
        return {
            name: _column(of, values)
            for (name, of), values in zip(kinds.items(), columns, strict=True)
        }

    def covered(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        """Return the stretches that runs went over, in order."""
        return self._spans("covered", instrument, settings)

    def unsure(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        """Return the stretches in which the book was not sure, in order."""
        return self._spans("unsure", instrument, settings)

    def _spans(self, table: str, instrument: str, settings: str | None) -> list[Span]:
        sql = f'SELECT start, "end" FROM {table} WHERE settings = ?'
        rows = self._ask(instrument, sql, self._chosen(instrument, settings))
        return merged(Span(*row) for row in rows)

    def _chosen(self, instrument: str, settings: str | None) -> str:
        if settings is not None:
            return settings
        return next(reversed(self.settings(instrument)), "")

    def _places(self) -> dict[str, Path]:
        found = {}
        for path in _files(self.path):
            for (name,) in _rows(path, "SELECT DISTINCT instrument FROM stream"):
                found[name] = path
        return found

    def _ask(self, instrument: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
        path = self._places().get(instrument)
        return [] if path is None else list(_rows(path, sql, *values))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.name == FILE else []
    return sorted([*path.glob(FILE), *path.glob(f"*/{FILE}")])


def _rows(path: Path, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
    try:
        uri = f"{path.resolve().as_uri()}?mode=rw"  # what a kill left half done is taken back
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            [schema] = connection.execute("PRAGMA user_version").fetchone()
            if schema > SCHEMA:
                raise InputError(f"{path} is of schema {schema}; this orderflow reads {SCHEMA}")
            if schema:  # else a run was killed before it had made its tables
                connection.execute("PRAGMA query_only = ON")
                yield from connection.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _column(of: str, values: Sequence[Any]) -> NDArray[Any]:
    if of == "float":
        return column("float", [np.nan if value is None else value for value in values])
    if of == "floats":
        return column("floats", [tuple(json.loads(value)) for value in values])
    return column(of, values)
