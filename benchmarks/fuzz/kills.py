"""Runs that are killed at random moments, and what they leave behind."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from orderflow_sqlite.simulate import write_sample

from benchmarks.fuzz.tally import Tally
from orderflow_core import InputError, files
from orderflow_core.sinks import TEMPORARY
from orderflow_core.store import KINDS, Store, open_store

Kept: TypeAlias = dict[str, list[tuple[Any, ...]]]
INSTRUMENT = "SIM-FUZZ"
FILES = (
    files.OHLC,
    files.BARS,
    files.DEPTH,
    files.METRICS,
    files.SERIES,
    files.SIGNALS,
    files.CELLS,
    files.OPEN_CELLS,
    files.RUN,
)
SETTINGS = """
[run]
window_seconds = 1
[source]
path = "data"
speed = 200
[plugins.book]
[plugins.ohlc]
[plugins.obi]
[plugins.cvd]
[plugins.parquet]
flush_seconds = 0.001
[plugins.table]
flush_ms = 0
[plugins.json]
flush_ms = 0
"""
STORES = ("store", "table")
LONGEST = 60.0


def kills(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Kill `count` runs and run each again; the same seed gives the same moments.

    Of three runs one is killed while it starts, at any moment, one while it goes on, and one when
    a file is seen half written. Of two, one finds stores of a whole run, and one finds none.
    """
    random = Random(seed)
    (folder / "settings.toml").write_text(SETTINGS)
    write_sample(folder / "data", instrument=INSTRUMENT, hours=0.02)
    digest = _run(folder)["digest"]
    kept = _kept(folder)
    for number in range(count):
        if number % 2:
            for store in STORES:
                shutil.rmtree(folder / store)
        yield _kill(folder, number % 3, random.random(), digest, kept)


def _kill(folder: Path, kind: int, moment: float, digest: str, kept: Kept) -> Tally:
    out = folder / "out" / INSTRUMENT
    with _started(folder) as run:
        if kind == 0:
            time.sleep(moment)
        else:
            _wait_for_change(out, run)
            time.sleep(moment * 0.3)
        if kind == 2:
            _wait_for_half_a_file(out, run)
        run.kill()
        run.wait()
    tally = Tally()
    broken = [path.name for path in out.glob("*.json") if not _parses(path)]
    broken += _broken_results(folder, kept)
    left = [path.name for path in out.iterdir() if path.suffix == TEMPORARY]
    again = _run(folder)
    after = sorted(path.name for path in out.iterdir())
    if broken:
        tally.wrong.append(f"killed at {moment}: {broken} cannot be read")
    elif after != sorted(FILES):
        tally.wrong.append(f"killed at {moment}: the next run leaves {after}")
    elif _kept(folder) != kept:
        tally.wrong.append(f"killed at {moment}: the next run leaves other results in the stores")
    elif again["digest"] != digest or again["status"] != "ok":
        tally.wrong.append(f"killed at {moment}: the next run is {again['status']}, other digest")
    elif left:
        tally.outcomes["whole files, and a temporary one that the next run removed"] += 1
    else:
        tally.outcomes["whole files"] += 1
    return tally


def _started(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "orderflow_app.cli", "run", "--quiet"]
    return subprocess.Popen(command, cwd=folder)


def _run(folder: Path) -> Any:
    """Run to the end and return the report; raises where the run fails."""
    with _started(folder) as run:
        if run.wait(timeout=LONGEST):
            raise RuntimeError(f"a run in {folder} that nobody killed ended with {run.returncode}")
    return json.loads((folder / "out" / INSTRUMENT / "run.json").read_text())


def _wait_for_change(out: Path, run: subprocess.Popen[bytes]) -> None:
    before = out.stat().st_mtime_ns
    while out.stat().st_mtime_ns == before and run.poll() is None:
        time.sleep(0.002)


def _wait_for_half_a_file(out: Path, run: subprocess.Popen[bytes]) -> None:
    while run.poll() is None and all(path.suffix != TEMPORARY for path in out.iterdir()):
        pass


def _kept(folder: Path) -> Kept:
    """Return the rows of each kind in each store."""
    return {
        f"{store} {kind}": _rows(open_store(folder / store), kind)
        for store in STORES
        for kind in KINDS
    }


def _rows(store: Store, kind: str) -> list[tuple[Any, ...]]:
    columns = store.columns(kind, INSTRUMENT).values()
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _broken_results(folder: Path, kept: Kept) -> list[str]:
    """Return the stores that cannot be read, or have a row that a whole run has not."""
    broken = []
    for store in STORES:
        try:
            for kind in KINDS if any((folder / store).rglob("*.*")) else ():
                rows = _rows(open_store(folder / store), kind)
                whole = [row for row in rows if row[:3] != rows[-1][:3]]  # the last may be cut off
                if len(set(rows)) != len(rows) or not set(whole) <= set(kept[f"{store} {kind}"]):
                    broken.append(f"{store} {kind}")
        except InputError as error:
            broken.append(f"{store}: {error}")
    return broken


def _parses(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True
