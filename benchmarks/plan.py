"""Which processes are measured, by part."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.market import FIRST, INSTRUMENTS, Market
from benchmarks.measure import Case, script

PARTS = {
    "scan": "the raw scan of both tables",
    "reader": "the packaged reader alone",
    "levels": "the level parse alone",
    "book": "the book alone",
    "run": "the whole default run",
    "cold": "the default run that finds no compiled kernels",
    "hidden": "the default run where Python hides SQLite's functions",
    "per_event": "the per-event pipelines",
    "lanes": "plugins of one's own in each lane",
    "measures": "what each measure of the catalogue costs",
    "messages": "200,000 book rows, and other engines where they are installed",
    "memory": "a day with a heat map, a week of files, one instrument and 20",
    "store": "the default run with and without its store, and a store of 90 days",
    "engines": "20 instruments x 5 days by each engine",
    "unit": "what a unit of a run costs besides its rows",
    "help": "the command's help",
}
PEERS = ("hftbacktest", "polars")
SETTINGS = Path(__file__).parent / "default.toml"
PLUGINS = Path(__file__).parent / "cases" / "custom_plugins.py"
FEW = 3  # rounds of what takes long
LANES = {
    "row": ("RowReader", "reads three fields, one book at a time"),
    "column": ("ColumnReader", "reads the same in columns"),
    "row_metric": ("RowSpread", "samples a metric, one book at a time"),
    "column_metric": ("ColumnSpread", "samples the same in columns"),
}
ENGINES = {
    "local": ("one after the other", []),
    "processes_2": ("2 processes", ['use="processes"', "workers=2"]),
    "processes_4": ("4 processes", ['use="processes"', "workers=4"]),
    "dask_threads": ("dask, 2 threads", ['use="dask"', 'address="threads"', "workers=2"]),
    "dask_2": ("dask, 2 workers over TCP", ['use="dask"', "workers=2"]),
}
"""Who runs the units, by key, with the keys of `[engine]`; the first without that table."""
SIX = 6
HEAT_MAP = "plugins.heatmap.window_seconds=10"
"""The table of a heat map, as the repository's settings have it."""


def day_cases(parts: Collection[str], day: Market, minute: Market, out: Path) -> list[Case]:
    """Return what is measured over the day; the raw scan is always there to compare with.

    Over the minute a process does little but start.
    """
    folder = day.folder
    cases = {
        "scan": [Case("scan", "raw scan", script("raw_scan", folder))],
        "reader": [
            Case("reader", "reader alone", script("reader", folder)),
            Case("reader_start", "reader, a minute", script("reader", minute.folder)),
        ],
        "levels": [Case("levels", "level parse alone", script("levels", folder), part=True)],
        "book": [Case("book", "book alone", script("book", folder), part=True)],
        "run": [
            default_run("run", "default run", folder, out),
            default_run("run_start", "default run, a minute", minute.folder, out),
        ],
        "cold": [default_run("cold", "default run, cold", folder, out, rounds=FEW, cold=True)],
        "hidden": [hidden_run(folder, out)],
        "per_event": [
            _per_event("plain", "per event", folder, out),
            _per_event("tuned", "per event, tuned", folder, out),
        ],
        "lanes": list(_lane_cases(folder, out)),
        "store": [
            default_run("stored", "default run, with its store", folder, out, _store(out)),
            Case("store", "90 days of 20 series", script("store", out / "store"), FEW, part=True),
        ],
        "memory": [
            default_run("heat_map", "default run, with a heat map", folder, out, HEAT_MAP, rounds=1)
        ],
        "measures": [Case("measures", "measures", script("measures", folder), rounds=1)],
        "help": [Case("help", "orderflow --help", _orderflow("--help"))],
    }
    wanted = {"scan", *parts}
    if wanted & {"cold", "hidden", "per_event", "lanes", "memory", "store"}:
        wanted.add("run")
    return [case for part in PARTS if part in wanted for case in cases.get(part, [])]


def instrument_cases(units: Market, out: Path) -> list[Case]:
    """Return a run over one of the instruments, and one over all of them."""
    folders = f"plugins.json.directory={json.dumps(str(out / '{instrument}'))}"
    first = f"source.instruments={json.dumps([FIRST])}"
    chosen = {
        "one": ("default run, one instrument", [folders, first]),
        "all": (f"default run, {INSTRUMENTS} instruments", [folders]),
    }
    return [
        default_run(key, title, units.folder, out, *values, rounds=FEW)
        for key, (title, values) in chosen.items()
    ]


def engine_cases(units: Market, out: Path) -> list[Case]:
    """Return what is measured over many days of many instruments."""
    return [
        Case(
            key,
            title,
            script("engines", units.folder, out / key, *(f"engine.{value}" for value in values)),
            rounds=FEW,
            part=True,
        )
        for key, (title, values) in ENGINES.items()
    ]


def unit_case(starts: Market, out: Path) -> Case:
    """Return the measurement of what a unit costs besides its rows."""
    command = script("unit_start", starts.folder, out / "unit")
    return Case("unit", "a unit besides its rows", command, FEW, part=True)


def message_cases(messages: Market, out: Path, arrays: Path) -> list[Case]:
    """Return what is measured over the messages: the product, and the peers that are there."""
    folder = messages.folder
    replay = script("hftbacktest_replay", "replay", arrays, out / "hftbacktest")
    polars = script("polars_script", messages.files[0], out / "polars")
    cases = [
        Case("messages_scan", "raw scan", script("raw_scan", folder)),
        default_run("messages", "default run, from SQLite", folder, out),
        Case("hftbacktest", "hftbacktest, from its own arrays", replay),
        Case("polars", "polars script, from SQLite", polars),
    ]
    return [case for case in cases if case.key not in missing_peers()]


def missing_peers() -> list[str]:
    """Return the other engines that are not installed."""
    return [name for name in PEERS if find_spec(name) is None]


def default_run(
    key: str,
    title: str,
    recordings: Path,
    out: Path,
    *more: str,
    rounds: int | None = None,
    cold: bool = False,
) -> Case:
    """Return `orderflow run` with the plugins of `default.toml`, and what more is set."""
    command = _orderflow(*_default(recordings, out / key, *more))
    return Case(key, title, command, rounds=rounds, cold=cold)


def hidden_run(recordings: Path, out: Path) -> Case:
    """Return the same where Python hides SQLite's functions, so that those of apsw do the work."""
    command = script("hidden_sqlite", *_default(recordings, out / "hidden"))
    return Case("hidden", "default run, SQLite hidden", command, rounds=FEW)


def _default(recordings: Path, out: Path, *more: str) -> list[str]:
    paths = {"source.path": recordings, "plugins.json.directory": out}
    chosen = [*(f"{name}={json.dumps(str(path))}" for name, path in paths.items()), *more]
    overrides = [word for setting in chosen for word in ("--set", setting)]
    return ["run", "--config", str(SETTINGS), "--json", *overrides]


def _store(out: Path) -> str:
    return f"plugins.parquet.directory={json.dumps(str(out / 'stored' / 'store'))}"


def lane_key(lane: str, count: int) -> str:
    """Return the key of the run with so many plugins of a lane."""
    return f"{lane}_{count}"


def _lane_cases(recordings: Path, out: Path) -> Iterator[Case]:
    for lane, (plugin, title) in LANES.items():
        use = json.dumps(f"{PLUGINS}:{plugin}")
        for count in (1, SIX):
            tables = [f"plugins.own_{number}.use={use}" for number in range(count)]
            key = lane_key(lane, count)
            title = f"default run and {count} that {LANES[lane][1]}"
            yield default_run(key, title, recordings, out, *tables)


def _per_event(kind: str, title: str, recordings: Path, out: Path) -> Case:
    command = script("per_event", recordings, out / kind, kind)
    return Case(kind, title, command, rounds=FEW)


def _orderflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "orderflow_app.cli", *arguments]
