"""Tests of the volume profile."""

from functools import partial

import pytest

from examples.metrics.volume_profile import DAY_MS, VolumeProfile, value_area
from orderflow_core.testing import Moment, assert_same_results, bars, run_plugin, trades

# Ticks of 0.1 to volume.
VOLUMES = {998: 10, 999: 25, 1000: 20, 1001: 50, 1002: 30, 1003: 5, 1004: 10}


@pytest.mark.parametrize(("rows", "area"), [(1, (999, 1001, 1002)), (2, (999, 1001, 1003))])
def test_the_value_area_grows_from_the_point_of_control(
    rows: int, area: tuple[int, int, int]
) -> None:
    """125 of 150 row by row, 130 two rows at once."""
    assert value_area(VOLUMES, 0.7, rows) == area


def test_ties_go_up() -> None:
    assert value_area({1: 1.0, 2: 3.0, 3: 1.0}, 0.7, 1) == (2, 2, 3)


def test_all_of_the_volume_is_all_of_the_rows() -> None:
    assert value_area(VOLUMES, 1, 2) == (998, 1001, 1004)


def test_each_day_begins_anew() -> None:
    plugin = VolumeProfile(name="profile", tick=1)
    market = trades(0, "100 buy 5, 99 sell 1") + trades(DAY_MS, "90 buy 1")
    published = run_plugin(plugin, market)

    assert [bar[4] for bar in bars(published, "profile")] == [100, 90]
    assert [bar[4] for bar in bars(published, "profile.low")] == [100, 90]


def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment]) -> None:
    assert_same_results(partial(VolumeProfile, window_seconds=5, tick=0.1), market=sample_market)
