"""SQL over a store, by duckdb."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeAlias

from orderflow_core import SettingsError, printable
from orderflow_core.store import COLUMNS, KINDS, Store
from orderflow_parquet.asked import open_asked
from orderflow_parquet.store import quoted

Form: TypeAlias = Literal["table", "json", "csv"]
_TYPES = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "floats": "DOUBLE[]",
}


@dataclass(frozen=True)
class Answer:
    """The columns that a query has found, each of a name of its own, and their rows."""

    names: Sequence[str]
    rows: Iterator[tuple[Any, ...]]


def ask(sql: str, path: Path, settings: str | None = None) -> Answer:
    """Return what a query finds in a store: a table a kind of results, with the instrument first.

    Raises SettingsError for a query that is none, for settings of which there are no results, and
    where duckdb is not installed.
    """
    try:
        import duckdb
    except ModuleNotFoundError as error:
        raise SettingsError(
            "orderflow query needs duckdb, which is not installed: "
            "pip install 'orderflow-bus[query]'"
        ) from error
    store = open_asked(path, settings)
    connection = duckdb.connect()
    try:
        for kind in KINDS:
            _make_table(connection, store, kind, settings)
        connection.execute(sql)
        names = _apart([column[0] for column in connection.description or ()])
        rows = iter(connection.fetchall() if names else [])
    except duckdb.Error as error:
        raise SettingsError(f"the query cannot be answered: {error}") from error
    return Answer(names, rows)


def show(answer: Answer, form: Form) -> None:
    """Print an answer to the standard output."""
    {"table": _show_table, "json": _show_json, "csv": _show_csv}[form](answer)


def _make_table(connection: Any, store: Store, kind: str, settings: str | None) -> None:
    """Give duckdb a view of what it reads itself, or a table of what the store reads."""
    typed = {"instrument": "text", **COLUMNS[kind]}
    nothing = ", ".join(f"NULL::{_TYPES[of]} AS {_name(name)}" for name, of in typed.items())
    parts = [f"SELECT {nothing} WHERE false"]
    for place, instrument in enumerate(store.instruments()):
        relation = store.relation(kind, instrument, settings)
        if relation is None:
            columns = store.columns(kind, instrument, settings=settings)
            if not len(columns["timestamp"]):
                continue
            held = f"{kind}_{place}"
            connection.register(held, columns)
            relation = f"SELECT * FROM {held}"
        parts.append(f"SELECT {quoted(instrument)} AS instrument, * FROM ({relation})")
    connection.execute(f"CREATE TEMP VIEW {kind} AS {' UNION ALL '.join(parts)}")


def _apart(names: Sequence[str]) -> list[str]:
    """Return names of which none comes twice: `close`, `close_1`."""
    found: list[str] = []
    for name in names:
        tries = (f"{name}_{number}" if number else name for number in count())
        found.append(next(each for each in tries if each not in found))
    return found


def _name(column: str) -> str:
    return f'"{column}"'


def _show_table(answer: Answer) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for name in answer.names:
        table.add_column(Text(printable(name)), overflow="fold")
    for row in answer.rows:
        table.add_row(*(Text(printable(_text(value))) for value in row))
    Console(emoji=False).print(table)


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def _show_json(answer: Answer) -> None:
    rows = [dict(zip(answer.names, map(_plain, row), strict=True)) for row in answer.rows]
    print(json.dumps(rows, allow_nan=False, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, bool | int | str | None) else str(value)


def _show_csv(answer: Answer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.names)
    writer.writerows(answer.rows)
