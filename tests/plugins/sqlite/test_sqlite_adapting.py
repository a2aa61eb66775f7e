"""Recordings whose tables and columns are called otherwise, read as they are."""

from pathlib import Path
from typing import Any

import pytest
from orderflow_sqlite.layout import Sides
from orderflow_sqlite.source import SqliteSource
from pydantic import ValidationError

from orderflow_core import InputError
from tests.plugins.sqlite.make import book_row, execute, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, Reading, read

BOOK = "CREATE TABLE book (id INTEGER PRIMARY KEY, bids TEXT, asks TEXT, timestamp INTEGER)"
ONE_ROW = 'INSERT INTO book VALUES (1, \'[["99", "1"]]\', \'[["101", "1"]]\', 10)'
TRADES = "CREATE TABLE trades (id INTEGER PRIMARY KEY, price, size, side TEXT, timestamp INTEGER)"
FOREIGN = "CREATE TABLE trades (id INTEGER PRIMARY KEY, price, qty, is_buyer_maker, ts)"


def adapted(folder: Path, statements: list[str], **settings: Any) -> Reading:
    path = folder / DAY_1
    execute(path, *statements)
    return read(path, **settings)


def told(reading: Reading) -> list[tuple[int, float, float, int]]:
    return [(each.timestamp, each.price, each.size, each.side) for each in reading.trades]


# Columns


FOREIGN_TRADES = [
    *(BOOK, ONE_ROW, FOREIGN),
    "INSERT INTO trades VALUES (1, 99.5, 2, 1, 15), (2, 100.5, 3, 0, 16)",
]
READ_SO = [(15, 99.5, 2.0, -1), (16, 100.5, 3.0, 1)]
SIDE = "iif(is_buyer_maker, 'sell', 'buy')"


@pytest.mark.parametrize(
    "columns",
    [
        {"trades": {"size": "qty", "timestamp": "ts", "side": SIDE}},
        {"size": "qty", "timestamp": "ts", "side": SIDE},
        {"size": "QTY", "trades": {"timestamp": "ts + 0", "side": f"{SIDE} -- the aggressor's"}},
        {"size": '"qty"', "timestamp": "ts", "side": "CASE is_buyer_maker WHEN 1 THEN 'sell' "
         "ELSE 'buy' END"},
    ],
    ids=["of-one-table", "of-both", "in-another-case", "quoted"],
)  # fmt: skip
def test_a_column_may_be_a_name_or_an_sql_expression(
    tmp_path: Path, columns: dict[str, Any]
) -> None:
    found = adapted(tmp_path, FOREIGN_TRADES, columns=columns)

    assert (found.times, told(found)) == ([10], READ_SO)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"trades": {"size": "qyt"}}, "size = 'qyt' in [source.columns]: no such column: qyt; "
         "there are id, price, qty, is_buyer_maker, ts"),
        ({"size": "qyt"}, "size = 'qyt' in [source.columns]: no such column: qyt"),
        ({"size": "sum(qty"}, "size = 'sum(qty' in [source.columns]: "),
        ({"size": "1); DROP TABLE book"}, "in [source.columns]: near"),
        ({"timestamp": "ts"}, "table trades: no column size, side; there are id"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_is_an_error_that_names_the_setting(
    tmp_path: Path, columns: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        adapted(tmp_path, FOREIGN_TRADES, columns=columns)

    assert words in str(caught.value)
    assert str(tmp_path / DAY_1) in str(caught.value)


def test_a_column_of_no_recording_is_an_error_of_the_settings() -> None:
    with pytest.raises(ValidationError, match="quantity"):
        SqliteSource(columns={"quantity": "qty"})


def test_a_column_whose_name_is_in_another_case_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [book_row(10, [[99, 1]])])
    execute(path, "ALTER TABLE book RENAME COLUMN bids TO Bids")

    assert read(path).bids == [[(99.0, 1.0)]]


def test_generated_columns_need_no_settings(tmp_path: Path) -> None:
    more = [
        "ALTER TABLE trades ADD COLUMN size REAL AS (qty)",
        f"ALTER TABLE trades ADD COLUMN side TEXT AS ({SIDE})",
        "ALTER TABLE trades ADD COLUMN timestamp INTEGER AS (ts)",
    ]

    assert told(adapted(tmp_path, [*FOREIGN_TRADES, *more])) == READ_SO


def test_a_view_is_read_as_a_table_is(tmp_path: Path) -> None:
    view = f"CREATE VIEW v AS SELECT id, price, qty AS size, {SIDE} AS side, ts AS timestamp"
    statements = [*FOREIGN_TRADES, f"{view} FROM trades"]

    assert told(adapted(tmp_path, statements, tables={"trades": "v"})) == READ_SO


def test_a_view_without_an_id_is_read_in_its_own_order(tmp_path: Path) -> None:
    view = f"CREATE VIEW v AS SELECT price, qty AS size, {SIDE} AS side, ts AS timestamp"
    found = adapted(tmp_path, [*FOREIGN_TRADES, f"{view} FROM trades"], tables={"trades": "v"})

    assert told(found) == READ_SO
    assert [trade.id for trade in found.trades] == [1, 2]


def test_levels_may_be_made_of_columns(tmp_path: Path) -> None:
    """As vn.py keeps its ticks: five levels a side, each in columns of its own."""
    ticks = (
        "CREATE TABLE dbtickdata (datetime, last_price, last_volume,"
        " bid_price_1, bid_volume_1, ask_price_1, ask_volume_1)"
    )
    sides = {
        f"{side}s": f"json_array(json_array({side}_price_1, {side}_volume_1))"
        for side in ("bid", "ask")
    }
    both = {"book": "dbtickdata", "trades": "dbtickdata"}
    columns = {
        "timestamp": "datetime",
        "book": sides,
        "trades": {
            "price": "last_price",
            "size": "last_volume",
            "side": "iif(last_price >= ask_price_1, 'buy', 'sell')",
        },
    }
    values = "INSERT INTO dbtickdata VALUES (10, 101.5, 7, 100.5, 2, 101.5, 3)"

    found = adapted(tmp_path, [ticks, values], tables=both, columns=columns)

    assert (found.bids, found.asks) == ([[(100.5, 2.0)]], [[(101.5, 3.0)]])
    assert told(found) == [(10, 101.5, 7.0, 1)]


# Tables


def test_tables_may_have_other_names(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [book_row(10)], [trade_row(11)])
    execute(path, "ALTER TABLE book RENAME TO 'l2 \"updates\"'", "ALTER TABLE trades RENAME TO t")

    found = read(path, tables={"book": 'l2 "updates"', "trades": "T"})

    assert (found.times, len(found.trades)) == ([10], 1)


def test_a_table_that_is_not_there_is_an_error_that_names_those_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [book_row(10)])

    with pytest.raises(InputError, match=r"has no table 'ticks'; there are book, trades; name it"):
        read(path, tables={"trades": "ticks"})


def test_a_refused_row_is_told_with_the_name_that_its_table_has(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [book_row(None)])
    execute(path, "ALTER TABLE book RENAME TO updates")

    with pytest.raises(InputError, match="table updates, id 1: "):
        read(path, tables={"book": "updates"}, strict=True)


# Sides


@pytest.mark.parametrize(
    ("sides", "values", "expected"),
    [
        ({"buy": ["B"], "sell": ["A"]}, ["B", "a", "b"], [1, -1, 1]),
        ({"buy": [1], "sell": [-1]}, [1, -1, "1", 1.0], [1, -1, 1, 1]),
        ({"buy": ["1"], "sell": ["2"]}, [1, 2, "2"], [1, -1, -1]),
        ({"buy": [True], "sell": [False]}, ["true", "False", 1, 0], [1, -1, 1, -1]),
        ({"maker": True}, ["buy", "SELL", "sell", "Buy"], [-1, 1, 1, -1]),
        ({"buy": ["sell"], "sell": ["buy"]}, ["buy", "sell"], [-1, 1]),
        ({"buy": [], "sell": ["buy"]}, ["buy", "Buy"], [-1, -1]),
        ({"buy": [], "sell": []}, ["buy", "sell"], [1, -1]),
        ({"buy": [True], "sell": [False], "maker": True}, [1, 0], [-1, 1]),
        ({"buy": ["it's"], "sell": ["no"]}, ["it's", "no"], [1, -1]),
    ],
)
def test_sides_may_have_other_words(
    tmp_path: Path, sides: dict[str, Any], values: list[object], expected: list[int]
) -> None:
    path = write(tmp_path / DAY_1, trades=[trade_row(10, side=value) for value in values])

    found = read(path, sides=sides)

    assert [trade.side for trade in found.trades] == expected
    assert found.ledger.refused == {}


def test_a_word_for_both_sides_is_an_error_of_the_settings() -> None:
    with pytest.raises(ValidationError, match="'b' stands for both sides"):
        Sides(buy=("B",), sell=("b",))


# Ids


def test_ids_that_are_texts_leave_the_order_in_which_rows_were_written(tmp_path: Path) -> None:
    rows = [book_row(10, [[99, number]], id=str(number)) for number in range(1, 13)]

    found = read(write(tmp_path / DAY_1, rows))

    assert [size for [(_, size)] in found.bids] == list(range(1, 13))


def test_ids_that_are_texts_are_the_ids_of_trades(tmp_path: Path) -> None:
    rows = [trade_row(10, id=name) for name in ("f-3", "a-1")]

    found = read(write(tmp_path / DAY_1, trades=rows))

    assert [(trade.id, trade.trade_id) for trade in found.trades] == [(1, "f-3"), (2, "a-1")]


def test_a_table_without_an_id_is_read_in_the_order_in_which_it_was_written(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / DAY_1,
        [book_row(time) for time in (10, 12)],
        [trade_row(11, size=size) for size in (3, 1, 2)],
        columns={
            "book": ["timestamp", "bids", "asks"],
            "trades": ["price", "size", "side", "timestamp"],
        },
    )

    found = read(path)

    assert found.times == [10, 12]
    assert [(trade.id, trade.size) for trade in found.trades] == [(1, 3.0), (2, 1.0), (3, 2.0)]


def test_a_table_without_rowids_and_with_texts_for_ids_is_read_in_their_order(
    tmp_path: Path,
) -> None:
    trades = TRADES.replace("id INTEGER", "id TEXT") + " WITHOUT ROWID"
    rows = "INSERT INTO trades VALUES ('b', 1, 1, 'buy', 10), ('a', 2, 1, 'buy', 10)"

    found = adapted(tmp_path, [BOOK, trades, rows])

    assert [(trade.id, trade.trade_id) for trade in found.trades] == [(1, "a"), (2, "b")]


def test_an_id_may_be_an_expression(tmp_path: Path) -> None:
    rows = [trade_row(10, size=number, id=number) for number in (1, 2)]
    path = write(tmp_path / DAY_1, trades=rows)

    found = read(path, columns={"trades": {"id": "-id"}})

    assert [(trade.id, trade.size) for trade in found.trades] == [(-2, 2.0), (-1, 1.0)]


# Instruments


def in_both(*names: str | None) -> dict[str, Any]:
    return {
        "book": [book_row(10 + place, instrument=each) for place, each in enumerate(names)],
        "trades": [trade_row(20 + place, instrument=each) for place, each in enumerate(names)],
    }


@pytest.mark.parametrize("name", ["recording.db", DAY_1])
def test_the_column_of_a_file_of_another_name_tells_its_instruments(
    tmp_path: Path, name: str
) -> None:
    path = write(tmp_path / name, **in_both("ETH", "SOL", "ETH"))

    assert SqliteSource(path=path).instruments() == ["ETH", "SOL"]
    for instrument, times in (("ETH", [10, 12]), ("SOL", [11])):
        found = read(path, instrument)
        assert found.times == times
        assert [trade.timestamp - 10 for trade in found.trades] == times
        assert found.ledger.refused == {}


def test_rows_that_name_no_instrument_are_refused_for_each(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.db", **in_both("ETH", None, "SOL"))

    assert read(path, "SOL").ledger.refused == {"row of another instrument": 2}


def test_instruments_of_several_files_are_one_stream_each(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10, instrument=name) for name in ("ETH", "SOL")])
    write(tmp_path / DAY_2, [book_row(20, instrument=name) for name in ("SOL", "XRP")])

    assert SqliteSource(path=tmp_path).instruments() == ["ETH", "SOL", "XRP"]
    assert read(tmp_path, "SOL").times == [10, 20]


def test_the_column_of_instruments_may_have_another_name(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.db", [book_row(10, symbol="ETH")])

    source = SqliteSource(path=path, columns={"instrument": "symbol"})

    assert source.instruments() == ["ETH"]


def test_a_name_with_the_signs_of_sql_is_a_name(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.db", [book_row(10, instrument="it's; --")])

    assert read(path, "it's; --").times == [10]


def test_a_damaged_file_costs_its_own_instrument_alone(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(10)])
    (tmp_path / "ETH-25-06-01.db").write_text("no database")

    assert SqliteSource(path=tmp_path).instruments() == ["BTC-USDT", "ETH"]
    assert read(tmp_path).times == [10]
    with pytest.raises(InputError, match="is no SQLite database"):
        read(tmp_path, "ETH")
