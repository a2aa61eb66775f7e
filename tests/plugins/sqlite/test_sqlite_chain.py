"""The chain of sequence numbers against its plain meaning."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite.chain import NO_NUMBER, Chain

from tests.plugins.sqlite.make import Row as TableRow
from tests.plugins.sqlite.make import book_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, read

Row = tuple[int | None, int | None, bool]  # seq_id, prev_seq_id, snapshot


def follow(rows: Sequence[Row], batch: int = 100) -> tuple[list[bool], list[bool]]:
    """Return which rows are snapshots, and which are sure, followed in batches."""
    chain = Chain()
    snapshots: list[bool] = []
    sure: list[bool] = []
    for first in range(0, len(rows), batch):
        some = rows[first : first + batch]
        seq, prev = (
            np.array([NO_NUMBER if row[side] is None else row[side] for row in some], np.int64)
            for side in (0, 1)
        )
        found = chain.follow(seq, prev, np.array([row[2] for row in some], np.bool_))
        snapshots += found[0].tolist()
        sure += found[1].tolist()
    return snapshots, sure


def sure(*rows: Row) -> list[bool]:
    return follow(rows)[1]


def test_rows_that_name_the_one_before_are_sure() -> None:
    assert sure((10, -1, True), (12, 10, False), (15, 12, False)) == [True, True, True]


def test_a_missing_row_makes_the_book_unsure_until_the_next_snapshot() -> None:
    rows: list[Row] = [
        (10, -1, True),
        (15, 12, False),
        (16, 15, False),
        (20, -1, True),
        (21, 20, False),
    ]

    assert sure(*rows) == [True, False, False, True, True]


def test_a_snapshot_need_not_name_the_row_before() -> None:
    assert sure((10, -1, True), (30, 25, True), (31, 30, False)) == [True, True, True]


def test_a_row_from_nothing_is_a_snapshot() -> None:
    rows: list[Row] = [(10, -1, False), (12, 11, False), (20, -1, False)]

    assert follow(rows) == ([True, False, True], [True, False, True])


def test_an_equal_pair_keeps_the_feed_alive() -> None:
    assert sure((10, -1, True), (10, 10, False), (11, 10, False)) == [True, True, True]


def test_an_equal_pair_of_another_number_tells_that_rows_are_missing() -> None:
    assert sure((10, -1, True), (12, 12, False)) == [True, False]


def test_a_lower_number_after_a_link_is_a_reset() -> None:
    assert sure((10, -1, True), (3, 10, False), (4, 3, False)) == [True, True, True]


def test_a_recording_that_begins_in_the_midst_is_unsure() -> None:
    assert sure((11, 10, False), (12, 11, False), (13, -1, True)) == [False, False, True]


def test_a_table_without_any_number_is_sure() -> None:
    assert sure((None, None, False), (None, None, True), (None, None, False)) == [True, True, True]


@pytest.mark.parametrize(
    "row", [(None, None, False), (11, None, False), (None, 9, False), (None, 10, False)]
)
def test_a_number_that_is_missing_breaks_a_chain(row: Row) -> None:
    rows: list[Row] = [(10, -1, True), row, (12, 11, False), (None, None, False), (20, -1, True)]

    assert sure(*rows) == [True, False, False, False, True]


@pytest.mark.parametrize("row", [(11, None, False), (None, None, False), (None, 10, False)])
def test_two_numbers_that_are_missing_are_no_link(row: Row) -> None:
    assert sure((None, 9, True), row) == [True, False]


def test_rows_without_numbers_before_the_first_one_are_sure() -> None:
    rows: list[Row] = [(None, None, False), (None, None, False), (11, 10, False), (12, 11, False)]

    assert sure(*rows) == [True, True, False, False]


def test_no_rows_leave_the_chain_as_it_was() -> None:
    chain = Chain()
    none = np.empty(0, np.int64)
    chain.follow(np.array([10]), np.array([-1]), np.array([True]))
    chain.follow(none, none, none.astype(np.bool_))

    assert chain.follow(np.array([11]), np.array([10]), np.array([False]))[1].tolist() == [True]


def plain(rows: Sequence[Row]) -> tuple[list[bool], list[bool]]:
    """Say row by row what the rule says."""
    last: int | None = None
    numbered = False
    book_is_sure = True
    snapshots: list[bool] = []
    marks: list[bool] = []
    for seq, prev, snapshot in rows:
        numbered = numbered or seq is not None or prev is not None
        if snapshot or prev == -1:
            book_is_sure = True
        elif numbered and (seq is None or prev is None or prev != last):
            book_is_sure = False
        last = seq
        snapshots.append(snapshot or prev == -1)
        marks.append(book_is_sure)
    return snapshots, marks


numbers = st.sampled_from([None, -1, 0, 1, 2, 3])
chains = st.lists(st.tuples(numbers, numbers, st.sampled_from([False, False, True])), max_size=30)


@given(rows=chains, batch=st.integers(1, 9))
def test_any_rows_in_any_batches_mean_what_the_rule_says(rows: list[Row], batch: int) -> None:
    assert follow(rows, batch) == plain(rows)


# Through the source

BROKEN_CHAIN: list[TableRow] = [
    book_row(10, [(100, 1)], seq_id=5, prev_seq_id=-1),
    book_row(11, [(100, 2)], seq_id=7, prev_seq_id=5),
    book_row(12, [(100, 3)], seq_id=9, prev_seq_id=8),
    book_row(13, [(100, 4)], seq_id=9, prev_seq_id=9),
    book_row(14, [(99, 4)], seq_id=20, prev_seq_id=-1),
    book_row(15, [], seq_id=3, prev_seq_id=20),
]
SURE = [True, True, False, False, True, True]


@pytest.mark.parametrize("batch", [1, 2, 4, 100])
def test_a_broken_chain_marks_its_rows_whatever_the_batch(tmp_path: Path, batch: int) -> None:
    found = read(write(tmp_path / DAY_1, BROKEN_CHAIN), book_batch=batch)

    assert found.sure == SURE
    assert found.snapshots == [True, False, False, False, True, False]
    assert found.last_bids == {99: 4}


@pytest.mark.parametrize("form", [str, float], ids=["text", "float"])
def test_numbers_may_be_texts_or_whole_floats(tmp_path: Path, form: type) -> None:
    rows = [
        {**row, **{column: form(row[column]) for column in ("seq_id", "prev_seq_id")}}
        for row in BROKEN_CHAIN
    ]

    assert read(write(tmp_path / DAY_1, rows)).sure == SURE


def test_a_chain_goes_on_in_the_next_file(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, BROKEN_CHAIN[:1])
    write(tmp_path / DAY_2, BROKEN_CHAIN[1:3])

    assert read(tmp_path).sure == [True, True, False]


def test_a_row_that_is_refused_is_missing_from_the_chain(tmp_path: Path) -> None:
    rows = [
        BROKEN_CHAIN[0],
        {**BROKEN_CHAIN[1], "bids": "?"},
        book_row(12, seq_id=8, prev_seq_id=7),
    ]

    assert read(write(tmp_path / DAY_1, rows)).sure == [True, False]


def test_a_first_row_from_nothing_carries_no_book_into_its_file(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, BROKEN_CHAIN[:2])
    write(tmp_path / DAY_2, BROKEN_CHAIN[4:])

    assert read(tmp_path).ledger.carried_without_snapshot == 0


def test_an_action_is_enough_to_begin_anew(tmp_path: Path) -> None:
    rows = [
        book_row(10, action="snapshot", seq_id=5, prev_seq_id=4),
        book_row(11, action="update", seq_id=6, prev_seq_id=5),
        book_row(12, action="update", seq_id=9, prev_seq_id=8),
        book_row(13, action="snapshot", seq_id=10, prev_seq_id=8),
    ]

    assert read(write(tmp_path / DAY_1, rows)).sure == [True, True, False, True]


@pytest.mark.parametrize("column", ["seq_id", "prev_seq_id"])
def test_one_column_alone_is_no_chain(tmp_path: Path, column: str) -> None:
    rows = [book_row(time, **{column: 7 * time}) for time in (1, 2, 3)]

    assert read(write(tmp_path / DAY_1, rows)).sure == [True, True, True]
