"""Several files as one stream: snapshots, what is carried, and gaps."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite.source import SqliteSource

from orderflow_core import InputError
from orderflow_core.sources import Gap
from tests.plugins.sqlite.make import Row, book_row, levels, trade_row, write, write_times
from tests.plugins.sqlite.reading import DAY_1, DAY_2, read


def full_row(timestamp: int, count: int = 3, **columns: object) -> Row:
    """Return a row that sets `count` levels a side, bids from 100 down."""
    return book_row(timestamp, levels(count, 100, -1), levels(count, 101, 1), **columns)


# One stream


def test_a_window_spans_the_boundary_of_files(tmp_path: Path) -> None:
    """The trade of 15 stands in the first file, that of 18 in the second."""
    write(tmp_path / DAY_1, [book_row(10)], [trade_row(15)])
    write(tmp_path / DAY_2, [book_row(20)], [trade_row(18, id=5), trade_row(25, id=6)])

    found = read(tmp_path)

    assert found.windows == [(10, 20), (20, 26)]
    assert found.trade_ids == [[1, 5], [6]]


def test_trades_of_a_second_file_without_book_rows_go_on_in_the_last_window(
    tmp_path: Path,
) -> None:
    write(tmp_path / DAY_1, [book_row(10)])
    write(tmp_path / DAY_2, [], [trade_row(30)])

    assert read(tmp_path).windows == [(10, 31)]


def test_files_are_read_in_the_order_of_their_days(tmp_path: Path) -> None:
    write(tmp_path / "BTC-USDT-25-01-31.db", [book_row(10)])
    write(tmp_path / "BTC-USDT-25-02-01.db", [book_row(20)])
    write(tmp_path / "BTC-USDT-24-12-31.db", [book_row(5)])

    assert read(tmp_path).times == [5, 10, 20]


def test_a_file_may_begin_at_the_time_the_one_before_ended(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10), book_row(20)])
    write(tmp_path / DAY_2, [book_row(20), book_row(30)])

    assert read(tmp_path).windows == [(10, 20), (20, 20), (20, 30), (30, 31)]


@pytest.mark.parametrize("table", ["book", "trades"])
def test_files_that_overlap_in_time_are_an_error_that_names_both(
    tmp_path: Path, table: str
) -> None:
    write_times(tmp_path / DAY_1, table, [10, 21])
    write_times(tmp_path / DAY_2, table, [20, 30])

    with pytest.raises(InputError) as caught:
        read(tmp_path)

    assert DAY_1 in str(caught.value)
    assert DAY_2 in str(caught.value)
    assert f"overlap in time: table {table} ends at 21" in str(caught.value)


def test_files_around_an_empty_one_that_overlap_are_found(tmp_path: Path) -> None:
    write(tmp_path / "BTC-USDT-25-06-01.db", [book_row(21)])
    write(tmp_path / "BTC-USDT-25-06-02.db")
    write(tmp_path / "BTC-USDT-25-06-03.db", [book_row(20)])

    with pytest.raises(InputError, match=r"25-06-01\.db and .*25-06-03\.db overlap"):
        read(tmp_path)


def test_an_overlap_is_found_in_sorted_reading_too(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10), book_row(40), book_row(20)])
    write(tmp_path / DAY_2, [book_row(50), book_row(30)])

    with pytest.raises(InputError, match="ends at 40 in the one and begins at 30"):
        read(tmp_path, sort=True)


TIMES = st.lists(st.integers(0, 9), max_size=8).map(sorted)


@given(rows=TIMES, trades=TIMES, cuts=st.lists(st.integers(0, 10), min_size=1, max_size=2))
def test_it_does_not_matter_where_a_stream_is_cut_into_files(
    tmp_path_factory: pytest.TempPathFactory, rows: list[int], trades: list[int], cuts: list[int]
) -> None:
    whole, parts = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("parts")
    write(whole / DAY_1, map(book_row, rows), [trade_row(time, size=time + 1) for time in trades])
    bounds = [-1, *sorted(cuts), 99]
    for day, (start, stop) in enumerate(pairwise(bounds), 1):
        write(
            parts / f"BTC-USDT-25-06-0{day}.db",
            [book_row(time) for time in rows if start <= time < stop],
            [trade_row(time, size=time + 1) for time in trades if start <= time < stop],
        )

    found, expected = read(parts), read(whole)

    assert found.windows == expected.windows
    assert [[t.size for t in batch] for batch in found.batches] == [
        [t.size for t in batch] for batch in expected.batches
    ]


# Snapshots


def test_a_first_row_with_levels_enough_is_a_snapshot(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [full_row(10), full_row(20)])

    assert read(tmp_path, snapshot_levels=3).snapshots == [True, False]


def test_a_level_of_the_first_file_alone_is_gone_after_the_seconds_snapshot(
    tmp_path: Path,
) -> None:
    write(tmp_path / DAY_1, [full_row(10), book_row(11, [(50, 9)])])
    write(tmp_path / DAY_2, [full_row(20)])

    assert read(tmp_path, snapshot_levels=3).last_bids == {100: 1, 99: 1, 98: 1}


@pytest.mark.parametrize(
    ("bids", "asks"),
    [(2, 3), (3, 2), (2, 2)],
)
def test_both_sides_must_have_levels_enough(tmp_path: Path, bids: int, asks: int) -> None:
    row = book_row(10, levels(bids, 100, -1), levels(asks, 101, 1))
    write(tmp_path / DAY_1, [row])

    assert read(tmp_path, snapshot_levels=3).snapshots == [False]


def test_deletions_are_not_counted_among_the_levels(tmp_path: Path) -> None:
    row = book_row(10, [*levels(2, 100, -1), (97, 0)], levels(3, 101, 1))
    write(tmp_path / DAY_1, [row])

    assert read(tmp_path, snapshot_levels=3).snapshots == [False]


@pytest.mark.parametrize(("count", "expected"), [(49, False), (50, True)])
def test_by_default_fifty_levels_a_side_are_enough(
    tmp_path: Path, count: int, expected: bool
) -> None:
    write(tmp_path / DAY_1, [full_row(10, count)])

    assert read(tmp_path).snapshots == [expected]


def test_a_snapshot_is_not_guessed_where_the_settings_say_never(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [full_row(10)])
    write(tmp_path / DAY_2, [full_row(20)])

    assert read(tmp_path, snapshot_levels=3, snapshot="never").snapshots == [False, False]


@pytest.mark.parametrize("snapshot", ["auto", "never"])
def test_the_column_action_says_which_rows_are_snapshots(tmp_path: Path, snapshot: str) -> None:
    actions = ["update", "snapshot", None, "Partial", "snapshots", "FULL", 1]
    rows = [full_row(10 + row, action=action) for row, action in enumerate(actions)]
    write(tmp_path / DAY_1, rows)

    found = read(tmp_path, snapshot_levels=3, snapshot=snapshot)

    assert found.snapshots == [False, True, False, True, False, True, False]


def test_the_words_for_a_snapshot_can_be_set(tmp_path: Path) -> None:
    actions = ["o'clock", "O'CLOCK", "snapshot", "2", 2, 2.0]
    write(tmp_path / DAY_1, [book_row(10, action=action) for action in actions])

    found = read(tmp_path, snapshot_words=["o'clock", "2"])

    assert found.snapshots == [True, True, False, True, True, True]


def test_the_word_that_other_rows_have_may_be_that_of_a_snapshot(tmp_path: Path) -> None:
    actions = ["update", "Update", "other", None]
    write(tmp_path / DAY_1, [book_row(10, action=action) for action in actions])

    assert read(tmp_path, snapshot_words=["UPDATE"]).snapshots == [True, True, False, False]


@pytest.mark.parametrize("column", ["is_snapshot", "snapshot"])
def test_a_flag_says_which_rows_are_snapshots(tmp_path: Path, column: str) -> None:
    flags = [1, 0, "true", "FALSE", None, "T", "1", 1.0, "0", ""]
    write(tmp_path / DAY_1, [book_row(10, **{column: flag}) for flag in flags])

    assert [number for number, mark in enumerate(read(tmp_path).snapshots) if mark] == [
        0,
        2,
        5,
        6,
        7,
    ]


def test_every_row_is_a_snapshot_where_the_settings_say_always(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(time, [(time, 1)]) for time in (10, 11, 12)])

    found = read(tmp_path, snapshot="always")

    assert found.snapshots == [True, True, True]
    assert found.last_bids == {12: 1}


def whole_book(time: int, mid: float, **columns: object) -> Row:
    return book_row(time, levels(3, mid - 0.5, -1), levels(3, mid + 0.5, 1), **columns)


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_a_table_of_whole_books_is_noticed(tmp_path: Path, batch: int) -> None:
    write(tmp_path / DAY_1, [whole_book(time, 100 + time) for time in range(9)])

    found = read(tmp_path, book_batch=batch)

    assert found.snapshots == [True] * 9
    assert found.last_bids == dict(levels(3, 107.5, -1))


def test_whole_books_that_were_noticed_go_on_in_the_next_file(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [whole_book(time, 100 + time) for time in range(9)])
    write(tmp_path / DAY_2, [whole_book(20, 109)])

    assert read(tmp_path).snapshots == [True] * 10


@pytest.mark.parametrize(
    "other",
    [
        book_row(20, [(100, 0), (99, 1)], [(111, 1)]),
        book_row(20, [], [(111, 1)]),
        book_row(20, None, [(111, 1)]),
        whole_book(20, 100, action="snapshot"),
        book_row(20, [(112, 1)], [(111, 1)]),
    ],
    ids=["a size of 0", "an empty side", "an absent side", "a word", "a crossed book"],
)
def test_one_row_that_is_no_whole_book_makes_all_of_them_updates(
    tmp_path: Path, other: Row
) -> None:
    rows = [whole_book(time, 100 + time) for time in range(9)]
    write(tmp_path / DAY_1, [*rows, other])

    assert read(tmp_path).snapshots[:9] == [False] * 9


def test_books_that_are_not_crossed_as_updates_are_read_as_such(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [whole_book(time, 100) for time in range(9)])

    assert read(tmp_path).snapshots == [False] * 9


def test_whole_books_are_not_looked_for_where_the_settings_say_never(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [whole_book(time, 100 + time) for time in range(9)])

    assert read(tmp_path, snapshot="never").snapshots == [False] * 9


# What is carried


def test_a_second_file_without_a_snapshot_keeps_the_book(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [full_row(10)])
    write(tmp_path / DAY_2, [book_row(20, [(100, 0), (90, 7)])])

    found = read(tmp_path, snapshot_levels=3)

    assert found.last_bids == {99: 1, 98: 1, 90: 7}
    assert found.ledger.carried_without_snapshot == 1


def test_each_later_file_without_a_snapshot_is_counted(tmp_path: Path) -> None:
    for day in range(1, 5):
        write(tmp_path / f"BTC-USDT-25-06-0{day}.db", [book_row(day), book_row(day)])

    assert read(tmp_path).ledger.carried_without_snapshot == 3


def test_the_first_file_carries_nothing_and_is_not_counted(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10)])

    assert read(tmp_path).ledger.carried_without_snapshot == 0


def test_a_snapshot_at_the_beginning_is_not_counted(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [full_row(10)])
    write(tmp_path / DAY_2, [full_row(20)])

    assert read(tmp_path, snapshot_levels=3).ledger.carried_without_snapshot == 0


def test_the_column_action_decides_what_is_carried_too(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [full_row(10, action="snapshot")])
    write(tmp_path / DAY_2, [full_row(20, action="update")])

    assert read(tmp_path, snapshot_levels=3).ledger.carried_without_snapshot == 1


# Gaps


def test_a_longer_time_without_a_book_row_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, map(book_row, [0, 2000, 4001, 4002]))

    assert read(tmp_path, gap_seconds=2).ledger.gaps == [Gap(after=2000, before=4001)]


def test_trades_do_not_fill_a_gap(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, map(book_row, [0, 3000]), map(trade_row, [1000, 2000]))

    assert read(tmp_path, gap_seconds=2).ledger.gaps == [Gap(after=0, before=3000)]


def test_a_gap_between_files_is_found(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(0)])
    write(tmp_path / DAY_2, [book_row(3000)])

    assert read(tmp_path, gap_seconds=2).ledger.gaps == [Gap(after=0, before=3000)]


def test_by_default_a_minute_is_no_gap(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, map(book_row, [0, 60_000, 120_001]))

    assert read(tmp_path).ledger.gaps == [Gap(after=60_000, before=120_001)]


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_gap_of_no_length_or_without_end_is_refused(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(ValueError, match="gap_seconds"):
        read(tmp_path, gap_seconds=seconds)


# What the report says of the inputs


def test_each_file_is_an_input_with_its_bytes_and_the_rows_of_both_tables(tmp_path: Path) -> None:
    first = write(tmp_path / DAY_1, [book_row(10), book_row(11)], [trade_row(12)])
    second = write(tmp_path / DAY_2, [book_row(20)])

    inputs = read(tmp_path).ledger.inputs

    assert [(each.path, each.bytes, each.rows) for each in inputs] == [
        (str(first), first.stat().st_size, 3),
        (str(second), second.stat().st_size, 1),
    ]


def test_an_input_has_the_times_of_its_first_row_and_its_last(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10), book_row(11)], [trade_row(5)])
    write(tmp_path / DAY_2)

    inputs = read(tmp_path).ledger.inputs

    assert [(each.first_timestamp, each.last_timestamp) for each in inputs] == [
        (5, 11),
        (None, None),
    ]


def test_a_refused_row_has_been_read(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10), book_row(11, "nonsense")])

    assert read(tmp_path).ledger.inputs[0].rows == 2


def test_each_block_knows_the_time_of_the_whole_input(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10)], [trade_row(5)])
    write(tmp_path / DAY_2, [book_row(20)], [trade_row(35)])

    spans = {block.span for block in SqliteSource(path=tmp_path).blocks("BTC-USDT")}

    assert [(span.first, span.last) for span in spans] == [(5, 35)]
