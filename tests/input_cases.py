"""The inputs that docs/inputs.md has a rule for, by the name that they have there."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.plugins.sqlite.make import Row, book_row, execute, trade_row, write

NAME = "TEST-USDT-26-01-01.db"
NEXT = "TEST-USDT-26-01-02.db"
START = 1_767_225_600_000  # 2026-01-01, in ms

BOOK: list[Row] = [
    book_row(START, [["100", "5"], ["99", "7"]], [["101", "3"], ["102", "4"]]),
    book_row(START + 200, [["100", "0"], ["98", "1000"]], []),
    book_row(START + 400, [["100", "1"]], [["101", "0"]]),
    book_row(START + 1_100, [], [["101", "3"]]),
    book_row(START + 2_000, [["98", "9"]], []),
]
TRADES: list[Row] = [
    trade_row(START + 250, 101.0, 2.0, "buy"),
    trade_row(START + 300, 100.0, 1.0, "sell"),
    trade_row(START + 1_999, 102.0, 4.0, "buy"),
]


@dataclass(frozen=True)
class Case:
    """An input: what writes it into the folder of recordings, and what is expected of a run.

    `same` says that the numbers are those of the plain market, otherwise `counts` says what is
    counted; of a refusal `table` and `row` say where it is, `refused` how often it is counted,
    and `windows` and `trades` what is used.
    """

    write: Callable[[Path], object]
    settings: Sequence[str] = ()
    same: bool = True
    counts: Mapping[str, int] = field(default_factory=dict)
    table: str = "book"
    row: float = 6
    refused: int = 1
    windows: int = 5
    trades: int = 3


def market(folder: Path) -> Path:
    """Write the plain market."""
    return write(folder / NAME, BOOK, TRADES)


def changed(statement: str, *more: str) -> Case:
    """Return the market after SQL statements that leave its numbers alone."""
    return Case(lambda folder: execute(market(folder), statement, *more))


def bytes_of(content: bytes) -> Case:
    return Case(lambda folder: (folder / NAME).write_bytes(content))


def damaged(change: Callable[[bytearray], object]) -> Case:
    """Return a longer recording whose bytes are changed."""

    def write_damaged(folder: Path) -> None:
        rows = [book_row(START + time, [(100, 1)] * 20) for time in range(500)]
        path = write(folder / NAME, rows, TRADES)
        content = bytearray(path.read_bytes())
        change(content)
        path.write_bytes(content)

    return Case(write_damaged)


def set_bytes(content: bytearray, at: slice, value: bytes) -> None:
    content[at] = value


def bids(text: object, refused: int = 1, windows: int = 5) -> Case:
    """Return the market and a book row more with these bids."""
    row = book_row(START + 2_000, text, "[]")
    return Case(
        lambda folder: write(folder / NAME, [*BOOK, row], TRADES), refused=refused, windows=windows
    )


def level(*values: str) -> Case:
    """Return the market and a row more, of a level that is refused and one that is not."""
    return bids(f"[[{', '.join(values)}], [97, 1]]", windows=6)


def levels_as(form: Callable[[list[list[str]]], object]) -> Case:
    """Return the market with its levels written in another form."""
    rows = [
        {**row, **{side: form(json.loads(str(row[side]))) for side in ("bids", "asks")}}
        for row in BOOK
    ]
    return Case(lambda folder: write(folder / NAME, rows, TRADES))


def trade(**columns: object) -> Case:
    """Return the market and a trade more."""
    row = {**trade_row(START + 2_000, 101.0, 1.0), **columns}
    return Case(
        lambda folder: write(folder / NAME, BOOK, [*TRADES, row]),
        table="trades",
        row=4,
    )


def with_book_row(*settings: str, **columns: object) -> Case:
    """Return the market and a book row more."""
    row = {**book_row(START + 2_000), **columns}
    return Case(lambda folder: write(folder / NAME, [*BOOK, row], TRADES), settings)


def times(change: Callable[[Any], object], *settings: str) -> Case:
    """Return the market with its times changed."""

    def write_times(folder: Path) -> None:
        book, trades = (
            [{**row, "timestamp": change(row["timestamp"])} for row in rows]
            for rows in (BOOK, TRADES)
        )
        write(folder / NAME, book, trades)

    return Case(write_times, settings)


def shuffled(*settings: str) -> Case:
    """Return the market with its rows in another order than their times."""
    book = [{**row, "id": number} for number, row in enumerate(BOOK, 1)]
    order = (2, 0, 4, 1, 3)
    rows = [{**book[place], "id": number} for number, place in enumerate(order, 1)]
    return Case(lambda folder: write(folder / NAME, rows, TRADES), settings)


def journal_of_a_writer(folder: Path) -> None:
    path = market(folder)
    path.with_name(f"{NAME}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))


def wal_with_rows(folder: Path) -> None:
    """Leave rows in the log alone, as a recorder that is killed does."""
    path = write(folder / NAME, BOOK[:4], TRADES)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(
            "INSERT INTO book VALUES (?, ?, ?, ?)", [5, *(BOOK[4][name] for name in LEVEL_COLUMNS)]
        )
        database.commit()
        log = path.with_name(f"{NAME}-wal").read_bytes()
        content = path.read_bytes()
    path.write_bytes(content)
    path.with_name(f"{NAME}-wal").write_bytes(log)


LEVEL_COLUMNS = ("bids", "asks", "timestamp")


def halves(first: str, second: str) -> Case:
    """Return the market in two files of these names."""

    def write_halves(folder: Path) -> None:
        write(folder / first, BOOK[:3], TRADES[:2])
        write(folder / second, BOOK[3:], TRADES[2:])

    return Case(write_halves)


def overlapping(folder: Path) -> None:
    write(folder / NAME, BOOK, TRADES)
    write(folder / NEXT, BOOK[4:], TRADES[1:])


FILES: dict[str, Case] = {
    "a path where nothing is": Case(lambda folder: folder.rmdir()),
    "a folder without recordings": Case(lambda folder: None),
    "a file of 0 bytes": bytes_of(b""),
    "a file that is no database": bytes_of(b"timestamp,price\n1,2\n" * 99),
    "a file cut within a page": damaged(lambda content: content.__delitem__(slice(-100, None))),
    "a file cut within its header": damaged(lambda content: content.__delitem__(slice(50, None))),
    "a file that lacks whole pages": damaged(
        lambda content: content.__delitem__(slice(-4096, None))
    ),
    "a wrong page size in the header": damaged(
        lambda content: set_bytes(content, slice(16, 18), b"\x02\x00")
    ),
    "a page overwritten by other bytes": damaged(
        lambda content: set_bytes(content, slice(8192, 12288), b"\xa5" * 4096)
    ),
    "a changed byte in the text of a number": Case(
        lambda folder: market(folder).write_bytes(
            (folder / NAME).read_bytes().replace(b'"1000"', b'"1001"')
        ),
        same=False,
        counts={"windows": 5, "trades": 3},
    ),
    "a finished file in WAL mode": changed("PRAGMA journal_mode = WAL"),
    "a file in WAL mode whose recorder was killed": Case(wal_with_rows),
    "a file under the journal of a writer": Case(journal_of_a_writer),
    "the files of two days": replace(
        halves(NAME, NEXT),
        same=False,
        counts={"windows": 5, "trades": 3, "carried_without_snapshot": 1},
    ),
    "files whose names are not in the order of their times": halves(NEXT, NAME),
    "files of one instrument that overlap in time": Case(overlapping),
}
TABLES: dict[str, Case] = {
    "no table `book`": changed("DROP TABLE book"),
    "no table `trades`": changed("DROP TABLE trades"),
    "a view in the place of a table": changed(
        "ALTER TABLE book RENAME TO rows", "CREATE VIEW book AS SELECT * FROM rows"
    ),
    "a table without a needed column": changed("ALTER TABLE trades DROP COLUMN side"),
    "tables without a row": changed("DELETE FROM book", "DELETE FROM trades"),
    "no book rows": Case(
        lambda folder: write(folder / NAME, [], TRADES), same=False, counts={"trades": 3}
    ),
    "no trades": Case(
        lambda folder: write(folder / NAME, BOOK), same=False, counts={"windows": 5, "trades": 0}
    ),
    "other tables": changed("CREATE TABLE notes (text)"),
    "other columns": changed(
        "ALTER TABLE book ADD COLUMN checksum", "UPDATE book SET checksum = x'ff00'"
    ),
    "columns in another order": Case(
        lambda folder: write(
            folder / NAME,
            BOOK,
            TRADES,
            columns={
                "book": ["timestamp", "asks", "bids", "id"],
                "trades": ["timestamp", "side", "size", "price", "id"],
            },
        )
    ),
    "a column whose name is in another case": changed(
        "ALTER TABLE book RENAME COLUMN bids TO Bids"
    ),
    "prices and sizes of trades as text": changed(
        "UPDATE trades SET price = CAST(price AS TEXT), size = CAST(size AS TEXT)"
    ),
}
ROWS: dict[str, Case] = {
    "levels as JSON of texts": Case(market),
    "levels as JSON of numbers": levels_as(
        lambda side: json.dumps([[float(number) for number in level] for level in side])
    ),
    "levels as Python literals": levels_as(lambda side: repr([tuple(level) for level in side])),
    "levels as a blob": levels_as(lambda side: json.dumps(side).encode()),
    "levels with a third and a fourth value": levels_as(
        lambda side: json.dumps([[*level, "0", None] for level in side])
    ),
    "numbers with an exponent, such as `1e3`": levels_as(
        lambda side: json.dumps([[price, f"{float(size):e}"] for price, size in side])
    ),
    "levels that are NULL": bids(None),
    "levels that are an empty text": bids(""),
    "levels that are a number": bids(17),
    "levels that are a JSON object": bids('{"bids": []}'),
    "levels that are garbage": bids("[[100, 1"),
    "levels that are code": bids("__import__('os').getpid()"),
    "levels in another encoding than UTF-8": bids("[[100, 1]]".encode("utf-16")),
    "levels nested 100,000 deep": bids("[" * 100_000 + "]" * 100_000),
    "levels that are 100 MB of brackets": bids("[" * 100_000_000),
    "levels that are longer than 16 MB": bids("[" + " " * 16_000_000 + "]"),
    "a level of one value": level("100"),
    "a level of five values": level("100", "1", "0", "0", "0"),
    "a level that is no list": bids("[100, [97, 1]]", windows=6),
    "a price of a level that is 0": level("0", "1"),
    "a price of a level that is negative": level('"-100"', "1"),
    "a price of a level that is null": level("null", "1"),
    "a price of a level that is NaN": level("NaN", "1"),
    "a price of a level that is infinite": level("Infinity", "1"),
    "a price of a level beyond all floats": level("1e999", "1"),
    "a price of a level that is no number": level('"1_000"', "1"),
    "a size of a level that is negative": level("100", "-1"),
    "a size of a level that is NaN": level("100", "NaN"),
    "a size of a level that is infinite": level("100", '"inf"'),
    "a size of a level that is no number": level("100", "true"),
    "a book whose best bid is not below its best ask": Case(
        lambda folder: write(
            folder / NAME, [*BOOK, book_row(START + 2_000, [[101.5, 1]], [])], TRADES
        ),
        same=False,
        counts={"windows": 6, "crossed": 1},
    ),
    "a price of a trade that is NULL": trade(price=None),
    "a price of a trade that is 0": trade(price=0),
    "a price of a trade that is negative": trade(price=-1.0),
    "a price of a trade that is infinite": trade(price=float("inf")),
    "a price of a trade that is no number": trade(price="ten"),
    "a size of a trade that is NULL": trade(size=None),
    "a size of a trade that is 0": trade(size=0),
    "a size of a trade that is negative": trade(size="-1"),
    "a side that is not buy or sell": trade(side="bid"),
    "a side that is NULL": trade(side=None),
    "a side in capital letters": changed("UPDATE trades SET side = upper(side)"),
    "an id of a trade that is no whole number": replace(trade(id=4.5), row=4.5),
    "two trades with one trade_id": changed(
        "ALTER TABLE trades ADD COLUMN trade_id", "UPDATE trades SET trade_id = '7'"
    ),
    "trades without a trade_id": changed("ALTER TABLE trades ADD COLUMN trade_id"),
    "a row of another instrument": Case(
        lambda folder: write(
            folder / NAME,
            [
                *[{**row, "instrument": "TEST-USDT"} for row in BOOK],
                book_row(START + 2_000, instrument="ETH-USDT"),
            ],
            TRADES,
        )
    ),
}
TIMES: dict[str, Case] = {
    "a timestamp that is NULL": with_book_row(timestamp=None),
    "a timestamp that is no number": with_book_row(timestamp="noon"),
    "a timestamp with a fraction of a millisecond": with_book_row(timestamp=START + 2_000.5),
    "timestamps as text": times(str),
    "timestamps as whole floats": times(float),
    "a timestamp in seconds": with_book_row(timestamp=START // 1_000),
    "a timestamp in microseconds": with_book_row(timestamp=START * 1_000),
    "a timestamp in nanoseconds": with_book_row(timestamp=START * 1_000_000),
    "all timestamps in microseconds": times(lambda time: time * 1_000),
    'seconds, with `timestamp_unit = "s"`': times(
        lambda time: time / 1_000, "source.timestamp_unit=s"
    ),
    'microseconds, with `timestamp_unit = "us"`': times(
        lambda time: time * 1_000 + 999, "source.timestamp_unit=us"
    ),
    'nanoseconds, with `timestamp_unit = "ns"`': times(
        lambda time: time * 1_000_000, "source.timestamp_unit=ns"
    ),
    "timestamps in the future": Case(
        times(lambda time: time + 100 * 365 * 86_400_000).write,
        same=False,
        counts={"windows": 5, "trades": 3},
    ),
    "a timestamp lower than the one before": shuffled(),
    "timestamps out of order, with `sort = true`": shuffled("source.sort=true"),
    "a time without a book row, longer than `gap_seconds`": Case(
        market, ["source.gap_seconds=0.5"]
    ),
}
CASES = {**FILES, **TABLES, **ROWS, **TIMES}
