"""Tests of large trades."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_tape import LargeTrades, ranks

from orderflow_core import Signal, load_kernels
from orderflow_core.testing import Moment, assert_same_results, events, run_plugin, trades


def large(text: str, **values: Any) -> list[tuple[int, float | None, float | None, int]]:
    published = run_plugin(LargeTrades(**values), trades(0, text, every=1))
    found = events(published, Signal)
    return [(each.known_at, each.price, each.value, each.side) for each in found]


def test_the_nearest_rank_is_one_of_the_sizes() -> None:
    """The 19th of 1 to 20: two sizes are at or above it."""
    assert ranks.nearest_rank(20, 0.95) == 19
    assert ranks.nearest_rank(1000, 0.999) == 999


def test_a_trade_is_large_among_those_before_it() -> None:
    tape = "9 buy 1, 9 buy 2, 9 buy 3, 8 sell 2, 9 buy 1, 9 buy 2"

    assert large(tape, trades=3, quantile=0.5) == [(3, 8, 2, -1), (5, 9, 2, 1)]


def test_of_the_sizes_1_to_20_the_19th_is_the_least_that_is_large() -> None:
    tape = ", ".join(f"9 buy {size}" for size in range(1, 21))

    assert large(f"{tape}, 9 buy 18", trades=20, quantile=0.95) == []
    assert large(f"{tape}, 9 buy 19", trades=20, quantile=0.95) == [(20, 9, 19, 1)]


def test_it_may_have_to_have_a_least_size_besides() -> None:
    assert large("9 buy 1, 9 buy 2, 9 buy 5", trades=1, least=3) == [(2, 9, 5, 1)]


@given(st.lists(st.integers(1, 5), max_size=30), st.integers(1, 6), st.integers(1, 6))
def test_either_road_holds_a_trade_to_the_sorted_sizes_before_it(
    sizes: list[int], room: int, rank: int
) -> None:
    rank = min(rank, room)
    before = [sorted(sizes[max(0, at - room) : at]) for at in range(len(sizes))]
    expected = [
        len(those) == room and size >= those[rank - 1]
        for size, those in zip(sizes, before, strict=True)
    ]

    for road in (ranks, load_kernels("orderflow_tape.kernel")):
        given, marks = np.array(sizes, np.float64), np.zeros(len(sizes), np.bool_)
        states = np.zeros(room), np.zeros(1), np.zeros(3, np.int64)
        filling = ranks.fill_ring(given, rank, *states)
        road.mark_large(given[filling:], rank, *states, marks[filling:])
        assert marks.tolist() == expected


@pytest.mark.parametrize("count", [1, 20])
def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment], count: int) -> None:
    assert_same_results(partial(LargeTrades, trades=count), market=sample_market[:300])
