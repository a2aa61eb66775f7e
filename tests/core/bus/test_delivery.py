"""Delivery in time order: no plugin sees the future, and nothing hangs on the size of a block."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import accumulate
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from orderflow_core import LastKnown, TradeBatch
from orderflow_core.streaming.rows import BookRows
from orderflow_core.testing import Row, Tick, update
from tests.core.bus.nodes import Case, Spec, faults

SIZES = (2048, 1, 2, 3, 7)
ROW_HOOKS = ["window", "book", "trade", "batch", "bar", "ping"]
COLUMN_HOOKS = ["book", "trade", "bar"]


@st.composite
def specs(draw: st.DrawFn, number: int) -> Spec:
    lane = draw(st.sampled_from(["rows", "columns"]))
    hooks = ROW_HOOKS if lane == "rows" else COLUMN_HOOKS
    return Spec(
        lane,
        frozenset(draw(st.sets(st.sampled_from(hooks), min_size=1))),
        draw(st.sampled_from([0.001, 0.002, 0.005, 0.02])),
        tuple(draw(st.sets(st.sampled_from(range(number))))) if number else (),
        draw(st.booleans()),
    )


@st.composite
def markets(draw: st.DrawFn) -> list[Row | Tick]:
    """Draw book rows and trades, many at equal times, with trades before the first row."""
    steps = st.sampled_from([0, 0, 0, 1, 2, 9])
    rows = draw(st.lists(st.tuples(steps, st.booleans()), min_size=1, max_size=12))
    ticks = draw(st.lists(steps, max_size=12))
    begin = draw(st.integers(0, 5))
    times = accumulate((step for step, _ in rows), initial=begin)
    market: list[Row | Tick] = [
        update(time, bids=[(1 + time % 3, 1)], sure=sure or number < 2)
        for number, (time, (_, sure)) in enumerate(zip(times, rows, strict=False))
    ]
    market += [Tick(time, 1 + time % 5, 1, 1) for time in accumulate(ticks)]
    return sorted(market, key=lambda item: item.timestamp)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a graph of one to four nodes, and a market."""
    count = draw(st.integers(1, 4))
    return Case([draw(specs(number)) for number in range(count)], draw(markets()))


def holds(case: Case) -> None:
    assert list(faults(case, SIZES)) == []


@given(cases())
def test_calls_are_in_time_and_results_hang_on_no_block(case: Case) -> None:
    holds(case)


@pytest.mark.slow
@given(cases())
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
def test_calls_are_in_time_and_results_hang_on_no_block_in_many_graphs(case: Case) -> None:
    holds(case)


# The property sees what it is to see: each of these mistakes is found.


def at_the_blocks_end() -> AbstractContextManager[Any]:
    return patch("orderflow_core.bus.rows.row_of", lambda block, time: len(block) - 1)


def split_milliseconds() -> AbstractContextManager[Any]:
    def as_they_come(chunks: Iterator[BookRows]) -> Iterator[tuple[BookRows, int | None]]:
        given = list(chunks)
        times = [int(chunk.timestamp[0]) for chunk in given[1:]]
        yield from zip(given, [*times, None], strict=True)

    return patch("orderflow_core.streaming.join.whole_milliseconds", as_they_come)


def at_the_windows_start() -> AbstractContextManager[Any]:
    return patch.object(TradeBatch, "last_time", TradeBatch.timestamp)


def hashed_as_published() -> AbstractContextManager[Any]:
    return patch("orderflow_core.bus.post.in_delivery_order", lambda events: events)


def known_at_the_very_time() -> AbstractContextManager[Any]:
    def at_or_before(self: Any, times: Any, column: str = "close") -> Any:
        places = np.searchsorted(self._known_at, times, side="right")
        return np.append(np.nan, self._columns.get(column, np.empty(0)))[places]

    return patch.object(LastKnown, "before", at_or_before)


@pytest.mark.parametrize(
    "mistake",
    [
        at_the_blocks_end,
        split_milliseconds,
        at_the_windows_start,
        hashed_as_published,
        known_at_the_very_time,
    ],
    ids=lambda mistake: mistake.__name__,
)
def test_a_mistake_in_delivery_is_found(
    mistake: Callable[[], AbstractContextManager[Any]],
) -> None:
    def is_wrong(case: Case) -> bool:
        try:
            return any(faults(case, SIZES))
        except (ValueError, AssertionError):
            return True

    with mistake():
        found = find(
            cases(),
            is_wrong,
            settings=settings(
                max_examples=2000,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],  # any example will do, it need not be the smallest
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert list(faults(found, SIZES)) == []
