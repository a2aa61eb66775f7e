"""Rows in columns: the same from SQLite's C functions as from Python's own module."""

import _sqlite3
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite import connection as connection_module
from orderflow_sqlite.c_api import find_c_api
from orderflow_sqlite.connection import (
    CConnection,
    Connection,
    Cursor,
    PlainConnection,
    connect,
    fetch_values,
)
from orderflow_sqlite.raw_rows import RawRows, Value

Make = Callable[[str], Connection]
SQL_VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=40),
    st.text(max_size=20),
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "any.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE t (a, b)")
    return path


def uri(path: Path) -> str:
    return f"{path.as_uri()}?mode=ro"


def test_the_c_functions_are_found_here(database: Path) -> None:
    with closing(connect(uri(database))) as connection:
        assert isinstance(connection, CConnection) == (find_c_api(locked=True) is not None)


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Python that has SQLite within itself, and does not show its functions."""
    monkeypatch.delattr(_sqlite3, "__file__", raising=False)
    find_c_api.cache_clear()
    yield
    find_c_api.cache_clear()


@pytest.mark.usefixtures("hidden")
def test_where_python_hides_its_own_they_are_those_of_apsw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version", "none")
    api, unlocked = find_c_api(locked=True), find_c_api(locked=False)

    assert api is not None
    assert unlocked is not None
    assert api.call["libversion"]() == unlocked.call["libversion"]()
    assert api.call["libversion"]().startswith(b"3.")


def test_what_is_locked_is_read_by_pythons_own_copy() -> None:
    api = find_c_api(locked=True)

    assert api is None or api.call["libversion"]().decode() == sqlite3.sqlite_version


@pytest.mark.usefixtures("hidden")
def test_without_either_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderflow_sqlite.c_api.find_spec", lambda name: None)

    assert find_c_api(locked=True) is find_c_api(locked=False) is None


def taken(cursor: Cursor) -> list[tuple[Value, ...]]:
    """Return the next rows."""
    rows = RawRows(cursor.columns, 1000)
    cursor.fetch(rows)
    return [tuple(rows.value(c, row) for c in range(cursor.columns)) for row in range(len(rows))]


@given(rows=st.lists(st.tuples(SQL_VALUES, SQL_VALUES), max_size=150))
def test_any_values_come_as_they_were_stored(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, object]]
) -> None:
    path = tmp_path_factory.mktemp("values") / "any.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE t (a, b)")
        made.executemany("INSERT INTO t VALUES (?, ?)", rows)
    stored = [tuple(map(as_bytes, row)) for row in rows]

    makes: list[Make] = [connect, PlainConnection]
    for make in makes:
        with closing(make(uri(path))) as connection:
            assert list(fetch_values(connection, "SELECT * FROM t ORDER BY rowid")) == stored


@pytest.mark.parametrize("make", [connect, PlainConnection])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_blobs_are_whole_and_texts_are_utf8_whatever_the_encoding_of_the_database(
    tmp_path: Path, make: Make, encoding: str
) -> None:
    path = tmp_path / "any.db"
    blobs = [b"[[1, 1]]", b"", b"\0a\0", b"\xff\xfe"]
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(f"PRAGMA encoding = '{encoding}'")
        made.execute("CREATE TABLE t (a, b)")
        made.executemany("INSERT INTO t VALUES (?, 'été')", [(blob,) for blob in blobs])

    with closing(make(uri(path))) as connection:
        found = list(fetch_values(connection, "SELECT a, b FROM t ORDER BY rowid"))

    assert found == [(blob, "été".encode()) for blob in blobs]


def as_bytes(value: object) -> object:
    return value.encode() if isinstance(value, str) else value


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_a_text_larger_than_the_room_is_whole(database: Path, make: Make) -> None:
    with closing(sqlite3.connect(database)) as made, made:
        made.executemany(
            "INSERT INTO t VALUES (?, ?)", [("x" * size, size) for size in (1, 200_000, 5)]
        )

    with closing(make(uri(database))) as connection:
        found: list[tuple[Value, ...]] = list(fetch_values(connection, "SELECT a, b FROM t"))

    assert found == [(b"x" * size, size) for size in (1, 200_000, 5)]


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_behind_the_last_text_there_is_a_nul_and_room_for_eight_bytes(
    database: Path, make: Make
) -> None:
    with closing(make(uri(database))) as connection:
        for size in range((1 << 16) - 18, (1 << 16) + 2):
            cursor = connection.cursor(f"SELECT printf('%.*c', {size}, 'x')")
            rows = RawRows(cursor.columns, 10)
            rows.text[:] = ord("x")
            cursor.fetch(rows)
            assert rows.text[size] == 0
            assert len(rows.text) >= size + 8


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_a_batch_of_large_texts_ends_early_and_no_row_is_lost(
    database: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "ENOUGH_TEXT", 200_000)
    monkeypatch.setattr(connection_module, "_AT_ONCE", 1)
    stored = [(number, b"x" * 50_000) for number in range(30)]
    with closing(sqlite3.connect(database)) as made, made:
        made.executemany("INSERT INTO t VALUES (?, ?)", stored)

    with closing(make(uri(database))) as connection:
        cursor = connection.cursor("SELECT a, b FROM t ORDER BY a")
        batches = list(iter(lambda: taken(cursor), []))

    assert [row for batch in batches for row in batch] == stored
    assert max(map(len, batches)) <= 5


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_after_the_last_row_there_are_none(database: Path, make: Make) -> None:
    with closing(make(uri(database))) as connection:
        cursor = connection.cursor("SELECT 1")
        rows = RawRows(cursor.columns, 10)
        lengths = []
        for _ in range(3):
            cursor.fetch(rows)
            lengths.append(len(rows))
        cursor.close()

    assert lengths == [1, 0, 0]


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_sqlites_own_words_tell_an_error(database: Path, make: Make) -> None:
    with (
        closing(make(uri(database))) as connection,
        pytest.raises(sqlite3.Error, match="no such table: nope"),
    ):
        connection.cursor("SELECT * FROM nope")


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "nowhere.db"

    with pytest.raises(sqlite3.Error, match="unable to open database file"):
        make(uri(path))

    assert not path.exists()


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_a_query_that_is_kept_gives_what_there_is_whenever_it_is_asked(
    database: Path, make: Make
) -> None:
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as writer,
        closing(make(uri(database))) as connection,
    ):
        ask = partial(connection.often, "SELECT a FROM t ORDER BY a")
        found = [ask()]
        writer.executemany("INSERT INTO t VALUES (?, 0)", [(number,) for number in range(200)])
        found += [ask(), ask()]
        writer.execute("ALTER TABLE t RENAME TO other")
        with pytest.raises(sqlite3.Error, match="no such table"):
            ask()
        writer.execute("ALTER TABLE other RENAME TO t")
        writer.execute("DELETE FROM t WHERE a > 0")
        found.append(ask())

    assert found == [[], [(n,) for n in range(200)], [(n,) for n in range(200)], [(0,)]]


@pytest.mark.parametrize("make", [connect, PlainConnection])
def test_a_query_that_comes_again_begins_anew_with_its_numbers_wherever_it_was_left(
    database: Path, make: Make
) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.executemany("INSERT INTO t VALUES (?, 0)", [(number,) for number in range(9)])
    rows, found = RawRows(1, 2), []
    with closing(make(uri(database))) as connection:
        for after, until in ((0, 4), (3, 5), (5, 5), (-1, 1)):
            query = "SELECT a FROM t WHERE a > ?1 AND a <= ?2 ORDER BY a"
            with closing(connection.again(query, (after, until))) as cursor:
                cursor.fetch(rows)
                found.append([rows.value(0, row) for row in range(len(rows))])

    assert found == [[1, 2], [4, 5], [], [0, 1]]
