"""What a unit costs a warm worker besides its rows: CPU, in ms.

python benchmarks/cases/unit_start.py FOLDER OUT

The folder has a day of each of three instruments: of few rows, of more, and of twice as many as
the second. What two units of the second cost more than one of the third, their rows do not.
"""

import json
import sys
from pathlib import Path
from shutil import rmtree
from time import perf_counter, process_time

from orderflow_app.dashboard.settings import TABLES

from orderflow_core.engine.choosing import engine_of
from orderflow_core.engine.job import Job, perform
from orderflow_core.engine.sending import sent
from orderflow_core.engine.units import plan_of
from orderflow_core.running.loop import prepare
from orderflow_core.settings.reading import load

SETTINGS = Path(__file__).resolve().parents[2] / "settings.toml"
WITHOUT = ("heatmap", "footprint", "profile")
ROUNDS = 40


def jobs_of(recordings: Path, out: Path) -> list[Job]:
    """Return the jobs of the days of a folder, as a worker is given them."""
    values: dict[tuple[str, ...], object] = {
        ("run", "session"): "day",
        ("source", "path"): str(recordings),
        ("plugins", "json", "directory"): str(out / "{instrument}" / "{date}"),
        ("plugins", "json", "trades"): False,
        ("plugins", "parquet", "directory"): str(out / "store"),
        ("engine", "use"): "local",
        **{("plugins", name, "enabled"): False for name in WITHOUT},
    }
    settings = load(SETTINGS, values, TABLES)
    runs = prepare(settings)
    engine = engine_of(settings, runs)
    assert engine is not None
    told = sent(settings, engine, [run.instrument for run in runs])
    facts = {run.instrument: run.pipeline.report.facts for run in runs}
    return [Job(told, unit, facts[unit.instrument]) for unit in plan_of(settings, runs).units]


def cost_of(job: Job) -> tuple[int, float]:
    """Return the rows of a job, and the CPU that a worker takes for it, in ms; it writes anew."""
    rmtree(out, ignore_errors=True)
    began = process_time()
    ended = perform(job, lambda progress: None)
    cost = (process_time() - began) * 1000
    assert ended.report is not None, ended.error
    assert ended.report.status == "ok", ended.report
    return ended.report.counts.windows, cost


recordings, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
cpu_began, wall_began = process_time(), perf_counter()
jobs = jobs_of(recordings, out)
turns = [[cost_of(job) for job in jobs] for _ in range(ROUNDS)]
few, some, twice = (cost for _, cost in sorted(map(min, zip(*turns, strict=True))))
print(
    json.dumps(
        {
            "cpu": process_time() - cpu_began,
            "wall": perf_counter() - wall_began,
            "rounds": ROUNDS,
            "few_ms": few,
            "besides_ms": 2 * some - twice,
        }
    )
)
