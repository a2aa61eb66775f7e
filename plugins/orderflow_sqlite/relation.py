"""What stands for a recording's table in a file, as SQL, found before the first row is read.

A relation is what a query selects from: the table's own name where its columns have the names
of a recording, else a subquery that gives them these names. All else in this package asks for
`timestamp`, `price` and so on, and need not know what they are called in the file.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from orderflow_core import InputError
from orderflow_sqlite.database import Database, quoted
from orderflow_sqlite.layout import TABLES, Layout, TableName

log = logging.getLogger(__name__)

ORDERS = "orders"
"""The column that tells, of a table with one level a row, how many orders stand there."""
COLUMNS: Mapping[TableName, Sequence[str]] = {
    "book": (
        *("timestamp", "bids", "asks", "price", "size", "side"),
        *("instrument", "action", "is_snapshot", "snapshot", "seq_id", "prev_seq_id"),
        ORDERS,
    ),
    "trades": ("timestamp", "price", "size", "side", "instrument", "trade_id"),
}
"""What a recording may have besides `id`."""
SIDES = ("bids", "asks")
LEVEL = ("price", "size", "side")
_ROWIDS = ("rowid", "_rowid_", "oid")
_NUMBERED = "row_number() OVER ()"
_RECURSIVE = re.compile(rb"\bWITH\b", re.IGNORECASE)


class Relation(NamedTuple):
    """What is selected from for one of a recording's tables.

    `expressions` has the SQL of each column that there is, by the name that a recording has for
    it. With `only`, rows that name another instrument are left out.
    """

    table: TableName
    name: str
    expressions: Mapping[str, str]
    only: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that there are."""
        return tuple(self.expressions)

    @property
    def one_level(self) -> bool:
        """Whether each row of the book is one level."""
        return self.table == "book" and "bids" not in self.expressions

    @property
    def instruments(self) -> tuple[str, str] | None:
        """The SQL of the table and of its column of instruments, None where it has none."""
        column = self.expressions.get("instrument")
        return (quoted(self.name), column) if column else None

    @property
    def sql(self) -> str:
        """What stands behind FROM."""
        named = all(quoted(name) == each for name, each in self.expressions.items())
        if named and self.only is None:
            return quoted(self.name)
        listed = ", ".join(f"{each} AS {quoted(name)}" for name, each in self.expressions.items())
        return f"(SELECT {listed} FROM {quoted(self.name)}{self._where})"

    @property
    def _where(self) -> str:
        if self.only is None:
            return ""
        column = self.expressions["instrument"]
        return f" WHERE {is_text(column, self.only)} OR typeof({column}) <> 'text'"

    def of(self, instrument: str) -> Relation:
        """Return the rows of one of several instruments, and those that name none."""
        return self._replace(only=instrument) if "instrument" in self.expressions else self


def relations(database: Database, layout: Layout) -> dict[TableName, Relation]:
    """Return what stands for each table, but for one that the settings say is not there.

    Raises InputError where a table cannot be read as one.
    """
    named = [table for table in TABLES if layout.name(table)]
    there = [table for table in named if not _is_absent(database, table, layout)]
    named = there or named
    if not named:
        raise InputError("[source.tables] names neither a book nor trades")
    adapted = [
        _Adapted(database, table, _found(database, table, layout), layout) for table in named
    ]
    columns = [(each, each.expressions()) for each in adapted]
    for column in set.intersection(*(set(each.problems) for each in adapted)):
        lacking = [each for each in adapted if _named(column, each.there) is None]
        raise InputError([*adapted, *lacking][-1].problems[column])
    return {each.table: each.relation(expressions) for each, expressions in columns}


def _is_absent(database: Database, table: TableName, layout: Layout) -> bool:
    """Whether the settings name no table, and none of the file looks like one; that is told."""
    if layout.name(table) != table or database.find(table):
        return False
    from orderflow_sqlite.guess import looks_like  # few files make it necessary

    if looks_like(database, table):
        return False
    _tell(database.path, table)
    return True


@cache
def _tell(path: Path, table: TableName) -> None:
    """Say once what is not there, though a file is opened several times."""
    log.warning("%s has no table %s, and none that looks like it: it is read without", path, table)


def _found(database: Database, table: TableName, layout: Layout) -> str:
    """Return the name of a table in the file."""
    name = layout.name(table)
    found = database.find(name)
    if found is None:
        raise InputError(
            f"{database.path} has no table {name!r}; {_others(database)}name it in "
            f"[source.tables], or set {table} there to an empty text if there is none; "
            "`orderflow inspect FILE` prints the settings that read a file"
        )
    _refuse_recursion(database, found)
    return found


def is_text(expression: str, value: str) -> str:
    """Return the SQL that tells whether an expression is this text."""
    doubled = value.replace("'", "''")
    return f"{expression} COLLATE BINARY IS '{doubled}'"


@dataclass(frozen=True)
class _Adapted:
    """One table of a file, its columns found by what the settings say."""

    database: Database
    table: TableName
    name: str
    layout: Layout
    problems: dict[str, str] = field(default_factory=dict)

    @cached_property
    def there(self) -> list[str]:
        return self.database.columns(self.name)

    def expressions(self) -> dict[str, str]:
        """Return the SQL of each column that there is, but for the id."""
        found = {column: self._expression(column) for column in COLUMNS[self.table]}
        return {column: each for column, each in found.items() if each is not None}

    def relation(self, expressions: Mapping[str, str]) -> Relation:
        """Return the table with these columns and its id; raises InputError where it lacks one."""
        unneeded: Sequence[str] = ()
        if self.table == "book":
            whole = all(side in expressions for side in SIDES)
            unneeded = (*LEVEL, ORDERS) if whole else SIDES
        kept = {name: each for name, each in expressions.items() if name not in unneeded}
        needed = ("timestamp", *(LEVEL if self.table == "trades" else _sides_needed(expressions)))
        missing = [column for column in needed if column not in expressions]
        if missing:
            told = "".join(f"; {each}" for each in self.problems.values())
            raise InputError(
                f"{self.database.path}, table {self.name}: no column {', '.join(missing)}; "
                f"there are {', '.join(self.there)}{told}; [source.columns] says what others are "
                "called, and `orderflow inspect FILE` prints the settings that read a file"
            )
        return Relation(self.table, self.name, self._identified(kept))

    def _identified(self, expressions: Mapping[str, str]) -> dict[str, str]:
        """Put the id before them: whole numbers in the order of the rows.

        Ids that are texts, such as the exchange's own, have no such order: that in which the rows
        were written counts, and they are the ids of the trades.
        """
        own = self._expression("id")
        kind = self._kind(own)
        if own is not None and kind in (b"integer", b"null", None):
            return {"id": own, **expressions}
        named = {"trade_id": own} if own and kind == b"text" and self.table == "trades" else {}
        return {"id": self._row_number(), **named, **expressions}

    def _expression(self, column: str) -> str | None:
        """Return the SQL of a column, None where there is none.

        What is said of both tables is left aside for one that lacks what it names.
        """
        own, shared = self.layout.own(self.table, column), self.layout.shared(column)
        given = shared if own is None else own
        if given is None:
            return _named(column, self.there)
        expression = _named(given, self.there) or f"({given}\n)"
        problem = self._problem(expression)
        if problem is None:
            return expression
        told = (
            f"{self.database.path}, table {self.name}: {column} = {given!r} in "
            f"[source.columns]: {problem}; there are {', '.join(self.there)}"
        )
        if own is not None:
            raise InputError(told)
        self.problems[column] = told
        return _named(column, self.there)

    def _problem(self, expression: str) -> str | None:
        """Return what SQLite has against an expression; within brackets it must come to its end."""
        return self.database.problem(
            f"SELECT 1 FROM (SELECT {expression} FROM {quoted(self.name)}) LIMIT 0"
        )

    def _kind(self, expression: str | None) -> object:
        """Return of what kind the first value of the ids is."""
        if expression is None:
            return None
        order = self._rowid()
        ordered = f" ORDER BY {order}" if order else ""
        return self.database.value(
            f"SELECT typeof({expression}) FROM {quoted(self.name)}{ordered} LIMIT 1"
        )

    def _row_number(self) -> str:
        return self._rowid() or _NUMBERED

    def _rowid(self) -> str | None:
        """Return SQLite's own number of a row; views have none, nor tables made without it."""
        there = [name.lower() for name in self.there]
        free = (name for name in _ROWIDS if name not in there)
        if self.database.kind(self.name) == b"view":
            return None
        return next((name for name in free if self._problem(name) is None), None)


def _named(name: str, there: Sequence[str]) -> str | None:
    """Return the column of this name as SQL has it, in another case where none has the same."""
    same = [each for each in there if each == name]
    alike = same or [each for each in there if each.lower() == name.lower()]
    return quoted(alike[0]) if alike else None


def _sides_needed(expressions: Mapping[str, str]) -> Sequence[str]:
    """Return what a book needs: its levels in two columns, or one in each row."""
    is_level = not any(side in expressions for side in SIDES) and any(
        column in expressions for column in LEVEL
    )
    return LEVEL if is_level else SIDES


def _others(database: Database) -> str:
    names = database.tables()
    if not names:
        return "it has no table at all; "
    return f"there {'are' if len(names) > 1 else 'is'} {', '.join(names)}; "


def _refuse_recursion(database: Database, name: str) -> None:
    """Refuse views that may never end, as one of somebody else's file may be made to."""
    if database.kind(name) != b"view":
        return
    for view, made in database.views():
        if _RECURSIVE.search(made):
            raise InputError(
                f"{database.path}: {name} is a view, and the view {view} has a WITH clause, which "
                "may never end: make a table of it"
            )
