"""A small market, and what is done to it to make an input that a rule is about."""

import gzip
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
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
    and `windows` and `trades` what is used. `levels` are how many bids and asks are left.
    """

    write: Callable[[Path], object]
    settings: Sequence[str] = ()
    same: bool = True
    counts: Mapping[str, int] = field(default_factory=dict)
    table: str = "book"
    row: int | str = 6
    refused: int = 1
    windows: int = 5
    trades: int = 3
    levels: tuple[int, int] | None = None


def market(folder: Path) -> Path:
    """Write the plain market."""
    folder.mkdir(parents=True, exist_ok=True)
    return write(folder / NAME, BOOK, TRADES)


def changed(statement: str, *more: str) -> Case:
    """Return the market after SQL statements that leave its numbers alone."""
    return Case(lambda folder: execute(market(folder), statement, *more))


def bytes_of(content: bytes) -> Case:
    return Case(lambda folder: (folder / NAME).write_bytes(content))


def damaged(change: Callable[[bytes], bytes]) -> Case:
    """Return a longer recording whose bytes are changed."""

    def write_damaged(folder: Path) -> None:
        rows = [book_row(START + time, [(100, 1)] * 20) for time in range(500)]
        path = write(folder / NAME, rows, TRADES)
        path.write_bytes(change(path.read_bytes()))

    return Case(write_damaged)


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
    """Return the market and a book row more, which changes nothing."""
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


def shuffled(*settings: str, time: Callable[[Any], object] = int) -> Case:
    """Return the market with its rows in another order than their times, in some form."""
    book = [{**row, "timestamp": time(row["timestamp"])} for row in BOOK]
    order = (2, 0, 4, 1, 3)
    rows = [{**book[place], "id": number} for number, place in enumerate(order, 1)]
    return Case(lambda folder: write(folder / NAME, rows, TRADES), settings)


def journal_of_a_writer(folder: Path) -> Path:
    path = market(folder)
    path.with_name(f"{NAME}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    return path


def linked(path: Path) -> None:
    """Move a recording, with what stands beside it, and leave a link."""
    elsewhere = path.parent.parent / "elsewhere"
    path.parent.rename(elsewhere)
    path.parent.mkdir()
    path.symlink_to(elsewhere / path.name)


def generated_columns(folder: Path) -> None:
    """Let each table work out its times from microseconds."""
    path = market(folder)
    with closing(sqlite3.connect(path)) as database:
        for table in ("book", "trades"):
            database.execute(f"ALTER TABLE {table} RENAME COLUMN timestamp TO us")
            database.execute(f"UPDATE {table} SET us = us * 1000")
            database.execute(
                f"ALTER TABLE {table} ADD COLUMN timestamp GENERATED ALWAYS AS (us / 1000)"
            )
        database.commit()


def blobs_amid_utf16(folder: Path) -> None:
    execute(folder / NAME, "PRAGMA encoding = 'UTF-16le'", "CREATE TABLE notes (text)")
    levels_as(lambda side: json.dumps(side).encode()).write(folder)


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


def numbered(
    numbers: Sequence[Sequence[object]],
    *settings: str,
    windows: int = 5,
    unsure: int = 0,
    stale: int = 0,
) -> Case:
    """Return the market with sequence numbers; a `prev_seq_id` of -1 stands for a snapshot."""
    rows = [
        {**row, **dict(zip(("seq_id", "prev_seq_id"), each, strict=False))}
        for row, each in zip(BOOK, numbers, strict=True)
    ]
    left_out = {"unsure": unsure, "samples_left_out": 2 * unsure}
    return Case(
        lambda folder: write(folder / NAME, rows, TRADES),
        settings,
        same=False,
        counts={"windows": windows, "stale": stale, "late": 0, **left_out},
    )


def refreshed(
    column: Callable[[object], Row], first: object, second: object, *settings: str
) -> Case:
    """Return the market whose first row comes again at its end, both marked as snapshots."""
    rows = [{**BOOK[0], **column(first)}, *BOOK[1:], {**BOOK[0], **column(second)}]
    rows[-1]["timestamp"] = START + 2_000
    return Case(
        lambda folder: write(folder / NAME, rows, TRADES),
        settings,
        same=False,
        counts={"windows": 6, "crossed": 0},
        levels=(2, 2),
    )


def whole_books() -> list[Row]:
    """Return a market that rises through its own book, the whole of it in each row."""
    return [
        book_row(START + 250 * row, [[99.5 + row, 1], [98.5 + row, 1]], [[100.5 + row, 1]])
        for row in range(9)
    ]


IN_BOOKS = {"windows": 9, "crossed": 0}


def one_level(*others: str) -> Case:
    """Return the market with one level a row, and further ones of other sides at its end."""
    rows: list[Row] = [
        {"timestamp": row["timestamp"], "side": side[:3], "price": price, "size": size}
        for row in BOOK
        for side in ("bids", "asks")
        for price, size in json.loads(str(row[side]))
    ]
    more = [{**rows[-1], "side": side} for side in others]
    columns = {"book": ["id", *rows[0]]}
    return Case(
        lambda folder: write(folder / NAME, [*rows, *more], TRADES, columns=columns),
        row=len(rows),
    )


def deleted_by_action() -> Case:
    """Return the market with one level a row, of which a word says that one is gone."""
    rows: list[Row] = [
        {
            **{"timestamp": row["timestamp"], "side": side[:3], "price": price},
            **({"size": size, "action": "set"} if size != "0" else {"action": "delete"}),
        }
        for row in BOOK
        for side in ("bids", "asks")
        for price, size in json.loads(str(row[side]))
    ]
    columns = {"book": ["id", *rows[0]]}
    return Case(lambda folder: write(folder / NAME, rows, TRADES, columns=columns))


def replayed(*settings: str) -> Case:
    """Return the market whose first trades come again before the last one."""
    named = [{**row, "trade_id": f"t{place}"} for place, row in enumerate(TRADES)]
    rows = [*named[:2], *named]
    return Case(
        lambda folder: write(folder / NAME, BOOK, rows),
        settings,
        same=False,
        counts={"windows": 5, "trades": 3, "duplicates": 2},
    )


def woven(folder: Path) -> None:
    """Write every other row into another file of the same time."""
    write(folder / NAME, BOOK[::2], TRADES[::2])
    write(folder / NEXT, BOOK[1::2], TRADES[1::2])


def packed(folder: Path) -> None:
    path = market(folder)
    path.with_name(f"{NAME}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def overlapping(folder: Path) -> None:
    write(folder / NAME, BOOK, TRADES)
    write(folder / NEXT, BOOK[4:], TRADES[1:])
