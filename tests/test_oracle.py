"""The oracle itself: each rule by hand, and the whole against what the exchange recorded."""

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.oracle import BookRow, Level, Result, Trade, read, run
from tests.oracle_reading import NothingUsableError
from tests.recordings import DATA, needs_recordings

BIDS = [(100.0, 5.0), (99.9, 7.0), (99.8, 3.0)]
ASKS = [(100.1, 3.0), (100.2, 4.0), (100.3, 8.0)]


def book_row(
    timestamp: int,
    bids: Iterable[Level] = (),
    asks: Iterable[Level] = (),
    snapshot: bool = False,
) -> BookRow:
    return BookRow(timestamp, list(bids), list(asks), snapshot)


def buy(timestamp: int, price: float = 100.0, size: float = 1.0) -> Trade:
    return Trade(timestamp, price, size, +1)


def sell(timestamp: int, price: float = 100.0, size: float = 1.0) -> Trade:
    return Trade(timestamp, price, size, -1)


def replayed(*rows: BookRow, levels: int = 50) -> Result:
    return run(rows, [], window_seconds=1, levels=levels, keep_books=True)


# Windows and batches


def test_a_row_opens_a_window_that_the_next_row_ends() -> None:
    """A trade at the very end of a window belongs to the next one."""
    result = run([book_row(10), book_row(20)], [buy(19), buy(20)], 1)

    assert result.windows == [(10, 20), (20, 21)]
    assert result.batches == [[0], [1]]
    assert not result.opening


def test_trades_of_a_shared_millisecond_go_to_the_last_of_its_windows() -> None:
    """Rows of equal time give empty spans but for the last."""
    result = run([book_row(10), book_row(10), book_row(20)], [buy(10)], 1)

    assert result.windows == [(10, 10), (10, 20), (20, 21)]
    assert result.batches == [[], [0], []]


def test_trades_before_the_first_row_get_an_opening_window() -> None:
    """It runs from the first trade to the first row, and its book is empty."""
    result = run([book_row(10, BIDS)], [buy(7), buy(9), buy(10)], 1, keep_books=True)

    assert result.opening
    assert result.windows == [(7, 10), (10, 11)]
    assert result.batches == [[0, 1], [2]]
    assert result.books == [([], []), (BIDS, [])]


def test_the_last_window_ends_one_millisecond_after_the_last_trade() -> None:
    """However late the trade is."""
    result = run([book_row(10)], [buy(500)], 1)

    assert result.windows == [(10, 501)]


def test_trades_without_any_row_are_all_in_the_opening_window() -> None:
    """There is no row that could end it."""
    result = run([], [buy(7), buy(9)], 1)

    assert result.opening
    assert result.windows == [(7, 10)]
    assert result.batches == [[0, 1]]


def test_no_input_gives_no_windows() -> None:
    """And no bars, and an empty book."""
    result = run([], [], 1)

    assert result.windows == []
    assert result.ohlc == []
    assert result.obi == []
    assert result.cvd == []
    assert result.depth == ([], [])


# The book


def test_size_zero_deletes_a_level() -> None:
    """Deleting a level that is not there does nothing."""
    result = replayed(book_row(1, BIDS), book_row(2, [(99.9, 0.0), (50.0, 0.0)]))

    assert result.depth == ([(100.0, 5.0), (99.8, 3.0)], [])


def test_later_entries_of_a_row_win() -> None:
    """Deletions among them too."""
    result = replayed(book_row(1, [(9.0, 1.0), (9.0, 2.0)], [(9.5, 1.0), (9.5, 0.0)]))

    assert result.depth == ([(9.0, 2.0)], [])


def test_a_snapshot_clears_both_sides_before_it_is_applied() -> None:
    """Whichever sides it sets."""
    result = replayed(book_row(1, BIDS, ASKS), book_row(2, [(90.0, 1.0)], snapshot=True))

    assert result.depth == ([(90.0, 1.0)], [])


def test_books_hold_the_best_levels_first() -> None:
    """The highest bids and the lowest asks, in whatever order they came."""
    result = replayed(book_row(1, reversed(BIDS), reversed(ASKS)), levels=2)

    assert result.books == [(BIDS[:2], ASKS[:2])]


def test_a_row_is_crossed_when_the_best_bid_reaches_the_best_ask() -> None:
    """A side alone crosses nothing."""
    result = replayed(
        book_row(1, [(100.0, 1.0)]),
        book_row(2, asks=[(100.1, 1.0)]),
        book_row(3, [(100.1, 1.0)]),
        book_row(4, [(100.2, 1.0)]),
    )

    assert result.crossed == 2


# OBI and TOT


@pytest.mark.parametrize(
    ("levels", "mode", "obi", "tot"),
    [
        (1, "ratio", 0.25, 8.0),
        (3, "ratio", 0.0, 30.0),
        (1, "difference", 2.0, 8.0),
    ],
)
def test_imbalance_and_total_are_of_the_best_levels(
    levels: int, mode: str, obi: float, tot: float
) -> None:
    """(B - A) / (B + A) or B - A, and B + A."""
    result = run([book_row(1, BIDS, ASKS)], [], 1, levels, mode)

    assert result.obi == [(0, obi, obi, obi, obi, 1)]
    assert result.tot == [(0, tot, tot, tot, tot, 1)]


def test_an_empty_side_has_the_sum_zero() -> None:
    """So a book of bids alone has the imbalance 1."""
    result = replayed(book_row(1, BIDS))

    assert result.obi == [(0, 1.0, 1.0, 1.0, 1.0, 1)]


def test_an_empty_book_gives_no_sample() -> None:
    """Neither of OBI nor of TOT; the row is a book row all the same."""
    result = replayed(book_row(1), book_row(2))

    assert result.obi == []
    assert result.tot == []
    assert result.books == [([], []), ([], [])]


# Bars


def test_ohlc_bars_are_of_trades_by_their_own_time() -> None:
    """From start up to, not including, start + window; no bar where no trade is."""
    trades = [buy(999, 5.0, 1.0), buy(1000, 7.0, 1.0), sell(1500, 9.0, 2.0), sell(1999, 6.0, 4.0)]

    result = run([book_row(0), book_row(5000)], [*trades, buy(5000, 8.0, 1.0)], 1)

    expected = [
        (0, 5.0, 5.0, 5.0, 5.0, 1.0, 1000),
        (1000, 7.0, 9.0, 6.0, 6.0, 7.0, 5000),
        (5000, 8.0, 8.0, 8.0, 8.0, 1.0, 5000),
    ]
    assert result.ohlc == expected


def test_metric_bars_are_of_samples_by_their_own_time() -> None:
    """Open, high, low and close of one sample a row."""
    sizes = [4.0, 9.0, 2.0, 3.0]
    rows = [book_row(1000 + i, [(1.0, size)]) for i, size in enumerate(sizes)]

    result = replayed(*rows, book_row(2000, [(1.0, 5.0)]))

    expected = [(1000, 4.0, 9.0, 2.0, 3.0, 2000), (2000, 5.0, 5.0, 5.0, 5.0, 2000)]
    assert result.tot == expected


def test_cvd_adds_buys_and_subtracts_sells() -> None:
    """The running values are 2, 3, -1, 2, 1 and 6."""
    trades = [
        buy(0, 100.1, 2.0),
        buy(1, 100.1, 1.0),
        sell(2, 100.0, 4.0),
        buy(3, 100.2, 3.0),
        sell(4, 100.0, 1.0),
        buy(5, 100.1, 5.0),
    ]

    result = run([], trades, 1)

    assert result.cvd == [(0, 0.0, 6.0, -1.0, 6.0, 5)]


def test_a_cvd_bar_opens_at_the_value_before_its_first_trade() -> None:
    """That value is carried over empty bars too, and counts for high and low."""
    result = run([], [buy(0, size=3.0), buy(5000, size=2.0), sell(6000, size=1.0)], 1)

    expected = [
        (0, 0.0, 3.0, 0.0, 3.0, 5000),
        (5000, 3.0, 5.0, 3.0, 5.0, 6000),
        (6000, 5.0, 5.0, 4.0, 4.0, 6000),
    ]
    assert result.cvd == expected


def test_a_bar_is_known_at_the_first_book_row_or_trade_past_its_end() -> None:
    """A book row closes a bar of trades, a trade a bar of book rows."""
    rows = [book_row(0, BIDS), book_row(1000, BIDS)]

    result = run(rows, [buy(999), buy(2345)], 1)

    assert [bar[-1] for bar in result.ohlc] == [1000, 2345]
    assert [bar[-1] for bar in result.obi] == [1000, 2345]


def test_a_bar_that_nothing_closes_is_known_at_the_last_time_of_the_stream() -> None:
    """The later of the last book row and the last trade."""
    result = run([book_row(10, BIDS), book_row(400, BIDS)], [buy(20)], 1)

    assert [bar[-1] for bar in result.ohlc] == [400]


# Reading


def write_recording(
    path: Path, book: Iterable[tuple[object, ...]] = (), trades: Iterable[tuple[object, ...]] = ()
) -> Path:
    """A recording of book rows (bids, asks, timestamp[, action]) and trades, in order of id."""
    book = list(book)
    action = ", action TEXT" if book and len(book[0]) == 4 else ""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            f"CREATE TABLE book (id INTEGER PRIMARY KEY, bids, asks, timestamp INTEGER{action})"
        )
        database.execute(
            "CREATE TABLE trades (id INTEGER PRIMARY KEY, price, size, side, timestamp INTEGER)"
        )
        for table, rows in (("book", book), ("trades", trades)):
            for row in rows:
                marks = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {table} VALUES (NULL, {marks})", row)
    return path


@pytest.mark.parametrize(
    "text",
    ['[["9.5", "2", "0", "1"], [8, 0]]', "[('9.5', 2, 0), [8.0, '0']]"],
    ids=["json", "python"],
)
def test_levels_are_json_or_python_literals(tmp_path: Path, text: str) -> None:
    """Of strings or numbers, of which the first two count."""
    found = read([write_recording(tmp_path / "x.db", [(text, "[]", 1)])])

    assert found.rows == [BookRow(1, [(9.5, 2.0), (8.0, 0.0)], [], snapshot=False)]
    assert found.refused == Counter()


@pytest.mark.parametrize(
    "level",
    [
        "[0, 1]",
        "[-1, 1]",
        "[NaN, 1]",
        "[1, Infinity]",
        "[1, -1]",
        "[1]",
        "[1, 1, 0, 0, 0]",
        '["x", 1]',
        "[true, 1]",
    ],
)
def test_a_bad_level_is_left_out_and_counted(tmp_path: Path, level: str) -> None:
    """The rest of its row is used."""
    found = read([write_recording(tmp_path / "x.db", [(f"[{level}, [9, 2]]", "[]", 1)])])

    assert found.rows[0].bids == [(9.0, 2.0)]
    assert found.refused == Counter(level=1)


@pytest.mark.parametrize("text", ["[[0, 0]]", None, "null", " None"])
def test_a_level_without_price_and_size_and_an_absent_side_change_nothing(
    tmp_path: Path, text: str | None
) -> None:
    found = read([write_recording(tmp_path / "x.db", [(text, "[[9, 2]]", 1)])])

    assert found.rows == [BookRow(1, [], [(9.0, 2.0)])]
    assert found.refused == Counter()


def test_a_row_whose_levels_are_all_bad_is_left_out(tmp_path: Path) -> None:
    book = [("[[1]]", "[[0, 1]]", 1), ("[[9, 2]]", "[]", 2)]
    found = read([write_recording(tmp_path / "x.db", book)])

    assert [row.timestamp for row in found.rows] == [2]
    assert found.refused == Counter(level=2)


def test_a_table_of_which_nothing_can_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NothingUsableError):
        read([write_recording(tmp_path / "x.db", trades=[(9.0, 2.0, "B", 1)])])


@pytest.mark.parametrize("text", ["[[1, 2]", "", "{1}", "1 + 1"])
def test_a_row_with_unreadable_levels_is_left_out_and_counted(tmp_path: Path, text: str) -> None:
    book = [(text, "[[9, 2]]", 1), ("[]", "[[9, 3]]", 2)]
    found = read([write_recording(tmp_path / "x.db", book)])

    assert [row.timestamp for row in found.rows] == [2]
    assert found.refused == Counter(row=1)


def test_a_bad_trade_is_left_out_and_counted(tmp_path: Path) -> None:
    """A trade has a price and a size above zero, and is a buy or a sell, in any case."""
    trades = [
        (9.0, 2.0, "Buy", 1),
        (8.0, 1.0, "SELL", 2),
        (8.0, 0.0, "buy", 3),
        (0.0, 1.0, "buy", 4),
        (8.0, None, "buy", 5),
        (8.0, 1.0, "bid", 6),
    ]

    found = read([write_recording(tmp_path / "x.db", trades=trades)])

    assert found.trades == [buy(1, 9.0, 2.0), sell(2, 8.0, 1.0)]
    assert found.refused == Counter(trade=4)


def test_the_action_column_says_what_a_snapshot_is(tmp_path: Path) -> None:
    """However few levels it has, and whichever row it is."""
    book = [("[[9, 2]]", "[[10, 2]]", 1, "update"), ("[[9, 2]]", "[]", 2, "snapshot")]

    found = read([write_recording(tmp_path / "x.db", book)], snapshot_levels=1)

    assert [row.snapshot for row in found.rows] == [False, True]


def test_the_first_row_of_a_file_is_a_snapshot_if_it_sets_enough_levels(tmp_path: Path) -> None:
    """On each side, deletions not counted; later rows of the file never are one."""
    two, one = "[[9, 2], [8, 2]]", "[[9, 2], [8, 0]]"
    paths = [
        write_recording(tmp_path / "a.db", [(two, two, 1), (two, two, 2)]),
        write_recording(tmp_path / "b.db", [(two, one, 3), (two, two, 4)]),
    ]

    found = read(paths, snapshot_levels=2)

    assert [row.snapshot for row in found.rows] == [True, False, False, False]


# The real recordings


@pytest.fixture(scope="module")
def stream() -> tuple[list[BookRow], list[Trade]]:
    """Two files of one instrument as one stream."""
    paths = [DATA / f"BTCUSD_PERP-24-08-{day}.db" for day in ("08", "09")]
    found = read(paths)
    assert found.refused == Counter()
    return found.rows, found.trades


@needs_recordings
def test_a_real_stream_has_its_known_rows_and_bars(
    stream: tuple[list[BookRow], list[Trade]],
) -> None:
    """Every trade is in exactly one batch, and the bars are those known from elsewhere."""
    rows, trades = stream

    result = run(rows, trades, window_seconds=60)

    assert (len(rows), len(trades)) == (44_773, 5_234)
    assert [index for batch in result.batches for index in batch] == list(range(len(trades)))
    assert len(result.ohlc) == len(result.obi) == len(result.tot) == len(result.cvd) == 12
    assert result.ohlc[0][:6] == (1723161240000, 61804.8, 61839.0, 61801.0, 61809.9, 3700.0)


@needs_recordings
def test_the_best_levels_are_those_of_the_exchange(
    stream: tuple[list[BookRow], list[Trade]],
) -> None:
    """Best bid and ask with their sizes, after every one of the 44,773 rows."""
    rows, trades = stream
    with (DATA / "exchange_truth" / "BTCUSD_PERP-24-08.csv").open(newline="") as file:
        expected = [
            (
                int(row["timestamp"]),
                [(float(row["bid"]), float(row["bid_size"]))],
                [(float(row["ask"]), float(row["ask_size"]))],
            )
            for row in csv.DictReader(file)
        ]

    result = run(rows, trades, window_seconds=60, levels=1, keep_books=True)

    books = zip(rows, result.books, strict=True)
    assert [(row.timestamp, bids, asks) for row, (bids, asks) in books] == expected
