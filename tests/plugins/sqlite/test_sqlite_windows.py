"""Book rows and trades into windows: every trade in exactly one."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.sqlite.make import Row, book_row, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, Reading, read

ALL_BATCHES = pytest.mark.parametrize("batch", [1, 2, 2048])


def reading(folder: Path, rows: list[int], trades: list[int], **options: Any) -> Reading:
    """Read a recording with book rows and trades at these times; trade ids count from 1 on."""
    path = write(folder / DAY_1, map(book_row, rows), map(trade_row, trades))
    return read(path, **options)


@ALL_BATCHES
def test_a_row_is_the_newest_until_the_next_one(tmp_path: Path, batch: int) -> None:
    found = reading(tmp_path, [10, 20, 30], [10, 19, 20, 30], book_batch=batch, trade_batch=batch)

    assert found.windows == [(10, 20), (20, 30), (30, 31)]
    assert found.trade_ids == [[1, 2], [3], [4]]


@ALL_BATCHES
def test_of_rows_with_equal_times_the_last_has_the_trades(tmp_path: Path, batch: int) -> None:
    found = reading(tmp_path, [10, 20, 20, 30], [20, 25], book_batch=batch, trade_batch=batch)

    assert found.windows == [(10, 20), (20, 20), (20, 30), (30, 31)]
    assert found.trade_ids == [[], [], [1, 2], []]


@ALL_BATCHES
def test_trades_before_the_first_row_have_an_opening_window(tmp_path: Path, batch: int) -> None:
    found = reading(tmp_path, [10, 20], [5, 9, 10], book_batch=batch, trade_batch=batch)

    assert found.windows == [(5, 10), (10, 20), (20, 21)]
    assert found.trade_ids == [[1, 2], [3], []]
    assert found.opening == [True, False, False]


def test_the_opening_window_has_no_levels_and_is_no_snapshot(tmp_path: Path) -> None:
    row = book_row(10, [(100, 1)], [(101, 1)])
    path = write(tmp_path / DAY_1, [row], [trade_row(5)])

    found = read(path, snapshot_levels=1)

    assert found.bids == [[], [(100, 1)]]
    assert found.snapshots == [False, True]


def test_the_last_window_ends_one_millisecond_after_its_row(tmp_path: Path) -> None:
    assert reading(tmp_path, [10], []).windows == [(10, 11)]


@ALL_BATCHES
def test_the_last_window_ends_one_millisecond_after_a_later_trade(
    tmp_path: Path, batch: int
) -> None:
    found = reading(tmp_path, [10], [11, 500], book_batch=batch, trade_batch=batch)

    assert found.windows == [(10, 501)]
    assert found.trade_ids == [[1, 2]]


def test_trades_alone_are_one_opening_window(tmp_path: Path) -> None:
    found = reading(tmp_path, [], [10, 500])

    assert found.windows == [(10, 501)]
    assert found.opening == [True]


def test_tables_without_rows_give_no_block(tmp_path: Path) -> None:
    assert reading(tmp_path, [], []).block_sizes == []


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 2048])
def test_a_block_has_at_most_as_many_rows_as_the_setting_says(tmp_path: Path, batch: int) -> None:
    found = reading(tmp_path, list(range(5)), [], book_batch=batch)

    assert max(found.block_sizes) <= batch
    assert sum(found.block_sizes) == 5


def test_the_columns_of_a_trade_are_its_rows(tmp_path: Path) -> None:
    trades = [
        trade_row(10, 100.5, 2.25, "sell", id=7, trade_id="a-1"),
        trade_row(11, 101, 3, "buy", id=9, trade_id="a-2"),
    ]
    path = write(tmp_path / DAY_1, [book_row(10)], trades)

    assert read(path).trades == [
        (7, "a-1", 100.5, 2.25, -1, 10),
        (9, "a-2", 101.0, 3.0, 1, 11),
    ]


def test_the_levels_of_a_row_keep_their_order(tmp_path: Path) -> None:
    rows: list[Row] = [
        book_row(10, [(99, 1), (100, 0), (98, 2)], [(101, 3)]),
        book_row(20),
        book_row(30, [(97, 4)]),
    ]

    found = read(write(tmp_path / DAY_1, rows))

    assert found.bids == [[(99, 1), (100, 0), (98, 2)], [], [(97, 4)]]
    assert found.asks == [[(101, 3)], [], []]


TIMES = st.lists(st.integers(0, 12), max_size=10).map(sorted)


@given(rows=TIMES, trades=TIMES, batch=st.integers(1, 11))
def test_every_trade_is_in_the_one_window_that_spans_its_time(
    tmp_path_factory: pytest.TempPathFactory, rows: list[int], trades: list[int], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("recording")

    found = reading(folder, rows, trades, book_batch=batch, trade_batch=batch)

    assert [trade.timestamp for trade in found.trades] == trades
    assert found.times[sum(found.opening) :] == rows
    for (start, end), batch_trades in zip(found.windows, found.batches, strict=True):
        assert all(start <= trade.timestamp < end for trade in batch_trades)
    for (_, end), start in zip(found.windows, found.times[1:], strict=False):
        assert end == start
