"""What the project set out to reach, beside what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.market import INSTRUMENTS
from benchmarks.measure import Cost, cpu_ratio, wall_ratio
from benchmarks.results import Results


@dataclass(frozen=True)
class Target:
    """A figure to reach: the first aim, the goal, and how it is read off the results.

    `unit` is a format of one value. Where `more` is true a larger value is better.
    """

    text: str
    first: float
    goal: float
    unit: str
    read: Callable[[Results], float | None]
    more: bool = False

    def verdict(self, value: float) -> str:
        """Say which of the two the value reaches."""
        sign = -1 if self.more else 1
        if sign * value <= sign * self.goal:
            return "goal reached"
        return "first reached" if sign * value <= sign * self.first else "missed"


def _less(key: str, than: str) -> Callable[[Results], float | None]:
    return lambda results: results.against(than, key, cpu_ratio)


def more_cpu(one: Cost, two: Cost) -> float:
    """Return how much more CPU time the one took."""
    return one.cpu - two.cpu


def more_memory(one: Cost, two: Cost) -> float:
    """Return how much higher the one's peak was, in MB."""
    return one.peak_mb - two.peak_mb


def us_a_window(results: Results, key: str) -> float | None:
    """Return what a run cost over the default run, in us of CPU a window."""
    more = results.against(key, "run", more_cpu)
    return None if more is None else more / results.day.rows * 1e6


def _peak(results: Results) -> float | None:
    peaks = [results.median(key, lambda cost: cost.peak_mb) for key in ("run", "week")]
    return max((peak for peak in peaks if peak is not None), default=None)


def _further(results: Results) -> float | None:
    more = results.against("all", "one", more_memory)
    return None if more is None else more / (INSTRUMENTS - 1)


TARGETS = (
    Target(
        "Whole default run on the day, warm: CPU, in raw scans",
        1.15,
        1.0,
        "{:.2f} x",
        lambda results: results.against("run", "scan", cpu_ratio),
    ),
    Target(
        "The same: wall time, in raw scans",
        0.8,
        0.7,
        "{:.2f} x",
        lambda results: results.against("run", "scan", wall_ratio),
    ),
    Target(
        "The same where Python hides SQLite's functions: CPU, in raw scans",
        1.2,
        1.0,
        "{:.2f} x",
        lambda results: results.against("hidden", "scan", cpu_ratio),
    ),
    Target(
        "Starting up: CPU of the default run over a minute of data",
        0.3,
        0.2,
        "{:.2f} s",
        lambda results: results.median("run_start", lambda cost: cost.cpu),
    ),
    Target(
        "CPU less than the plain per-event pipeline",
        9,
        10,
        "{:.1f} x",
        _less("run", "plain"),
        True,
    ),
    Target(
        "CPU less than the tuned per-event pipeline",
        9,
        10,
        "{:.1f} x",
        _less("run", "tuned"),
        True,
    ),
    Target(
        "200,000 book rows from SQLite: CPU less than hftbacktest from its own arrays",
        3,
        4,
        "{:.1f} x",
        _less("messages", "hftbacktest"),
        True,
    ),
    Target(
        "The same: CPU of the whole process",
        0.65,
        0.5,
        "{:.2f} s",
        lambda results: results.median("messages", lambda cost: cost.cpu),
    ),
    Target(
        "A plugin of one's own that reads a few fields, one book at a time: CPU a window",
        1.0,
        0.6,
        "{:.2f} us",
        lambda results: us_a_window(results, "row_1"),
    ),
    Target(
        "First run ever, kernels compiled: CPU more than the second",
        2.5,
        2,
        "{:.2f} s",
        lambda results: results.against("cold", "run", more_cpu),
    ),
    Target("Peak memory: a day, or a week", 165, 140, "{:.0f} MB", _peak),
    Target("The same: more for each further instrument", 2, 0, "{:.1f} MB", _further),
    Target(
        "Peak memory: a day with a heat map",
        300,
        200,
        "{:.0f} MB",
        lambda results: results.median("heat_map", lambda cost: cost.peak_mb),
    ),
    Target(
        "The default run with its store: CPU, in runs without one",
        1.05,
        1.02,
        "{:.3f} x",
        lambda results: results.against("stored", "run", cpu_ratio),
    ),
    Target(
        "A store of 90 days of 20 series of 1-minute bars",
        90,
        80,
        "{:.0f} MB",
        lambda results: results.median("store", lambda cost: float(cost.said["mb"])),
    ),
    Target(
        "One series of that store, read by polars: CPU",
        100,
        50,
        "{:.0f} ms",
        lambda results: results.median("store", lambda cost: float(cost.said["polars_ms"])),
    ),
    Target(
        "The same, read by duckdb: CPU",
        100,
        50,
        "{:.0f} ms",
        lambda results: results.median("store", lambda cost: float(cost.said["duckdb_ms"])),
    ),
    Target(
        "20 instruments x 5 days by 2 processes: wall time, in runs one after the other",
        0.9,
        0.6,
        "{:.2f} x",
        lambda results: results.against("processes_2", "local", wall_ratio),
    ),
    Target(
        "The same: CPU",
        1.15,
        1.05,
        "{:.2f} x",
        lambda results: results.against("processes_2", "local", cpu_ratio),
    ),
    Target(
        "A unit of 10,000 rows: CPU of a warm worker besides its rows",
        30,
        15,
        "{:.0f} ms",
        lambda results: results.median("unit", lambda cost: float(cost.said["besides_ms"])),
    ),
    Target(
        "`orderflow --help`: wall time",
        0.4,
        0.2,
        "{:.2f} s",
        lambda results: results.median("help", lambda cost: cost.wall),
    ),
)
