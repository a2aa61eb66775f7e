"""Times for people, and days in ms."""

from datetime import UTC, date, datetime

import pytest

from orderflow_core.times import DAY_MS, midnight, utc


def test_a_time_says_utc() -> None:
    assert utc(1_723_161_257_823) == "2024-08-08 23:54:17 UTC"


def test_a_time_may_have_its_milliseconds() -> None:
    assert utc(1_723_161_257_823, "milliseconds") == "2024-08-08 23:54:17.823 UTC"


@pytest.mark.parametrize("ms", [253_402_300_800_000, -(10**18), 10**30])
def test_a_time_without_a_date_is_its_number(ms: int) -> None:
    assert utc(ms) == f"{ms} ms"


@pytest.mark.parametrize(
    "day", [date(1970, 1, 1), date(2025, 6, 1), date(1, 1, 1), date(9999, 12, 31)]
)
def test_a_day_begins_at_its_midnight(day: date) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)

    assert midnight(day) == int(moment.timestamp()) * 1_000
    assert midnight(day) % DAY_MS == 0
