"""Runs that are killed at random moments, and what they leave behind."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from orderflow_sqlite.simulate import write_sample

from benchmarks.fuzz.tally import Tally
from orderflow_core import files
from orderflow_core.sinks import TEMPORARY

INSTRUMENT = "SIM-FUZZ"
FILES = (
    files.OHLC,
    files.DEPTH,
    files.METRICS,
    files.SERIES,
    files.SIGNALS,
    files.CELLS,
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
[plugins.json]
flush_ms = 0
"""
LONGEST = 60.0


def kills(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Kill `count` runs and run each again; the same seed gives the same moments.

    Of three runs one is killed while it starts, at any moment, one while it goes on, and one when
    a file is seen half written.
    """
    random = Random(seed)
    (folder / "settings.toml").write_text(SETTINGS)
    write_sample(folder / "data", instrument=INSTRUMENT, hours=0.02)
    digest = _run(folder)["digest"]
    for number in range(count):
        yield _kill(folder, number % 3, random.random(), digest)


def _kill(folder: Path, kind: int, moment: float, digest: str) -> Tally:
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
    left = [path.name for path in out.iterdir() if path.suffix == TEMPORARY]
    again = _run(folder)
    after = sorted(path.name for path in out.iterdir())
    if broken:
        tally.wrong.append(f"killed at {moment}: {broken} cannot be read")
    elif after != sorted(FILES):
        tally.wrong.append(f"killed at {moment}: the next run leaves {after}")
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


def _parses(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True
