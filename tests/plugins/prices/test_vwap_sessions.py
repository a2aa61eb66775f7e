"""Tests of the VWAP: by the bar, by the day, and from an anchor."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from orderflow_prices import Vwap

from orderflow_core.sources import DAY_MS
from orderflow_core.testing import Moment, assert_same_results, bars, run_plugin, trades

TAPE = "100.1 buy 2, 100.1 buy 1, 100.0 sell 4, 100.2 buy 3, 100.0 sell 1, 100.1 buy 5"


def closes(market: list[Any], key: str = "vwap", **values: Any) -> list[float]:
    return [bar[4] for bar in bars(run_plugin(Vwap(**values), market), key)]


def test_it_is_the_mean_price_by_volume() -> None:
    """1601.4 over 16."""
    assert closes(trades(0, TAPE, every=10)) == pytest.approx([100.0875])


@pytest.mark.parametrize(("key", "sign"), [("vwap.upper", 1), ("vwap.lower", -1)])
def test_the_bands_are_standard_deviations_away(key: str, sign: int) -> None:
    wanted = [100.0875 + sign * 2 * 0.0695971]

    assert closes(trades(0, TAPE, every=10), key, bands=2) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("reset", "wanted"), [("never", [1, 1.5, 2]), ("day", [1, 1.5, 3]), ("bar", [1, 2, 3])]
)
def test_a_session_begins_anew(reset: str, wanted: list[float]) -> None:
    tape = trades(0, "1 buy 1, 2 buy 1", every=1000) + trades(DAY_MS, "3 sell 1")

    assert closes(tape, reset=reset, window_seconds=1) == pytest.approx(wanted)


@pytest.mark.parametrize("zone", [UTC, None])
def test_before_its_anchor_there_is_none(zone: Any) -> None:
    anchor = datetime(1970, 1, 1, 0, 0, 1, tzinfo=zone)
    tape = trades(0, "1 buy 1, 2 buy 1, 3 buy 1", every=1000)

    assert closes(tape, anchor=anchor, window_seconds=1) == pytest.approx([2, 2.5])


@pytest.mark.parametrize(("values", "wanted"), [({}, 2), ({"reset": "day"}, 3)])
def test_from_an_anchor_on_midnight_is_no_beginning_unless_one_is_set(
    values: dict[str, Any], wanted: float
) -> None:
    tape = trades(0, "9 buy 1") + trades(1000, "1 buy 1") + trades(DAY_MS, "3 sell 1")

    assert closes(tape, anchor="1970-01-01T00:00:01", **values)[-1] == pytest.approx(wanted)


def test_one_price_has_no_width() -> None:
    tape = trades(0, "61804.7 buy 0.1, 61804.7 sell 0.3")

    assert closes(tape, "vwap.upper") == closes(tape, "vwap.lower")


@pytest.mark.parametrize("reset", ["day", "bar"])
def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment], reset: str) -> None:
    assert_same_results(partial(Vwap, window_seconds=5, reset=reset), market=sample_market[:300])
