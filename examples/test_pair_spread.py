"""Tests of the spread of a pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from examples.pair_spread import PairSpread
from orderflow_core import SettingsError
from orderflow_core.testing import Row, bars, book, run_across


def quote(time: int, mid: float, *, sure: bool = True) -> Row:
    return book(time, [(mid - 1, 1.0)], [(mid + 1, 1.0)], sure=sure)


def spreads(markets: Mapping[str, Sequence[Row]], **values: Any) -> list[tuple[float, float]]:
    """Return time and close of the bars, of 1 s, that the spread of A and B has."""
    pair = PairSpread(name="pair", window_seconds=1, long="A", short="B", **values)
    found = bars(run_across(pair, markets), "pair")
    return [(time, close) for time, *_, close in found]


def test_it_is_the_mid_of_the_one_less_that_of_the_other() -> None:
    a = [quote(0, 110), quote(1000, 112)]
    b = [quote(500, 100), quote(2000, 101)]

    assert spreads({"B": b, "A": a}) == [(0, 10), (1000, 12), (2000, 11)]
    assert spreads({"A": a, "B": b}, ratio=2) == [(0, -90), (1000, -88), (2000, -90)]


@pytest.mark.parametrize(
    "b",
    [[], [book(500, "99 x 1")], [quote(500, 100, sure=False)]],
    ids=["no row", "no ask", "not sure"],
)
def test_while_one_has_no_mid_there_is_no_spread(b: list[Row]) -> None:
    assert spreads({"A": [quote(0, 110), quote(1000, 112)], "B": b}) == []


def test_it_comes_back_with_a_sure_book() -> None:
    b = [quote(0, 100), quote(1000, 50, sure=False), quote(3000, 101)]

    assert spreads({"A": [quote(500, 110), quote(2000, 111)], "B": b}) == [(0, 10), (3000, 10)]


def test_of_one_that_has_fallen_silent_nothing_is_made_up() -> None:
    a = [quote(time, 110) for time in range(0, 5000, 1000)]

    assert spreads({"A": a, "B": [quote(0, 100)]}, max_age_seconds=2) == [
        (0, 10),
        (1000, 10),
        (2000, 10),
    ]


def test_a_third_instrument_is_left_aside() -> None:
    market = {"A": [quote(0, 110)], "B": [quote(0, 100)], "C": [quote(1000, 7)]}

    assert spreads(market) == [(0, 10)]


@pytest.mark.parametrize("short", ["B", "A"])
def test_a_pair_is_two_that_are_run(short: str) -> None:
    pair = PairSpread(name="pair", long="A", short=short)

    with pytest.raises(
        SettingsError, match=f"short = '{short}': name two of those that are run, A"
    ):
        run_across(pair, {"A": [], "C": []})
