"""Recordings as files: read without a trace, and refused with a reason."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from orderflow_sqlite.database import Database
from orderflow_sqlite.source import SqliteSource

from orderflow_core import Block, InputError
from tests.plugins.sqlite.make import (
    BOOK_COLUMNS,
    TRADE_COLUMNS,
    book_row,
    execute,
    trade_row,
    write,
    write_times,
)
from tests.plugins.sqlite.reading import DAY_1, DAY_2, INSTRUMENT, Reading, read
from tests.roads import Road, every_road

FIVE_ROWS = [book_row(time) for time in range(5)]
NEW_ROW = "INSERT INTO book VALUES (9, '[]', '[]', 9)"
MANY = range(10, 2000)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Five book rows and a trade."""
    return write(tmp_path / DAY_1, FIVE_ROWS, [trade_row(2)])


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


def blocks(path: Path) -> Generator[Block]:
    """Begin to read, one row a block."""
    yield from SqliteSource(path=path, book_batch=1, trade_batch=1).blocks(INSTRUMENT)


def rest(stream: Iterator[Block]) -> list[int]:
    """Read on to the end and return the times of the rows."""
    reading = Reading(SqliteSource().ledger)
    for block in stream:
        reading.add(block)
    return reading.times


# What is no recording


def test_a_path_where_nothing_is_is_an_error_that_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no recording at .*nowhere.*orderflow sample"):
        SqliteSource(path=tmp_path / "nowhere").instruments()


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / DAY_1
    path.touch()

    assert error_of(path) == f"{path} is empty: 0 bytes"


@pytest.mark.parametrize(
    "content", [b"timestamp,price\n1,2\n" * 99, b"SQLite", b"\x00" * 4096], ids=["csv", "s", "nul"]
)
def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / DAY_1
    path.write_bytes(content)

    assert error_of(path) == f"{path} is no SQLite database"


@pytest.mark.parametrize("share", [0.0001, 0.02, 0.3, 0.6, 0.999])
def test_a_truncated_file_is_an_error_that_names_it(tmp_path: Path, share: float) -> None:
    whole = write(tmp_path / DAY_1, [book_row(time, [(100, 1)] * 20) for time in range(500)])
    content = whole.read_bytes()
    whole.write_bytes(content[: 16 + int(len(content) * share)])

    assert error_of(whole).startswith(f"{whole} cannot be read: ")


def test_a_file_that_lacks_whole_pages_is_an_error_that_names_it(tmp_path: Path) -> None:
    whole = write(tmp_path / DAY_1, [book_row(time, [(100, 1)] * 20) for time in range(500)])
    whole.write_bytes(whole.read_bytes()[:-4096])

    assert error_of(whole).startswith(f"{whole} cannot be read: ")


def test_a_file_cut_at_any_byte_is_an_error_that_names_it(tmp_path: Path) -> None:
    whole = write(tmp_path / DAY_1, [book_row(time, [(100, 1)] * 20) for time in range(60)])
    content = whole.read_bytes()

    for size in range(0, len(content), 53):
        whole.write_bytes(content[:size])
        assert str(whole) in error_of(whole)


@pytest.mark.parametrize("table", ["book", "trades"])
def test_a_table_of_another_name_is_an_error_that_says_what_to_do(
    tmp_path: Path, table: str
) -> None:
    path = write(tmp_path / DAY_1, FIVE_ROWS, [trade_row(2)])
    execute(path, f"ALTER TABLE {table} RENAME TO my_{table}")

    told = error_of(path)
    assert f"{path} has no table '{table}'; there are " in told
    assert f"my_{table}" in told
    assert "; name it in [source.tables]" in told


@pytest.mark.parametrize("table", ["book", "trades"])
def test_a_file_without_a_table_that_looks_like_it_is_read_without(
    tmp_path: Path, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / DAY_1, FIVE_ROWS, [trade_row(2)])
    execute(path, f"DROP TABLE {table}", "CREATE TABLE notes (text)")

    found = read(path)

    assert (sum(not each for each in found.opening), len(found.trades)) == (
        (0, 1) if table == "book" else (5, 0)
    )
    assert f"{path} has no table {table}, and none that looks like it" in caplog.text


def test_a_file_of_other_tables_alone_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / DAY_1
    execute(path, "CREATE TABLE notes (text)")

    assert f"{path} has no table 'book'; there is notes; name it" in error_of(path)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("book", column) for column in BOOK_COLUMNS[1:]),
        *(("trades", column) for column in TRADE_COLUMNS[1:]),
    ],
)
def test_a_missing_column_is_an_error_that_names_it_and_those_there_are(
    tmp_path: Path, table: str, column: str
) -> None:
    columns = [
        name for name in {"book": BOOK_COLUMNS, "trades": TRADE_COLUMNS}[table] if name != column
    ]
    path = write(tmp_path / DAY_1, columns={table: columns})

    told = error_of(path)
    assert f"{path}, table {table}: no column {column}; there are {', '.join(columns)}" in told


def test_a_schema_whose_error_cannot_be_told_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, FIVE_ROWS)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE book", b"CREATE T\xffBLE book"))

    assert error_of(path).startswith(f"{path} cannot be read: ")


def test_a_column_whose_name_is_no_text_does_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, FIVE_ROWS)
    execute(path, "ALTER TABLE book ADD COLUMN note")
    path.write_bytes(path.read_bytes().replace(b"note", b"n\xffte"))

    assert read(path).times == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["VIRTUAL", "STORED"])
def test_a_generated_column_is_a_column(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / DAY_1)
    execute(
        path,
        "DROP TABLE book",
        "CREATE TABLE book (id INTEGER PRIMARY KEY, bids, asks, us,"
        f" timestamp GENERATED ALWAYS AS (us / 1000) {kind},"
        f" action GENERATED ALWAYS AS (iif(id = 2, 'snapshot', 'update')) {kind})",
        "INSERT INTO book (bids, asks, us) VALUES ('[]', '[]', 5000), ('[]', '[]', 6999)",
    )

    found = read(path)

    assert (found.times, found.snapshots) == ([5, 6], [False, True])


def test_a_view_that_may_go_on_for_ever_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1)
    execute(
        path,
        "DROP TABLE book",
        "CREATE VIEW numbers AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
        " SELECT id FROM n",
        "CREATE VIEW book AS SELECT id, '[]' AS bids, '[]' AS asks, id AS timestamp FROM numbers",
    )

    assert error_of(path) == (
        f"{path}: book is a view, and the view numbers has a WITH clause, which may never end: "
        "make a table of it"
    )


def test_a_wrong_second_file_is_found_before_the_first_is_read(
    tmp_path: Path, recording: Path
) -> None:
    wrong = tmp_path / "BTC-USDT-25-06-02.db"
    wrong.write_text("no database")

    with pytest.raises(InputError, match=wrong.name):
        next(blocks(tmp_path))


# Nothing is written


def test_reading_leaves_no_trace(tmp_path: Path, recording: Path) -> None:
    before = recording.read_bytes(), recording.stat().st_mtime_ns

    read(recording)

    assert (recording.read_bytes(), recording.stat().st_mtime_ns) == before
    assert list(tmp_path.iterdir()) == [recording]


_WRITTEN_TO = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("INSERT INTO trades VALUES (1)")
database.commit()
database.close()
"""


def test_another_look_at_a_file_leaves_the_log_of_one_that_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "BTC-USDT-25-06-01.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE trades (id)")
    with closing(Database(path, follow=True)) as followed:
        Database(path, follow=True).close()
        subprocess.run([sys.executable, "-c", _WRITTEN_TO, path], check=True)

        assert path.with_name(f"{path.name}-wal").exists()
        assert followed.count("trades") == 1


def test_a_path_with_characters_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "a b?mode=rwc&x#y%41[1]"
    folder.mkdir()
    write(folder / DAY_1, FIVE_ROWS)

    assert read(folder).times == [0, 1, 2, 3, 4]


@every_road
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("query_only", 1), ("trusted_schema", 0), ("cell_size_check", 1), ("busy_timeout", 5000)],
)
def test_sqlite_is_told_to_write_nothing_trust_nothing_and_wait_a_little(
    recording: Path, road: Road, pragma: str, value: int
) -> None:
    with road(), closing(Database(recording)) as database:
        assert database.value(f"PRAGMA {pragma}") == value


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="the system does not list the open files"
)


def is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    return any(link.resolve() == path for link in Path("/proc/self/fd").iterdir())


@needs_proc
def test_the_file_is_closed_at_the_end(recording: Path) -> None:
    read(recording)

    assert not is_open(recording)


@needs_proc
def test_the_file_is_closed_when_the_reader_stops_early(recording: Path) -> None:
    stream = blocks(recording)
    next(stream)
    assert is_open(recording)
    stream.close()

    assert not is_open(recording)


@needs_proc
def test_the_file_is_closed_after_an_error(tmp_path: Path) -> None:
    path = write_times(tmp_path / DAY_1, "book", [2, 1])

    with pytest.raises(InputError):
        read(path)

    assert not is_open(path)


# While another process has the file


def test_a_finished_recording_is_read_without_locks(recording: Path) -> None:
    """It has a rollback journal and none beside it, so no one can be in the midst of writing."""
    with closing(sqlite3.connect(recording, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        assert read(recording).times == [0, 1, 2, 3, 4]


def test_a_recording_under_a_journal_is_refused_and_its_writer_not_held_up(
    recording: Path,
) -> None:
    with closing(sqlite3.connect(recording, isolation_level=None, timeout=0)) as other:
        other.execute("PRAGMA cache_size = 1")
        other.execute("BEGIN IMMEDIATE")
        other.executemany("INSERT INTO book VALUES (?, '[]', '[]', ?)", [(n, n) for n in MANY])

        assert f"{recording} is being written, or its writer was killed" in error_of(recording)
        other.execute("COMMIT")

    assert read(recording).times == [0, 1, 2, 3, 4, *MANY]


@pytest.mark.parametrize("mode", ["TRUNCATE", "PERSIST"])
def test_a_journal_that_is_at_rest_does_not_matter(recording: Path, mode: str) -> None:
    with closing(sqlite3.connect(recording)) as other:
        other.execute(f"PRAGMA journal_mode = {mode}")
        other.execute(NEW_ROW)
        other.commit()

        assert recording.with_name(f"{DAY_1}-journal").exists()
        assert read(recording).times == [0, 1, 2, 3, 4, 9]


def test_a_link_is_judged_by_the_journal_of_the_file_that_it_leads_to(
    tmp_path: Path, recording: Path
) -> None:
    link = tmp_path / "links" / DAY_1
    link.parent.mkdir()
    link.symlink_to(recording)
    assert read(link).times == [0, 1, 2, 3, 4]

    recording.with_name(f"{DAY_1}-journal").write_bytes(b"\xd9\xd5\x05\xf9")

    assert f"{link} is being written, or its writer was killed" in error_of(link)


def test_a_link_is_read_with_what_only_the_log_of_its_file_holds(
    tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing may be written to the folder, a file without a log is taken for finished."""
    link = tmp_path / "links" / DAY_1
    link.parent.mkdir()
    link.symlink_to(recording)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with closing(sqlite3.connect(recording)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute(NEW_ROW)
        other.commit()

        assert read(link).times == [0, 1, 2, 3, 4, 9]


def test_a_recording_in_wal_mode_is_read_with_what_only_its_log_holds(recording: Path) -> None:
    with closing(sqlite3.connect(recording)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute(NEW_ROW)
        other.commit()

        assert read(recording).times == [0, 1, 2, 3, 4, 9]


def test_rows_that_a_recorder_adds_meanwhile_are_left_to_the_next_run(recording: Path) -> None:
    with closing(sqlite3.connect(recording)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        stream = blocks(recording)
        next(stream)
        other.execute(NEW_ROW)
        other.commit()

        assert rest(stream) == [1, 2, 3, 4]
        assert read(recording).times == [0, 1, 2, 3, 4, 9]


def test_rows_that_are_added_before_a_later_file_is_reached_are_left_to_the_next_run(
    tmp_path: Path, recording: Path
) -> None:
    today = write(tmp_path / DAY_2, [book_row(time) for time in (5, 6)])
    with closing(sqlite3.connect(today)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("INSERT INTO book VALUES (3, '[]', '[]', 7)")
        other.commit()
        stream = blocks(tmp_path)
        next(stream)
        other.execute(NEW_ROW)
        other.commit()

        assert rest(stream) == [1, 2, 3, 4, 5, 6, 7]


def test_a_recording_in_wal_mode_can_be_read_where_nothing_can_be_written(
    tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(recording, "PRAGMA journal_mode = WAL")
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    assert read(recording).times == [0, 1, 2, 3, 4]
    assert list(tmp_path.iterdir()) == [recording]


def test_a_finished_recording_that_changes_while_it_is_read_is_an_error(recording: Path) -> None:
    stream = blocks(recording)
    next(stream)
    execute(recording, NEW_ROW)

    with pytest.raises(InputError, match=rf"{recording.name} changed while it was read"):
        rest(stream)


def test_a_change_that_leaves_size_and_time_alone_is_seen_before_more_rows_are_used(
    recording: Path,
) -> None:
    before = recording.stat()
    stream = blocks(recording)
    next(stream)
    execute(recording, "UPDATE book SET timestamp = 7 WHERE id = 5")
    os.utime(recording, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert recording.stat().st_size == before.st_size

    used: list[int] = []
    with pytest.raises(InputError, match="changed while it was read"):
        used.extend(int(block.windows.timestamp[0]) for block in stream)

    assert used == []


def test_a_finished_recording_that_is_replaced_while_it_is_read_is_an_error(
    tmp_path: Path, recording: Path
) -> None:
    other = write(tmp_path / "other.db", FIVE_ROWS)
    stream = blocks(recording)
    next(stream)
    other.replace(recording)

    with pytest.raises(InputError, match="changed while it was read"):
        rest(stream)
