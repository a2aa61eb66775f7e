"""Sessions of whole runs: the bars of what carries nothing are those of one stream."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orderflow_core import Result, run
from orderflow_core.store import open_store
from tests.days import DATES, INSTRUMENT, write_days
from tests.recordings import DATA, needs_recordings

PLUGINS: dict[str, Any] = {"book": {"levels": 20}, "ohlc": {}, "obi": {}, "cvd": {}}
WITHOUT_MEMORY = ("ohlc", "obi", "tot")


def ran(data: Path, instrument: str, session: str, **plugins: Any) -> Result:
    settings = {
        "run": {"session": session, "window_seconds": 0.25 if data == DATA else 3600},
        "source": {"path": str(data), "instruments": [instrument]},
        "plugins": PLUGINS | plugins,
    }
    return run(settings)[instrument]


def table(result: Result, series: str) -> dict[str, Any]:
    found = result.bars(series) if series == "ohlc" else result.metric(series)
    return {name: np.asarray(column) for name, column in found.columns.items()}


def assert_same_bars(one: Result, other: Result) -> None:
    for series in WITHOUT_MEMORY:
        first, second = table(one, series), table(other, series)
        assert len(first["timestamp"]) > 10
        for name, column in first.items():
            assert column.tobytes() == second[name].tobytes(), (series, name)


@pytest.fixture(scope="module", params=["one", "each"])
def days(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    write_days(folder, request.param)
    return folder


def test_bars_without_memory_are_those_of_one_stream_and_cvd_begins_at_0(days: Path) -> None:
    whole, daily = (ran(days, INSTRUMENT, session) for session in ("none", "day"))

    assert_same_bars(whole, daily)
    assert [each.date for each in daily.report.sessions] == list(DATES)
    assert (daily.report.counts, daily.report.warnings) == (whole.report.counts, [])
    cvd = table(daily, "cvd")
    begins = np.flatnonzero(np.diff(cvd["timestamp"] // 86_400_000, prepend=0))
    assert cvd["open"][begins].tolist() == [0.0, 0.0, 0.0]


def test_the_store_of_sessions_is_that_of_one_stream(days: Path, tmp_path: Path) -> None:
    for session in ("none", "day"):
        ran(days, INSTRUMENT, session, parquet={"directory": str(tmp_path / session)})
    whole, daily = (open_store(tmp_path / session) for session in ("none", "day"))

    for series in WITHOUT_MEMORY:
        kind = "bars" if series == "ohlc" else "metrics"
        first, second = (dict(s.read(kind, INSTRUMENT, series).columns) for s in (whole, daily))
        assert first.keys() == second.keys()
        for name in first.keys() - {"settings"}:
            assert first[name].tolist() == second[name].tolist(), (series, name)


def test_a_day_without_a_snapshot_before_it_is_told(tmp_path: Path) -> None:
    write_days(tmp_path, "each")
    (tmp_path / f"{INSTRUMENT}-{DATES[0][2:]}.db").unlink()

    report = ran(tmp_path, INSTRUMENT, "day").report

    assert [each.counts.unsure for each in report.sessions] == [
        each.counts.windows for each in report.sessions
    ]
    assert report.warnings[0].startswith(f"{DATES[1]}: there is no snapshot before the first book")


@needs_recordings
@pytest.mark.slow
def test_recordings_that_cross_midnight_have_the_bars_of_one_stream() -> None:
    whole, daily = (ran(DATA, "BTCUSD_PERP", session) for session in ("none", "day"))

    assert_same_bars(whole, daily)
    assert len(daily.report.sessions) == 2
    assert daily.report.counts == whole.report.counts
