"""The chain of sequence numbers against its plain meaning."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite.chain import NO_NUMBER, Chain

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


@pytest.mark.parametrize("row", [(None, None, False), (11, None, False), (None, 9, False)])
def test_a_number_that_is_missing_breaks_a_chain(row: Row) -> None:
    assert sure((10, -1, True), row) == [True, False]


def test_no_rows_leave_the_chain_as_it_was() -> None:
    chain = Chain()
    none = np.empty(0, np.int64)
    chain.follow(np.array([10]), np.array([-1]), np.array([True]))
    chain.follow(none, none, none.astype(np.bool_))

    assert chain.follow(np.array([11]), np.array([10]), np.array([False]))[1].tolist() == [True]


def plain(rows: Sequence[Row]) -> tuple[list[bool], list[bool]]:
    """Say row by row what the rule says."""
    last: int | None = None
    book_is_sure = True
    snapshots: list[bool] = []
    marks: list[bool] = []
    for seq, prev, snapshot in rows:
        if snapshot or prev == -1:
            book_is_sure = True
        elif prev != last:
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
