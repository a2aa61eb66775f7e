"""A recording looked at as a run would read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orderflow_core import InputError, InstrumentFacts, printable
from orderflow_core.sources import Gap, utc
from orderflow_sqlite.database import Database
from orderflow_sqlite.facts import told
from orderflow_sqlite.source import SqliteSource


@dataclass
class TableFacts:
    """One table: its columns, how many rows, and the instruments that they name."""

    columns: list[str]
    rows: int
    instruments: list[str]


@dataclass
class Inspection:
    """What a file holds; `problem` says why a run would not accept it, None where it would.

    Times are ms since the epoch; `levels_a_row` is the mean and the largest number of level
    updates in a book row.
    """

    path: str
    bytes: int = 0
    instrument: str | None = None
    tables: dict[str, TableFacts] = field(default_factory=dict)
    windows: int = 0
    trades: int = 0
    first_timestamp: int | None = None
    last_timestamp: int | None = None
    levels_a_row: tuple[float, int] = (0.0, 0)
    refused: dict[str, int] = field(default_factory=dict)
    unsure: int = 0
    gaps: list[Gap] = field(default_factory=list)
    facts: InstrumentFacts = field(default_factory=InstrumentFacts)
    problem: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether a run would accept the file."""
        return self.problem is None


def inspect_file(path: Path) -> Inspection:
    """Read the whole file as a run would, and tell what was found."""
    found = Inspection(str(path))
    try:
        found.tables = _tables(path)
        found.bytes = path.stat().st_size
        _read(path, found)
    except InputError as error:
        found.problem = str(error)
    return found


def _tables(path: Path) -> dict[str, TableFacts]:
    with closing(Database(path)) as database:
        return {
            table: TableFacts(columns, database.count(table), _names(database, table))
            for table, columns in database.columns.items()
        }


def _names(database: Database, table: str) -> list[str]:
    if "instrument" not in database.columns[table]:
        return []
    values = database.values(f"SELECT DISTINCT instrument FROM {table} ORDER BY instrument")
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]


def _read(path: Path, found: Inspection) -> None:
    source = SqliteSource(path=path)
    found.instrument = source.instruments()[0]
    found.facts = source.facts(found.instrument)
    updates = largest = 0
    try:
        for block in source.blocks(found.instrument):
            windows = block.windows
            sizes = np.diff(windows.bid_offset) + np.diff(windows.ask_offset)
            updates, largest = updates + int(sizes.sum()), max(largest, int(sizes.max()))
            found.windows += block.book_rows
            found.unsure += int(np.count_nonzero(~windows.sure))
            found.trades += len(block.batches.price)
            if found.first_timestamp is None:
                found.first_timestamp = int(windows.timestamp[0])
            found.last_timestamp = block.batches.last_time
    finally:
        found.levels_a_row = (round(updates / max(found.windows, 1), 1), largest)
        found.refused = dict(source.ledger.refused)
        found.gaps = source.ledger.gaps
    if not found.windows and not found.trades:
        raise InputError(f"{path} has no row that can be used")


def show(console: Console, found: Inspection) -> None:
    """Print an inspection as a table."""
    table = Table(title=Text(printable(found.path)), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(found):
        table.add_row(name, Text(printable(value)))
    console.print(table)


def _rows(found: Inspection) -> Iterator[tuple[str, str]]:
    for name, facts in found.tables.items():
        yield f"table {name}", f"{facts.rows:,} rows; columns {', '.join(facts.columns)}"
        if facts.instruments:
            yield "  instruments", ", ".join(facts.instruments)
    if found.instrument:
        yield "instrument", found.instrument
    yield from told(found.facts)
    if found.first_timestamp is not None and found.last_timestamp is not None:
        yield "from", _time(found.first_timestamp)
        yield "to", _time(found.last_timestamp)
        mean, largest = found.levels_a_row
        yield "levels a row", f"{mean:,.1f} on average, {largest:,} at most"
    yield "refused", ", ".join(f"{n:,} x {why}" for why, n in found.refused.items()) or "none"
    if found.unsure:
        yield "unsure", f"{found.unsure:,} rows of a broken sequence"
    yield "gaps", ", ".join(_gap(gap) for gap in found.gaps[:5]) or "none above 60 s"
    if len(found.gaps) > 5:
        yield "", f"and {len(found.gaps) - 5:,} more"
    yield "a run", "would accept it" if found.accepted else f"would not accept it: {found.problem}"


def _gap(gap: Gap) -> str:
    return f"{(gap.before - gap.after) / 1000:,.0f} s after {_time(gap.after)}"


def _time(timestamp: int) -> str:
    return utc(timestamp, "milliseconds")
