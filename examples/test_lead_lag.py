"""Tests of who moves first."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from examples.lead_lag import LeadLag
from orderflow_core import SettingsError
from orderflow_core.testing import Moment, bars, run_across, trade, update


def found(a: Sequence[Moment], b: Sequence[Moment], key: str = "lead") -> list[float]:
    """Return the closes of the bars, of 1 ms, that a series has."""
    plugin = LeadLag(name="lead", window_seconds=0.001, first="A", second="B", within_ms=100)
    published = run_across(plugin, {"A": a, "B": b})
    return [close for *_, close in bars(published, key)]


def tape(*moves: tuple[int, float]) -> list[Moment]:
    """Return trades of these times and prices, after a book row."""
    return [update(0), *(trade(time, f"{price} buy 1") for time, price in moves)]


def test_a_move_that_the_other_follows_is_a_lead() -> None:
    a = tape((10, 100), (20, 101))
    b = tape((10, 50), (50, 51))

    assert found(a, b) == [1]
    assert found(b, a) == [-1]
    assert found(a, b, "lead.lag") == [30]


@pytest.mark.parametrize(
    "b",
    [
        tape((10, 50), (50, 49)),
        tape((10, 50), (50, 50)),
        tape((10, 50), (121, 51)),
        tape((10, 50), (20, 51)),
        tape((50, 51)),
    ],
    ids=["the other way", "no move", "too late", "at once", "a first trade"],
)
def test_else_nobody_has_led(b: list[Moment]) -> None:
    assert found(tape((10, 100), (20, 101)), b) == []


def test_a_move_is_followed_once() -> None:
    a = tape((10, 100), (20, 101), (60, 102))
    b = tape((10, 50), (30, 51), (40, 52), (70, 53))

    assert found(a, b) == [1, 0, 1]


@pytest.mark.parametrize("second", ["Z", "A"])
def test_a_pair_is_two_that_are_run(second: str) -> None:
    plugin = LeadLag(name="lead", first="A", second=second)

    with pytest.raises(SettingsError, match=f"second = '{second}': name two of those that are run"):
        run_across(plugin, {"A": [], "B": []})
