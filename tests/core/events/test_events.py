"""The events: columns, the views that show one of their rows, and the checks that hold them."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orderflow_core import (
    BUY,
    SELL,
    Bar,
    Bars,
    Block,
    Books,
    BookWindows,
    MetricBar,
    MetricBars,
    Series,
    Trade,
    TradeBatches,
)
from orderflow_core.errors import EventError
from orderflow_core.events import Span

NAN = float("nan")
OHLC = Series(pane="price").named("ohlc")


def windows(**changes: Any) -> BookWindows:
    """Three rows: two bids and an ask; nothing; an ask and a deleted bid."""
    columns: dict[str, Any] = {
        "timestamp": [0, 10, 20],
        "end_timestamp": [10, 20, 21],
        "snapshot": [True, False, False],
        "sure": [True, True, False],
        "bid_offset": [0, 2, 2, 3],
        "bid_price": [100.0, 99.0, 100.0],
        "bid_size": [5.0, 7.0, 0.0],
        "ask_offset": [0, 1, 1, 2],
        "ask_price": [101.0, 102.0],
        "ask_size": [3.0, 4.0],
    }
    return BookWindows(instrument="TEST-USDT", **columns | changes)


def batches(**changes: Any) -> TradeBatches:
    """Three windows: two trades; none; one."""
    columns: dict[str, Any] = {
        "timestamp": [0, 10, 20],
        "end_timestamp": [10, 20, 26],
        "offset": [0, 2, 2, 3],
        "id": [1, 2, 3],
        "trade_id": ["a", "b", ""],
        "price": [101.0, 100.0, 102.0],
        "size": [1.0, 0.5, 2.0],
        "side": [BUY, SELL, BUY],
        "trade_timestamp": [3, 4, 25],
    }
    return TradeBatches(**{"instrument": "TEST-USDT"} | columns | changes)


def books(**changes: Any) -> Books:
    """Two rows of two levels: a bid and an ask; two bids, no ask."""
    columns: dict[str, Any] = {
        "timestamp": [0, 10],
        "bid_price": [[100.0, NAN], [100.0, 99.0]],
        "bid_size": [[5.0, 0.0], [5.0, 7.0]],
        "ask_price": [[101.0, NAN], [NAN, NAN]],
        "ask_size": [[3.0, 0.0], [0.0, 0.0]],
        "crossed": [False, False],
        "sure": [True, False],
    }
    return Books(instrument="TEST-USDT", **columns | changes)


def price_bars(**changes: Any) -> Bars:
    """A closed bar and the open one."""
    columns: dict[str, Any] = {
        "timestamp": [0, 60_000],
        "open": [1.0, 4.0],
        "high": [3.0, 4.0],
        "low": [0.5, 4.0],
        "close": [2.0, 4.0],
        "volume": [9.0, 1.0],
        "closed": [True, False],
        "known_at": [60_500, 60_500],
    }
    return Bars(instrument="TEST-USDT", series=OHLC, **columns | changes)


def metric_bars() -> MetricBars:
    """An event of the metric's one open bar."""
    columns: dict[str, Any] = {
        "timestamp": [0],
        "open": [1.0],
        "high": [3.0],
        "low": [0.5],
        "close": [2.0],
        "closed": [False],
        "known_at": [500],
    }
    return MetricBars(instrument="TEST-USDT", series=Series().named("obi"), **columns)


EVENTS = pytest.mark.parametrize(
    "event",
    [windows(), batches(), books(), price_bars(), metric_bars()],
    ids=lambda event: type(event).__name__,
)


def arrays(event: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(event).items() if isinstance(value, np.ndarray)}


# Columns


@EVENTS
def test_arrays_are_read_only(event: Any) -> None:
    for array in arrays(event).values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = array


def test_the_arrays_given_stay_writable() -> None:
    given = np.array([0, 10, 20])

    windows(timestamp=given)

    given[0] = 5


def test_trade_ids_are_strings_made_when_they_are_asked_for() -> None:
    trade_id = batches(trade_id=["a", "bä", 7]).trade_id

    assert (trade_id[1], trade_id[1:].tolist(), list(trade_id)) == (
        "bä",
        ["bä", "7"],
        ["a", "bä", "7"],
    )


def test_a_columns_fields_cannot_be_replaced() -> None:
    with pytest.raises(AttributeError):
        windows().sure = np.ones(3, np.bool_)  # type: ignore[misc]


def test_columns_have_their_declared_types() -> None:
    types = {name: array.dtype.name for name, array in arrays(batches()).items()}

    assert types == {
        "timestamp": "int64",
        "end_timestamp": "int64",
        "offset": "int64",
        "id": "int64",
        "price": "float64",
        "size": "float64",
        "side": "int8",
        "trade_timestamp": "int64",
    }


@pytest.mark.parametrize(
    ("make", "column"),
    [
        (windows, "end_timestamp"),
        (windows, "snapshot"),
        (windows, "sure"),
        (batches, "end_timestamp"),
        (books, "crossed"),
        (books, "sure"),
        (price_bars, "open"),
        (price_bars, "volume"),
        (price_bars, "closed"),
        (price_bars, "known_at"),
    ],
)
def test_a_column_too_short_is_an_error_that_names_it(make: Any, column: str) -> None:
    with pytest.raises(ValueError, match=f"{column} has 1 values where"):
        make(**{column: [1]})


@pytest.mark.parametrize(
    ("make", "column"), [(windows, "bid_offset"), (windows, "ask_offset"), (batches, "offset")]
)
def test_offsets_need_one_value_more_than_rows(make: Any, column: str) -> None:
    with pytest.raises(ValueError, match=f"{column} has 3 values where 4 are needed"):
        make(**{column: [0, 1, 2]})


@pytest.mark.parametrize("offset", [[1, 2, 2, 3], [0, 3, 2, 3], [0, -1, 2, 3]])
def test_offsets_begin_at_0_and_never_fall(offset: list[int]) -> None:
    with pytest.raises(ValueError, match="offset must begin at 0 and never fall"):
        batches(offset=offset)


def test_a_column_with_gaps_is_made_whole_for_kernels() -> None:
    price = np.array([101.0, 0, 100.0, 0, 102.0, 0])[::2]

    assert batches(price=price).price.flags.c_contiguous


@pytest.mark.parametrize(
    ("make", "column"),
    [
        (windows, "bid_price"),
        (windows, "bid_size"),
        (windows, "ask_price"),
        (windows, "ask_size"),
        (batches, "id"),
        (batches, "trade_id"),
        (batches, "price"),
        (batches, "size"),
        (batches, "side"),
        (batches, "trade_timestamp"),
    ],
)
def test_a_ragged_column_must_be_as_long_as_the_last_offset(make: Any, column: str) -> None:
    with pytest.raises(ValueError, match=f"{column} has 1 values where"):
        make(**{column: [1]})


def test_the_matrices_of_books_must_be_of_one_shape() -> None:
    with pytest.raises(ValueError, match=r"of one \[n, levels\]"):
        books(ask_size=[[3.0], [0.0]])


def test_books_need_matrices() -> None:
    column = [1.0, 2.0]

    with pytest.raises(ValueError, match=r"of one \[n, levels\]"):
        books(bid_price=column, bid_size=column, ask_price=column, ask_size=column)


# Views


def test_a_window_shows_its_row_of_the_columns() -> None:
    window = windows()[2]

    assert (window.instrument, window.timestamp, window.end_timestamp) == ("TEST-USDT", 20, 21)
    assert (window.snapshot, window.sure) == (False, False)
    assert (window.bid_price.tolist(), window.bid_size.tolist()) == ([100.0], [0.0])
    assert (window.ask_price.tolist(), window.ask_size.tolist()) == ([102.0], [4.0])


def test_a_batch_shows_its_row_of_the_columns() -> None:
    batch = batches()[0]

    assert (batch.instrument, batch.timestamp, batch.end_timestamp) == ("TEST-USDT", 0, 10)
    assert (batch.id.tolist(), batch.trade_id.tolist()) == ([1, 2], ["a", "b"])
    assert (batch.price.tolist(), batch.size.tolist()) == ([101.0, 100.0], [1.0, 0.5])
    assert (batch.side.tolist(), batch.trade_timestamp.tolist()) == ([1, -1], [3, 4])


def test_a_book_shows_its_row_of_the_columns() -> None:
    book = books()[1]

    assert (book.instrument, book.timestamp) == ("TEST-USDT", 10)
    assert (book.crossed, book.sure) == (False, False)
    assert (book.bid_price.tolist(), book.bid_size.tolist()) == ([100.0, 99.0], [5.0, 7.0])
    assert np.isnan(book.ask_price).all()
    assert book.ask_size.tolist() == [0.0, 0.0]


def test_a_bar_shows_its_row_of_the_columns() -> None:
    assert price_bars()[0] == Bar(
        "TEST-USDT", OHLC, 0, 1.0, 3.0, 0.5, 2.0, 9.0, True, 60_500, True, 60_500, 0, ""
    )


def test_a_metric_bar_shows_its_row_of_the_columns() -> None:
    series = Series().named("obi")

    assert metric_bars()[0] == MetricBar(
        "TEST-USDT", series, 0, 1.0, 3.0, 0.5, 2.0, False, 500, True, 500, 0, ""
    )


@EVENTS
def test_iterating_gives_what_indexing_gives(event: Any) -> None:
    assert [repr(row) for row in event] == [repr(event[i]) for i in range(len(event))]


@EVENTS
def test_a_negative_index_counts_from_the_end(event: Any) -> None:
    assert repr(event[-1]) == repr(event[len(event) - 1])


@EVENTS
def test_an_index_beyond_the_rows_is_an_error(event: Any) -> None:
    with pytest.raises(IndexError):
        event[len(event)]


def test_a_views_times_are_plain_integers() -> None:
    times = [windows()[0].timestamp, books()[0].timestamp, next(iter(batches())).end_timestamp]

    assert [type(time) for time in times] == [int, int, int]


def test_the_arrays_of_a_view_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        windows()[0].bid_size[0] = 1.0


# Trades of a batch


def test_a_batch_gives_its_trades_in_order() -> None:
    assert list(batches()[0]) == [
        Trade(1, "a", 101.0, 1.0, BUY, 3),
        Trade(2, "b", 100.0, 0.5, SELL, 4),
    ]


def test_a_trade_says_its_instrument_which_is_no_part_of_the_tuple() -> None:
    for trade in (batches()[0][0], next(iter(batches()[0]))):
        again = pickle.loads(pickle.dumps(trade))

        assert (trade.instrument, again.instrument) == ("TEST-USDT", "TEST-USDT")
        assert trade == again == Trade(1, "a", 101.0, 1.0, BUY, 3)
        assert trade._replace(size=2.0).instrument == "TEST-USDT"


def test_a_batch_may_be_empty() -> None:
    batch = batches()[1]

    assert len(batch) == 0
    assert list(batch) == []


def test_a_batch_is_indexed_by_trade() -> None:
    batch = batches()[0]

    assert batch[-1] == Trade(2, "b", 100.0, 0.5, SELL, 4)
    with pytest.raises(IndexError):
        batch[2]


# Best prices


def test_best_prices_mid_and_spread_are_those_of_the_first_level() -> None:
    book = books()[0]

    assert (book.best_bid, book.best_ask, book.mid, book.spread) == (100.0, 101.0, 100.5, 1.0)


def test_mid_and_spread_are_nan_where_a_side_is_empty() -> None:
    book = books()[1]

    assert book.best_bid == 100.0
    assert np.isnan([book.best_ask, book.mid, book.spread]).all()


def test_the_columns_of_books_have_the_numbers_of_their_rows() -> None:
    event = books()

    for column, numbers in [
        (event.best_bid, [book.best_bid for book in event]),
        (event.best_ask, [book.best_ask for book in event]),
        (event.mid, [book.mid for book in event]),
        (event.spread, [book.spread for book in event]),
    ]:
        np.testing.assert_array_equal(column, numbers)


def test_levels_counts_the_levels_that_books_carry() -> None:
    assert books().levels == 2


# Parts of an event


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (1, 3), (2, 3), (0, 3), (1, 1)])
def test_rows_of_windows_are_those_windows(start: int, stop: int) -> None:
    part = windows().rows(start, stop)

    assert [repr(window) for window in part] == [repr(window) for window in windows()][start:stop]
    assert [window.bid_size.tolist() for window in part] == [
        window.bid_size.tolist() for window in windows()
    ][start:stop]


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (1, 3), (2, 3), (0, 3), (1, 1)])
def test_rows_of_batches_are_those_batches(start: int, stop: int) -> None:
    part = batches().rows(start, stop)

    assert [list(batch) for batch in part] == [list(batch) for batch in batches()][start:stop]
    assert [batch.timestamp for batch in part] == [0, 10, 20][start:stop]


def test_only_the_first_row_of_a_block_is_an_opening_window() -> None:
    block = Block(
        windows=windows(end_timestamp=[10, 20, 26]),
        batches=batches(),
        opening=True,
        span=Span(0, 25),
    )

    assert (block.rows(0, 2).opening, block.rows(0, 2).book_rows) == (True, 1)
    assert (block.rows(1, 3).opening, block.rows(1, 3).book_rows) == (False, 2)
    assert block.rows(1, 3).span == Span(0, 25)


def test_a_window_that_goes_on_is_one_row_and_no_book_row() -> None:
    block = Block(windows=windows().rows(1, 2), batches=batches().rows(1, 2), continued=True)

    assert block.book_rows == 0
    with pytest.raises(EventError, match="3 rows where a window goes on, which is one"):
        Block(windows=windows(end_timestamp=[10, 20, 26]), batches=batches(), continued=True)


def test_the_last_time_of_a_block_is_that_of_its_last_trade() -> None:
    assert batches().last_time == 25


def test_the_last_time_of_a_block_is_that_of_its_last_row_where_no_trade_is_later() -> None:
    assert batches().rows(0, 2).last_time == 10


def test_the_last_time_of_a_block_without_trades_is_that_of_its_last_row() -> None:
    assert batches().rows(1, 2).last_time == 10


def test_first_time_from_finds_the_first_row_or_trade_at_or_after_a_time() -> None:
    times = np.array([0, 1, 4, 5, 20, 21])

    assert batches().first_time_from(times).tolist() == [0, 3, 4, 10, 20, 25]


@pytest.mark.parametrize(
    ("time", "progress"), [(50, 0.0), (100, 0.0), (150, 0.5), (200, 1.0), (250, 1.0)]
)
def test_progress_is_the_share_of_the_span_before_a_time(time: int, progress: float) -> None:
    assert Span(100, 200).progress(time) == progress


def test_a_span_of_one_moment_has_a_progress() -> None:
    assert Span(100, 100).progress(100) == 0.0


# Series


def test_a_named_series_is_titled_and_placed_by_its_key() -> None:
    assert Series().named("spread") == Series("spread", title="spread", pane="spread")


def test_a_named_series_keeps_its_title_and_its_pane() -> None:
    series = Series(title="Spread", pane="price", style="line", unit="USDT", color="#4f9dff")

    assert series.named("spread") == Series("spread", "Spread", "price", "line", "USDT", "#4f9dff")


# What does not fit together


@pytest.mark.parametrize(
    ("make", "changes", "told"),
    [
        (windows, {"timestamp": [0, 20, 10]}, "timestamp goes back from 20 to 10"),
        (batches, {"timestamp": [0, 20, 10]}, "timestamp goes back from 20 to 10"),
        (batches, {"trade_timestamp": [4, 3, 25]}, "trade_timestamp goes back from 4 to 3"),
        (batches, {"trade_timestamp": [3, 10, 25]}, "the trade of 10 is in the window that begi"),
        (batches, {"trade_timestamp": [3, 4, 19]}, "the trade of 19 is in the window that begi"),
    ],
    ids=["rows", "batches", "trades", "trade too late", "trade too early"],
)
def test_times_that_are_out_of_order_are_told(
    make: Any, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(EventError, match=told):
        make(**changes)


@pytest.mark.parametrize(
    ("trades", "told"),
    [
        (batches().rows(0, 2), "3 windows and the trades of 2"),
        (batches(instrument="OTHER"), "windows of 'TEST-USDT' and trades of 'OTHER'"),
        (batches(timestamp=[0, 9, 20]), "windows and batches differ in timestamp"),
        (batches(end_timestamp=[10, 20, 27]), "windows and batches differ in end_timestamp"),
    ],
    ids=["uneven", "instruments", "times", "ends"],
)
def test_a_block_whose_windows_and_trades_do_not_belong_together_is_told(
    trades: TradeBatches, told: str
) -> None:
    with pytest.raises(EventError, match=told):
        Block(windows=windows(end_timestamp=[10, 20, 26]), batches=trades)


@EVENTS
def test_columns_are_given_by_name(event: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        type(event)(*vars(event).values())


# Columns of other types


@pytest.mark.parametrize(
    ("make", "column", "values", "told"),
    [
        (price_bars, "open", np.ones((2, 2)), r"open is of the shape \(2, 2\), not one row"),
        (price_bars, "timestamp", [1.5, 2.0], "timestamp holds values that are none of int64"),
        (price_bars, "known_at", [np.nan, 2.0], "known_at holds values that are none of int64"),
        (price_bars, "open", ["1", "2"], "open holds <U1 values where float64 are needed"),
        (price_bars, "open", [None, 1], "open holds object values where float64 are needed"),
        (price_bars, "open", [1j, 1], "open holds complex128 values where float64 are needed"),
        (price_bars, "closed", [2, 1], "closed holds values that are none of bool"),
        (price_bars, "timestamp", np.array([1, 2], "M8[ms]"), "timestamp holds datetime64"),
        (batches, "side", [300, 1, 1], "side holds values that are none of int8"),
        (batches, "id", np.array([1, 2, 1 << 63], np.uint64), "id holds values that are none of"),
    ],
)
def test_a_column_whose_values_would_become_others_is_told(
    make: Any, column: str, values: Any, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        make(**{column: values})


@pytest.mark.parametrize("values", [[1, 2], np.array([1, 2], np.int8), [True, False]])
def test_numbers_of_any_type_become_prices(values: Any) -> None:
    assert price_bars(open=values).open.dtype == np.float64


def test_whole_numbers_may_come_as_floats() -> None:
    assert price_bars(timestamp=[1.0, 2.0]).timestamp.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("series", None, "series = None is no Series"),
        ("series", "p", "series = 'p' is no Series"),
        ("instrument", b"X", "instrument = b'X' is no text"),
    ],
)
def test_bars_belong_to_a_series_and_an_instrument(field: str, value: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(price_bars(), **{field: value})


def test_books_carry_a_level_at_least() -> None:
    empty = np.empty((2, 0))

    with pytest.raises(ValueError, match=r"of one \[n, levels\]"):
        books(bid_price=empty, bid_size=empty, ask_price=empty, ask_size=empty)
