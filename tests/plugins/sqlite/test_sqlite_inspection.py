"""What `orderflow inspect` shows of a recording."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from orderflow_sqlite.inspection import inspect_path, show
from rich.console import Console

from tests.plugins.sqlite.make import book_row, execute, write
from tests.plugins.sqlite.reading import DAY_1, read


@pytest.mark.parametrize(
    ("timestamp", "shown"),
    [
        (1_748_736_000_123, "2025-06-01 00:00:00.123 UTC"),
        (253_402_300_799_999, "9999-12-31 23:59:59.999 UTC"),
        (-1, "1969-12-31 23:59:59.999 UTC"),
    ],
)
def test_times_are_shown_to_the_millisecond(tmp_path: Path, timestamp: int, shown: str) -> None:
    console = Console(record=True, width=200)

    show(console, inspect_path(write(tmp_path / DAY_1, [book_row(timestamp)])))

    assert console.export_text().count(shown) == 2


TIME = 1_748_736_000_000
BOOK = "CREATE TABLE book (id INTEGER PRIMARY KEY, bids, asks, timestamp)"
BOOK_ROW = f"INSERT INTO book VALUES (1, '[[99, 1]]', '[[101, 1]]', {TIME})"

FOREIGN: dict[str, tuple[list[str], dict[str, Any]]] = {
    "binance trades": (
        [
            "CREATE TABLE trades (id INTEGER, price, qty, quote_qty, time, is_buyer_maker)",
            f"INSERT INTO trades VALUES (7, '99', '2', '198', {TIME}, 'True')",
        ],
        {
            "tables": {"book": ""},
            "columns": {"trades": {"timestamp": "time", "size": "qty", "side": "is_buyer_maker"}},
            "sides": {"buy": [True], "sell": [False], "maker": True},
        },
    ),
    "tardis": (
        [
            "CREATE TABLE incremental_book_L2 (exchange, symbol, timestamp, local_timestamp,"
            " is_snapshot, side, price, amount)",
            "CREATE TABLE trades (exchange, symbol, timestamp, local_timestamp, id, side, price,"
            " amount)",
            f"INSERT INTO incremental_book_L2 VALUES ('x', 'A', {TIME}, 0, 1, 'bid', 99, 1)",
            f"INSERT INTO trades VALUES ('x', 'A', {TIME}, 0, 'u-1', 'sell', 99, 2)",
        ],
        {
            "tables": {"book": "incremental_book_L2"},
            "columns": {
                "book": {"size": "amount"},
                "trades": {"size": "amount"},
            },
        },
    ),
    "cryptofeed": (
        [
            "CREATE TABLE l2_book (id INTEGER PRIMARY KEY, timestamp, symbol, data)",
            "CREATE TABLE trades (id INTEGER PRIMARY KEY, timestamp, symbol, side, amount, price)",
            f"INSERT INTO l2_book VALUES (1, {TIME}, 'A', "
            '\'{"snapshot": {"bid": {"99": "1"}, "ask": {"101": "1"}}}\')',
            f"INSERT INTO l2_book VALUES (2, {TIME}, 'A', "
            '\'{"delta": {"bid": [["99", "2"]], "ask": []}}\')',
            f"INSERT INTO trades VALUES (1, {TIME}, 'A', 'sell', '2', '99')",
        ],
        {
            "tables": {"book": "l2_book"},
            "columns": {
                "book": {
                    "bids": "coalesce(json_extract(\"data\", '$.snapshot.bid'),"
                    " json_extract(\"data\", '$.delta.bid'))",
                    "asks": "coalesce(json_extract(\"data\", '$.snapshot.ask'),"
                    " json_extract(\"data\", '$.delta.ask'))",
                    "action": "iif(json_extract(\"data\", '$.snapshot') IS NULL,"
                    " 'update', 'snapshot')",
                },
                "trades": {"size": "amount"},
            },
        },
    ),
    "other words for sides": (
        [
            *(BOOK, BOOK_ROW, "CREATE TABLE prints (px, sz, aggressor, trade_id, ts)"),
            f"INSERT INTO prints VALUES (99, 2, 'A', 't', {TIME}), (99, 2, 'B', 't', {TIME})",
        ],
        {
            "tables": {"trades": "prints"},
            "columns": {
                "trades": {"timestamp": "ts", "price": "px", "size": "sz", "side": "aggressor"}
            },
            "sides": {"buy": ["B"], "sell": ["A"]},
        },
    ),
    "a value beside the size": (
        [
            *(BOOK, BOOK_ROW, "CREATE TABLE trades (id, price, amount, volume, side, timestamp)"),
            f"INSERT INTO trades VALUES (1, 99, 198, 2, 'buy', {TIME})",
        ],
        {"columns": {"trades": {"size": "volume"}}},
    ),
    "ticks with the volume of the day": (
        [
            "CREATE TABLE ticks (time, last_price, volume, bid_price_1, bid_volume_1,"
            " ask_price_1, ask_volume_1)",
            f"INSERT INTO ticks VALUES ({TIME}, 99, 700, 98, 1, 99, 2)",
            f"INSERT INTO ticks VALUES ({TIME}, 99, 702, 98, 1, 99, 2)",
        ],
        {
            "snapshot": "always",
            "tables": {"book": "ticks", "trades": ""},
            "columns": {
                "book": {
                    "timestamp": "time",
                    "bids": 'json_array(json_array("bid_price_1", "bid_volume_1"))',
                    "asks": 'json_array(json_array("ask_price_1", "ask_volume_1"))',
                }
            },
        },
    ),
    "both sides in a list": (
        [
            "CREATE TABLE l2book (time, levels)",
            f"INSERT INTO l2book VALUES ({TIME}, "
            """'[[{"px": "99", "sz": "1"}], [{"px": "101", "sz": "1"}]]')""",
        ],
        {
            "tables": {"book": "l2book", "trades": ""},
            "columns": {
                "book": {
                    "timestamp": "time",
                    "bids": "json_extract(\"levels\", '$[0]')",
                    "asks": "json_extract(\"levels\", '$[1]')",
                }
            },
        },
    ),
    "levels alone, their sides as numbers": (
        [
            "CREATE TABLE depth (timestamp, side, price, size)",
            f"INSERT INTO depth VALUES ({TIME}, 1, 99, 1), ({TIME}, -1, 101, 1)",
        ],
        {"tables": {"book": "depth", "trades": ""}, "sides": {"buy": ["1"], "sell": ["-1"]}},
    ),
    "its own names": (
        [BOOK, BOOK_ROW, "CREATE TABLE trades (id, price, size, side, timestamp)"],
        {},
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_settings_are_found_by_names_and_first_values_and_read_the_file(
    tmp_path: Path, kind: str
) -> None:
    statements, expected = FOREIGN[kind]
    path = tmp_path / DAY_1
    execute(path, *statements)

    found = inspect_path(path)

    assert found.problem is None
    given = tomllib.loads(found.settings)["source"]
    assert given.pop("path") == str(path)
    assert given == expected
    reading = read(path, **given)
    assert reading.ledger.refused == {}
    assert len(reading.times) >= 1


def test_several_instruments_are_read_each(tmp_path: Path) -> None:
    rows = [book_row(TIME, instrument=name) for name in ("A", "B", "A")]

    found = inspect_path(write(tmp_path / "all.db", rows))

    assert (found.instruments, found.windows) == (["A", "B"], 3)


def test_a_folder_is_read_by_the_pattern_that_takes_its_files(tmp_path: Path) -> None:
    for day in (1, 2):
        write(tmp_path / f"ETH_2025-06-0{day}.db", [book_row(TIME + day * 86_400_000)])

    found = inspect_path(tmp_path)

    assert (found.files, found.instruments, found.windows) == (2, ["ETH"], 2)
    assert 'pattern = "{instrument}_%Y-%m-%d.db"' in found.settings


def test_a_file_of_another_name_has_the_instrument_of_it(tmp_path: Path) -> None:
    found = inspect_path(write(tmp_path / "ETHUSDT-aggTrades-2025-06.db", [book_row(TIME)]))

    assert found.instruments == ["ETHUSDT"]
    assert 'pattern = "{instrument}-aggTrades-%Y-%m.db"' in found.settings


def test_the_settings_are_shown_below_what_was_found(tmp_path: Path) -> None:
    console = Console(record=True, width=40)
    path = tmp_path / DAY_1
    execute(path, *FOREIGN["tardis"][0])

    show(console, inspect_path(path))

    assert '\n[source.tables]\nbook = "incremental_book_L2"\n' in console.export_text()


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    assert "there is no recording at" in str(inspect_path(tmp_path).problem)


TRADES = "CREATE TABLE {} (timestamp, side, price, size)"
SOME_TRADES = f"INSERT INTO {{}} VALUES ({TIME}, 'buy', 99, 2)"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            [
                *("CREATE TABLE messages_of_depth (ts, content)", TRADES.format("trades")),
                SOME_TRADES.format("trades"),
            ],
            "has no table 'book'; there are messages_of_depth, trades",
        ),
        (
            [BOOK, BOOK_ROW, "CREATE TABLE fills (at, what)"],
            "has no table 'trades'; there are book, fills",
        ),
        (
            [TRADES.format(name) for name in ("a_trades", "b_trades")]
            + [SOME_TRADES.format(name) for name in ("a_trades", "b_trades")],
            "any of a_trades, b_trades may be the table 'trades': name one in [source.tables]",
        ),
        (
            [
                "CREATE TABLE mbo (ts, order_id, action, side, price, size)",
                f"INSERT INTO mbo VALUES ({TIME}, 1, 'A', 'B', 99, 2)",
            ],
            "has no table 'book'; there is mbo",
        ),
        (
            [
                TRADES.format("trades"),
                f"INSERT INTO trades VALUES ({TIME}, 1, 99, 2), ({TIME}, 2, 99, 2)",
            ],
            "side is not buy or sell",
        ),
        (
            [TRADES.format("trades"), f"INSERT INTO trades VALUES ({TIME}, 1, 99, 2)"],
            "side is not buy or sell",
        ),
    ],
    ids=["a-book-by-its-name", "trades-by-their-name", "a-table-an-instrument",
         "order-by-order", "sides-1-and-2", "side-1-alone"],
)  # fmt: skip
def test_what_cannot_be_told_is_a_problem_and_no_guess(
    tmp_path: Path, statements: list[str], words: str
) -> None:
    path = tmp_path / DAY_1
    execute(path, *statements)

    assert words in str(inspect_path(path).problem)


def test_of_two_tables_that_look_alike_one_without_a_row_is_none(tmp_path: Path) -> None:
    path = tmp_path / DAY_1
    tables = [TRADES.format(name) for name in ("a_trades", "b_trades")]
    execute(path, *tables, SOME_TRADES.format("b_trades"))

    assert inspect_path(path).trades == 1


def test_tables_that_are_not_read_are_told(tmp_path: Path) -> None:
    console = Console(record=True, width=200)
    path = write(tmp_path / DAY_1, [book_row(TIME)])
    execute(path, "CREATE TABLE book_snapshots (timestamp, bids, asks)")

    show(console, inspect_path(path))

    text = console.export_text()
    assert "columns timestamp, bids, asks; not read" in text
    assert text.count("not read") == 1
