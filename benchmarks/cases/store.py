"""A store of 90 days of 20 series of bars of a minute: its size, and how long one takes to read.

python benchmarks/cases/store.py FOLDER
"""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import numpy as np
import polars as pl
from orderflow_parquet.sink import ParquetSink

from orderflow_core import MetricBars, Report, Run, Series
from orderflow_core.sources import DAY_MS
from orderflow_core.store import Passed

DAYS, SERIES, MINUTE = 90, 20, 60_000
FIRST = 20_000 * DAY_MS
KEYS = [f"series_{number:02}" for number in range(SERIES)]
COLUMNS = ("timestamp", "open", "high", "low", "close")


def write(store: Path) -> None:
    """Give the sink each day's bars, as the bus would."""
    random = np.random.default_rng(1)
    sink = ParquetSink(name="parquet", directory=store)
    sink.instrument = "BENCH"
    sink.on_start(Run("BENCH", ["BENCH"], {}, {}, {}, fingerprint="00000000"))
    report = Report(status="ok")
    count = DAY_MS // MINUTE
    for day in range(DAYS):
        begin = FIRST + day * DAY_MS
        times = begin + np.arange(count) * MINUTE
        sink.passed([Passed(begin // DAY_MS, begin, begin + DAY_MS - 1)], [])
        for key in KEYS:
            values = 100 + random.normal(size=(count, 5)).cumsum(axis=1).cumsum(axis=0)
            sink.on_metric_bars(
                MetricBars(
                    instrument="BENCH",
                    series=Series().named(key),
                    timestamp=times,
                    open=values[:, 0],
                    high=values.max(axis=1),
                    low=values.min(axis=1),
                    close=values[:, -1],
                    closed=np.ones(count, bool),
                    known_at=times + MINUTE + random.integers(0, 500, count),
                )
            )
        sink.on_tick(report)
    sink.on_finish(report)


def best(read: Callable[[], int]) -> float:
    """Return the CPU time that the cheapest of five readings took, in ms."""
    took = []
    for _ in range(5):
        began = process_time()
        assert read() == DAYS * DAY_MS // MINUTE
        took.append((process_time() - began) * 1000)
    return min(took)


def by_polars(store: Path) -> int:
    """Read one series by polars."""
    rows = pl.scan_parquet(f"{store}/kind=metrics/**/*.parquet", hive_partitioning=True)
    return rows.filter(pl.col("series") == KEYS[7]).select(COLUMNS).collect().height


def by_duckdb(store: Path) -> int:
    """Read one series by duckdb."""
    found = duckdb.sql(
        f"SELECT {', '.join(COLUMNS)} FROM read_parquet('{store}/kind=metrics/*/*/*.parquet') "
        f"WHERE series = '{KEYS[7]}'"
    )
    assert found is not None
    return len(found.fetchnumpy()["timestamp"])


folder = Path(sys.argv[1])
shutil.rmtree(folder, ignore_errors=True)
cpu_began, wall_began = process_time(), perf_counter()
write(folder)
cpu, wall = process_time() - cpu_began, perf_counter() - wall_began
size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
print(
    json.dumps(
        {
            "cpu": cpu,
            "wall": wall,
            "mb": size / 1e6,
            "polars_ms": best(lambda: by_polars(folder)),
            "duckdb_ms": best(lambda: by_duckdb(folder)),
        }
    )
)
