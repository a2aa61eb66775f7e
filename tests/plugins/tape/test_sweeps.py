"""Tests of sweeps."""

from functools import partial
from typing import Any

import pytest
from orderflow_tape import Sweeps

from orderflow_core import Signal
from orderflow_core.testing import Moment, assert_same_results, events, run_plugin, trades

SWEEP = "100.0 buy 1, 100.1 buy 2, 100.3 buy 1"


def sweeps(market: list[Any], **values: Any) -> list[tuple[Any, ...]]:
    found = events(run_plugin(Sweeps(**{"levels": 3, **values}), market), Signal)
    return [(each.timestamp, each.known_at, each.price, each.value, each.side) for each in found]


def test_a_run_through_so_many_prices_is_known_with_the_next_trade() -> None:
    market = [*trades(5, SWEEP), *trades(9, "100.3 buy 1")]

    assert sweeps(market) == [(5, 9, 100.3, 4, 1)]


def test_one_under_way_is_known_at_the_end() -> None:
    market = trades(5, "100.3 sell 1, 100.1 sell 1, 100.0 sell 1")

    assert sweeps(market) == [(5, 5, 100.0, 3, -1)]


@pytest.mark.parametrize(
    "tape",
    [
        "100.0 buy 1, 100.1 sell 2, 100.3 buy 1",
        "100.0 buy 1, 100.3 buy 2, 100.1 buy 1",
        "100.0 buy 1, 100.1 buy 2, 100.1 buy 1",
    ],
    ids=["two sides", "a better price", "too few prices"],
)
def test_other_runs_are_none(tape: str) -> None:
    assert sweeps(trades(5, tape)) == []


@pytest.mark.parametrize(("within", "found"), [(0, 0), (10, 1)])
def test_its_trades_may_be_apart(within: int, found: int) -> None:
    assert len(sweeps(trades(0, SWEEP, every=10), within_ms=within)) == found


def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment]) -> None:
    assert_same_results(partial(Sweeps, levels=2, within_ms=50), market=sample_market[:300])
