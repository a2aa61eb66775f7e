"""Book rows as columns: parts of them, and several chunks as one."""

import numpy as np

from orderflow_core.streaming.rows import BookRow, BookRows

nan = float("nan")
TELLING = BookRows.of(
    [
        BookRow(1, bids=[(100.0, 5.0, 3.0), (99.0, 1.0)], asks=[]),
        BookRow(2, bids=[(98.0, 2.0, 1.0)], asks=[]),
    ]
)
SILENT = BookRows.of([BookRow(3, bids=[(100.0, 0.0), (97.0, 4.0)], asks=[(101.0, 1.0)])])


def test_a_third_number_of_a_level_is_how_many_orders_stand_there() -> None:
    np.testing.assert_array_equal(TELLING.bid_orders, [3, nan, 1])
    assert TELLING.bid_size.tolist() == [5, 1, 2]
    assert (TELLING.ask_orders, SILENT.bid_orders) == (None, None)


def test_a_part_has_its_own_orders() -> None:
    assert TELLING.rows(1, 2).bid_orders is not None
    np.testing.assert_array_equal(TELLING.rows(1, 2).bid_orders, [1])


def test_chunks_that_do_not_tell_the_orders_leave_them_unknown() -> None:
    both = BookRows.joined([TELLING, SILENT])

    np.testing.assert_array_equal(both.bid_orders, [3, nan, 1, 0, nan])
    assert both.ask_orders is None
    assert BookRows.joined([SILENT, SILENT]).bid_orders is None
