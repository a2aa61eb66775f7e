"""What is carried from block to block, wherever the blocks are cut."""

from collections.abc import Sequence
from itertools import accumulate, groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow_core import LastBefore, RunningSum, Unbroken, stretches
from orderflow_core.events import Floats, Ints
from orderflow_core.testing import Moment, blocks, trade, update
from tests.roads import Road, fast, without_kernels

values = st.lists(
    st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=30
)


def cut(items: list[tuple[int, float]], size: int) -> list[tuple[Ints, Floats]]:
    """Return the items, times given as steps, in blocks of columns."""
    times = np.array(list(accumulate(step for step, _ in items)), np.int64)
    numbers = np.array([value for _, value in items])
    return [(times[at : at + size], numbers[at : at + size]) for at in range(0, len(items), size)]


@given(items=values, size=st.integers(1, 7))
def test_a_sum_is_added_in_order_wherever_it_is_cut(
    items: list[tuple[int, float]], size: int
) -> None:
    running = RunningSum()
    found = np.concatenate([running.add(*block) for block in cut(items, size)])

    assert found.tolist() == list(accumulate(value for _, value in items))


@given(items=values, size=st.integers(1, 7))
def test_a_windowed_sum_begins_anew_with_each_window(
    items: list[tuple[int, float]], size: int
) -> None:
    running = RunningSum(window_ms=4)
    found = np.concatenate([running.add(*block) for block in cut(items, size)])

    times = accumulate(step for step, _ in items)
    timed = list(zip(times, (value for _, value in items), strict=True))
    expected = [
        total
        for _, window in groupby(timed, key=lambda item: item[0] // 4)
        for total in accumulate(value for _, value in window)
    ]
    assert found.tolist() == pytest.approx(expected)


def test_no_values_have_no_sums() -> None:
    running = RunningSum()

    assert running.add(np.empty(0, np.int64), np.empty(0)).tolist() == []
    assert running.add(np.array([1]), np.array([2.0])).tolist() == [2]


@given(items=values, size=st.integers(1, 7))
def test_the_last_value_before_a_time_is_found_wherever_it_is_cut(
    items: list[tuple[int, float]], size: int
) -> None:
    before = LastBefore()
    timed: list[tuple[int, float]] = []
    for times, numbers in cut(items, size):
        before.add(times, numbers)
        timed += zip(times.tolist(), numbers.tolist(), strict=True)
        asked = np.unique(times)
        earlier = [[v for t, v in timed if t < time] for time in asked.tolist()]
        expected = [numbers[-1] if numbers else None for numbers in earlier]
        found = [None if np.isnan(value) else value for value in before.at(asked).tolist()]

        assert found == expected


def test_values_before_a_time_are_kept_however_often_one_adds_before_one_asks() -> None:
    before = LastBefore()
    before.add(0, 1.0)
    before.add(np.array([10, 10]), np.array([2.0, 3.0]))
    before.add(np.empty(0, np.int64), np.empty(0))
    before.add(20, 4.0)

    np.testing.assert_equal(before.at(np.array([0, 5, 10, 15])), [np.nan, 1, 1, 3])
    before.add(20, 5.0)
    np.testing.assert_equal(before.at(np.array([20, 21])), [3, 5])


@pytest.mark.parametrize("road", [fast, without_kernels], ids=lambda road: road.__name__)
def test_compiled_or_not_sums_and_values_before_are_the_same(road: Road) -> None:
    times, numbers = np.array([0, 3, 3, 12, 19, 20]), np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    sums, before = RunningSum(10, 2), LastBefore()

    with road():
        found = (
            sums.add(times[:3], numbers[:3]).tolist() + sums.add(times[3:], numbers[3:]).tolist()
        )
        before.add(times, numbers)
        last = before.at(np.array([19, 3, 4, 0, 99]))

    assert found == [0.1, 0.2, 0.2 + 0.3, 0.4, 0.4 + 0.5, 0.4 + 0.5 + 0.6]
    np.testing.assert_equal(last, [0.4, 0.1, 0.3, np.nan, 0.6])


def unbroken(market: Sequence[Moment], size: int) -> list[bool]:
    state = Unbroken()
    return [each for block in blocks(market, size) for each in state.rows(block.windows).tolist()]


@pytest.mark.parametrize("size", [1, 2, 2048])
@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("...", [False, True, True]),
        (".s.", [False, False, True]),
        (".u..", [False, False, False, True]),
    ],
    ids=["the first row", "a snapshot", "a row that is not sure, and the one after it"],
)
def test_rows_after_a_break_are_no_flow(rows: str, wanted: list[bool], size: int) -> None:
    market = [
        update(time, "100 x 1", snapshot=row == "s", sure=row != "u")
        for time, row in enumerate(rows)
    ]

    assert unbroken(market, size) == wanted


@pytest.mark.parametrize("size", [1, 2048])
def test_the_row_of_trades_before_the_first_book_row_is_no_row_to_follow(size: int) -> None:
    market: list[Moment] = [trade(0, "100 buy 1"), update(1, "100 x 1"), update(2, "100 x 2")]

    assert unbroken(market, size) == [False, False, True]


def test_stretches_are_of_equal_values() -> None:
    assert list(stretches(np.array([3, 3, 4, 3]))) == [(0, 2), (2, 3), (3, 4)]
    assert list(stretches(np.empty(0, np.int64))) == []
