"""When the session of a measure begins: one setting for all that have sessions of a day."""

from typing import Any

import pytest
from orderflow_cvd import Cvd
from orderflow_prices import Vwap
from orderflow_profile import VolumeProfile
from pydantic import ValidationError

from orderflow_core import Cells, SessionSettings
from orderflow_core.sources import DAY_MS
from orderflow_core.testing import bars, events, run_plugin, trades, update

HOUR_MS = 3_600_000
BEGIN = DAY_MS + 8 * HOUR_MS
MARKET = [
    *trades(BEGIN - 2000, "100 buy 1"),
    *trades(BEGIN - 1000, "102 buy 1"),
    *trades(BEGIN, "110 buy 1"),
    update(BEGIN + 2000),
]


def closes(plugin: Any, key: str = "") -> list[float]:
    return [bar[4] for bar in bars(run_plugin(plugin, MARKET), key or plugin.name)]


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [(Vwap, [100, 101, 110]), (Cvd, [1, 2, 1]), (VolumeProfile, [100, 110])],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_session_of_a_day_begins_at_its_time(plugin: Any, expected: list[float]) -> None:
    """The last bar of a session has no developing levels of a profile, but final ones."""
    values: dict[str, Any] = {"tick": 1} if plugin is VolumeProfile else {}
    made = plugin(name="x", window_seconds=1, reset="day", session_start="08:00", **values)

    assert closes(made) == expected


def test_the_cells_of_a_profile_are_those_of_its_session() -> None:
    plugin = VolumeProfile(tick=1, session_start="08:00")
    first, second = [each for each in events(run_plugin(plugin, MARKET), Cells) if each.closed]

    assert (first.timestamp, first.end, first.known_at) == (BEGIN - DAY_MS, BEGIN, BEGIN)
    assert (second.timestamp, second.end) == (BEGIN, BEGIN + DAY_MS)


def test_a_session_may_begin_anywhere_in_the_day() -> None:
    assert [
        SessionSettings(session_start=text).session_start_ms for text in ("00:00", "08:30", "23:59")
    ] == [0, 8.5 * HOUR_MS, DAY_MS - 60_000]


@pytest.mark.parametrize(
    "text", ["24:00", "12:60", "8:00", "0800", "08:00:00", "-1:00", "", "noon"]
)
def test_what_is_no_time_of_the_day_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="such as"):
        SessionSettings(session_start=text)
