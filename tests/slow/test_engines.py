"""20 instruments x 5 days by every engine, with kills in their midst."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest
from orderflow_app.dashboard.settings import TABLES

from orderflow_core.engine.driving import Far, Gathered, run_units
from orderflow_core.engine.engine import make_engine
from orderflow_core.engine.units import plan_of
from orderflow_core.running.loop import Interrupt, prepare
from orderflow_core.settings.reading import load
from tests.units import files_in, settings_text, write_units

pytestmark = pytest.mark.slow

NAMES = [f"SIM-{number:02}" for number in range(20)]
DAYS = 5
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
        if (Path(__file__).with_name("faulty") / self.instrument).exists():
            raise ValueError("faulty")
        deadly = Path(__file__).with_name("deadly") / self.instrument
        if deadly.exists():
            deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        wait = Path(__file__).with_name("wait")
        while wait.exists():
            wait.with_name("waiting").joinpath(str(os.getpid())).touch()
            time.sleep(0.05)
"""
ON_END = "on_end(self, end: int) -> None:\n        "
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
    write_units(folder, NAMES, DAYS)
    return folder


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(PLUGIN.format(value=1.0))
    (tmp_path / "deadly").mkdir()
    (tmp_path / "settings.toml").write_text(settings_text(data, use="processes"))
    return tmp_path


def ran(
    folder: Path, engine: dict[str, Any], *, shuffled: bool = False, only: int = len(NAMES)
) -> list[str | None]:
    """Run the units by an engine, and return the digests of the instruments."""
    found = gathered(folder, engine, shuffled=shuffled, only=only)
    assert [each.exit_code for each in found] == [0] * only
    return [each.report.digest for each in found]


def gathered(
    folder: Path, engine: dict[str, Any], *, shuffled: bool = False, only: int
) -> list[Gathered]:
    """Run the units by an engine, and return what came of the instruments."""
    overrides: dict[tuple[str, ...], Any] = {("engine", key): each for key, each in engine.items()}
    overrides["source", "instruments"] = NAMES[:only]
    settings = load(folder / "settings.toml", overrides, TABLES)
    assert settings.engine is not None
    runs = prepare(settings)
    plan = plan_of(settings, runs)
    if shuffled:
        plan = plan.only(Random(1).sample(list(plan.units), len(plan.units)))
    made = make_engine(settings.engine)
    return run_units(settings, runs, plan, made, list[Far]().append, Interrupt())


def pids(folder: Path, name: str = "run.json") -> set[int]:
    return {json.loads(path.read_text())["pid"] for path in folder.rglob(name)}


@pytest.fixture(scope="module")
def expected(
    data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[str | None], dict[str, bytes]]:
    """Return digests and store of a run that is one whole."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "mine.py").write_text(PLUGIN.format(value=1.0))
    (folder / "settings.toml").write_text(settings_text(data))
    done = subprocess.run(command("--json"), cwd=folder, stdout=subprocess.PIPE, check=True)
    digests = [report["digest"] for report in json.loads(done.stdout)]
    assert len(set(digests)) == len(NAMES)
    return digests, files_in(folder / "store")


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
    assert files_in(folder / "store") == expected[1]
    assert not list((folder / "deadly").iterdir())
    assert pids(folder) == pids(folder, "done.json")
    if killed:
        assert os.getpid() not in pids(folder)
        assert len(pids(folder)) > 1
    else:
        assert pids(folder) == {os.getpid()}


@pytest.fixture
def started(folder: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run whose units wait at their end, and give it when two are under way."""
    (folder / "wait").touch()
    (folder / "waiting").mkdir()
    use = getattr(request, "param", "processes")
    options = ["--set", f"engine.use={use}", "--set", "engine.workers=2", "--quiet"]
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


def wait_for(reached: Any, seconds: float = 300) -> None:
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


@pytest.mark.parametrize("started", ["processes", "dask"], indirect=True)
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


@pytest.mark.parametrize("started", ["processes", "dask"], indirect=True)
def test_workers_that_hang_are_killed_in_the_end(
    folder: Path, started: subprocess.Popen[bytes]
) -> None:
    workers = waiting(folder)

    started.send_signal(signal.SIGINT)

    assert started.wait(60) == 130
    wait_for(lambda: not any(map(is_alive, workers)))


@pytest.mark.parametrize("started", ["processes", "dask"], indirect=True)
def test_workers_end_after_the_run_was_killed(
    folder: Path, started: subprocess.Popen[bytes]
) -> None:
    workers = waiting(folder)

    started.kill()
    started.wait()

    wait_for(lambda: not any(map(is_alive, workers)))
    assert (folder / "wait").exists()


@pytest.mark.parametrize(
    ("end", "code", "told"),
    [
        ("os._exit(3)", 1, "its worker ended with code 3, the last of 3 tries"),
        ("os.fork() or time.sleep(600)\n        os._exit(3)", 1, "the last of 3 tries"),
        ("os.fork() or time.sleep(20)", 0, ""),
    ],
    ids=["ends the process", "leaves a child, and ends", "leaves a child"],
)
def test_what_a_plugin_does_to_its_process_holds_up_nobody(
    folder: Path, end: str, code: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = PLUGIN.format(value=1.0).replace("on_end(self, end: int) -> None:\n", f"{ON_END}{end}\n")
    (folder / "mine.py").write_text(text)

    [found] = gathered(folder, ENGINES["processes 2"], only=1)

    assert found.exit_code == code
    assert told in caplog.text


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_unit_that_fails_is_named_and_holds_up_no_other(
    folder: Path, engine: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "faulty").mkdir()
    (folder / "faulty" / "SIM-01").touch()
    first, second, third = gathered(folder, engine, only=3)

    assert (first.exit_code, second.exit_code, third.exit_code) == (0, 1, 0)
    assert [session.status for session in second.report.sessions] == ["failed"] * DAYS
    assert "plugin mine failed" in caplog.text
    assert f"{DAYS} of {3 * DAYS} units failed: SIM-01 2025-06-01, SIM-01" in caplog.text


def test_resume_after_a_kill_runs_what_is_missing_and_after_a_change_all(
    folder: Path, started: subprocess.Popen[bytes]
) -> None:
    workers = waiting(folder)
    (folder / "wait").unlink()
    wait_for(lambda: len(list(folder.rglob("done.json"))) >= 10)
    started.kill()
    started.wait()
    wait_for(lambda: not any(map(is_alive, workers)))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("done.json")}
    assert 10 <= len(before) < len(NAMES) * DAYS

    resumed = subprocess.run(command("--resume", "--json"), cwd=folder, stdout=subprocess.PIPE)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("done.json")}
    assert resumed.returncode == 0
    assert len(after) == len(NAMES) * DAYS
    assert {path: after[path] for path in before} == before

    (folder / "mine.py").write_text(PLUGIN.format(value=2.0))
    again = subprocess.run(command("--resume", "--json"), cwd=folder, stdout=subprocess.PIPE)
    changed = {path: path.stat().st_mtime_ns for path in folder.rglob("done.json")}
    assert [path for path in changed if changed[path] == after[path]] == []
    first, second = (json.loads(done.stdout) for done in (resumed, again))
    assert all(one["digest"] != two["digest"] for one, two in zip(first, second, strict=True))


def test_workers_of_a_scheduler_that_is_there_are_never_closed(folder: Path, data: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = set(client.run(os.getpid).values())
        text = settings_text(data, use="dask", address=cluster.scheduler_address)
        (folder / "settings.toml").write_text(text)

        first = ran(folder, {}, only=2)
        (folder / "mine.py").write_text(PLUGIN.format(value=2.0))
        second = ran(folder, {}, only=2)

        assert first[0] is not None
        assert pids(folder) <= workers
        assert set(client.run(os.getpid).values()) == workers
        assert second != first
