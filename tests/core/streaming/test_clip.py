"""The asked-for range: what lies before it builds the book, what lies outside is not passed."""

from collections.abc import Sequence

import numpy as np
import pytest

from orderflow_core import Block
from orderflow_core.streaming.clip import clip
from orderflow_core.testing import Row, Tick, blocks, trade, update

MARKET: list[Row | Tick] = [
    update(10, bids="100 x 1, 99 x 2", asks="101 x 3"),
    update(20, bids="99 x 0, 98 x 5"),
    trade(25, "101 buy 1"),
    trade(35, "101 buy 2"),
    update(40, asks="101 x 4"),
    trade(45, "100 sell 3"),
    update(60, bids="100 x 7"),
    trade(65, "100 sell 4"),
]


def clipped(start: int | None, stop: int | None, size: int = 2048) -> Sequence[Block]:
    return list(clip(iter(blocks(MARKET, size)), start, stop))


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_rows_before_the_start_are_folded_into_the_first_row(size: int) -> None:
    first = next(block for block in clipped(30, None, size) if not block.opening)

    window = first.windows[0]
    assert window.timestamp == 40
    bids = dict(zip(window.bid_price.tolist(), window.bid_size.tolist(), strict=True))
    asks = dict(zip(window.ask_price.tolist(), window.ask_size.tolist(), strict=True))
    assert bids == {98.0: 5.0, 100.0: 1.0}
    assert asks == {101.0: 4.0}


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_trades_in_the_range_before_its_first_row_get_an_opening_window(size: int) -> None:
    opening = clipped(30, None, size)[0]

    assert opening.opening
    assert opening.batches.trade_timestamp.tolist() == [35]
    assert opening.windows.end_timestamp.tolist() == [40]


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_the_last_window_ends_as_a_streams_last_one_does(size: int) -> None:
    last = clipped(None, 45, size)[-1]

    assert last.windows[-1].timestamp == 40
    assert last.windows[-1].end_timestamp == 41
    assert len(last.batches[-1]) == 0


@pytest.mark.parametrize("size", [1, 2, 2048])
@pytest.mark.parametrize(
    ("stop", "row", "end", "trades"),
    [
        (40, 20, 36, [25, 35]),
        (41, 40, 41, []),
        (45, 40, 41, []),
        (46, 40, 46, [45]),
        (60, 40, 46, [45]),
        (62, 60, 61, []),
        (65, 60, 61, []),
        (66, 60, 66, [65]),
        (99, 60, 66, [65]),
    ],
)
def test_the_stop_may_fall_on_a_row_or_a_trade_or_into_any_window(
    stop: int, row: int, end: int, trades: list[int], size: int
) -> None:
    last = clipped(None, stop, size)[-1]

    assert (last.windows[-1].timestamp, last.windows[-1].end_timestamp) == (row, end)
    assert last.batches[-1].end_timestamp == end
    assert last.batches[-1].trade_timestamp.tolist() == trades


def test_a_stop_before_everything_passes_nothing() -> None:
    assert clipped(None, 10) == []


def first_row(market: list[Row | Tick], size: int) -> tuple[bool, list[float], list[float]]:
    """Return whether the first row from 30 on is a snapshot, and its bids and asks."""
    window = next(clip(iter(blocks(market, size)), 30, None)).windows[0]
    return window.snapshot, window.bid_price.tolist(), window.ask_price.tolist()


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_what_a_snapshot_before_the_start_cleared_is_not_in_the_first_row(size: int) -> None:
    market: list[Row | Tick] = [
        update(10, bids="100 x 1", asks="101 x 3"),
        update(15, bids="99 x 1", snapshot=True),
        update(20, bids="98 x 2, 99 x 5"),
        update(40, bids="97 x 1"),
    ]

    assert first_row(market, size) == (False, [98, 99, 97], [])


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_a_first_row_that_is_a_snapshot_has_its_own_levels_alone(size: int) -> None:
    market: list[Row | Tick] = [
        update(10, bids="100 x 1", asks="101 x 3"),
        update(40, bids="97 x 1", asks="98 x 1", snapshot=True),
    ]

    assert first_row(market, size) == (True, [97], [98])


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_trades_alone_from_the_start_on_are_one_opening_window(size: int) -> None:
    [only] = clipped(61, None, size)

    assert only.opening
    assert only.batches.trade_timestamp.tolist() == [65]
    assert only.windows.end_timestamp.tolist() == [66]


def test_an_open_range_passes_everything() -> None:
    rows = sum(len(block) for block in clipped(None, None))

    assert rows == 4


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_the_orders_of_the_levels_before_the_start_are_kept(size: int) -> None:
    market: list[Row | Tick] = [
        trade(5, "100 buy 1"),
        update(10, bids="100 x 1 (4), 99 x 2 (2), 98 x 1", asks="101 x 3"),
        update(20, bids="99 x 0 (0), 100 x 3 (5)"),
        update(40, bids="97 x 1 (6)"),
    ]

    window = next(clip(iter(blocks(market, size)), 30, None)).windows[0]

    assert window.bid_orders is not None
    assert window.bid_price.tolist() == [98, 100, 97]
    np.testing.assert_array_equal(window.bid_orders, [np.nan, 5, 6])
    assert window.ask_orders is None
