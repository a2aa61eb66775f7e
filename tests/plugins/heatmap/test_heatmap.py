"""Tests of the heat map."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from orderflow_book import OrderBook
from orderflow_heatmap import HeatMap

from orderflow_core import Cells, Plugin, SettingsError
from orderflow_core.testing import (
    assert_same_results,
    book,
    events,
    run_plugin,
    run_plugins,
    sample_market,
    trades,
    update,
)
from tests.plugins.heatmap.slow_map import slow_map


def cells(
    market: list[Any], block_size: int = 2048, *, closed: bool = True, **values: Any
) -> list[Cells]:
    made = {"window_seconds": 0.5, "rows": 4, "tick": 1, "ticks": 1, **values}
    plugins: list[Plugin] = [OrderBook(name="book", levels=1), HeatMap(**made)]
    found = events(run_plugins(plugins, market, block_size=block_size), Cells)
    return [each for each in found if each.closed == closed]


STANDS = [update(0, "100 x 5", "103 x 1"), update(300, "100 x 8"), update(500, "100 x 1")]


@pytest.mark.parametrize(("size", "wanted"), [("mean", 6.2), ("max", 8), ("last", 8)])
def test_a_cell_has_the_mean_over_time_the_largest_or_the_last_size(
    size: str, wanted: float
) -> None:
    """5 for 300 ms, then 8 for 200 ms; rows 100 to 103 about the mid, and the two edges."""
    first, *_ = cells(STANDS, size=size)

    assert (first.timestamp, first.end, first.known_at) == (0, 500, 500)
    assert (first.low, first.tick) == (99, 1)
    assert first.values[:, 0].tolist() == pytest.approx([0, wanted, 0, 0, 1, 0])


def test_the_bar_under_way_has_open_cells_once_a_block() -> None:
    """So a page shows it before it is over: after 300 ms of 5, and after 100 ms more of 8."""
    market = [*STANDS[:2], update(400, "100 x 9")]
    found = cells(market, 1, closed=False)

    assert [(each.timestamp, each.end, each.known_at) for each in found] == [
        (0, 500, 300),
        (0, 500, 400),
    ]
    assert [each.values[1, 0] for each in found] == pytest.approx([5, (5 * 300 + 8 * 100) / 400])


def test_what_lies_outside_is_in_the_first_and_the_last_cell() -> None:
    market = [update(0, "100 x 5, 90 x 2, 80 x 1", "103 x 1, 120 x 7, 9000 x 2"), update(500)]

    assert cells(market)[0].values[:, 0].tolist() == [3, 5, 0, 0, 1, 9]


def test_a_price_below_0_is_in_the_first_cell() -> None:
    market = [update(0, "100 x 5, -1 x 2, -999999999 x 1", "103 x 1"), update(500)]

    assert cells(market)[0].values[:, 0].tolist() == [3, 5, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("bids", "asks", "low", "wanted"),
    [
        ("-2 x 5, -9 x 2", "-1 x 1, 7 x 3", -5, [2, 0, 0, 5, 1, 3]),  # mid -1.5, row -2
        ("2 x 5, 1 x 2", "3 x 1, 9 x 3", -1, [0, 0, 2, 5, 1, 3]),  # no price below 0, no row
        ("0 x 5, -1 x 2", "1 x 1, 9 x 3", -2, [0, 2, 5, 1, 0, 3]),  # from the lowest price on
    ],
)
def test_a_picture_goes_below_0_where_prices_have_been(
    bids: str, asks: str, low: float, wanted: list[float]
) -> None:
    found = cells([update(0, bids, asks), update(500)])[0]

    assert (found.low, found.values[:, 0].tolist()) == (low, wanted)


def test_rows_that_are_very_many_lie_about_the_first_price() -> None:
    found = cells([update(0, "100000 x 5", "100003 x 1"), update(500)], tick=1e-6)[0]

    assert found.values[:, 0].tolist() == [5, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("ticks", [1, None])
def test_a_first_row_with_one_side_and_trades_before_it_give_the_same_in_any_block(
    ticks: int | None,
) -> None:
    """The lone bid gives rows of 1 tick, where the ask that comes later would give 2."""
    opening = [*trades(0, "100 buy 1"), update(100, "39900 x 5"), update(200, (), "41000 x 1")]
    market = [*opening, update(700)]

    assert_same_results(
        partial(HeatMap, window_seconds=0.5, rows=800, tick=1, ticks=ticks),
        companions=[partial(OrderBook, name="book", levels=1)],
        market=market,
    )


def test_trades_without_a_book_give_no_cells() -> None:
    assert cells(trades(0, "100 buy 1, 100 buy 1", every=500)) == []


def test_a_snapshot_replaces_what_stood() -> None:
    market = [*STANDS[:2], update(400, "101 x 4", "103 x 1", snapshot=True), update(500)]

    assert cells(market, size="last")[0].values[:, 0].tolist() == [0, 0, 4, 0, 1, 0]
    assert cells(market)[0].values[1, 0] == pytest.approx((5 * 300 + 8 * 100) / 500)


def test_time_in_which_the_book_is_not_sure_has_no_weight() -> None:
    market = [STANDS[0], update(200, "100 x 99", sure=False), update(400, "100 x 7"), update(500)]

    assert cells(market)[0].values[1, 0] == pytest.approx((5 * 200 + 7 * 100) / 300)
    assert cells(market, size="max")[0].values[1, 0] == 7


def test_what_came_while_the_book_was_not_sure_and_stands_on_is_the_largest() -> None:
    market = [STANDS[0], update(200, "100 x 99", sure=False), update(400, "99 x 1"), update(500)]

    assert cells(market, size="max")[0].values[1, 0] == 99


def test_the_picture_moves_with_the_mid_at_which_a_bar_begins() -> None:
    moved = update(600, "100 x 0, 110 x 3", "103 x 0, 113 x 3")
    market = [*STANDS, moved, update(1200)]

    assert [each.low for each in cells(market)] == [99, 99, 109]


def test_books_that_tell_nothing_of_the_whole_book_are_an_error() -> None:
    with pytest.raises(SettingsError, match="needs the whole book"):
        run_plugin(HeatMap(), [book(0, "100 x 5", "101 x 1")])


@pytest.mark.parametrize("block_size", [1, 7, 2048])
@pytest.mark.parametrize("size", ["mean", "max", "last"])
def test_a_market_gives_what_a_plain_mapping_gives(size: str, block_size: int) -> None:
    market = sample_market(120, levels=0)
    found = cells(market, block_size, size=size, window_seconds=2, rows=50, tick=0.1, ticks=7)
    wanted = slow_map(market, 2000, 50, 0.1, 7, size)

    assert len(found) == len(wanted) == 6
    for each, (start, low, values) in zip(found, wanted, strict=True):
        assert each.timestamp == start
        assert each.low == pytest.approx(low)
        np.testing.assert_allclose(each.values[:, 0], values, rtol=1e-9, atol=1e-12)
