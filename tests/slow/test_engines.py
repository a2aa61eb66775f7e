"""20 instruments x 5 days by every engine, with kills in their midst."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest
from orderflow_sqlite.simulate import START, write_sample

from orderflow_core.engine.driving import Far, run_units
from orderflow_core.engine.engine import make_engine
from orderflow_core.engine.units import plan_of
from orderflow_core.running.loop import Interrupt, prepare
from orderflow_core.settings.reading import load

pytestmark = pytest.mark.slow

INSTRUMENTS, DAYS = 20, 5
SETTINGS = """
[run]
session = "day"

[source]
path = "{data}"

[plugins.book]
levels = 10

[plugins.ohlc]

[plugins.mine]
use = "mine.py:Mine"

[plugins.parquet]

[plugins.json]
directory = "out/{{instrument}}/{{date}}"

[engine]
use = "{use}"
"""
PLUGIN = """
import os
import signal
import time
from pathlib import Path
from orderflow_core import BookWindow, Metric, hookimpl

class Mine(Metric):
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.sample(window.timestamp, {value})

    @hookimpl
    def on_end(self, end: int) -> None:
        deadly = Path(__file__).with_name("deadly") / self.instrument
        if deadly.exists():
            deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        wait = Path(__file__).with_name("wait")
        while wait.exists():
            wait.with_name("waiting").joinpath(str(os.getpid())).touch()
            time.sleep(0.05)
"""
LOCAL: dict[str, Any] = {"use": "local"}
ENGINES: dict[str, dict[str, Any]] = {
    "processes 2": {"use": "processes", "workers": 2},
    "processes 4": {"use": "processes", "workers": 4},
    "dask threads": {"use": "dask", "address": "threads", "workers": 2},
    "dask 2": {"use": "dask", "workers": 2},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with tiny days of many instruments."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(INSTRUMENTS):
        for day in range(DAYS):
            begin = START + timedelta(days=day)
            name = f"SIM-{number:02}"
            write_sample(folder, instrument=name, hours=0.002, seed=number, start=begin)
    return folder


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(PLUGIN.format(value=1.0))
    (tmp_path / "deadly").mkdir()
    write_settings(tmp_path, data, "processes")
    return tmp_path


def write_settings(folder: Path, data: Path, use: str) -> None:
    (folder / "settings.toml").write_text(SETTINGS.format(data=data, use=use))


def ran(
    folder: Path, engine: dict[str, Any], *, shuffled: bool = False, only: int = INSTRUMENTS
) -> list[str | None]:
    """Run the units by an engine, and return the digests of the instruments."""
    overrides: dict[tuple[str, ...], Any] = {("engine", key): each for key, each in engine.items()}
    overrides["source", "instruments"] = [f"SIM-{number:02}" for number in range(only)]
    settings = load(folder / "settings.toml", overrides)
    assert settings.engine is not None
    runs = prepare(settings)
    plan = plan_of(settings, runs)
    if shuffled:
        plan = plan.only(Random(1).sample(list(plan.units), len(plan.units)))
    made = make_engine(settings.engine)
    found = run_units(settings, runs, plan, made, list[Far]().append, Interrupt())
    assert [each.exit_code for each in found] == [0] * only
    return [each.report.digest for each in found]


def store(folder: Path) -> dict[str, bytes]:
    paths = (folder / "store").rglob("*.parquet")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def pids(folder: Path, name: str = "run.json") -> set[int]:
    return {json.loads(path.read_text())["pid"] for path in folder.rglob(name)}


@pytest.fixture(scope="module")
def expected(
    data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[str | None], dict[str, bytes]]:
    """Return digests and store of a run that is one whole."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "mine.py").write_text(PLUGIN.format(value=1.0))
    write_settings(folder, data, "local")
    text = (folder / "settings.toml").read_text()
    (folder / "settings.toml").write_text(text[: text.index("[engine]")])
    done = subprocess.run(command("--json"), cwd=folder, stdout=subprocess.PIPE, check=True)
    digests = [report["digest"] for report in json.loads(done.stdout)]
    assert len(set(digests)) == INSTRUMENTS
    return digests, store(folder)


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "orderflow_app.cli", "run", *options]


@pytest.mark.parametrize("engine", [LOCAL, *ENGINES.values()], ids=["local", *ENGINES])
def test_every_engine_gives_the_digests_and_the_store_of_one_run(
    folder: Path, engine: dict[str, Any], expected: tuple[list[str | None], dict[str, bytes]]
) -> None:
    killed = engine["use"] == "processes" or (len(engine) == 2 and engine["use"] == "dask")
    if killed:
        (folder / "deadly" / "SIM-07").touch()

    assert ran(folder, engine, shuffled=True) == expected[0]
    assert store(folder) == expected[1]
    assert not list((folder / "deadly").iterdir())
    assert pids(folder) == pids(folder, "done.json")
    if killed:
        assert os.getpid() not in pids(folder)
        assert len(pids(folder)) > 1
    else:
        assert pids(folder) == {os.getpid()}


@pytest.fixture
def started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run whose units wait at their end, and give it when two are under way."""
    (folder / "wait").touch()
    (folder / "waiting").mkdir()
    options = ["--set", "engine.workers=2", "--quiet"]
    process = subprocess.Popen(command(*options), cwd=folder, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: len(waiting(folder)) == 2)
        yield process
    finally:
        (folder / "wait").unlink(missing_ok=True)
        process.kill()
        process.communicate()


def waiting(folder: Path) -> set[int]:
    """Return the processes whose units wait."""
    return {int(path.name) for path in (folder / "waiting").iterdir()}


def wait_for(reached: Any, seconds: float = 120) -> None:
    until = monotonic() + seconds
    while not reached():
        assert monotonic() < until
        sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_an_interrupt_ends_the_run_and_its_workers(
    folder: Path, started: subprocess.Popen[bytes]
) -> None:
    workers = waiting(folder)

    started.send_signal(signal.SIGINT)
    sleep(0.5)
    (folder / "wait").unlink()

    assert started.wait(60) == 130
    wait_for(lambda: not any(map(is_alive, workers)))
    statuses = {json.loads(path.read_text())["status"] for path in folder.rglob("run.json")}
    assert "running" not in statuses


def test_workers_that_hang_are_killed_in_the_end(
    folder: Path, started: subprocess.Popen[bytes]
) -> None:
    workers = waiting(folder)

    started.send_signal(signal.SIGINT)

    assert started.wait(60) == 130
    wait_for(lambda: not any(map(is_alive, workers)))


def test_resume_after_a_kill_runs_what_is_missing_and_after_a_change_all(
    folder: Path, started: subprocess.Popen[bytes]
) -> None:
    (folder / "wait").unlink()
    wait_for(lambda: len(list(folder.rglob("done.json"))) >= 10)
    started.kill()
    started.wait()
    sleep(0.5)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("done.json")}
    assert 10 <= len(before) < INSTRUMENTS * DAYS

    resumed = subprocess.run(command("--resume", "--json"), cwd=folder, stdout=subprocess.PIPE)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("done.json")}
    assert resumed.returncode == 0
    assert len(after) == INSTRUMENTS * DAYS
    assert {path: after[path] for path in before} == before

    (folder / "mine.py").write_text(PLUGIN.format(value=2.0))
    again = subprocess.run(command("--resume", "--json"), cwd=folder, stdout=subprocess.PIPE)
    changed = {path: path.stat().st_mtime_ns for path in folder.rglob("done.json")}
    assert [path for path in changed if changed[path] == after[path]] == []
    first, second = (json.loads(done.stdout) for done in (resumed, again))
    assert all(one["digest"] != two["digest"] for one, two in zip(first, second, strict=True))


def test_workers_of_a_scheduler_that_is_there_are_never_closed(folder: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = set(client.run(os.getpid).values())
        text = (folder / "settings.toml").read_text().replace('"processes"', '"dask"')
        (folder / "settings.toml").write_text(f'{text}address = "{cluster.scheduler_address}"\n')

        first = ran(folder, {}, only=2)
        (folder / "mine.py").write_text(PLUGIN.format(value=2.0))
        second = ran(folder, {}, only=2)

        assert first[0] is not None
        assert pids(folder) <= workers
        assert set(client.run(os.getpid).values()) == workers
        assert second != first
