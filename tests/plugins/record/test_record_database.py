"""Files of days: what is committed, and what a new start finds."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from orderflow_record.database import DayFile, file_of, find_past
from orderflow_record.recording import Past
from orderflow_record.rows import Batch, Channel, GapRow
from orderflow_record.writer import Writer

from orderflow_core import OutputError
from tests.plugins.record.feeds import (
    DAY,
    DAY_1,
    NAME,
    NOON,
    Sent,
    recording,
    snapshot,
    trade,
    update,
)


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def batches(*, end: bool = False) -> list[Batch]:
    made = recording()
    messages: list[Sent] = [snapshot(NOON), update(NOON + 100, 12, 10), trade(NOON + 400, 7)]
    for message in messages:
        made.take(message, NOON)
    return made.batches(end=end)


def test_a_batch_is_one_transaction_with_its_progress(tmp_path: Path) -> None:
    path = file_of(tmp_path, NAME, DAY_1)
    file = DayFile(path, NAME, "kill", {"venue": "okx"})

    for batch in batches():
        file.write(batch)

    assert path.name == "BTC-USDT-25-06-01.db"
    assert rows(path, "SELECT book_id, trade_id, timestamp FROM progress") == [(2, 0, NOON + 150)]
    assert rows(path, "SELECT action, seq_id, prev_seq_id, timestamp, late FROM book") == [
        ("snapshot", 10, -1, NOON, 0),
        ("update", 12, 10, NOON + 100, 0),
    ]
    assert rows(path, "SELECT * FROM meta") == [("venue", "okx"), ("clock_offset_ms", "0")]
    file.close()


def test_a_file_is_in_wal_mode_and_says_that_it_is_closed(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    for batch in batches(end=True):
        writer.write(NAME, batch)
    writer.close()

    path = file_of(tmp_path, NAME, DAY_1)
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert ("closed", "1") in rows(path, "SELECT * FROM meta")
    assert writer.pending == 0


def test_a_file_that_is_closed_is_whole_without_its_log_while_others_read_it(
    tmp_path: Path,
) -> None:
    path, copy = file_of(tmp_path, NAME, DAY_1), tmp_path / "copy.db"
    file = DayFile(path, NAME, "kill", {})
    file.write(batches(end=True)[0])
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as reader:
        count = "SELECT (SELECT count(*) FROM book), (SELECT count(*) FROM trades)"
        assert reader.execute(count).fetchall() == [(2, 1)]
        file.close()

        assert path.with_name(f"{path.name}-wal").stat().st_size == 0
        copy.write_bytes(path.read_bytes())
        assert rows(copy, count) == [(2, 1)]


def test_a_new_start_finds_progress_ids_and_open_gaps(tmp_path: Path) -> None:
    file = DayFile(file_of(tmp_path, NAME, DAY_1), NAME, "kill", {})
    [batch] = batches(end=True)
    gap = GapRow(NOON + 50, None, "book", "sequence", "1", "2")
    batch.gaps.append(gap)
    file.write(batch)
    file.close()

    last: dict[Channel, int] = {"book": NOON + 100, "trades": NOON + 400}
    assert find_past(tmp_path, NAME) == Past(DAY_1, NOON + 401, {"book": gap}, ("7",), last)
    assert find_past(tmp_path, "BTC") is None


def test_the_last_file_counts(tmp_path: Path) -> None:
    for day in (DAY_1, DAY_1 + DAY):
        file = DayFile(file_of(tmp_path, NAME, day), NAME, "kill", {})
        file.write(Batch(day, day + 5))
        file.close()
    file_of(tmp_path, f"{NAME}-SWAP", DAY_1 + 2 * DAY).touch()

    past = find_past(tmp_path, NAME)

    assert past is not None
    assert (past.day, past.progress) == (DAY_1 + DAY, DAY_1 + DAY + 5)


def test_a_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    path = file_of(tmp_path, NAME, DAY_1)
    path.write_bytes(b"no database" * 100)

    with pytest.raises(OutputError, match=r"BTC-USDT-25-06-01\.db: file is not a database"):
        find_past(tmp_path, NAME)


def test_a_file_that_is_removed_while_it_is_written_takes_no_more_rows(tmp_path: Path) -> None:
    path = file_of(tmp_path, NAME, DAY_1)
    with closing(DayFile(path, NAME, "kill", {})) as file:
        path.unlink()

        with pytest.raises(FileNotFoundError):
            file.write(batches()[0])


def test_a_file_that_is_replaced_while_it_is_written_takes_no_more_rows(tmp_path: Path) -> None:
    path = file_of(tmp_path, NAME, DAY_1)
    with closing(DayFile(path, NAME, "kill", {})) as file:
        path.rename(tmp_path / "elsewhere.db")
        path.write_bytes(b"")

        with pytest.raises(FileNotFoundError, match="removed or replaced while it was written"):
            file.write(batches()[0])


def test_a_file_that_is_opened_again_is_closed_no_longer(tmp_path: Path) -> None:
    path = file_of(tmp_path, NAME, DAY_1)
    for closed in (True, False):
        file = DayFile(path, NAME, "power", {})
        file.write(Batch(DAY_1, NOON, closed=closed))
        file.close()

    assert rows(path, "SELECT * FROM meta") == []


def test_what_cannot_be_written_waits_and_is_written_when_it_can_be(tmp_path: Path) -> None:
    path = file_of(tmp_path, NAME, DAY_1)
    path.mkdir()  # where a file should be
    writer = Writer(tmp_path, retry_seconds=0.01)
    for batch in batches(end=True):
        writer.write(NAME, batch)
    while writer.trouble is None:
        pass
    assert "cannot be written" in writer.trouble
    assert writer.pending > 0

    path.rmdir()
    writer.close()

    assert writer.pending == 0
    assert rows(path, "SELECT count(*) FROM book") == [(2,)]
