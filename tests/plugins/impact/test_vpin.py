"""Tests of VPIN."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_impact import Vpin

from orderflow_core.testing import Moment, assert_same_results, bars, run_plugin, trades


def test_four_buckets_are_the_mean_of_their_imbalances() -> None:
    """Buckets of (buys, sells) = (3, 1), (1, 3), (3, 1), (4, 0): (2 + 2 + 2 + 4) / (4 x 4)."""
    tape = "9 buy 3, 9 sell 4, 9 buy 4, 9 sell 1, 9 buy 4"

    published = run_plugin(Vpin(bucket_volume=4, buckets=4), trades(0, tape, every=1))

    assert [bar[4] for bar in bars(published, "vpin")] == [0.625]


def test_a_trade_that_fills_several_buckets_is_split() -> None:
    published = run_plugin(Vpin(bucket_volume=4, buckets=3), trades(0, "9 buy 11, 9 sell 1"))

    assert [bar[4] for bar in bars(published, "vpin")] == [(4 + 4 + 2) / 12]


@pytest.mark.parametrize("volume", [1.0, 0.3, 1e-9, 1e-300])
def test_a_trade_of_very_many_buckets_is_as_one_that_fills_all_that_count(volume: float) -> None:
    published = run_plugin(Vpin(bucket_volume=volume, buckets=3), trades(0, "9 buy 2, 9 sell 1e9"))

    assert [bar[4] for bar in bars(published, "vpin")] == [1]


def test_what_such_a_trade_leaves_begins_the_next_bucket() -> None:
    """Buckets (0, 4) and (1, 3) after a sell of 1,000,000 x 4 + 3 and a buy of 1."""
    tape = trades(0, "9 sell 4000003, 9 buy 1", every=1)
    published = run_plugin(Vpin(bucket_volume=4, buckets=2), tape)

    assert [bar[4] for bar in bars(published, "vpin")] == [(4 + 2) / 8]


def test_sizes_that_floats_have_not_fill_a_bucket_too() -> None:
    """0.7999999999999999 is what floats make of eight times 0.1."""
    tape = trades(0, ", ".join(["9 buy 0.1"] * 8), every=1)

    assert len(bars(run_plugin(Vpin(bucket_volume=0.8, buckets=1), tape), "vpin")) == 1


def test_there_is_none_before_the_buckets_are_full() -> None:
    assert run_plugin(Vpin(bucket_volume=4, buckets=2), trades(0, "9 buy 7")) == []


@given(st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 30)), max_size=20))
def test_it_lies_between_zero_and_one(tape: list[tuple[str, int]]) -> None:
    text = ", ".join(f"9 {side} {size}" for side, size in tape)
    published = run_plugin(Vpin(bucket_volume=7, buckets=2), trades(0, text, every=1))

    assert all(0 <= value <= 1 for bar in bars(published, "vpin") for value in bar[1:])


def test_without_a_volume_a_bucket_is_a_tenth_of_the_first_ten_minutes() -> None:
    """40 in the first ten minutes, so 4 a bucket; the trade of the eleventh begins the first."""
    tape = trades(0, "9 buy 30, 9 sell 10", every=599_999) + trades(600_000, "9 buy 3, 9 sell 5")

    published = run_plugin(Vpin(buckets=2), tape)

    assert [bar[4] for bar in bars(published, "vpin")] == [(2 + 4) / 8]


@pytest.mark.parametrize("volume", [0.5, None])
def test_the_result_does_not_depend_on_blocks(
    sample_market: list[Moment], volume: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_impact.vpin._MEASURED_MS", 10_000)
    make = partial(Vpin, window_seconds=5, bucket_volume=volume, buckets=5)

    assert_same_results(make, market=sample_market[:300])
