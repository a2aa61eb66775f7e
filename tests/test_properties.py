"""For any stream: both lanes, any block size and the oracle agree, to the digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate, chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import oracle
from tests.make import write_recording
from tests.replay import Replay, recorded, replay
from tests.roads import ROADS, Road, every_road, fast

WINDOW_SECONDS = 0.005
LEVELS = 3
BLOCK_SIZES = [1, 2, 3, 2048]

prices = st.sampled_from([99.7, 99.8, 99.9, 100.0, 100.1, 100.2, 100.3])
sizes = st.sampled_from([0, 0.0, 0.1, 0.3, 1, 2.5, 1e12, 1e-8])
levels = st.lists(
    st.tuples(prices, sizes, st.booleans()).map(
        lambda level: [str(level[0]), str(level[1]), "0", "1"] if level[2] else list(level[:2])
    ),
    max_size=6,
)
steps = st.lists(st.tuples(st.sampled_from([0, 0, 1, 2, 7]), levels, levels), max_size=12)
trade_steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 3, 8]),
        prices,
        st.sampled_from([0.1, 0.2, 0.7, 3.0, 1e9]),
        st.sampled_from(["buy", "sell"]),
    ),
    max_size=20,
)
Steps = list[tuple[Any, ...]]


@contextmanager
def recording(book: Steps, trades: Steps, book_start: int, trade_start: int) -> Iterator[Path]:
    """Write the steps at running times."""
    with TemporaryDirectory() as folder:
        yield write_recording(
            Path(folder) / "TEST-USDT-26-01-01.db",
            _timed(book, 1000 + book_start),
            _timed(trades, 1000 + trade_start),
        )


def _timed(items: Steps, start: int) -> list[Any]:
    times = accumulate((item[0] for item in items), initial=start)
    return [(time, *item[1:]) for time, item in zip(times, items, strict=False)]


def run(path: Path, block_size: int = 2048, *, rows: bool = False, road: Road = fast) -> Replay:
    """Run the product on a recording."""
    with road():
        blocks = recorded(path, "TEST-USDT", book_batch=block_size, trade_batch=block_size)
        return replay(blocks, WINDOW_SECONDS, LEVELS, rows=rows)


streams = given(
    book=steps,
    trades=trade_steps,
    book_start=st.integers(0, 12),
    trade_start=st.integers(0, 12),
)


@every_road
@streams
def test_results_equal_the_oracles(
    road: Road, book: Steps, trades: Steps, book_start: int, trade_start: int
) -> None:
    with recording(book, trades, book_start, trade_start) as path:
        read = oracle.read([path])
        rows, ticks = read.rows, read.trades
        right = oracle.run(rows, ticks, WINDOW_SECONDS, LEVELS, keep_books=True)
        product = run(path, road=road)

    assert product.collected.windows == right.windows
    assert list(product.collected.books(LEVELS)) == right.books
    assert product.counts.crossed == right.crossed
    for series in ("ohlc", "obi", "tot", "cvd"):
        bars, wanted = product.bars.get(series, []), getattr(right, series)
        assert len(bars) == len(wanted)
        for bar, oracle_bar in zip(bars, wanted, strict=True):
            assert bar == pytest.approx(oracle_bar, rel=1e-12, abs=1e-9)


@streams
def test_every_trade_is_in_exactly_one_batch(
    book: Steps, trades: Steps, book_start: int, trade_start: int
) -> None:
    with recording(book, trades, book_start, trade_start) as path:
        read = oracle.read([path])
        rows, ticks = read.rows, read.trades
        batches = run(path, block_size=2).collected.trades

    assert list(chain.from_iterable(batches)) == list(range(1, len(ticks) + 1))
    right = oracle.run(rows, ticks, WINDOW_SECONDS, LEVELS)
    assert [[number - 1 for number in batch] for batch in batches] == right.batches


@streams
def test_lane_block_size_and_road_leave_the_digest_alone(
    book: Steps, trades: Steps, book_start: int, trade_start: int
) -> None:
    with recording(book, trades, book_start, trade_start) as path:
        replays = [run(path, size, rows=rows) for size in BLOCK_SIZES for rows in (False, True)]
        replays += [run(path, size, road=road) for size in (2, 2048) for road in ROADS[1:]]

    assert len({each.digest for each in replays}) == 1
    assert all(each.bars == replays[0].bars for each in replays)
