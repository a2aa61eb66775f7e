"""A recording, or a folder of them, looked at as a run would read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orderflow_core import InputError, InstrumentFacts, SettingsError, printable
from orderflow_core.sources import Gap, utc
from orderflow_sqlite.database import Database, quoted
from orderflow_sqlite.facts import told
from orderflow_sqlite.files import PATTERN, find_files, is_database, pattern_regex
from orderflow_sqlite.guess import guess
from orderflow_sqlite.names import suggested_pattern
from orderflow_sqlite.source import SqliteSource

_OWN = ("gaps", "meta", "progress")
"""What a recorder's file may have besides."""


@dataclass
class TableFacts:
    """One table or view: its columns, how many rows, and the instruments that they name.

    `read` says whether it stands for one of a recording's tables.
    """

    columns: list[str]
    rows: int
    instruments: list[str]
    read: bool = True


@dataclass
class Inspection:
    """What a file or folder holds; `problem` says why a run would not accept it, None if it would.

    `tables` are those of its first file, `settings` is the TOML that reads it. Times are ms since
    the epoch; `levels_a_row` is the mean and the largest number of level updates in a book row.
    """

    path: str
    bytes: int = 0
    files: int = 1
    instrument: str | None = None
    instruments: list[str] = field(default_factory=list)
    tables: dict[str, TableFacts] = field(default_factory=dict)
    settings: str = ""
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
        """Whether a run with these settings would accept it."""
        return self.problem is None

    @property
    def adapted(self) -> bool:
        """Whether the settings say more than where it is."""
        return self.settings.count(" = ") > 1


def inspect_path(path: Path) -> Inspection:
    """Read all that there is as a run would, by the settings that suit it, and tell of it."""
    found = Inspection(str(path))
    try:
        settings: dict[str, Any] = {"path": path}
        if pattern := _pattern(path):
            settings["pattern"] = pattern
        files = find_files(path, settings.get("pattern", PATTERN))
        if files:
            found.files = len(files)
            found.bytes = sum(file.path.stat().st_size for file in files)
            settings |= _look(files[0].path, found, named=files[0].instrument is not None)
            if not files[0].instrument and not _names_instruments(found):
                settings["pattern"] = suggested_pattern(files[0].path.name) or PATTERN
        found.settings = _toml(settings)
        _read(SqliteSource(**settings), found)
    except (InputError, SettingsError) as error:
        found.problem = str(error)
    except OSError as error:
        found.problem = f"{path} cannot be read: {error.strerror or error}"
    return found


def _pattern(path: Path) -> str | None:
    """Return the pattern that takes most of a folder's files, None where the default one does."""
    if not path.is_dir():
        return None
    names = [file.name for file in sorted(path.iterdir()) if is_database(file) and file.is_file()]
    if any(pattern_regex(PATTERN).fullmatch(name) for name in names):
        return None
    patterns = Counter(filter(None, map(suggested_pattern, names)))
    return patterns.most_common(1)[0][0] if patterns else None


def _names_instruments(found: Inspection) -> bool:
    return any(facts.instruments for facts in found.tables.values())


def _look(path: Path, found: Inspection, *, named: bool) -> dict[str, Any]:
    """Look at the tables of a file; return the settings that seem to suit them."""
    with closing(Database(path)) as database:
        settings = guess(database, named=named).settings
        columns = settings.get("columns", {})
        names = {
            settings.get("tables", {}).get(role, role): columns.get(role, {}).get("instrument")
            for role in ("book", "trades")
        }
        for table in database.tables():
            there = database.columns(table)
            column = names.get(table) or ("instrument" if "instrument" in there else None)
            instruments = _names(database, table, column) if column else []
            found.tables[table] = TableFacts(
                there, database.count(quoted(table)), instruments, table in {*names, *_OWN}
            )
    return settings


def _names(database: Database, table: str, column: str) -> list[str]:
    values = database.values(
        f"SELECT DISTINCT {quoted(column)} FROM {quoted(table)} ORDER BY {quoted(column)}"
    )
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]


def _read(source: SqliteSource, found: Inspection) -> None:
    found.instruments = source.instruments()
    found.instrument = found.instruments[0]
    found.facts = source.facts(found.instrument)
    updates = largest = 0
    try:
        for instrument in found.instruments:
            for block in source.blocks(instrument):
                windows = block.windows
                sizes = np.diff(windows.bid_offset) + np.diff(windows.ask_offset)
                updates, largest = updates + int(sizes.sum()), max(largest, int(sizes.max()))
                found.windows += block.book_rows
                found.unsure += int(np.count_nonzero(~windows.sure))
                found.trades += len(block.batches.price)
                times = [int(windows.timestamp[0]), block.batches.last_time]
                known = (found.first_timestamp, found.last_timestamp)
                times += [time for time in known if time is not None]
                found.first_timestamp, found.last_timestamp = min(times), max(times)
    finally:
        found.levels_a_row = (round(updates / max(found.windows, 1), 1), largest)
        found.refused = dict(source.ledger.refused)
        found.gaps = source.ledger.gaps
    if not found.windows and not found.trades:
        raise InputError(f"{found.path} has no row that can be used")


def _toml(settings: Mapping[str, Any]) -> str:
    """Return the settings as the tables of a settings file."""
    plain = {key: each for key, each in settings.items() if not isinstance(each, Mapping)}
    lines = ["[source]", *(f"{key} = {_value(each)}" for key, each in plain.items())]
    for key, each in settings.items():
        if isinstance(each, Mapping):
            nested = any(isinstance(inner, Mapping) for inner in each.values())
            parts = {f"{key}.{name}": inner for name, inner in each.items()} if nested else {}
            for name, values in (parts or {key: each}).items():
                lines += ["", f"[source.{name}]"]
                lines += [f"{column} = {_value(said)}" for column, said in values.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Return a value as TOML has it, which is as JSON has texts, numbers and lists of them."""
    return json.dumps(value, default=str, ensure_ascii=False)


def show(console: Console, found: Inspection) -> None:
    """Print an inspection as a table, and the settings below it."""
    table = Table(title=Text(printable(found.path)), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(found):
        table.add_row(name, Text(printable(value)))
    console.print(table)
    if found.settings:
        console.print(Text(f"\nThe settings that read it:\n\n{found.settings}"), soft_wrap=True)


def _rows(found: Inspection) -> Iterator[tuple[str, str]]:
    if found.files != 1:
        yield "files", f"{found.files:,}; the tables are those of the first"
    for name, facts in found.tables.items():
        read = "" if facts.read else "; not read"
        yield f"table {name}", f"{facts.rows:,} rows; columns {', '.join(facts.columns)}{read}"
        if facts.instruments:
            yield "  instruments", ", ".join(facts.instruments)
    if found.instruments:
        several = len(found.instruments) > 1
        yield "instruments" if several else "instrument", ", ".join(found.instruments)
    yield from told(found.facts)
    if found.first_timestamp is not None and found.last_timestamp is not None:
        yield "from", _time(found.first_timestamp)
        yield "to", _time(found.last_timestamp)
        yield "read", f"{found.windows:,} book rows, {found.trades:,} trades"
        mean, largest = found.levels_a_row
        yield "levels a row", f"{mean:,.1f} on average, {largest:,} at most"
    yield "refused", ", ".join(f"{n:,} x {why}" for why, n in found.refused.items()) or "none"
    if found.unsure:
        yield "unsure", f"{found.unsure:,} rows of a broken sequence"
    yield "gaps", ", ".join(_gap(gap) for gap in found.gaps[:5]) or "none above 60 s"
    if len(found.gaps) > 5:
        yield "", f"and {len(found.gaps) - 5:,} more"
    accepts = "would accept it with the settings below" if found.adapted else "would accept it"
    yield "a run", accepts if found.accepted else f"would not accept it: {found.problem}"


def _gap(gap: Gap) -> str:
    return f"{(gap.before - gap.after) / 1000:,.0f} s after {_time(gap.after)}"


def _time(timestamp: int) -> str:
    return utc(timestamp, "milliseconds")
