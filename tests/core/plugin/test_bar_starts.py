"""Where bars begin: whole lengths from the epoch, weeks on Mondays, or moved."""

from datetime import UTC, datetime

import numpy as np
import pytest
from pydantic import ValidationError

from orderflow_core import BarSettings, RunningSum
from orderflow_core.sources import DAY_MS
from orderflow_core.testing import bars, run_plugin, trade
from tests.core.plugin.test_following import Price

MINUTE, WEEK = 60, 7 * 86_400


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("window", "offset", "time", "start"),
    [
        (MINUTE, 0, "2025-06-01 12:00:59", "2025-06-01 12:00"),
        (MINUTE, 15, "2025-06-01 12:00:14", "2025-06-01 11:59:15"),
        (MINUTE, -15, "2025-06-01 12:00:45", "2025-06-01 12:00:45"),
        (86_400, 16 * 3600, "2025-06-02 15:59", "2025-06-01 16:00"),
        (WEEK, 0, "2025-06-01 23:59", "2025-05-26"),
        (WEEK, 0, "2025-06-02 00:00", "2025-06-02"),
        (2 * WEEK, 0, "2025-06-10", "2025-06-09"),
        (WEEK, -86_400, "2025-06-01 00:00", "2025-06-01"),
    ],
)
def test_bars_begin_where_the_length_and_the_offset_say(
    window: float, offset: float, time: str, start: str
) -> None:
    plugin = Price(name="price", window_seconds=window, offset_seconds=offset)

    [bar] = bars(run_plugin(plugin, [trade(ms(time), "1 buy 1")]), "price")

    assert bar[0] == ms(start)
    settings = plugin.settings
    assert settings.start_of(int(settings.bars_at(np.array([ms(time)]))[0])) == ms(start)


def test_a_running_sum_begins_anew_where_bars_do() -> None:
    settings = BarSettings(window_seconds=WEEK)
    sums = RunningSum(settings.window_ms, settings.origin_ms)
    days = np.arange(5) * DAY_MS + ms("2025-05-31")

    assert sums.add(days, np.ones(5)).tolist() == [1, 2, 1, 2, 3]


def test_an_offset_is_a_whole_number_of_milliseconds() -> None:
    with pytest.raises(ValidationError, match="whole number of milliseconds"):
        BarSettings(offset_seconds=0.0005)
