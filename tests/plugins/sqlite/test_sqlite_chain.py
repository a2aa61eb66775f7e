"""The sequence numbers of a feed: which rows apply, and after which the book is sure."""

from collections.abc import Sequence as Rows
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite import sequence
from orderflow_sqlite.chain import NO_NUMBER, Kind
from orderflow_sqlite.sequence import Sequence

from orderflow_core import InputError
from orderflow_core.sources import BookRow, BookRows
from tests import oracle_sequence
from tests.plugins.sqlite.make import Row as TableRow
from tests.plugins.sqlite.make import book_row, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, Reading, read

Row = tuple[int | None, int | None, bool]  # seq_id, prev_seq_id, snapshot
Applied = tuple[list[int], bool, bool]  # the places of the rows whose levels it has, snapshot, sure


def follow(rows: Rows[Row], kind: Kind = "chain", batch: int = 100) -> tuple[list[Applied], int]:
    """Return the rows that apply, followed in batches, and how many were stale."""
    numbers = Sequence()
    numbers.chain.kind = kind
    pieces: list[BookRows] = []
    stale = 0
    for first in range(0, len(rows), batch):
        some = rows[first : first + batch]
        columns = BookRows.of(
            [BookRow(0, [(first + place, 1)], [], row[2]) for place, row in enumerate(some)]
        )
        seq, prev = (
            np.array([NO_NUMBER if row[side] is None else row[side] for row in some], np.int64)
            for side in (0, 1)
        )
        pieces.append(numbers.follow(columns, seq, prev))
        stale += len(numbers.stale)
        numbers.stale.clear()
    pieces += numbers.end()
    return [applied for piece in pieces for applied in applied_of(piece)], stale + len(
        numbers.stale
    )


def applied_of(rows: BookRows) -> list[Applied]:
    places = [int(price) for price in rows.bid_price]
    levels = [places[start:stop] for start, stop in pairwise(rows.bid_offset.tolist())]
    return list(zip(levels, rows.snapshot.tolist(), rows.sure.tolist(), strict=True))


def sure(*rows: Row, kind: Kind = "chain") -> list[bool]:
    return [applied[2] for applied in follow(rows, kind)[0]]


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


def test_an_older_row_is_dropped_and_one_that_straddles_the_snapshot_applies() -> None:
    rows: list[Row] = [
        (115, -1, True),
        (112, 105, False),
        (115, 112, False),
        (120, 112, False),
        (130, 120, False),
    ]

    assert follow(rows) == ([([0], True, True), ([3], False, True), ([4], False, True)], 2)


LATE: list[Row] = [
    (105, 100, False),
    (112, 105, False),
    (120, 112, False),
    (110, -1, True),
    (130, 120, False),
]


def test_a_snapshot_that_comes_late_is_folded_with_the_rows_above_it() -> None:
    applied, stale = follow(LATE)

    assert applied[:3] == [([0], False, False), ([1], False, False), ([2], False, False)]
    assert applied[3:] == [([3, 1, 2], True, True), ([4], False, True)]
    assert stale == 0


def test_a_late_snapshot_waits_over_stale_rows_and_batches() -> None:
    rows: list[Row] = [*LATE[:4], (105, 100, False), (109, 105, False), LATE[4]]

    for batch in (1, 2, 3, 4, 9):
        assert follow(rows, batch=batch) == ([*follow(LATE)[0][:4], ([6], False, True)], 2)


def test_a_late_snapshot_that_nothing_follows_is_folded() -> None:
    assert follow(LATE[:4])[0] == follow(LATE)[0][:4]


def test_a_lower_snapshot_is_a_new_beginning_where_the_next_row_goes_on_from_it() -> None:
    rows: list[Row] = [(900, -1, True), (905, 900, False), (7, -1, True), (9, 7, False)]

    assert follow(rows) == ([([place], place % 2 == 0, True) for place in range(4)], 0)


def test_a_lower_snapshot_that_the_next_row_straddles_is_a_new_beginning() -> None:
    rows: list[Row] = [(900, -1, True), (905, 900, False), (7, -1, True), (9, 5, False)]

    assert follow(rows)[0][2:] == [([2], True, True), ([3], False, True)]


def test_a_lower_snapshot_beyond_what_is_kept_is_dropped_from_a_sure_book() -> None:
    rows: list[Row] = [(100, -1, True), (105, 100, False), (90, -1, True), (110, 105, False)]

    assert follow(rows) == ([([0], True, True), ([1], False, True), ([3], False, True)], 1)


def test_a_lower_snapshot_beyond_what_is_kept_applies_to_an_unsure_book() -> None:
    rows: list[Row] = [(105, 100, False), (90, -1, True), (110, 105, False)]

    assert follow(rows) == ([([0], False, False), ([1], True, False), ([2], False, False)], 0)


def test_a_gap_ends_what_a_late_snapshot_is_folded_with() -> None:
    rows: list[Row] = [(105, 100, False), (120, 115, False), (110, -1, True), (130, 120, False)]

    assert sure(*rows) == [False, False, False, False]


@pytest.mark.parametrize(("kept", "is_sure"), [(3, True), (2, False)])
def test_so_many_rows_are_kept_and_no_more(
    kept: int, is_sure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence, "KEPT", kept)
    rows: list[Row] = [(2, 1, False), (3, 2, False), (4, 3, False), (1, -1, True), (5, 4, False)]

    assert sure(*rows)[3:] == [is_sure, is_sure]


def test_a_counter_shows_what_is_missing() -> None:
    rows: list[Row] = [(7, None, True), (8, None, False), (10, None, False), (11, None, True)]

    assert sure(*rows, kind="counter") == [True, True, False, True]


def test_a_counter_begins_again_at_1() -> None:
    rows: list[Row] = [(7, None, True), (8, None, False), (1, None, False), (2, None, False)]

    assert follow(rows, "counter")[1] == 0
    assert sure(*rows, kind="counter") == [True] * 4


def test_of_an_order_only_what_comes_again_is_dropped() -> None:
    rows: list[Row] = [(7, None, False), (90, None, False), (90, None, False), (91, None, False)]

    assert follow(rows, "order") == ([([place], False, True) for place in (0, 1, 3)], 1)


number = st.sampled_from([None, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8])
ANY_ROWS = st.lists(st.tuples(number, number, st.sampled_from([False, False, True])), max_size=30)


@st.composite
def feeds(draw: st.DrawFn) -> list[Row]:
    """Return a feed whose rows name each other, with snapshots, some of them late or lost."""
    rows: list[Row] = []
    last = draw(st.integers(0, 9))
    for _ in range(draw(st.integers(1, 25))):
        match draw(st.sampled_from(["next"] * 6 + ["lost", "snapshot", "late", "again", "reset"])):
            case "next":
                rows.append((last + draw(st.integers(0, 3)), last, False))
                last = rows[-1][0] or 0
            case "lost":
                last += draw(st.integers(1, 5))
            case "snapshot":
                last += draw(st.integers(0, 3))
                rows.append((last, -1, True))
            case "late":
                rows.append((max(0, last - draw(st.integers(1, 9))), -1, True))
            case "again" if rows:
                rows.append(rows[max(0, len(rows) - draw(st.integers(1, 4)))])
            case _:
                last = draw(st.integers(0, 9))
                rows.append((last, -1, draw(st.booleans())))
    return rows


@given(
    rows=ANY_ROWS | feeds(),
    kind=st.sampled_from(["chain", "counter", "order"]),
    batch=st.integers(1, 9),
    kept=st.sampled_from([2, 3, 4_096]),
)
def test_any_rows_in_any_batches_mean_what_the_rules_say(
    rows: list[Row], kind: Kind, batch: int, kept: int
) -> None:
    plain = [
        oracle_sequence.Numbered(
            oracle_sequence.BookRow(0, [(place, 1)], [], snapshot), kind, seq, prev
        )
        for place, (seq, prev, snapshot) in enumerate(rows)
    ]
    with pytest.MonkeyPatch.context() as patched:
        for module in (sequence, oracle_sequence):
            patched.setattr(module, "KEPT", kept)
        applied, stale = oracle_sequence.follow(plain)
        found = follow(rows, kind, batch)

    wanted = [([int(price) for price, _ in row.bids], row.snapshot, row.sure) for row in applied]
    assert found == (wanted, stale)


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


def numbered(path: Path, *rows: tuple[int, object, object, str], **settings: Any) -> Reading:
    """Read rows of time, seq_id, prev_seq_id and action, each with a bid of its own."""
    table = [
        book_row(time, [(place, 1)], action=action, seq_id=seq, prev_seq_id=prev)
        for place, (time, seq, prev, action) in enumerate(rows, 1)
    ]
    return read(write(path / DAY_1, table), **settings)


def test_a_late_snapshot_applies_where_it_was_received(tmp_path: Path) -> None:
    found = numbered(
        tmp_path,
        (1_000, 105, 100, "update"),
        (1_108, 112, 105, "update"),
        (1_160, 120, 112, "update"),
        (1_101, 110, -1, "snapshot"),
        (1_212, 130, 120, "update"),
    )

    assert found.times == [1_000, 1_108, 1_160, 1_160, 1_212]
    assert found.sure == [False, False, False, True, True]
    assert found.bids[3] == [(4, 1), (2, 1), (3, 1)]
    assert (found.ledger.late, found.ledger.stale) == (1, 0)


@pytest.mark.parametrize("batch", [1, 2, 100])
@pytest.mark.parametrize("sort", [False, True])
def test_the_numbers_decide_and_the_clock_nothing(tmp_path: Path, batch: int, sort: bool) -> None:
    found = numbered(
        tmp_path,
        (10, 1, -1, "snapshot"),
        (30, 2, 1, "update"),
        (20, 3, 2, "update"),
        (25, 2, 1, "update"),
        (40, 4, 3, "update"),
        sort=sort,
        book_batch=batch,
    )

    assert found.times == [10, 30, 30, 40]
    assert found.bids == [[(1, 1)], [(2, 1)], [(3, 1)], [(5, 1)]]
    assert (found.ledger.late, found.ledger.stale) == (1, 1)
    assert all(found.sure)


def test_a_table_whose_numbers_are_all_missing_is_sorted_or_refused(tmp_path: Path) -> None:
    rows = [(10, None, None, "update"), (9, None, None, "update")]

    assert numbered(tmp_path, *rows, sort=True).times == [9, 10]
    with pytest.raises(InputError, match="set sort = true"):
        read(tmp_path)


def test_trades_have_no_numbers_and_are_sorted(tmp_path: Path) -> None:
    book = [book_row(10, seq_id=1, prev_seq_id=-1), book_row(9, seq_id=2, prev_seq_id=1)]
    write(tmp_path / DAY_1, book, map(trade_row, [12, 11]))

    found = read(tmp_path, sort=True)

    assert found.times == [10, 10]
    assert [trade.timestamp for trade in found.trades] == [11, 12]


def test_what_is_stale_or_late_before_the_range_is_not_counted(tmp_path: Path) -> None:
    start = 1_748_736_000_000
    found = numbered(
        tmp_path,
        (start - 9, 1, -1, "snapshot"),
        (start - 9, 1, 0, "update"),
        (start - 10, 2, 1, "update"),
        (start, 3, 2, "update"),
        (start, 3, 2, "update"),
        (start - 1, 4, 3, "update"),
        start="2025-06-01",
    )

    assert (found.ledger.late, found.ledger.stale) == (1, 1)


COUNTED = [book_row(time, [(time, 1)], seq_id=time) for time in range(1, 41)]


def test_numbers_that_rise_by_1_are_a_counter(tmp_path: Path) -> None:
    rows = [{**COUNTED[0], "action": "snapshot"}, *COUNTED[1:20], *COUNTED[21:]]

    found = read(write(tmp_path / DAY_1, rows))

    assert found.sure == [True] * 20 + [False] * 19
    assert found.warnings == []


def test_numbers_that_rise_otherwise_are_an_order_and_that_is_told(tmp_path: Path) -> None:
    rows = [{**row, "seq_id": 7 * place} for place, row in enumerate([*COUNTED, COUNTED[-1]])]
    rows[-1]["seq_id"] = 7

    found = read(write(tmp_path / DAY_1, rows))

    assert all(found.sure)
    assert found.ledger.stale == 1
    assert "rows that are missing cannot be seen" in found.warnings[0]


def test_a_column_without_any_number_of_the_row_before_is_as_none(tmp_path: Path) -> None:
    rows = [{**row, "prev_seq_id": None} for row in COUNTED]

    assert read(write(tmp_path / DAY_1, rows)).sure == [False] * 40


@pytest.mark.parametrize(
    ("kind", "expected"), [("order", True), ("none", True), ("counter", False), ("auto", False)]
)
def test_what_the_numbers_are_can_be_set(tmp_path: Path, kind: str, expected: bool) -> None:
    found = read(write(tmp_path / DAY_1, COUNTED), sequence=kind)

    assert found.sure == [expected] * 40


@pytest.mark.parametrize(
    ("kind", "columns", "missing"),
    [
        ("chain", ["seq_id"], "prev_seq_id"),
        ("chain", [], "seq_id"),
        ("counter", ["prev_seq_id"], "seq_id"),
        ("order", [], "seq_id"),
    ],
)
def test_what_is_set_needs_its_columns(
    tmp_path: Path, kind: str, columns: list[str], missing: str
) -> None:
    write(tmp_path / DAY_1, [book_row(1, **dict.fromkeys(columns, 1))])

    with pytest.raises(
        InputError, match=f'table book: no column {missing}, which sequence = "{kind}"'
    ):
        read(tmp_path, sequence=kind)


@pytest.mark.parametrize("column", ["seq_id", "prev_seq_id"])
def test_one_column_alone_is_no_chain(tmp_path: Path, column: str) -> None:
    rows = [book_row(time, **{column: 7 * time}) for time in (1, 2, 3)]

    assert read(write(tmp_path / DAY_1, rows)).sure == [True, True, True]
