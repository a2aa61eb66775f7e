"""`follow`: what comes of a recording while it is written is what it gives afterwards."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from orderflow_sqlite import following
from orderflow_sqlite.files import RecordingFile
from orderflow_sqlite.following import Following
from orderflow_sqlite.instruments import instruments_of
from orderflow_sqlite.source import SqliteSource
from orderflow_sqlite.tail import Tail
from pydantic import ValidationError

from orderflow_core import Block, InputError
from orderflow_core.sources import DAY_MS, Gap
from tests.plugins.sqlite.growing import (
    DAY,
    SECONDS,
    Follower,
    Recorder,
    Row,
    afterwards,
    count,
    name,
    rows_of,
)

NEXT_DAY = DAY + DAY_MS


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for other files all the time, and hold foreign rows back for a moment only."""
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.0)


def chain(times: range, begin: int = 0) -> list[Row]:
    """Return book rows of these times, the first a snapshot unless it goes on from a number."""
    return [
        (time, number, number - 1 if number > 1 else -1)
        for number, time in enumerate(times, start=begin + 1)
    ]


TRADE = "INSERT INTO trades VALUES (NULL, ?, 100.5, 1.0, 'buy', ?)"


def of_several(folder: Path) -> sqlite3.Connection:
    """Return a recording of trades of several instruments, which has none yet."""
    database = sqlite3.connect(folder / "all-26-01-01.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    columns = "id INTEGER PRIMARY KEY, instrument, price, size, side, timestamp"
    database.execute(f"CREATE TABLE trades ({columns})")
    return database


def test_rows_come_up_to_the_time_that_the_recorder_tells(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name())
    follower = Follower(tmp_path)
    recorder.commit(chain(range(DAY, DAY + 300, 100)), [DAY + 150], DAY + 201)
    follower.wait_for(4)

    assert [block.last_time for block in follower.blocks][-1] == DAY + 200
    recorder.commit(trades=[DAY + 250], until=DAY + 260)
    follower.wait_for(5)
    assert follower.blocks[-1].continued

    recorder.close()
    assert rows_of(follower.end()) == afterwards(tmp_path)[0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("whole_windows", [False, True])
def test_wherever_it_is_cut_the_rows_are_those_of_afterwards(
    tmp_path: Path, seed: int, whole_windows: bool
) -> None:
    draw = random.Random(seed)
    path = tmp_path / name()
    recorder, follower = Recorder(path), Follower(tmp_path, book_batch=3, trade_batch=2)
    follower.source.whole_windows = whole_windows
    time, number, rows = DAY, 0, 0
    for _ in range(12):
        book: list[Row] = []
        trades: list[int] = []
        for _ in range(draw.randint(0, 6)):
            time += draw.choice([0, 0, 1, 40])
            if draw.random() < 0.5:
                trades.append(time)
                continue
            lost = draw.random() < 0.1
            number += 1 + lost
            book.append((time, number, -1 if number == 1 or lost else number - 1 - lost))
        recorder.commit(book, trades, time + 1)
        time += 1
        rows += len(book) + len(trades)
        if not whole_windows:
            follower.wait_for(rows)
        if draw.random() < 0.3:
            recorder.close()
            recorder = Recorder(path)
    recorder.close()

    found = rows_of(follower.end())
    assert found == afterwards(tmp_path)[0]
    assert rows_of(ended(tmp_path)) == found
    assert follower.source.ledger.late == 0


def ended(path: Path) -> list[Block]:
    """Follow what is there, and end."""
    follower = Follower(path)
    return follower.end()


def test_a_book_row_waits_where_its_recorder_does_not_tell_of_it_yet(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name())
    recorder.commit(trades=[DAY], until=DAY + 1)
    recorder.commit(chain(range(DAY + 100, DAY + 300, 100)))
    follower = Follower(tmp_path)
    follower.wait_for(1)
    assert [block.book_rows for block in follower.blocks] == [0]

    recorder.commit(until=DAY + 201)
    follower.wait_for(3)
    recorder.close()
    assert rows_of(follower.end()) == afterwards(tmp_path)[0]


def test_an_id_that_is_told_need_not_be_there_yet(tmp_path: Path) -> None:
    rows = chain(range(DAY, DAY + 400, 100))
    recorder = Recorder(tmp_path / name())
    recorder.commit(rows[:3], until=DAY + 201)
    follower = Follower(tmp_path)
    follower.wait_for(3)
    recorder.commit(trades=[DAY + 210])
    with closing(sqlite3.connect(tmp_path / name())) as database, database:
        database.execute(
            "UPDATE progress SET book_id = 10, trade_id = 1, timestamp = ?", (DAY + 211,)
        )
    follower.wait_for(4)
    recorder.commit(rows[3:])
    recorder.close()

    assert rows_of(follower.end()) == afterwards(tmp_path)[0]


@pytest.mark.parametrize(("identity", "shown"), [("r2", "'r2'"), (1, "1")])
def test_a_table_whose_ids_do_not_rise_cannot_be_followed(
    tmp_path: Path, identity: str | int, shown: str
) -> None:
    with closing(sqlite3.connect(tmp_path / name(), isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE trades (id, price, size, side, timestamp)")
        rows = [(1, DAY), (identity, DAY + 1)]
        database.executemany("INSERT INTO trades VALUES (?, 100.5, 1.0, 'buy', ?)", rows)
        error = Follower(tmp_path).wait_for_error()

    assert isinstance(error, InputError)
    assert f"id {shown}: a table can be followed where its ids are whole numbers" in str(error)


def test_no_read_transaction_is_held_between_two_looks(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name())
    follower = Follower(tmp_path)
    for number, row in enumerate(chain(range(DAY, DAY + 1000, 100)), start=1):
        recorder.commit([row], until=row[0] + 1)
        follower.wait_for(number)
        assert recorder.wal_becomes_free()
    recorder.close()

    assert count(follower.end()) == 10


# Files


@pytest.mark.parametrize("ending", ["closed", "killed", "foreign"])
def test_it_goes_on_in_the_next_days_file(tmp_path: Path, ending: str) -> None:
    told = ending != "foreign"
    first = Recorder(tmp_path / name(1), told=told)
    follower = Follower(tmp_path, lateness_ms=20, start="2026-01-01")
    rows = chain(range(NEXT_DAY - 200, NEXT_DAY, 100))
    first.commit(rows, until=NEXT_DAY - 50 if told else None)
    follower.wait_for(2)
    if ending == "foreign":
        with closing(sqlite3.connect(tmp_path / name(1))) as database:
            database.execute("CREATE TABLE meta (name, value)")
    if ending == "closed":
        first.commit(trades=[NEXT_DAY - 1], until=NEXT_DAY, closed=True)
    second = Recorder(tmp_path / name(2), told=told)
    rows = chain(range(NEXT_DAY, NEXT_DAY + 300, 100), begin=2)
    second.commit(rows[:2], [NEXT_DAY + 1], until=NEXT_DAY + 101 if told else None)
    follower.wait_for(5)
    second.commit(rows[2:], until=NEXT_DAY + 201 if told else None)
    first.close()
    second.close()

    found = rows_of(follower.end())
    assert found == afterwards(tmp_path)[0]
    assert [Path(each.path).name for each in follower.source.ledger.inputs] == [name(1), name(2)]


@pytest.mark.parametrize("until", [0, -1])
def test_a_next_file_whose_recorder_has_told_no_time_yet_ends_no_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: int
) -> None:
    looked, look_around = Event(), Following._turn

    def turn(self: Following, file: RecordingFile, tail: Tail) -> tuple[RecordingFile, Tail | None]:
        found = look_around(self, file, tail)
        looked.set()
        return found

    monkeypatch.setattr(Following, "_turn", turn)
    first, second = Recorder(tmp_path / name(1)), Recorder(tmp_path / name(2))
    second.commit(until=until)
    follower = Follower(tmp_path, start="2026-01-01")
    assert looked.wait(SECONDS)
    rows = chain(range(NEXT_DAY - 300, NEXT_DAY + 100, 100))
    for number, row in enumerate(rows[:3], start=1):
        first.commit([row], until=row[0] + 1)
        follower.wait_for(number)
    second.commit(rows[3:], until=NEXT_DAY + 1)
    follower.wait_for(4)
    first.close()
    second.close()

    assert rows_of(follower.end()) == afterwards(tmp_path)[0]


@pytest.mark.parametrize("told", [True, False])
def test_a_file_that_never_got_a_row_is_passed(tmp_path: Path, told: bool) -> None:
    rows = chain(range(DAY, DAY + 3 * DAY_MS, DAY_MS))
    recorders = [Recorder(tmp_path / name(day), told=told or day < 3) for day in (1, 2, 3)]
    recorders[0].commit(rows[:1], until=DAY + 1)
    recorders[2].commit(rows[2:], until=rows[2][0] + 1 if told else None)
    follower = Follower(tmp_path, lateness_ms=20, start="2026-01-01")
    follower.wait_for(2)
    for recorder in recorders:
        recorder.close()

    assert rows_of(follower.end()) == afterwards(tmp_path)[0]


def test_it_begins_with_the_newest_file(tmp_path: Path) -> None:
    for day in (1, 2):
        recorder = Recorder(tmp_path / name(day))
        begin = DAY + (day - 1) * DAY_MS
        recorder.commit(chain(range(begin, begin + 200, 100)), until=begin + 200)
        recorder.close()

    assert rows_of(ended(tmp_path)) == afterwards(tmp_path / name(2))[0]


def test_it_waits_for_a_folder_and_a_file_that_are_not_there_yet(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    follower = Follower(folder)
    folder.mkdir()
    path = folder / name()
    path.touch()
    recorder = Recorder(path)
    recorder.commit(chain(range(DAY, DAY + 100, 50)), until=DAY + 51)
    follower.wait_for(2)
    recorder.close()

    assert len(rows_of(follower.end())) == 2


def test_tables_may_be_made_while_the_file_is_followed(tmp_path: Path) -> None:
    path = tmp_path / name()
    rows = chain(range(DAY, DAY + 400, 100))
    recorder = Recorder(path, told=False)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE trades")
    recorder.commit(rows[:2])
    follower = Follower(tmp_path, lateness_ms=0)
    follower.wait_for(2)
    recorder.close()
    recorder = Recorder(path)
    recorder.commit(rows[2:], [DAY + 250], DAY + 301, [(DAY + 100, None, "book", "disconnect")])
    follower.wait_for(5)
    recorder.close()

    found, (whole, source) = rows_of(follower.end()), afterwards(tmp_path)
    assert (found, follower.source.ledger.gaps) == (whole, source.ledger.gaps)


def test_what_ids_are_shows_once_there_are_rows(tmp_path: Path) -> None:
    path = tmp_path / name()
    recorder = Recorder(path, told=False)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE trades")
        database.execute("CREATE TABLE trades (id TEXT, price, size, side, timestamp)")
    recorder.commit(chain(range(DAY, DAY + 100, 100)))
    follower = Follower(tmp_path, lateness_ms=0)
    follower.wait_for(1)
    with closing(sqlite3.connect(path)) as database, database:
        rows = [("t9", DAY + 1), ("t8", DAY + 2)]
        database.executemany("INSERT INTO trades VALUES (?, 100.5, 1.0, 'buy', ?)", rows)
    follower.wait_for(3)
    recorder.close()

    assert [block.batches.trade_id.tolist() for block in follower.end()] == [[], ["t9", "t8"]]


def test_an_instrument_may_come_to_a_file_of_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Event()

    def look(*arguments: Any) -> Any:
        kept = instruments_of(*arguments)
        looked.set()
        return kept

    monkeypatch.setattr("orderflow_sqlite.source.instruments_of", look)
    with closing(of_several(tmp_path)) as database:
        database.execute(TRADE, ("C-D", DAY))
        follower = Follower(tmp_path, lateness_ms=0)
        assert looked.wait(SECONDS)
        database.execute(TRADE, ("A-B", DAY + 1))
        follower.wait_for(1)

    assert [block.batches.id.tolist() for block in follower.end()] == [[2]]


def test_where_nothing_comes_it_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    assert Follower(tmp_path).end() == []


@pytest.mark.parametrize(("told", "looks"), [(DAY + 201, True), (None, True), (None, False)])
def test_a_copy_in_the_place_of_the_file_is_read_on(
    tmp_path: Path, told: int | None, looks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.0 if looks else 3600.0)
    path = tmp_path / name()
    recorder = Recorder(path)
    rows = chain(range(DAY + 100, DAY + 500, 100))
    recorder.commit(trades=[DAY + 1], until=DAY + 2)
    recorder.commit(rows[:2], until=told)
    follower = Follower(tmp_path)
    follower.wait_for(3 if told else 1)
    assert recorder.wal_becomes_free()
    shutil.copy(path, tmp_path / "copy")
    recorder.close()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    (tmp_path / "copy").replace(path)
    recorder = Recorder(path)
    recorder.commit(rows[2:], [DAY + 350], DAY + 401)
    if looks:
        follower.wait_for(6)
    recorder.close()

    assert rows_of(follower.end()) == afterwards(path)[0]


def test_a_file_that_vanishes_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder, follower = Recorder(tmp_path / name()), Follower(tmp_path)
    for number, row in enumerate(chain(range(DAY, DAY + 400, 100)), start=1):
        recorder.commit([row], until=row[0] + 1)
        follower.wait_for(number)
        (tmp_path / name()).unlink(missing_ok=True)
    recorder.close()

    assert count(follower.end()) == 4
    assert [each.message for each in caplog.records] == [
        f"{tmp_path / name()} is gone: another in its place is waited for, or the next one"
    ]


@pytest.mark.parametrize("begin", [DAY + 50, DAY + 1000])
def test_other_rows_in_the_place_of_the_file_are_an_error_or_a_gap(
    tmp_path: Path, begin: int
) -> None:
    path = tmp_path / name()
    recorder, follower = Recorder(path), Follower(tmp_path)
    recorder.commit(chain(range(DAY, DAY + 300, 100)), until=DAY + 201)
    follower.wait_for(3)
    other = Recorder(tmp_path / "other")
    rows = chain(range(begin, begin + 200, 100), begin=7)
    other.commit([*rows, (begin + 200, 10, -1)], until=begin + 201)
    other.close()
    recorder.close()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    (tmp_path / "other").replace(path)

    if begin < DAY + 1000:
        error = follower.wait_for_error()
        assert isinstance(error, InputError)
        assert "was replaced while it was followed" in str(error)
        return
    follower.wait_for(6)
    sure = [row[2] for row in rows_of(follower.end())]
    assert sure == [True, True, True, False, False, True]
    assert [gap.reason for gap in follower.source.ledger.gaps] == [f"book: {path} was replaced"]


@pytest.mark.parametrize("late", [[], [(NEXT_DAY - 50, 1, -1)]])
def test_the_end_of_the_range_ends_it(tmp_path: Path, late: list[Row]) -> None:
    recorder = Recorder(tmp_path / name())
    rows = [*chain(range(NEXT_DAY - 100, NEXT_DAY + 100, 100)), *late]
    recorder.commit(rows, until=NEXT_DAY + 1)
    follower = Follower(tmp_path, end="2026-01-01")

    assert follower.wait_for_error() is None
    recorder.close()
    assert rows_of(follower.blocks) == afterwards(tmp_path, end="2026-01-01")[0]


# What a recorder tells, and what it does not


def test_without_a_word_of_the_recorder_rows_wait_for_late_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[float] = []
    monkeypatch.setattr(following, "monotonic", lambda: monotonic() - written[0] if written else 0)
    recorder = Recorder(tmp_path / name(), told=False)
    follower = Follower(tmp_path, lateness_ms=200)
    recorder.commit(chain(range(DAY, DAY + 200, 100)))
    recorder.commit(trades=[DAY + 50])
    written.append(monotonic())  # until now the follower's clock has stood still
    follower.wait_for(3)
    recorder.close()

    found = rows_of(follower.end())
    assert found == afterwards(tmp_path)[0]
    assert follower.source.ledger.late == 0


def test_rows_of_others_hold_no_row_back(tmp_path: Path) -> None:
    with closing(of_several(tmp_path)) as database:
        database.execute(TRADE, ("A-B", DAY))
        follower = Follower(tmp_path, lateness_ms=60)
        others = 0
        while not follower.blocks and others < 1_000:
            others += 1
            database.execute(TRADE, ("C-D", DAY + others))
            sleep(0.01)
        found = list(follower.blocks)

    assert count(found) == count(follower.end()) == 1


def test_a_row_that_comes_too_late_is_counted_and_used_at_the_time_reached(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name(), told=False)
    follower = Follower(tmp_path, lateness_ms=0)
    recorder.commit(chain(range(DAY, DAY + 200, 100)))
    follower.wait_for(2)
    recorder.commit(trades=[DAY + 50])
    follower.wait_for(3)
    recorder.close()

    assert rows_of(follower.end())[-1][-1] == [1]
    assert follower.source.ledger.late == 1


@pytest.mark.parametrize("unit", ["1000", "1.0", "0.001"])
def test_a_recorder_may_tell_the_time_in_the_unit_of_its_rows(tmp_path: Path, unit: str) -> None:
    path = tmp_path / name()
    recorder = Recorder(path)
    recorder.commit(chain(range(DAY, DAY + 2000, 1000)), [DAY + 500], DAY + 2000)
    recorder.close()
    with closing(sqlite3.connect(path)) as database, database:
        for table in ("book", "trades", "progress"):
            database.execute(f"UPDATE {table} SET timestamp = timestamp * {unit}")
    follower = Follower(tmp_path)
    follower.wait_for(3)

    assert rows_of(follower.end()) == afterwards(tmp_path)[0]
    assert follower.source.ledger.late == 0


@pytest.mark.parametrize("column", ["timestamp", "book_id"])
def test_what_a_recorder_tells_and_nobody_understands_is_an_error(
    tmp_path: Path, column: str
) -> None:
    recorder = Recorder(tmp_path / name())
    recorder.commit(chain(range(DAY, DAY + 100, 100)), until=DAY + 1)
    recorder.close()
    with closing(sqlite3.connect(tmp_path / name())) as database, database:
        database.execute(f"UPDATE progress SET {column} = 'soon'")
    error = Follower(tmp_path).wait_for_error()

    assert isinstance(error, InputError)
    assert f"table progress: {column} is 'soon', which is not" in str(error)


GAPS = [
    (DAY + 100, None, "book", "disconnect"),
    (DAY + 100, None, "trades", "disconnect"),
]


def test_after_a_gap_the_book_is_unsure_until_a_snapshot_live_and_afterwards(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path / name())
    follower = Follower(tmp_path)
    rows = chain(range(DAY, DAY + 500, 100))
    recorder.commit(rows[:2], until=DAY + 101)
    follower.wait_for(2)
    recorder.commit(rows[2:4], until=DAY + 301, gaps=GAPS)
    follower.wait_for(4)
    recorder.commit([(DAY + 400, 9, -1)], until=DAY + 401)
    follower.wait_for(5)
    recorder.close()

    found = rows_of(follower.end())
    whole, source = afterwards(tmp_path)
    assert found == whole
    assert [row[2] for row in found] == [True, True, False, False, True]
    assert source.ledger.gaps == follower.source.ledger.gaps
    assert source.ledger.gaps[0] == Gap(DAY + 100, DAY + 100, "book: disconnect")


@pytest.mark.parametrize("per_ms", [1, 1000])
def test_gaps_are_told_where_there_is_no_book_row(tmp_path: Path, per_ms: int) -> None:
    gaps = [(gap[0] * per_ms, *gap[1:]) for gap in GAPS]
    recorder = Recorder(tmp_path / name())
    recorder.commit(trades=[(DAY + 100) * per_ms], until=(DAY + 101) * per_ms, gaps=gaps)
    recorder.close()
    follower = Follower(tmp_path)
    follower.end()

    assert [gap.after for gap in follower.source.ledger.gaps] == [DAY + 100, DAY + 100]
    assert follower.source.ledger.gaps == afterwards(tmp_path)[1].ledger.gaps


def test_the_end_of_a_gap_may_be_told_later_and_become_another(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name())
    follower = Follower(tmp_path)
    recorder.commit(chain(range(DAY, DAY + 200, 100)), until=DAY + 101, gaps=GAPS)
    follower.wait_for(2)
    for number, end in enumerate((DAY + 200, DAY + 300), start=3):
        recorder.commit([(end, number, number - 1)], until=end + 1, ends=end)
        follower.wait_for(number)
    recorder.close()
    follower.end()

    found = follower.source.ledger.gaps
    assert found == afterwards(tmp_path)[1].ledger.gaps
    assert [gap.before for gap in found] == [DAY + 300, DAY + 300]


def test_a_snapshot_that_is_late_holds_back_what_comes_after_it(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name())
    follower = Follower(tmp_path)
    recorder.commit([(DAY, 5, 4), (DAY + 100, 6, 5), (DAY + 200, 5, -1)], until=DAY + 201)
    recorder.commit(trades=[DAY + 250], until=DAY + 251)
    follower.wait_for(2)
    recorder.commit([(DAY + 300, 7, 6)], until=DAY + 301)
    follower.wait_for(5)
    recorder.close()

    assert rows_of(follower.end()) == afterwards(tmp_path)[0]
    assert follower.source.ledger.late == 0


# What cannot be followed


@pytest.mark.parametrize("settings", [{"sort": True}, {"overlap": "merge"}])
def test_what_needs_all_rows_first_is_a_settings_error(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="follow reads rows as they come: leave"):
        SqliteSource(follow=True, **settings)


ONE_LEVEL = "CREATE TABLE book (id INTEGER PRIMARY KEY, timestamp, price, size, side)"
COUNTED = "CREATE TABLE book (id INTEGER PRIMARY KEY, timestamp, bids, asks, action, seq_id)"


@pytest.mark.parametrize(
    ("mode", "table", "told"),
    [
        ("WAL", ONE_LEVEL, "has one level a row, which cannot be followed"),
        ("WAL", COUNTED, 'set sequence = "counter" or "order"'),
        ("DELETE", COUNTED, "is not in WAL mode"),
        ("WAL", "CREATE TABLE other (id)", "has no table 'book'"),
    ],
)
def test_what_cannot_be_followed_is_told(
    tmp_path: Path, mode: str, table: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "READY_SECONDS", 0.0)
    database = sqlite3.connect(tmp_path / name(), isolation_level=None)
    database.execute(f"PRAGMA journal_mode = {mode}")
    database.execute(table)
    if table == COUNTED:
        database.execute("INSERT INTO book VALUES (1, ?, '[]', '[]', 'update', 7)", (DAY,))
    error = Follower(tmp_path).wait_for_error()
    database.close()

    assert isinstance(error, InputError)
    assert told in str(error)


def test_sides_that_were_never_there_are_told_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / name()
    recorder = Recorder(path)
    recorder.commit(chain(range(DAY, DAY + 200, 100)), until=DAY + 101)
    recorder.close()
    warnings = []
    for sides in ("asks = NULL", "bids = NULL, asks = NULL"):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"UPDATE book SET {sides}")
        follower = Follower(tmp_path)
        follower.wait_for(2)
        follower.source.close()
        error = follower.wait_for_error()
        warnings += [*follower.source.ledger.warnings, *([str(error)] if error else [])]

    assert warnings == [
        f"{path}, table book: asks are NULL in every row",
        f"{path}, table book: bids and asks are NULL in every row: name their columns in "
        "[source.columns]",
    ]


def test_instruments_that_are_named_need_not_be_there(tmp_path: Path) -> None:
    assert SqliteSource(path=tmp_path, follow=True, instruments=["X"]).instruments() == ["X"]
    with pytest.raises(InputError, match="there is no recording at"):
        SqliteSource(path=tmp_path, follow=True).instruments()
