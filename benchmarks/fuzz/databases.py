"""Recordings changed in bytes, rows and columns, through the product and through the oracle."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from orderflow_sqlite.source import SqliteSource

from benchmarks.fuzz.level_texts import texts
from benchmarks.fuzz.tally import Tally
from orderflow_core import InputError
from orderflow_core.sources import Ledger
from tests import oracle
from tests.oracle_reading import NothingUsableError, OutOfOrderError, Reading
from tests.replay import Replay, replay

INSTRUMENT = "FUZZ"
WINDOW_SECONDS = 0.5
LEVELS = 5
START = 1_767_225_600_000

_VALUES: tuple[object, ...] = (
    *(None, "", 0, -1, 1, 7.5, 1 << 62, -(1 << 63), (1 << 63) - 1, 1e308, -0.0, float("inf")),
    *("1e3", " 1", "1_0", "nan", "1e999", "buy", "SELL", "sell ", b"buy", b"\xff", b"", "snapshot"),
    *("Partial", "null", "2026-01-01T00:00:00.5Z", "[[0, 0]]", "true", "12.25"),
    *("update", INSTRUMENT, "ETH-USDT", START, START + 1, START * 1000, START // 1000, str(START)),
    *(float(START), START + 0.5, "x" * 5000, "[[1, 2]]", "[]", "[", "[[100.5,1],[-1,2]]"),
)


def _date(time: int) -> str:
    return datetime.fromtimestamp(time / 1_000, UTC).isoformat()


@dataclass(frozen=True)
class _Feed:
    """How a feed numbers its rows, marks its snapshots and tells the time."""

    step: Callable[[Random], int] = lambda _: 1
    chained: bool = True
    mark: str = "action TEXT"
    words: tuple[object, object] = ("update", "snapshot")  # of an update, of a snapshot
    whole: bool = False
    time: Callable[[int], object] = lambda time: time


_FEEDS = (
    _Feed(),
    _Feed(lambda random: random.randrange(4), words=("delta", "PARTIAL")),
    _Feed(chained=False, time=lambda time: time * 1_000 + 7),
    _Feed(lambda random: random.randrange(9), chained=False, time=lambda time: time / 1_000),
    _Feed(mark="is_snapshot", words=(0, 1), time=_date),
    _Feed(mark="action TEXT", words=(None, None), whole=True),
)
KINDS = 8 * len(_FEEDS)


def mutants(seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` databases, the same for the same seed."""
    for number in range(count):
        random = Random(f"{seed} {number}")
        content = bytearray(_recording(random.randrange(KINDS)))
        if random.random() < 0.5:
            _change_bytes(random, content)
            yield bytes(content)
        else:
            yield _changed_by_sql(random, bytes(content))


@cache
def _recording(kind: int) -> bytes:
    """Return a good recording of one kind: page size, optional columns, WAL mode, its feed."""
    random = Random(kind)
    feed = _FEEDS[kind // 8]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "good.db"
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"PRAGMA page_size = {512 if kind & 1 else 4096}")
            database.execute(f"PRAGMA journal_mode = {'WAL' if kind & 4 else 'DELETE'}")
            _fill(database, random, feed, optional=bool(kind & 2))
            database.commit()
        return path.read_bytes()


def _fill(database: sqlite3.Connection, random: Random, feed: _Feed, *, optional: bool) -> None:
    """Write 40 rows of a feed, and trades between them."""
    more = f", instrument TEXT, {feed.mark}, seq_id, prev_seq_id" if optional else ""
    database.execute(f"CREATE TABLE book (id INTEGER PRIMARY KEY, bids, asks, timestamp{more})")
    more = ", instrument TEXT, trade_id TEXT" if optional else ""
    database.execute(
        f"CREATE TABLE trades (id INTEGER PRIMARY KEY, price, size, side, timestamp{more})"
    )
    time, number = START, 0
    for row in range(40):
        time += random.choice((0, 1, 90, 400))
        shift = row / 10 if feed.whole else 0.0
        count = 60 if row == 0 or feed.whole else 4
        sides = [_levels(random, sign, count, shift, whole=feed.whole) for sign in (-1, 1)]
        snapshot = row in (0, 25) and not feed.whole
        before, number = number, number + feed.step(random)
        previous = -1 if snapshot and feed.chained else before if feed.chained else None
        values: list[object] = [*sides, feed.time(time)]
        values += [INSTRUMENT, feed.words[snapshot], number, previous] if optional else []
        database.execute(_insert("book", 1 + len(values)), [None, *values])
        if random.random() < 0.7:
            price, size = 100 + random.uniform(-1, 1), random.randrange(1, 9) / 4
            values = [price, size, random.choice(("buy", "sell")), time]
            values += [INSTRUMENT, str(row)] if optional else []
            database.execute(_insert("trades", 1 + len(values)), [None, *values])


def _levels(random: Random, sign: int, count: int, shift: float, *, whole: bool) -> str:
    ranks = [random.randrange(1, 99) for _ in range(count)]
    size = random.randrange
    return str([[f"{100 + shift + sign * rank / 10:.1f}", str(size(whole, 9))] for rank in ranks])


def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"


def _change_bytes(random: Random, content: bytearray) -> None:
    for _ in range(random.choice((1, 1, 2, 4, 20))):
        of_header = random.random() < 0.1
        place = random.randrange(min(100, len(content)) if of_header else len(content))
        end = place + random.choice((1, 1, 4, 64, 512, 4096))
        match random.randrange(6):
            case 0:
                content[place] ^= 1 << random.randrange(8)
            case 1:
                content[place:end] = random.randbytes(len(content[place:end]))
            case 2:
                content[place:end] = bytes(len(content[place:end]))
            case 3:
                other = random.randrange(len(content))
                content[place:end] = content[other : other + len(content[place:end])]
            case 4:
                content[place] = random.randrange(256)
            case _:
                if random.random() < 0.3:
                    del content[max(place, 1) :]


def _changed_by_sql(random: Random, content: bytes) -> bytes:
    """Change cells, rows and columns; what SQLite does not allow is left out."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "changed.db"
        path.write_bytes(content)
        with closing(sqlite3.connect(path)) as database:
            for _ in range(random.choice((1, 2, 3, 8))):
                statement, values = random.choice(_CHANGES)(random)
                try:
                    database.execute(statement, values)
                except sqlite3.Error:
                    continue
            database.commit()
        return path.read_bytes()


Statement = tuple[str, Sequence[object]]


def _cell(random: Random) -> Statement:
    table, column = _column(random)
    where = f"WHERE id = {random.randrange(45)}" if random.random() < 0.9 else ""
    return f"UPDATE {table} SET {column} = ? {where}", [random.choice(_VALUES)]


def _text(random: Random) -> Statement:
    [text] = texts(random.randrange(1 << 30), 1)
    side = random.choice(("bids", "asks"))
    return f"UPDATE book SET {side} = CAST(? AS TEXT) WHERE id = ?", [text, random.randrange(41)]


def _row(random: Random) -> Statement:
    columns = ("id", "price", "size", "side", "timestamp")
    values = [random.choice(_VALUES) for _ in columns[2:]]
    sql = f"INSERT INTO trades ({', '.join(columns)}) VALUES (?, ?, ?, ?, ?)"
    return sql, [random.randrange(99), 100, *values]


def _gone(random: Random) -> Statement:
    return f"DELETE FROM {random.choice(_TABLES)} WHERE id % ? = 0", [random.randrange(1, 9)]


def _schema(random: Random) -> Statement:
    table, column = _column(random)
    return random.choice(
        (
            f"ALTER TABLE {table} DROP COLUMN {column}",
            f"ALTER TABLE {table} RENAME COLUMN {column} TO other",
            f"ALTER TABLE {table} ADD COLUMN {column}",
            f"ALTER TABLE {table} RENAME TO other",
            f"DROP TABLE {table}",
            f"CREATE INDEX by_{column} ON {table} ({column})",
        )
    ), ()


def _column(random: Random) -> tuple[str, str]:
    table = random.choice(_TABLES)
    return table, random.choice(_COLUMNS[table])


_TABLES = ("book", "trades")
_COLUMNS = {
    "book": ("id", "bids", "asks", "timestamp", "timestamp", "instrument", "action", "seq_id"),
    "trades": ("id", "price", "size", "side", "timestamp", "timestamp", "instrument", "trade_id"),
}


def _again(random: Random) -> Statement:
    """Let a row come where another one came, as one that is sent again or too late."""
    columns = "bids, asks, timestamp, instrument, action, seq_id, prev_seq_id"
    return (
        f"INSERT INTO book (id, {columns}) SELECT ?, {columns} FROM book WHERE id = ?",
        [random.randrange(41, 45), random.randrange(1, 41)],
    )


def _order(random: Random) -> Statement:
    """Let a row come at another place."""
    place = random.randrange(1, 41)
    return f"UPDATE {random.choice(_TABLES)} SET id = ? WHERE id = ?", [
        -place if random.random() < 0.2 else place + 100,
        random.randrange(1, 41),
    ]


def _late(random: Random) -> Statement:
    """Let a row be a snapshot of before."""
    place = random.randrange(2, 41)
    return (
        "UPDATE book SET action = 'snapshot', prev_seq_id = -1, seq_id = seq_id - ? WHERE id = ?",
        [random.randrange(9), place],
    )


def _jump(random: Random) -> Statement:
    """Let a time be far from the others."""
    far = random.choice((3_600_000, 86_500_000, -86_500_000, 10**10))
    return (
        f"UPDATE {random.choice(_TABLES)} SET timestamp = timestamp + ? WHERE id = ?",
        [far, random.randrange(41)],
    )


def _number(random: Random) -> Statement:
    column = random.choice(("seq_id", "prev_seq_id"))
    values = (None, -1, -2, 7, 12.0, 7.5, str(random.randrange(40)), "x", b"7", 1 << 62)
    where = f"WHERE id = {random.randrange(41)}"
    return f"UPDATE book SET {column} = ? {where}", [random.choice(values)]


_CHANGES: tuple[Callable[[Random], Statement], ...] = (
    *(_cell,) * 8,
    *(_text,) * 3,
    *(_number, _again, _order, _late, _jump),
    _row,
    _gone,
    _schema,
)


Wanted = tuple[oracle.Result, Reading]


def check(content: bytes, path: Path, *, sort: bool = False, cut: bool = False) -> Tally:
    """Write the database and compare the run over it with the oracle's.

    It may be read sorted by time, and cut into two files of one stream.
    """
    path.write_bytes(content)
    second = path.with_name(path.name.replace("01.db", "02.db"))
    second.unlink(missing_ok=True)
    paths = [path, second] if cut and _cut(path, second) else [path]
    tally = Tally()
    wanted = by_oracle(paths, sort=sort)
    try:
        source = SqliteSource(path=path if len(paths) == 1 else path.parent, sort=sort)
        found = replay(source.blocks(INSTRUMENT), WINDOW_SECONDS, LEVELS)
    except InputError as error:
        outcome = "refused by both" if isinstance(wanted, str) else "refused"
        if any(str(each) in str(error) for each in paths):
            tally.outcomes[outcome] += 1
        else:
            tally.wrong.append(f"the error does not name the file: {error}")
        return tally
    except Exception as error:  # whatever else is raised is what this is after
        tally.wrong.append(f"raised {error!r}")
        return tally
    if isinstance(wanted, str):
        tally.wrong.append(f"read, where the oracle says {wanted}")
    elif problem := difference(found, source.ledger, wanted):
        tally.wrong.append(problem)
    else:
        tally.outcomes["equal"] += 1
    return tally


def _cut(path: Path, second: Path) -> bool:
    """Move the later rows into a second file; return whether both are there then."""
    second.write_bytes(path.read_bytes())
    try:
        for each, side in ((path, ">"), (second, "<=")):
            with closing(sqlite3.connect(each)) as database:
                for table in _TABLES:
                    database.execute(f"DELETE FROM {table} WHERE id {side} 20")
                database.commit()
    except (sqlite3.Error, UnicodeDecodeError):  # a message may quote the file
        second.unlink()
        return False
    return True


def by_oracle(paths: Sequence[Path], *, sort: bool) -> Wanted | str:
    """Return what the oracle makes of the files, or why it refuses them."""
    try:
        read = oracle.read(paths, instrument=INSTRUMENT, sort=sort)
    except _REFUSALS as error:
        return repr(error)
    return oracle.run(read.rows, read.trades, WINDOW_SECONDS, LEVELS, keep_books=True), read


_REFUSALS = (sqlite3.Error, UnicodeDecodeError, OutOfOrderError, NothingUsableError, KeyError)


def difference(found: Replay, ledger: Ledger, wanted: Wanted) -> str | None:
    """Return in what a run differs from the oracle's, None where in nothing."""
    result, read = wanted
    if ledger.refused.total() != read.refused.total():
        return f"{ledger.refused} refused, are {read.refused}"
    odd = {"stale": ledger.stale, "late": ledger.late}
    if odd != {name: read.odd[name] for name in odd}:
        return f"{odd} rows, are {read.odd}"
    unsure = sum(not row.sure for row in read.rows)
    if found.counts.unsure != unsure:
        return f"{found.counts.unsure} unsure rows, are {unsure}"
    if found.collected.windows != result.windows:
        return f"windows {found.collected.windows}, are {result.windows}"
    if list(found.collected.books(LEVELS)) != result.books:
        return "the books differ"
    if list(map(len, found.collected.trades)) != list(map(len, result.batches)):
        return "the trades differ"
    for series in ("ohlc", "obi", "tot", "cvd"):
        bars, right = found.bars.get(series, []), getattr(result, series)
        if not _close(bars, right):
            return f"{series}: {bars}, is {right}"
    return None


def _close(bars: Sequence[Any], right: Sequence[Any]) -> bool:
    return len(bars) == len(right) and all(
        abs(a - b) <= 1e-9 + 1e-12 * abs(b)
        for bar, other in zip(bars, right, strict=True)
        for a, b in zip(bar, other, strict=True)
    )
