"""Tests of the footprint."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from orderflow_footprint import Footprint
from orderflow_footprint.adding import find_stacks

from orderflow_core import Cells, InstrumentFacts, Signal
from orderflow_core.testing import (
    Moment,
    Tick,
    assert_same_results,
    bars,
    events,
    run_plugin,
    trades,
    update,
)

# Rows of 100.0 to 100.4: aggressor buys, aggressor sells.
VALUES = np.array([[0.0, 3.0], [9.0, 2.0], [8.0, 1.0], [7.0, 0.0], [0.0, 3.0]])
TAPE = (
    "100.0 sell 3, 100.1 buy 9, 100.1 sell 2, 100.2 buy 8, 100.2 sell 1, 100.3 buy 7, 100.4 sell 3"
)


def published(market: Any = None, **values: Any) -> list[Any]:
    made = {"window_seconds": 1, "tick": 0.1, **values}
    return run_plugin(Footprint(**made), trades(0, TAPE) if market is None else market)


def stacks(values: Any, least: int, lot: float = 1) -> list[list[int]]:
    """Return (side, first row, length) of the stacks, 0 being buys."""
    found = np.empty((len(values), 3), np.int64)
    count = find_stacks(np.ascontiguousarray(values), 3, lot, least, found)
    stacked: list[list[int]] = found[:count].tolist()
    return stacked


def test_three_prices_with_three_times_the_sells_below_are_a_stack() -> None:
    """9 >= 3 x 3, 8 >= 3 x 2, 7 >= 3 x 1; the lowest and the highest price are left out."""
    assert stacks(VALUES, 1) == stacks(VALUES, 3) == [[0, 1, 3]]
    assert stacks(VALUES, 4) == []


def test_a_sell_imbalance_is_held_to_the_buys_one_row_above() -> None:
    assert stacks(VALUES[::-1, ::-1], 3) == [[1, 1, 3]]


@pytest.mark.parametrize(("lot", "found"), [(1, []), (0.5, [[0, 2, 1]])])
def test_a_price_without_trades_is_a_neighbour_that_counts_as_a_lot(
    lot: float, found: list[list[int]]
) -> None:
    values = np.array([[1.0, 1.0], [0, 0], [2.0, 0], [0, 0], [1.0, 1.0]])

    assert stacks(values, 1, lot) == found


def test_three_times_as_much_is_that_in_sizes_that_floats_have_not() -> None:
    """3 x 0.1, and 0.1 + 0.2, is 0.30000000000000004 of floats."""
    values = np.array([[0.1, 0.1], [0.3, 0], [0, 0.1]])
    tape = "100.0 buy 0.1, 100.0 buy 0.2, 100.1 buy 0.3"

    assert stacks(values, 1, 0.1) == [[0, 1, 1]]
    assert bars(published(trades(0, tape)), "footprint.poc")[0][4] == 100.1


def test_stacks_are_of_neighbours() -> None:
    values = np.zeros((10, 2))
    values[[1, 3, 4, 6, 7, 8], 0] = 3

    assert stacks(values, 2) == [[0, 3, 2], [0, 6, 3]]


def test_a_bar_closes_at_its_delta_and_its_point_of_control() -> None:
    found = published()

    assert bars(found, "footprint")[0][4] == 15
    assert bars(found, "footprint.poc")[0][4] == 100.1


def test_of_equal_volumes_the_higher_price_is_the_point_of_control() -> None:
    found = published(trades(0, "100.1 buy 2, 100.0 buy 2, 99.9 buy 2"))

    assert bars(found, "footprint.poc")[0][4] == 100.1


def test_buys_and_sells_by_price_are_cells_of_the_bar() -> None:
    [cells] = [each for each in events(published(), Cells) if each.closed]

    assert (cells.timestamp, cells.end, cells.tick, cells.low) == (0, 1000, 0.1, 100.0)
    assert cells.values.tolist() == VALUES.tolist()


def test_cells_are_known_with_the_first_row_or_trade_after_the_bar() -> None:
    market = [*trades(0, TAPE), *trades(1700, "100.0 buy 1"), update(2500)]
    closed = [each for each in events(published(market), Cells) if each.closed]

    assert [(each.timestamp, each.known_at) for each in closed] == [(0, 1700), (1000, 2500)]


def test_a_stack_is_a_signal_at_its_lowest_price_when_the_bar_is_over() -> None:
    [signal] = events(published([*trades(0, TAPE), update(1200)], lot=1), Signal)

    assert (signal.timestamp, signal.known_at) == (0, 1200)
    assert (signal.price, signal.value, signal.side) == (100.1, 3, 1)


def test_a_row_may_have_several_ticks() -> None:
    [cells] = [each for each in events(published(ticks=2), Cells) if each.closed]

    assert (cells.low, cells.tick, cells.values.sum()) == (100.0, 0.2, VALUES.sum())


def test_tick_and_lot_are_those_of_the_instrument_where_they_are_known() -> None:
    market = [*trades(0, TAPE), update(1200)]
    facts = InstrumentFacts(tick=0.1, lot=1)
    found = run_plugin(Footprint(window_seconds=1), market, facts=facts)

    [cells] = [each for each in events(found, Cells) if each.closed]
    assert (cells.low, cells.tick, len(cells.values)) == (100.0, 0.1, 5)
    assert [signal.value for signal in events(found, Signal)] == [3]


def test_without_a_tick_it_is_that_of_the_first_book_row() -> None:
    levels = [(100 - n / 4, 1.0) for n in range(12)]
    market = [*trades(0, "100 buy 9"), update(5, levels), *trades(6, "100.25 buy 1, 100.75 buy 1")]
    [cells] = [each for each in events(published(market, tick=None), Cells) if each.closed]

    assert (cells.low, cells.tick) == (100.25, 0.25)
    assert cells.values[:, 0].tolist() == [1, 0, 1]


def test_its_cells_add_up_to_the_volume_of_the_bar_exactly_in_lots(
    sample_market: list[Moment],
) -> None:
    lots: dict[int, int] = {}
    for each in sample_market:
        if isinstance(each, Tick):
            bar = each.timestamp // 5000 * 5000
            lots[bar] = lots.get(bar, 0) + round(each.size / 0.001)
    found = events(published(sample_market, window_seconds=5), Cells)

    assert lots == {
        each.timestamp: round(each.values.sum() / 0.001) for each in found if each.closed
    }


@pytest.mark.parametrize("tick", [0.1, None])
def test_the_result_does_not_depend_on_blocks(
    sample_market: list[Moment], tick: float | None
) -> None:
    assert_same_results(partial(Footprint, window_seconds=5, tick=tick), market=sample_market[:300])
