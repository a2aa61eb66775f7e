"""Memory that does not grow with the input."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from orderflow_parquet.sink import ParquetSink

from orderflow_core import MetricBars, Report, Series
from orderflow_core.sources import DAY_MS
from orderflow_core.store import Passed
from orderflow_core.testing import INSTRUMENT
from tests.app.test_run import SETTINGS
from tests.command import orderflow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="peak memory is asked of the POSIX kernel"),
]

PEAK = (
    "import resource, sys\n"
    "from orderflow_app.cli import main\n"
    "try: main()\n"
    "except SystemExit: pass\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def peak_memory(folder: Path) -> int:
    command = [sys.executable, "-c", PEAK, "run", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_file_four_times_as_long_costs_no_more_memory(tmp_path: Path) -> None:
    peaks = []
    for hours in ("0.5", "2"):
        folder = tmp_path / hours
        folder.mkdir()
        (folder / "settings.toml").write_text(SETTINGS)
        orderflow(folder, "sample", "--hours", hours)
        peaks.append(peak_memory(folder))

    assert peaks[1] < peaks[0] * 1.1


def bars_of(day: int) -> MetricBars:
    """Return a bar a second of a day, known at the next midnight."""
    times = day * DAY_MS + np.arange(0, DAY_MS, 1000)
    ones = np.ones(len(times))
    return MetricBars(
        instrument=INSTRUMENT,
        series=Series().named("obi"),
        timestamp=times,
        open=ones,
        high=ones,
        low=ones,
        close=ones,
        closed=ones.astype(bool),
        known_at=np.full(len(times), (day + 1) * DAY_MS),
    )


def peak_of_store(store: Path, days: int) -> int:
    """Return the most memory, in bytes, that the sink takes while it is given so many days."""
    tracemalloc.start()
    sink = ParquetSink(name="parquet", directory=store)
    sink.instrument = INSTRUMENT
    for day in range(days):
        begin = day * DAY_MS
        sink.passed([Passed(day, begin, begin + DAY_MS - 1)], [])
        sink.on_metric_bars(bars_of(day))
        sink.on_tick(Report())
    sink.on_finish(Report())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(list(store.rglob("*.parquet"))) == days
    return peak


def test_a_store_of_four_times_as_many_days_costs_no_more_memory(tmp_path: Path) -> None:
    few, many = (peak_of_store(tmp_path / str(days), days) for days in (3, 12))

    assert many < few * 1.25
