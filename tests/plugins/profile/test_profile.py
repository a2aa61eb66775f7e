"""Tests of the volume profile."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from orderflow_profile import VolumeProfile, areas

from orderflow_core import Cells, load_kernels
from orderflow_core.sources import DAY_MS
from orderflow_core.testing import (
    Moment,
    assert_same_results,
    bars,
    events,
    run_plugin,
    trades,
    update,
)

# Volumes of 99.8 to 100.4.
VOLUMES = [10.0, 25, 20, 50, 30, 5, 10]


@pytest.fixture(params=["plain", "compiled"])
def road(request: pytest.FixtureRequest) -> Any:
    return areas if request.param == "plain" else load_kernels("orderflow_profile.kernel")


def area(road: Any, volumes: list[float], share: float, step: int) -> tuple[int, ...]:
    """Return the value area of volumes, in a grid that has rows to spare and more from before."""
    row = np.arange(len(volumes)) + 2
    values, found = np.zeros((len(volumes) + 5, 2)), np.zeros((1, 3), np.int64)
    both = np.repeat(np.array(volumes) / 2, 2)
    starts, sold = np.array([0, len(both)]), np.arange(len(both)) % 2 == 0
    traded = both > 0
    starts[1] = np.count_nonzero(traded)
    how = values, share, step, found
    road.value_areas(starts, np.repeat(row, 2)[traded], both[traded], sold[traded], *how)
    return tuple((found[0] - 2).tolist())


@pytest.mark.parametrize(("rows", "expected"), [(1, (1, 3, 4)), (2, (1, 3, 5))])
def test_the_value_area_grows_from_the_point_of_control(
    road: Any, rows: int, expected: tuple[int, int, int]
) -> None:
    """99.9 to 100.2 with 125 of 150 row by row, to 100.3 with 130 by two rows."""
    assert area(road, VOLUMES, 0.7, rows) == expected


def test_ties_go_up(road: Any) -> None:
    assert area(road, [1, 3, 1], 0.7, 1) == (1, 1, 2)
    assert area(road, [3, 3], 0.5, 1) == (1, 1, 1)


def test_ties_of_sizes_that_floats_have_not_go_up_too(road: Any) -> None:
    """0.1 and 0.2 are 0.30000000000000004 of floats."""
    starts, row, size = np.array([0, 3]), np.array([0, 0, 1]), np.array([0.1, 0.2, 0.3])
    values, found = np.zeros((2, 2)), np.zeros((1, 3), np.int64)
    road.value_areas(starts, row, size, np.zeros(3, np.bool_), values, 0.5, 1, found)

    assert found.tolist() == [[1, 1, 1]]
    assert area(road, [0.1, 0.2, 0.4, 0.2, 0.1], 0.8, 1) == (1, 2, 3)


def test_all_of_the_volume_is_all_of_the_rows(road: Any) -> None:
    assert area(road, VOLUMES, 1, 2) == (0, 3, 6)


def test_rows_that_nobody_has_traded_at_yet_are_no_part_of_it(road: Any) -> None:
    assert area(road, [0, 0, 1, 0, 3, 0], 1, 2) == (2, 4, 4)


def test_each_bar_has_the_area_of_all_trades_up_to_its_end(road: Any) -> None:
    starts, row = np.array([0, 1, 3]), np.array([4, 2, 2])
    values, found = np.zeros((6, 2)), np.zeros((2, 3), np.int64)
    road.value_areas(starts, row, np.ones(3), np.array([False, True, True]), values, 1, 1, found)

    assert found.tolist() == [[4, 4, 4], [2, 2, 4]]
    assert values[[2, 4]].tolist() == [[0, 2], [1, 0]]


def closes(market: list[Any], key: str, **values: Any) -> list[tuple[int, float]]:
    plugin = VolumeProfile(**{"name": "profile", "window_seconds": 1, "tick": 1, **values})
    return [(bar[0], bar[4]) for bar in bars(run_plugin(plugin, market), key)]


TAPE = [
    *trades(0, "100 buy 5, 99 sell 1"),
    *trades(1500, "101 buy 9"),
    update(2500),
    *trades(DAY_MS, "90 buy 1"),
    update(DAY_MS + 1000),
]


def test_developing_levels_are_of_the_session_so_far_when_a_bar_is_over() -> None:
    assert closes(TAPE, "profile") == [(1000, 100), (2000, 101), (DAY_MS + 1000, 90)]


def test_final_levels_are_known_when_the_session_is_over() -> None:
    assert closes(TAPE, "profile.final_poc") == [(DAY_MS, 101)]
    assert closes(TAPE, "profile.final_low") == [(DAY_MS, 100)]
    assert closes(TAPE, "profile.final_high") == [(DAY_MS, 101)]


def test_a_session_may_be_the_whole_recording() -> None:
    assert closes(TAPE, "profile", reset="never")[-1] == (DAY_MS + 1000, 101)
    assert closes(TAPE, "profile.final_poc", reset="never") == []


def test_without_a_tick_and_a_book_there_is_none() -> None:
    assert run_plugin(VolumeProfile(), trades(0, "100 buy 5, 99 sell 1", every=1000)) == []


def test_the_profile_of_a_session_is_cells() -> None:
    plugin = VolumeProfile(tick=1)
    first, second = [each for each in events(run_plugin(plugin, TAPE), Cells) if each.closed]

    assert (first.timestamp, first.end, first.low) == (0, DAY_MS, 99)
    assert first.values.tolist() == [[0, 1], [5, 0], [9, 0]]
    assert second.values.tolist() == [[1, 0]]


@pytest.mark.parametrize("tick", [0.1, None])
def test_the_result_does_not_depend_on_blocks(
    sample_market: list[Moment], tick: float | None
) -> None:
    assert_same_results(
        partial(VolumeProfile, window_seconds=5, tick=tick), market=sample_market[:300]
    )
