"""The inputs that docs/inputs.md has a rule for, by the name that they have there."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from tests.inputs.making import (
    BOOK,
    IN_BOOKS,
    NAME,
    NEXT,
    START,
    TRADES,
    Case,
    bids,
    blobs_amid_utf16,
    bytes_of,
    changed,
    damaged,
    deleted_by_action,
    generated_columns,
    halves,
    journal_of_a_writer,
    level,
    levels_as,
    linked,
    market,
    numbered,
    one_level,
    overlapping,
    packed,
    refreshed,
    replayed,
    shuffled,
    times,
    trade,
    wal_with_rows,
    whole_books,
    with_book_row,
    woven,
)
from tests.plugins.sqlite.make import book_row, execute, trade_row, write

FILES: dict[str, Case] = {
    "a path where nothing is": Case(lambda folder: folder.rmdir()),
    "a folder without recordings": Case(lambda folder: None),
    "a file of 0 bytes": bytes_of(b""),
    "a file that is no database": bytes_of(b"timestamp,price\n1,2\n" * 99),
    "a file cut within a page": damaged(lambda content: content[:-100]),
    "a file cut within its header": damaged(lambda content: content[:50]),
    "a file that lacks whole pages": damaged(lambda content: content[:-4096]),
    "a wrong page size in the header": damaged(
        lambda content: content[:16] + b"\x02\x00" + content[18:]
    ),
    "a page overwritten by other bytes": damaged(
        lambda content: content[:8192] + b"\xa5" * 4096 + content[12288:]
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
    "a link to a recording": Case(lambda folder: linked(market(folder))),
    "a link to a file under the journal of a writer": Case(
        lambda folder: linked(journal_of_a_writer(folder))
    ),
    "a link to nothing": Case(
        lambda folder: (folder / NAME).symlink_to("gone.db"), [f"source.path=data/{NAME}"]
    ),
    "the files of two days": replace(
        halves(NAME, NEXT),
        same=False,
        counts={"windows": 5, "trades": 3, "carried_without_snapshot": 1},
    ),
    "files whose names are not in the order of their times": halves(NEXT, NAME),
    "files of one instrument that overlap in time": Case(overlapping),
    'such files, with `overlap = "merge"`': Case(
        woven, ["source.overlap=merge"], same=False, counts={"windows": 5, "trades": 3}
    ),
    "files in folders below, with `**` in `path`": Case(
        lambda folder: market(folder / "2026" / "01"), ["source.path=data/**/*.db"]
    ),
    "files by the hour, with `%H` in `pattern`": Case(
        lambda folder: market(folder).rename(folder / "TEST-USDT_2026-01-01_00.db"),
        ["source.pattern={instrument}_%Y-%m-%d_%H.db"],
    ),
    "a file that is packed with gzip": Case(packed, ["source.path=data"]),
}
TABLES: dict[str, Case] = {
    "no table `book`, and another that looks like it": changed("ALTER TABLE book RENAME TO l2"),
    "no table `trades`, and another that looks like it": changed(
        "ALTER TABLE trades RENAME TO prints"
    ),
    "neither table, and none that looks like one": changed(
        "DROP TABLE book", "DROP TABLE trades", "CREATE TABLE notes (text)"
    ),
    "tables of other names, with `[source.tables]`": replace(
        changed("ALTER TABLE book RENAME TO l2", "ALTER TABLE trades RENAME TO prints"),
        settings=['source.tables={book = "l2", trades = "prints"}'],
    ),
    "a view in the place of a table": changed(
        "ALTER TABLE book RENAME TO rows", "CREATE VIEW book AS SELECT * FROM rows"
    ),
    "a view with a WITH clause, which may never end": changed(
        "ALTER TABLE book RENAME TO rows",
        "CREATE VIEW book AS WITH all_rows AS (SELECT * FROM rows) SELECT * FROM all_rows",
    ),
    "a table without a needed column": changed("ALTER TABLE trades DROP COLUMN side"),
    "tables without a row": changed("DELETE FROM book", "DELETE FROM trades"),
    "no book rows, or no book and no table that looks like one": Case(
        lambda folder: execute(market(folder), "DROP TABLE book"),
        same=False,
        counts={"windows": 0, "trades": 3},
    ),
    "no trades, or no table that looks like them": Case(
        lambda folder: execute(market(folder), "DROP TABLE trades"),
        same=False,
        counts={"windows": 5, "trades": 0},
    ),
    "other tables": changed("CREATE TABLE notes (text)"),
    "other columns": changed(
        "ALTER TABLE book ADD COLUMN checksum", "UPDATE book SET checksum = x'ff00'"
    ),
    "generated columns": Case(generated_columns),
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
    "columns of other names, with `[source.columns]`": replace(
        changed(
            *(
                "ALTER TABLE book RENAME COLUMN timestamp TO ts",
                "ALTER TABLE book RENAME bids TO b",
            ),
            *("ALTER TABLE trades RENAME timestamp TO ts", "ALTER TABLE trades RENAME price TO p"),
        ),
        settings=['source.columns={timestamp = "ts", book.bids = "b", trades.price = "p"}'],
    ),
    "columns made by SQL expressions, with `[source.columns]`": replace(
        changed("ALTER TABLE trades RENAME size TO lots", "UPDATE trades SET lots = lots * 8"),
        settings=['source.columns={trades.size = "lots / 8.0"}'],
    ),
    "a setting of a column that is not there": replace(
        changed("ALTER TABLE trades RENAME size TO lots"),
        settings=['source.columns={size = "quantity"}'],
    ),
    "tables without a column `id`": changed(
        "ALTER TABLE book DROP COLUMN id", "ALTER TABLE trades DROP COLUMN id"
    ),
    "ids that are texts": changed(
        "UPDATE book SET id = char(99 - id)", "UPDATE trades SET id = char(99 - id)"
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
    "levels as a blob in a database that keeps texts in UTF-16": Case(blobs_amid_utf16),
    "one level a row, in columns `side`, `price` and `size`": one_level(),
    'a level in a row of its own whose `action` is `"delete"` or `"remove"`': deleted_by_action(),
    "a level in a row of its own whose side is neither bid nor ask": one_level("middle"),
    "levels with a third and a fourth value": levels_as(
        lambda side: json.dumps([[*level, "0", None] for level in side])
    ),
    "levels as objects with price and size under their usual names": levels_as(
        lambda side: json.dumps([{"px": price, "sz": size, "n": 1} for price, size in side])
    ),
    "levels as a mapping of prices to sizes": levels_as(lambda side: json.dumps(dict(side))),
    'levels with a word such as `"new"` before the price': levels_as(
        lambda side: json.dumps(
            [["delete" if size == "0" else "new", price, size] for price, size in side]
        )
    ),
    "numbers with an exponent, such as `1e3`": levels_as(
        lambda side: json.dumps([[price, f"{float(size):e}"] for price, size in side])
    ),
    "levels of a side that are NULL": replace(
        with_book_row(bids=None), same=False, counts={"windows": 6}
    ),
    "levels of both sides that are NULL in every row": changed(
        "UPDATE book SET bids = NULL, asks = NULL"
    ),
    "levels of a side that are a JSON null": replace(
        with_book_row(asks="null"), same=False, counts={"windows": 6}
    ),
    "levels that are an empty text": bids(""),
    "levels that are a number": bids(17),
    "levels that are an object of other names": bids('{"bids": []}'),
    "levels that are garbage": bids("[[100, 1"),
    "levels that are code": bids("__import__('os').getpid()"),
    "levels in another encoding than UTF-8": bids("[[100, 1]]".encode("utf-16")),
    "levels nested 100,000 deep": bids("[" * 100_000 + "]" * 100_000),
    "levels that are 100 MB of brackets": bids("[" * 100_000_000),
    "levels that are longer than 16 MB": bids("[" + " " * 16_000_000 + "]"),
    "a level of one value": level("100"),
    "a level of five values": level("100", "1", "0", "0", "0"),
    "a level that is no list": bids("[100, [97, 1]]", windows=6),
    "a row of which all levels are refused": bids("[[100]]"),
    "a level whose price and size are 0": levels_as(lambda side: json.dumps([*side, ["0", "0"]])),
    "a level whose price and size are null": levels_as(
        lambda side: json.dumps([*side, [None, None]])
    ),
    "a level whose price and size are empty texts": levels_as(
        lambda side: json.dumps([*side, ["", ""]])
    ),
    "a price of a level that is 0, its size not": level("0", "1"),
    "a price of a level that is negative": level('"-100"', "1"),
    "a price of a level that is null": level("null", "1"),
    "a price of a level that is NaN": level("NaN", "1"),
    "a price of a level that is infinite": level("Infinity", "1"),
    "a price of a level beyond all floats": level("1e999", "1"),
    "a price of a level of 1e100 or more": level("1e100", "1"),
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
    'prices that are 0 or negative, with `price = "any"`': Case(
        lambda folder: write(
            folder / NAME,
            [book_row(START, [["-1.5", "1"], ["-2", "1"]], [["0", "1"], ["0.5", "1"]])],
            [trade_row(START, price) for price in (-1.5, 0)],
        ),
        ["source.price=any"],
        same=False,
        counts={"windows": 1, "trades": 2, "crossed": 0},
        levels=(2, 2),
    ),
    "a price of a trade that is infinite": trade(price=float("inf")),
    "a price of a trade that is no number": trade(price="ten"),
    "a size of a trade that is NULL": trade(size=None),
    "a size of a trade that is 0": trade(size=0),
    "a size of a trade that is negative": trade(size="-1"),
    "a size of a trade of 1e100 or more": trade(size=1e300),
    "a side that is not buy or sell": trade(side="bid"),
    "a side that is NULL": trade(side=None),
    "a side in capital letters": changed("UPDATE trades SET side = upper(side)"),
    "an id of a trade that is no whole number, amid others": replace(trade(id="x"), row="x"),
    "other words for sides, with `[source.sides]`": replace(
        changed("UPDATE trades SET side = iif(side = 'buy', 'B', 'A')"),
        settings=['source.sides={buy = ["B"], sell = ["A"]}'],
    ),
    "the side of the maker, with `[source.sides] maker = true`": replace(
        changed("UPDATE trades SET side = side = 'sell'"),
        settings=["source.sides={buy = [true], sell = [false], maker = true}"],
    ),
    "two trades with one trade_id": changed(
        "ALTER TABLE trades ADD COLUMN trade_id", "UPDATE trades SET trade_id = '7'"
    ),
    'trades that come again, with `duplicates = "drop"`': replayed("source.duplicates=drop"),
    "trades that come again, their times going back": replayed(),
    "trades without a trade_id": changed("ALTER TABLE trades ADD COLUMN trade_id"),
    "a row of another instrument, in a file named after one of them": Case(
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
SNAPSHOTS: dict[str, Case] = {
    "an `action` of `snapshot`, `partial`, `full`, `initial`, `image` or `all`": refreshed(
        lambda word: {"action": word}, "SNAPSHOT", "partial"
    ),
    "another word, in `snapshot_words`": refreshed(
        lambda word: {"action": word}, "refresh", "Refresh", "source.snapshot_words=['refresh']"
    ),
    "a column `is_snapshot` or `snapshot`": refreshed(
        lambda flag: {"is_snapshot": flag}, 1, "true"
    ),
    "whole books, one a row": Case(
        lambda folder: write(folder / NAME, whole_books(), TRADES), same=False, counts=IN_BOOKS
    ),
    'whole books that do not move, with `snapshot = "always"`': Case(
        lambda folder: write(folder / NAME, [whole_books()[0]] * 2, TRADES),
        ["source.snapshot=always"],
        same=False,
        counts={"windows": 2, "crossed": 0},
    ),
    "a side that is NULL in a snapshot": Case(
        lambda folder: write(
            folder / NAME,
            [{**BOOK[0], "action": "snapshot"}, {**BOOK[0], "bids": None, "action": "snapshot"}],
            TRADES,
        ),
        same=False,
        counts={"windows": 2},
    ),
}
SEQUENCE: dict[str, Case] = {
    "rows that name the row before": numbered([(1, -1), (2, 1), (3, 2), (4, 3), (5, 4)]),
    "a row that keeps the feed alive, its two numbers equal": numbered(
        [(1, -1), (2, 1), (2, 2), (3, 2), (4, 3)]
    ),
    "a reset, to a lower number, that names the row before": numbered(
        [(8, -1), (9, 8), (2, 9), (3, 2), (4, 3)]
    ),
    "a row that does not name the row before": numbered(
        [(1, -1), (2, 1), (9, 8), (10, 9), (20, -1)], unsure=2
    ),
    "a recording that begins amid the numbers": numbered(
        [(2, 1), (3, 2), (4, 3), (5, -1), (6, 5)], unsure=3
    ),
    "a number that is NULL amid the others": numbered(
        [(1, -1), (2, 1), (None, None), (4, 3), (5, 4)], unsure=3
    ),
    "numbers that are all NULL": numbered([(None, None)] * 5),
    "numbers as texts or as whole floats": numbered(
        [("1", "-1"), (2.0, 1.0), ("3", 2.0), (4.0, "3"), (5, 4)]
    ),
    "a number that is not above the last": numbered(
        [(3, -1), (2, 1), (4, 3), (4, 3), (5, 4)], windows=3, stale=2
    ),
    "a row that straddles the number of the snapshot": numbered(
        [(5, -1), (6, 3), (7, 6), (8, 7), (9, 8)]
    ),
    "a snapshot that comes late": numbered([(2, 1), (3, 2), (4, 3), (3, -1), (5, 4)], unsure=3),
    "a lower snapshot that the next row goes on from": numbered(
        [(8, -1), (9, 8), (10, 9), (3, -1), (4, 3)]
    ),
    "a lower snapshot from before all rows that are kept": numbered(
        [(8, -1), (9, 8), (10, 9), (3, -1), (11, 10)], windows=4, stale=1
    ),
    "`seq_id` alone, which rises by 1": numbered(
        [(number,) for number in (1, 2, 3, 4, 6)], "source.sequence=counter", unsure=5
    ),
    "`seq_id` alone, which rises otherwise": numbered(
        [(number,) for number in (1, 7, 7, 9, 30)], windows=4, stale=1
    ),
    'numbers with `sequence = "none"`': numbered(
        [(1, -1), (9, 8), (9, 7), (2, 9), (3, 4)], "source.sequence=none"
    ),
    "a column that `sequence` needs and that is not there": Case(
        market, ["source.sequence=chain"], same=False
    ),
    "a time that goes back amid numbers": Case(
        lambda folder: write(
            folder / NAME,
            [
                {**row, "seq_id": place, "prev_seq_id": place - 1, "timestamp": time}
                for place, (row, time) in enumerate(
                    zip(BOOK, [START, START + 9, START + 8, START + 9, START + 10], strict=True)
                )
            ],
            TRADES,
        ),
        same=False,
        counts={"windows": 5, "late": 1, "unsure": 0},
    ),
}
TIMES: dict[str, Case] = {
    "a timestamp that is NULL": with_book_row(timestamp=None),
    "a timestamp that is no number": with_book_row(timestamp="noon"),
    "timestamps with fractions": times(lambda time: time + 0.999),
    "timestamps that are ISO 8601 texts": times(
        lambda time: datetime.fromtimestamp(time / 1000, UTC).isoformat()
    ),
    "timestamps as text": times(str),
    "timestamps as whole floats": times(float),
    "a timestamp in seconds amid milliseconds": with_book_row(timestamp=START // 1_000),
    "a timestamp in microseconds amid milliseconds": with_book_row(timestamp=START * 1_000),
    "a timestamp in nanoseconds amid milliseconds": with_book_row(timestamp=START * 1_000_000),
    "all timestamps in seconds": times(lambda time: time / 1_000),
    "dates as numbers, such as 20250601093000": changed(
        "UPDATE book SET timestamp = 20250601093000 + id"
    ),
    "all timestamps in microseconds": times(lambda time: time * 1_000 + 999),
    "all timestamps in nanoseconds": times(lambda time: time * 1_000_000),
    "one table in milliseconds, the other in microseconds": Case(
        lambda folder: write(
            folder / NAME,
            BOOK,
            [{**row, "timestamp": int(str(row["timestamp"])) * 1_000} for row in TRADES],
        )
    ),
    "another unit than the one that is set": times(int, "source.timestamp_unit=us"),
    "a timestamp outside the years 2000 to 2199": with_book_row(timestamp=9_999_999_999_999_999),
    "a timestamp more than a day from those around it, which are of one hour": Case(
        lambda folder: write(
            folder / NAME,
            [*BOOK[:4], {**BOOK[0], "timestamp": START + 10**8, "id": 6}, {**BOOK[4], "id": 7}],
            TRADES,
        )
    ),
    "timestamps in the future": Case(
        times(lambda time: time + 100 * 365 * 86_400_000).write,
        same=False,
        counts={"windows": 5, "trades": 3},
    ),
    "texts of timestamps out of order, with `sort = true`": shuffled(
        "source.sort=true", time=lambda time: "0" * (time % 400 == 0) + str(time)
    ),
    "numbers and dates in one table, with `sort = true`": shuffled(
        "source.sort=true",
        time=lambda time: (
            time if time % 400 else datetime.fromtimestamp(time / 1000, UTC).isoformat()
        ),
    ),
    "a timestamp lower than the one before": shuffled(),
    "timestamps out of order, with `sort = true`": shuffled("source.sort=true"),
    "a time without a book row, longer than `gap_seconds`": Case(
        market, ["source.gap_seconds=0.5"]
    ),
}
UNUSABLE: dict[str, Case] = {
    "trades of which every side is another word": changed(
        "UPDATE trades SET side = iif(side = 'buy', 'B', 'A')"
    ),
    "a book of which no levels can be read": changed("UPDATE book SET bids = 'x'"),
    "a table of which no time can be read": changed("UPDATE trades SET timestamp = 'noon'"),
}
CASES = {**FILES, **TABLES, **ROWS, **SNAPSHOTS, **SEQUENCE, **TIMES, **UNUSABLE}
