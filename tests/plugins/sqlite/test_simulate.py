"""The simulated market: what its recordings promise to whoever reads them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from orderflow_sqlite.simulate import write_sample

FIVE_MINUTES = 1 / 12
BEFORE_MIDNIGHT = datetime(2025, 6, 1, 23, 59, 50, tzinfo=UTC)
TWENTY_SECONDS = 20 / 3600

Side = dict[float, float]
Level = tuple[float, float]


class BookRow(NamedTuple):
    timestamp: int
    bids: list[Level]
    asks: list[Level]


class Trade(NamedTuple):
    timestamp: int
    price: float
    size: float
    side: str


def rows(path: Path, query: str) -> list[tuple[str | int | float, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def levels(text: str) -> list[Level]:
    return [(float(price), float(size)) for price, size, _, _ in json.loads(text)]


def book_rows(path: Path) -> list[BookRow]:
    found = rows(path, "SELECT timestamp, bids, asks FROM book ORDER BY id")
    return [BookRow(int(time), levels(str(bids)), levels(str(asks))) for time, bids, asks in found]


def trades(path: Path) -> list[Trade]:
    found = rows(path, "SELECT timestamp, price, size, side FROM trades ORDER BY id")
    return [
        Trade(int(time), float(price), float(size), str(side)) for time, price, size, side in found
    ]


def apply(side: Side, updates: list[Level]) -> None:
    for price, size in updates:
        if size:
            side[price] = size
        else:
            side.pop(price, None)


def replayed(book: list[BookRow]) -> Iterator[tuple[BookRow, Side, Side]]:
    """Each row with the book after it; the two sides are the same dicts all along."""
    bids: Side = {}
    asks: Side = {}
    for row in book:
        apply(bids, row.bids)
        apply(asks, row.asks)
        yield row, bids, asks


def contents(path: Path) -> list[tuple[str | int | float, ...]]:
    return rows(path, "SELECT * FROM book ORDER BY id") + rows(
        path, "SELECT * FROM trades ORDER BY id"
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes that the tests only read."""
    [path] = write_sample(tmp_path_factory.mktemp("sample"), hours=FIVE_MINUTES)
    return path


@pytest.fixture(scope="module")
def book(recording: Path) -> list[BookRow]:
    return book_rows(recording)


# The market


def test_a_book_is_never_crossed_and_never_thin(book: list[BookRow]) -> None:
    for _, bids, asks in replayed(book):
        assert max(bids) < min(asks)
        assert min(len(bids), len(asks)) >= 100


def test_a_first_row_has_400_levels_a_side(book: list[BookRow]) -> None:
    sizes = [[size for _, size in side] for side in (book[0].bids, book[0].asks)]

    assert [len(side) for side in sizes] == [400, 400]
    assert min(map(min, sizes)) > 0


def test_some_levels_are_far_from_the_touch(book: list[BookRow]) -> None:
    best_bid = book[0].bids[0][0]
    far = [price for price, _ in book[0].bids if 0.5 * best_bid < price < 0.9 * best_bid]

    assert 1 <= len(far) <= 20


def test_a_row_changes_about_17_levels(book: list[BookRow]) -> None:
    updates = sum(len(row.bids) + len(row.asks) for row in book[1:])

    assert 15 < updates / len(book[1:]) < 19


def test_a_row_may_leave_one_side_alone_but_not_both(book: list[BookRow]) -> None:
    assert any(not row.bids for row in book)
    assert any(not row.asks for row in book)
    assert all(row.bids or row.asks for row in book)


def test_about_17_percent_of_the_updates_delete(book: list[BookRow]) -> None:
    sizes = [size for row in book[1:] for _, size in row.bids + row.asks]

    assert 0.13 < sizes.count(0) / len(sizes) < 0.21


def test_trades_come_at_about_41_700_an_hour(recording: Path) -> None:
    assert 0.5 < len(trades(recording)) / (41_700 * FIVE_MINUTES) < 2


def test_every_trade_has_a_size(recording: Path) -> None:
    assert min(trade.size for trade in trades(recording)) > 0


def test_a_trade_takes_from_the_best_level_that_the_trades_before_left(recording: Path) -> None:
    """Each trade since a book row is replayed on the levels that stood after that row."""
    pending = trades(recording)[::-1]
    book = book_rows(recording)
    ends = [row.timestamp for row in book[1:]] + [book[-1].timestamp + 100]
    for (_, bids, asks), end in zip(replayed(book), ends, strict=True):
        taken: dict[float, float] = {}
        while pending and pending[-1].timestamp < end:
            trade = pending.pop()
            standing = asks if trade.side == "buy" else bids
            left = [price for price in standing if standing[price] - taken.get(price, 0) > 1e-9]
            assert trade.price == (min(left) if trade.side == "buy" else max(left))
            taken[trade.price] = taken.get(trade.price, 0) + trade.size
    assert not pending


def test_the_price_moves_like_a_market_s(recording: Path) -> None:
    prices = [trade.price for trade in trades(recording)]

    assert 0.0002 < (max(prices) - min(prices)) / prices[0] < 0.01


# Times and numbers


def test_book_times_rise_by_about_100_ms_and_are_no_round_numbers(book: list[BookRow]) -> None:
    times = [row.timestamp for row in book]

    assert all(50 < later - earlier < 150 for earlier, later in pairwise(times))
    assert any(time % 100 for time in times)


def test_trade_times_never_fall_and_some_trades_share_one(recording: Path) -> None:
    times = [trade.timestamp for trade in trades(recording)]

    assert times == sorted(times)
    assert len(set(times)) < len(times)


def test_numbers_are_written_as_exchanges_write_them(recording: Path) -> None:
    """No exponent, no zero at the end, at most one decimal of a price and five of a size."""
    for bids, asks in rows(recording, "SELECT bids, asks FROM book"):
        for price, size, zero, orders in json.loads(str(bids)) + json.loads(str(asks)):
            assert str(float(price)).removesuffix(".0") == price
            assert str(float(size)).removesuffix(".0") == size
            assert (len(price.partition(".")[2]), zero) <= (1, "0")
            assert len(size.partition(".")[2]) <= 5
            assert (orders == "0") == (size == "0")


# The same arguments, the same rows


def test_a_seed_gives_the_same_rows_each_time(tmp_path: Path) -> None:
    [first] = write_sample(tmp_path / "first", hours=0.02, seed=7)
    [second] = write_sample(tmp_path / "second", hours=0.02, seed=7)

    assert contents(first) == contents(second)


def test_another_seed_gives_other_rows(tmp_path: Path) -> None:
    [first] = write_sample(tmp_path / "first", hours=0.01, seed=1)
    [second] = write_sample(tmp_path / "second", hours=0.01, seed=2)

    assert contents(first) != contents(second)


def test_a_longer_run_begins_with_the_rows_of_a_shorter_one(
    tmp_path: Path, recording: Path
) -> None:
    [shorter] = write_sample(tmp_path, hours=FIVE_MINUTES / 3)

    assert book_rows(recording)[:1000] == book_rows(shorter)
    assert trades(recording)[: len(trades(shorter))] == trades(shorter)


# Files


def test_an_instrument_without_the_prefix_gets_it(tmp_path: Path) -> None:
    [path] = write_sample(tmp_path, instrument="ETH-USDT", hours=0.01)

    assert path == tmp_path / "SIM-ETH-USDT-25-06-01.db"
    assert set(rows(path, "SELECT instrument FROM book UNION SELECT instrument FROM trades")) == {
        ("SIM-ETH-USDT",)
    }


def test_an_instrument_with_the_prefix_keeps_its_name(tmp_path: Path) -> None:
    [path] = write_sample(tmp_path, instrument="SIM-X", hours=0.01)

    assert path.name == "SIM-X-25-06-01.db"


def test_each_utc_day_has_a_file_of_its_own_rows(tmp_path: Path) -> None:
    paths = write_sample(tmp_path, start=BEFORE_MIDNIGHT, hours=TWENTY_SECONDS)

    assert [path.name for path in paths] == ["SIM-BTC-USDT-25-06-01.db", "SIM-BTC-USDT-25-06-02.db"]
    midnight = datetime(2025, 6, 2, tzinfo=UTC).timestamp() * 1000
    times = [[row.timestamp for row in book_rows(path) + trades(path)] for path in paths]
    assert max(times[0]) < midnight <= min(times[1])


def test_each_file_begins_with_the_whole_book(tmp_path: Path) -> None:
    """The book carried over midnight and the new day's snapshot differ by one row's updates."""
    first, second = write_sample(tmp_path, start=BEFORE_MIDNIGHT, hours=TWENTY_SECONDS)
    *_, (_, bids, asks) = replayed(book_rows(first))
    snapshot = book_rows(second)[0]

    assert min(len(snapshot.bids), len(snapshot.asks)) > 350
    assert len(bids.items() ^ dict(snapshot.bids).items()) < 100
    assert len(asks.items() ^ dict(snapshot.asks).items()) < 100


def test_a_finished_file_is_in_rollback_mode_and_alone(tmp_path: Path) -> None:
    [path] = write_sample(tmp_path, hours=0.01)

    assert path.read_bytes()[18:20] == b"\x01\x01"
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    second_day = tmp_path / "SIM-BTC-USDT-25-06-02.db"
    second_day.write_text("mine")

    with pytest.raises(FileExistsError, match=r"SIM-BTC-USDT-25-06-02\.db"):
        write_sample(tmp_path, start=BEFORE_MIDNIGHT, hours=TWENTY_SECONDS)

    assert list(tmp_path.iterdir()) == [second_day]
    assert second_day.read_text() == "mine"


def test_an_exception_leaves_no_file(tmp_path: Path) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, hours=0.06, progress=stop)

    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "SIM-BTC-USDT-25-06-01.db.part").write_text("half a recording")

    [path] = write_sample(tmp_path, hours=0.01)

    assert list(tmp_path.iterdir()) == [path]


def test_progress_rises_to_1(tmp_path: Path) -> None:
    shares: list[float] = []
    write_sample(tmp_path, hours=0.06, progress=shares.append)

    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == 1


# Arguments


@pytest.mark.parametrize("instrument", ["", "X\n", "X" * 300])
def test_a_name_that_no_instrument_has_is_refused(tmp_path: Path, instrument: str) -> None:
    with pytest.raises(ValueError, match="instrument"):
        write_sample(tmp_path, instrument=instrument)


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf")])
def test_hours_must_be_more_than_0(tmp_path: Path, hours: float) -> None:
    with pytest.raises(ValueError, match="hours"):
        write_sample(tmp_path, hours=hours)


def test_a_start_without_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        write_sample(tmp_path, start=datetime(2025, 6, 1))
