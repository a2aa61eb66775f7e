"""Rows of both tables: what is used, what is refused and what stops the run."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from orderflow_sqlite.levels import BAD_LEVEL, BAD_LEVEL_SIZE, BAD_LEVELS, BAD_PRICE, BAD_SIZE
from orderflow_sqlite.refusals import BAD_ID, BAD_SIDE, OTHER_INSTRUMENT
from orderflow_sqlite.times import BAD_TIME, BAD_YEAR

from orderflow_core import InputError
from tests.plugins.sqlite.make import Row, book_row, execute, trade_row, write, write_times
from tests.plugins.sqlite.reading import DAY_1, DAY_2, Reading, read

BAD_TIMES = [None, "", "noon", "1e3", b"\xff", "-5", 1 << 62, float("inf")]

NO_LEVELS: list[object] = [[], [100], [100, 1, 0, 0, 0], 100, "100", None, {}]
NO_PRICES: list[object] = [0, -100, "", "ten", None, True, [100], "1e400"]
OTHERS = [trade_row(10, instrument="BTC-USDT"), trade_row(10, instrument="X")]
NO_LEVEL_SIZES: list[object] = [-1, "", "-0.5", None, False, {}, "inf"]


def reading(
    folder: Path, book: list[Row] | None = None, trades: list[Row] | None = None, **settings: Any
) -> Reading:
    return read(write(folder / DAY_1, book or [], trades or []), **settings)


def level_row(timestamp: int, *levels: object) -> Row:
    return book_row(timestamp, list(levels), [])


# Refused rows


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        *[({"price": price}, BAD_PRICE) for price in (0, -1.0, None, "", "ten", "nan", b"\xff")],
        *[({"price": price}, BAD_PRICE) for price in (float("inf"), float("-inf"), "1e400")],
        *[({"size": size}, BAD_SIZE) for size in (0, "0", -1, None, "", "1,5", float("inf"))],
        *[({"side": side}, BAD_SIDE) for side in ("", "b", "bid", " buy", None, 1, b"\xff")],
        *[({"timestamp": time}, BAD_TIME) for time in BAD_TIMES],
    ],
)
def test_a_trade_that_is_unusable_is_refused_by_its_reason(
    tmp_path: Path, columns: Row, reason: str
) -> None:
    trades = [trade_row(10), {**trade_row(11), **columns}, trade_row(12, id=3)]

    found = reading(tmp_path, [book_row(10)], trades)

    assert found.ledger.refused == Counter({reason: 1})
    assert [trade.timestamp for trade in found.trades] == [10, 12]


@pytest.mark.parametrize("number", [None, "seven", 7.5])
def test_a_trade_whose_id_is_no_whole_number_is_refused(tmp_path: Path, number: object) -> None:
    found = reading(tmp_path, [], [trade_row(10), trade_row(10, id=number), trade_row(10)])

    assert found.ledger.refused == Counter({BAD_ID: 1})
    assert found.trade_ids == [[1, 3]]


@pytest.mark.parametrize("time", BAD_TIMES)
def test_a_book_row_without_a_time_is_refused(tmp_path: Path, time: object) -> None:
    found = reading(tmp_path, [book_row(10), book_row(time), book_row(12)])

    assert found.ledger.refused == Counter({BAD_TIME: 1})
    assert found.times == [10, 12]


@pytest.mark.parametrize("side", ["bids", "asks"])
@pytest.mark.parametrize(
    "text",
    ["", "nonsense", 17, 1.5, "17", '{"bids": []}', '"[[100, 1]]"', "[[1, 2]"],
)
def test_a_book_row_whose_levels_cannot_be_read_is_refused(
    tmp_path: Path, side: str, text: object
) -> None:
    rows = [book_row(10), {**book_row(11, [(100, 1)], [(101, 1)]), side: text}, book_row(12)]

    found = reading(tmp_path, rows)

    assert found.ledger.refused == Counter({BAD_LEVELS: 1})
    assert found.times == [10, 12]


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        *[(level, BAD_LEVEL) for level in NO_LEVELS],
        *[([price, 1], BAD_PRICE) for price in NO_PRICES],
        *[([100, size], BAD_LEVEL_SIZE) for size in NO_LEVEL_SIZES],
    ],
)
def test_a_level_that_is_unusable_is_refused_and_the_rest_of_its_row_is_used(
    tmp_path: Path, level: object, reason: str
) -> None:
    found = reading(tmp_path, [level_row(10, [99, 1], level, [98, 2])])

    assert found.ledger.refused == Counter({reason: 1})
    assert found.bids == [[(99, 1), (98, 2)]]


def test_a_row_all_of_whose_levels_are_refused_is_no_row(tmp_path: Path) -> None:
    found = reading(
        tmp_path, [level_row(10, [0, 1], [-1, 1]), level_row(11), level_row(12, [7, 1])]
    )

    assert found.times == [11, 12]
    assert found.ledger.refused == Counter({BAD_PRICE: 2})


@pytest.mark.parametrize("absent", [None, "null", "None", b"null", " null "])
@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_side_that_is_absent_is_no_change(tmp_path: Path, side: str, absent: object) -> None:
    rows = [book_row(10, [(100, 1)], [(101, 1)]), {**book_row(11, [(99, 2)], [(102, 2)])}]
    rows[1][side] = absent

    found = reading(tmp_path, rows)

    assert found.times == [10, 11]
    assert (found.bids[1], found.asks[1]) == (
        ([], [(102, 2)]) if side == "bids" else ([(99, 2)], [])
    )
    assert found.ledger.refused == Counter()


def test_a_side_that_is_absent_from_a_snapshot_is_empty(tmp_path: Path) -> None:
    rows = [
        book_row(10, [(100, 1)], [(101, 1)], action="snapshot"),
        book_row(11, None, [(101, 2)], action="snapshot"),
    ]

    assert reading(tmp_path, rows).last_bids == {}


@pytest.mark.parametrize("level", [[0, 0], ["0", "0.0"], ["0", "0", "7"]])
def test_a_level_without_price_and_size_changes_nothing(tmp_path: Path, level: object) -> None:
    found = reading(tmp_path, [level_row(10, [99, 1], level), level_row(11, level)], strict=True)

    assert found.bids == [[(99, 1)], []]
    assert found.ledger.refused == Counter()


def test_rows_of_another_instrument_are_refused(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        [book_row(10, instrument="BTC-USDT"), book_row(11, instrument="ETH-USDT")],
        [trade_row(12, instrument=name) for name in ("ETH-USDT", None, "BTC-USDT")],
    )

    assert found.ledger.refused == Counter({OTHER_INSTRUMENT: 3})
    assert (found.times, found.trade_ids) == ([10], [[3]])


def test_refused_rows_do_not_count_for_the_order_of_time(tmp_path: Path) -> None:
    rows = [
        book_row(10, instrument="BTC-USDT"),
        book_row(99, instrument="ETH-USDT"),
        book_row(11, instrument="BTC-USDT"),
    ]

    assert reading(tmp_path, rows).times == [10, 11]


def test_reasons_are_counted_over_all_files(tmp_path: Path) -> None:
    for day, time in ((DAY_1, 10), (DAY_2, 20)):
        rows = [level_row(time, [0, 1]), level_row(time, [7, 1])]
        write(tmp_path / day, rows, [trade_row(time, side="?"), trade_row(time)])

    assert read(tmp_path).ledger.refused == Counter({BAD_PRICE: 2, BAD_SIDE: 2})


def test_a_chunk_of_refused_rows_alone_is_passed_over(tmp_path: Path) -> None:
    rows = [book_row(10), book_row(11, "?"), book_row(12, "?"), book_row(13)]
    trades = [trade_row(10), trade_row(11, 0), trade_row(12, 0), trade_row(13)]

    found = reading(tmp_path, rows, trades, book_batch=2, trade_batch=1)

    assert found.windows == [(10, 13), (13, 14)]
    assert found.trade_ids == [[1], [4]]


# strict


@pytest.mark.parametrize(
    ("book", "trades", "where"),
    [
        ([book_row(10), book_row(11, "?")], [], f"table book, id 2: {BAD_LEVELS}"),
        ([level_row(10, [0, 1])], [], f"table book, id 1: {BAD_PRICE}"),
        ([book_row(None)], [], f"table book, id 1: {BAD_TIME}"),
        ([], [trade_row(10, 0, id=7)], f"table trades, id 7: {BAD_PRICE}"),
        ([], OTHERS, f"table trades, id 2: {OTHER_INSTRUMENT}"),
    ],
)
def test_strict_stops_at_the_first_refusal_and_names_it(
    tmp_path: Path, book: list[Row], trades: list[Row], where: str
) -> None:
    path = write(tmp_path / DAY_1, book, trades)

    with pytest.raises(InputError) as caught:
        read(path, strict=True)

    assert str(caught.value).startswith(f"{path}, {where}")
    assert "strict = true" in str(caught.value)


# The order of time


@pytest.mark.parametrize("table", ["book", "trades"])
def test_a_time_that_goes_back_stops_the_run_and_hints_at_sorting(
    tmp_path: Path, table: str
) -> None:
    path = write_times(tmp_path / DAY_1, table, [10, 20, 19])

    with pytest.raises(InputError) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}, table {table}, id 3: timestamp 19 after 20")
    assert "sort = true" in str(caught.value)


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("table", ["book", "trades"])
def test_the_order_of_times_holds_from_batch_to_batch(
    tmp_path: Path, table: str, batch: int
) -> None:
    path = write_times(tmp_path / DAY_1, table, [10, 20, 19])

    with pytest.raises(InputError, match=r"id 3: timestamp 19 after 20; .*set sort = true"):
        read(path, book_batch=batch, trade_batch=batch)


def test_rows_are_read_in_the_order_of_their_id(tmp_path: Path) -> None:
    rows = [book_row(30, id=3), book_row(10, id=1), book_row(20, id=2)]

    assert reading(tmp_path, rows).times == [10, 20, 30]


def test_sorting_puts_rows_in_the_order_of_time_then_id(tmp_path: Path) -> None:
    rows = [
        book_row(20, [(3, 1)], id=3),
        book_row(20, [(2, 1)], id=2),
        book_row(10, [(4, 1)], id=4),
    ]
    trades = [trade_row(25, id=1), trade_row(15, id=2), trade_row(15, id=3)]

    found = reading(tmp_path, rows, trades, sort=True)

    assert found.bids == [[(4, 1)], [(2, 1)], [(3, 1)]]
    assert found.trade_ids == [[2, 3], [], [1]]


@pytest.mark.parametrize("form", [str, float, lambda time: str(time).encode()])
def test_times_are_sorted_as_numbers_whatever_they_are_kept_as(tmp_path: Path, form: Any) -> None:
    times = [100, 99, 1000, 7, 20]

    found = reading(tmp_path, [book_row(form(time)) for time in times], [trade_row(50)], sort=True)

    assert found.times == sorted(times)


@pytest.mark.parametrize("time", [None, "", "noon", b"", b"\xff"])
def test_what_is_no_time_does_not_hold_up_the_sorting_of_others(
    tmp_path: Path, time: object
) -> None:
    write(tmp_path / DAY_1, map(book_row, ["20", 10]))
    write(tmp_path / DAY_2, map(book_row, ["40", time, 30, "35"]))

    found = read(tmp_path, sort=True)

    assert found.times == [10, 20, 30, 35, 40]
    assert found.ledger.refused == Counter({BAD_TIME: 1})


@pytest.mark.parametrize("overlap", ["stop", "merge"])
def test_dates_and_numbers_are_not_sorted_together(tmp_path: Path, overlap: str) -> None:
    rows = [book_row("2025-06-01T00:00:00.010"), book_row(1_748_736_000_010)]
    write(tmp_path / DAY_1, [book_row("2025-06-01T00:00:00")])
    path = write(tmp_path / DAY_2, rows)

    with pytest.raises(InputError, match=f"{path.name}.*timestamps are numbers and dates"):
        read(tmp_path, sort=True, overlap=overlap)
    assert len(read(path).times) == 2


# Times


@pytest.mark.parametrize(
    ("unit", "value", "milliseconds"),
    [
        ("ms", 1_748_736_000_123, 1_748_736_000_123),
        ("ms", 1_748_736_000_123.0, 1_748_736_000_123),
        ("ms", "1748736000123", 1_748_736_000_123),
        ("s", 1_748_736_000, 1_748_736_000_000),
        ("s", 1_748_736_000.123, 1_748_736_000_123),
        ("us", 1_748_736_000_123_999, 1_748_736_000_123),
        ("ns", 1_748_736_000_123_999_999, 1_748_736_000_123),
        ("ms", 0, 0),
        ("ms", -5, -5),
        ("us", -1, -1),
    ],
)
def test_times_are_milliseconds_of_their_unit(
    tmp_path: Path, unit: str, value: object, milliseconds: int
) -> None:
    found = reading(tmp_path, [book_row(value)], [trade_row(value)], timestamp_unit=unit)

    assert found.times == [milliseconds]
    assert [trade.timestamp for trade in found.trades] == [milliseconds]


@pytest.mark.parametrize("value", [-5, 0, 99, 315_532_799, 32_503_680_000_000])
def test_a_time_outside_the_usual_years_that_fits_no_other_unit_is_used(
    tmp_path: Path, value: int
) -> None:
    assert reading(tmp_path, [book_row(value)]).times == [value]


@pytest.mark.parametrize("value", [253_402_300_799_999, -62_135_596_800_000])
def test_the_years_1_to_9999_are_times(tmp_path: Path, value: int) -> None:
    assert reading(tmp_path, [book_row(value)]).times == [value]


@pytest.mark.parametrize(
    "value", [253_402_300_800_000, "9999999999999999", 1e16, -62_135_596_800_001, -(10**18)]
)
def test_a_time_that_no_calendar_shows_is_refused(tmp_path: Path, value: object) -> None:
    found = reading(tmp_path, [book_row(7), book_row(value)])

    assert found.ledger.refused == Counter({BAD_YEAR: 1})


def test_times_of_one_millisecond_keep_their_order(tmp_path: Path) -> None:
    rows = [book_row(1_000_001, [(1, 1)]), book_row(1_000_999, [(2, 1)])]

    found = reading(tmp_path, rows, timestamp_unit="us")

    assert found.windows == [(1000, 1000), (1000, 1001)]


# Columns


def test_only_the_needed_columns_are_needed(tmp_path: Path) -> None:
    found = reading(tmp_path, [book_row(10, [(100, 1)])], [trade_row(10, id=4)])

    assert found.bids == [[(100, 1)]]
    assert found.trades == [(4, "", 100, 1, 1, 10)]


def test_other_columns_and_another_order_do_not_matter(tmp_path: Path) -> None:
    columns = {
        "book": ["note", "timestamp", "asks", "bids", "checksum", "id"],
        "trades": ["timestamp", "side", "size", "price", "fee", "trade_id", "id"],
    }
    book = [book_row(10, [(100, 1)], [(101, 2)], note="x", checksum=b"\xff")]
    trades = [trade_row(10, 99, 3, "sell", fee=None, trade_id="t")]

    found = read(write(tmp_path / DAY_1, book, trades, columns=columns))

    assert (found.bids, found.asks) == ([[(100, 1)]], [[(101, 2)]])
    assert found.trades == [(1, "t", 99, 3, -1, 10)]


def test_tables_with_typed_columns_are_read_alike(tmp_path: Path) -> None:
    """As recorders make them: SQLite then stores the text '100.5' as a number."""
    path = tmp_path / DAY_1
    execute(
        path,
        "CREATE TABLE book (id INTEGER PRIMARY KEY, bids TEXT, asks TEXT, timestamp INTEGER)",
        "CREATE TABLE trades (id INTEGER PRIMARY KEY, price REAL, size TEXT, side TEXT,"
        " timestamp TEXT)",
        "INSERT INTO book VALUES (1, '[[\"100.5\", \"2\"]]', '[]', '10')",
        "INSERT INTO trades VALUES (1, '100.5', 2, 'buy', 11)",
    )

    found = read(path)

    assert found.bids == [[(100.5, 2)]]
    assert found.trades == [(1, "", 100.5, 2, 1, 11)]


@pytest.mark.parametrize(
    ("side", "sign"), [("buy", 1), ("BUY", 1), ("Sell", -1), ("sell", -1), ("sElL", -1)]
)
def test_sides_are_read_in_any_case(tmp_path: Path, side: str, sign: int) -> None:
    [trade] = reading(tmp_path, [], [trade_row(10, side=side)]).trades

    assert trade.side == sign


@pytest.mark.parametrize(
    ("value", "text"),
    [("a-1", "a-1"), (123, "123"), (None, ""), ("", ""), (b"\xff1", "\ufffd1"), ("日本", "日本")],
)
def test_a_trade_id_is_a_text(tmp_path: Path, value: object, text: str) -> None:
    [trade] = reading(tmp_path, [], [trade_row(10, trade_id=value)]).trades

    assert trade.trade_id == text


@pytest.mark.parametrize("value", [100.25, "100.25", b"100.25", "+100.25", "1.0025e2", "100.250"])
def test_prices_and_sizes_of_trades_are_numbers_or_texts_of_numbers(
    tmp_path: Path, value: object
) -> None:
    [trade] = reading(tmp_path, [], [trade_row(10, value, value)]).trades

    assert (trade.price, trade.size) == (100.25, 100.25)


def test_a_whole_number_beyond_the_precision_of_a_float_is_rounded(tmp_path: Path) -> None:
    [trade] = reading(tmp_path, [], [trade_row(10, (1 << 53) + 1, (1 << 63) - 1)]).trades

    assert (trade.price, trade.size) == (float(1 << 53), float(1 << 63))
