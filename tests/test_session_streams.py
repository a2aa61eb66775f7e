"""Days of recordings of any kind, each begun by itself: their rows are those of one stream."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from orderflow_sqlite.source import SqliteSource

from orderflow_core import Block
from orderflow_core.sources import DAY_MS, midnight
from orderflow_core.streaming.session import Session
from tests.plugins.sqlite.make import book_row, levels, trade_row
from tests.plugins.sqlite.test_sqlite_sessions import BEGIN, JUNE_1, recorded

DAYS = 3
SNAPSHOT = (levels(3, 100.0, -1.0), levels(3, 101.0, 1.0))


class Seen(NamedTuple):
    """What is known after a book row."""

    timestamp: int
    book: tuple[dict[float, float], dict[float, float]]
    sure: bool


def seen(blocks: Iterable[Block]) -> Iterator[Seen]:
    """Yield the book after each row, as the updates make it."""
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for block in blocks:
        for window in list(block.windows)[int(block.opening) :]:
            if window.snapshot:
                bids.clear()
                asks.clear()
            for side, prices, sizes in (
                (bids, window.bid_price, window.bid_size),
                (asks, window.ask_price, window.ask_size),
            ):
                side.update(zip(prices.tolist(), sizes.tolist(), strict=True))
            books = tuple({p: s for p, s in side.items() if s} for side in (bids, asks))
            yield Seen(window.timestamp, (books[0], books[1]), window.sure)


def times(random: Random, count: int) -> list[int]:
    """Return times of three days, some of them close to midnight."""
    edges = [BEGIN + day * DAY_MS + ms for day in (1, 2) for ms in (-1, 0, 1)]
    inside = [BEGIN + random.randrange(DAYS * DAY_MS) for _ in range(count)]
    return sorted([*inside, *random.sample(edges, 2)])


def book_of(random: Random, *, chain: bool) -> list[dict[str, Any]]:
    """Return rows that begin with a snapshot; in a chain some are lost, and some come late."""
    rows, last = [], 0
    for number, time in enumerate(times(random, 60)):
        snapshot = number == 0 or random.random() < 0.1
        price = random.randint(95, 105)
        update = ([[price, random.choice([0, 1, 2])]], [[price + 1, random.choice([0, 3])]])
        row = book_row(time, *(SNAPSHOT if snapshot else update))
        if chain:
            lost = 10 if random.random() < 0.05 else 0
            row |= {"seq_id": last + 1 + lost, "prev_seq_id": -1 if snapshot else last + lost}
            last += 1 + lost
            if random.random() < 0.1:
                row["timestamp"] = time - random.randrange(3_600_000)
        else:
            row["is_snapshot"] = snapshot
        if not snapshot and random.random() < 0.05:
            row["bids"] = "?"
        rows.append(row)
    return rows


def write_files(
    folder: Path, book: list[dict[str, Any]], trades: list[dict[str, Any]], *, whole: bool
) -> None:
    """Write all rows into one file, or those of each day into one of its own."""
    if whole:
        recorded(folder / "A-25-06-01.db", book, trades)
        return
    for day in range(DAYS):
        begin = BEGIN + day * DAY_MS
        parts = [
            [row for row in rows if begin <= row["timestamp"] < begin + DAY_MS]
            for rows in (book, trades)
        ]
        recorded(folder / f"A-{JUNE_1 + timedelta(days=day):%y-%m-%d}.db", *parts)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("whole", [True, False], ids=["one file", "a file a day"])
@pytest.mark.parametrize("chain", [True, False], ids=["chain", "flag"])
def test_rows_trades_and_ends_of_days_are_those_of_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, whole: bool, chain: bool
) -> None:
    monkeypatch.setattr("orderflow_sqlite.search.REACH", 8)
    monkeypatch.setattr("orderflow_sqlite.entering.REACH", 8)
    random = Random(seed)
    book = book_of(random, chain=chain)
    write_files(tmp_path, book, [trade_row(time) for time in times(random, 30)], whole=whole)
    sizes: dict[str, Any] = {
        "book_batch": random.choice([1, 3, 64]),
        "trade_batch": random.choice([1, 5, 64]),
    }
    stream = list(SqliteSource(path=tmp_path, **sizes).blocks("A"))
    rows = list(seen(stream))
    trades = [int(time) for block in stream for time in block.batches.trade_timestamp]
    moments = sorted([row.timestamp for row in rows] + trades)

    found: list[Seen] = []
    traded: list[int] = []
    for day in SqliteSource(path=tmp_path, **sizes).days("A"):
        source = SqliteSource(path=tmp_path, start=day, end=day, **sizes)
        end = midnight(day) + DAY_MS
        session = Session(end - DAY_MS, end, source.ledger)
        blocks = list(session.blocks(source.blocks("A")))
        found += seen(blocks)
        traded += [int(time) for block in blocks for time in block.batches.trade_timestamp]
        assert session.next_time == next((time for time in moments if time >= end), None)

    assert found == rows
    assert traded == trades
