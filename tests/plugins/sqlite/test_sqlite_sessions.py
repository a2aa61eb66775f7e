"""Days of recordings: found by search, and each begun at the last snapshot before it."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from orderflow_sqlite.source import SqliteSource

from orderflow_core import Block
from orderflow_core.sources import DAY_MS, midnight
from tests.plugins.sqlite.make import book_row, levels, trade_row, write

JUNE_1 = date(2025, 6, 1)
BEGIN = midnight(JUNE_1)
BOOK = (levels(60, 100.0, -0.5), levels(60, 101.0, 0.5))
"""Levels enough for a snapshot, where they come first in a file."""


def day(number: int) -> date:
    return JUNE_1 + timedelta(days=number)


def at(days: float, ms: int = 0) -> int:
    return BEGIN + int(days * DAY_MS) + ms


def recorded(
    path: Path, book: Iterable[dict[str, Any]] = (), trades: Iterable[dict[str, Any]] = ()
) -> Path:
    """Write a recording whose ids have an index, as those of recorders have."""
    write(path, book, trades)
    with closing(sqlite3.connect(path)) as database, database:
        for table in ("book", "trades"):
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            listed = ", ".join(columns)
            typed = listed.replace("id", "id INTEGER PRIMARY KEY", 1)
            database.execute(f"CREATE TABLE new ({typed})")
            database.execute(f"INSERT INTO new ({listed}) SELECT {listed} FROM {table}")
            database.execute(f"DROP TABLE {table}")
            database.execute(f"ALTER TABLE new RENAME TO {table}")
    return path


def source(path: Path, number: int | None = None, **values: Any) -> SqliteSource:
    if number is not None:
        values |= {"start": day(number), "end": day(number)}
    return SqliteSource(path=path, **values)


def rows_read(found: SqliteSource) -> int:
    return sum(each.rows for each in found.ledger.inputs)


def read(found: SqliteSource) -> list[Block]:
    return list(found.blocks("A"))


def snapshots(blocks: Iterable[Block]) -> list[int]:
    return [
        int(time)
        for block in blocks
        for time in block.windows.timestamp[block.windows.snapshot].tolist()
    ]


@pytest.mark.parametrize("searched", [True, False])
def test_days_are_those_of_book_rows_and_of_trades(tmp_path: Path, searched: bool) -> None:
    book = [book_row(at(n, ms)) for n in (0, 1, 4) for ms in (0, 50, DAY_MS - 1)]
    make = recorded if searched else write
    make(tmp_path / "A-25-06-01.db", book, [trade_row(at(2, 7)), trade_row(at(6))])

    assert source(tmp_path).days("A") == [day(n) for n in (0, 1, 2, 4, 6)]


def test_days_are_found_past_times_that_cannot_be_right(tmp_path: Path) -> None:
    times: list[object] = [at(n, ms) for n in range(3) for ms in range(100)]
    times[50], times[150] = None, at(400)
    recorded(tmp_path / "A-25-06-01.db", [book_row(time) for time in times])

    assert source(tmp_path).days("A") == [day(n) for n in range(3)]


def test_the_days_of_a_sample_are_known_before_it_is_written(tmp_path: Path) -> None:
    found = source(tmp_path, sample=True)

    assert found.days("SIM-BTC-USDT") == [JUNE_1]
    assert not list(tmp_path.iterdir())


MANY = [book_row(at(n / 2000), *(BOOK if n % 2000 == 0 else ())) for n in range(20_000)]


def test_a_day_of_a_file_of_many_is_entered_at_its_own_snapshot(tmp_path: Path) -> None:
    rows = [
        row | {"action": "snapshot" if n % 2000 == 0 else "update"} for n, row in enumerate(MANY)
    ]
    recorded(tmp_path / "A.db", rows, [trade_row(at(n / 2000, 1)) for n in range(20_000)])

    found = source(tmp_path / "A.db", 7, pattern="{instrument}.db", book_batch=500, trade_batch=500)

    assert snapshots(read(found)) == [at(7), at(8)]
    assert rows_read(found) < 2 * (2000 + 1000)


def test_a_day_without_a_snapshot_is_entered_at_the_last_one_before(tmp_path: Path) -> None:
    recorded(tmp_path / "A-25-06-01.db", [book_row(at(0), *BOOK), book_row(at(0.5))])
    recorded(tmp_path / "A-25-06-04.db", [book_row(at(3)), book_row(at(3.5))])
    recorded(tmp_path / "A-25-06-05.db", [book_row(at(4)), book_row(at(4.5))])

    assert snapshots(read(source(tmp_path, 4))) == [at(0)]


def test_a_day_that_begins_with_a_snapshot_needs_no_more_than_the_row_before(
    tmp_path: Path,
) -> None:
    early = [book_row(at(0, n), *(BOOK if n == 0 else ())) for n in range(3000)]
    recorded(tmp_path / "A-25-06-01.db", early)
    recorded(tmp_path / "A-25-06-02.db", [book_row(at(1), *BOOK), book_row(at(1, 9))])

    found = source(tmp_path, 1)
    blocks = read(found)

    assert snapshots(blocks) == [at(1)]
    assert rows_read(found) == 3
    assert [int(block.windows.timestamp[0]) for block in blocks] == [at(0, 2999), at(1)]


def test_a_chain_is_entered_so_early_that_its_numbers_are_judged_as_ever(tmp_path: Path) -> None:
    rows = [
        book_row(at(n / 8000), seq_id=n + 1, prev_seq_id=-1 if n in (0, 15_900) else n)
        for n in range(24_000)
    ]
    rows[17_000] |= {"prev_seq_id": 5_000_000}  # a gap
    recorded(tmp_path / "A.db", rows)

    found = source(tmp_path / "A.db", 2, pattern="{instrument}.db", book_batch=4096)
    blocks = [block for block in read(found) if block.last_time >= at(2)]

    sure = np.concatenate([block.windows.sure for block in blocks])
    times = np.concatenate([block.windows.timestamp for block in blocks])
    assert snapshots(read(found))[-1:] == [at(15_900 / 8000)]
    assert (sure == (times < at(17_000 / 8000))).all()


def test_the_first_row_after_the_range_that_can_be_used_is_given(tmp_path: Path) -> None:
    book = [book_row(at(0)), book_row(at(1), "?"), book_row(at(1, 5)), book_row(at(1, 6))]
    trades = [trade_row(at(0, 9)), trade_row(at(1, 1), price=-1), trade_row(at(1, 7))]
    recorded(tmp_path / "A-25-06-01.db", book, trades)

    found = source(tmp_path, 0)
    blocks = read(found)

    assert [int(t) for block in blocks for t in block.windows.timestamp] == [at(0), at(1, 5)]
    assert [int(t) for b in blocks for t in b.batches.trade_timestamp] == [at(0, 9), at(1, 7)]
    assert not found.ledger.refused


@pytest.mark.parametrize("rule", [{"sort": True}, {"overlap": "merge"}, {"duplicates": "drop"}])
def test_what_cannot_be_entered_is_read_from_its_beginning(
    tmp_path: Path, rule: dict[str, Any]
) -> None:
    recorded(tmp_path / "A-25-06-01.db", [book_row(at(0), *BOOK), book_row(at(0.5))])
    recorded(tmp_path / "A-25-06-02.db", [book_row(at(1)), book_row(at(1.5))])

    assert snapshots(read(source(tmp_path, 1, **rule))) == [at(0)]
