"""Days and instruments side by side, as a user of the command line sees them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.command import orderflow
from tests.units import files_in, settings_text, write_units

PLUGIN = """
import logging
from orderflow_core import BookWindow, Metric, hookimpl

class Mine(Metric):
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.sample(window.timestamp, 1.0)

    @hookimpl
    def on_end(self, end: int) -> None:
        print("printed by a plugin")
        logging.getLogger("mine").warning("something odd")
"""
UNITS = [f"{name} 2025-06-0{day}" for name in ("SIM-A", "SIM-B") for day in (1, 2)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two tiny days of two instruments."""
    found = tmp_path_factory.mktemp("units")
    write_units(found / "data", ("SIM-A", "SIM-B"), days=2)
    (found / "settings.toml").write_text(settings_text("data", use="processes", workers=2))
    (found / "plain.toml").write_text(settings_text("data"))
    (found / "mine.py").write_text(PLUGIN)
    return found


def reports(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    done = orderflow(folder, "run", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_processes_give_the_results_of_one_and_resume_leaves_them_out(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = reports(folder, "--config", "plain.toml", "--set", "plugins.parquet.directory=whole")
    done = orderflow(folder, "run", "--json")
    parts, told = json.loads(done.stdout), capfd.readouterr()
    times = {path: path.stat().st_mtime_ns for path in (folder / "units").rglob("done.json")}
    again = orderflow(folder, "run", "--json", "--resume")

    assert [each["digest"] for each in parts] == [each["digest"] for each in whole]
    assert [each["sessions"] for each in parts] == [each["sessions"] for each in whole]
    assert [each["counts"] for each in parts] == [each["counts"] for each in whole]
    assert files_in(folder / "store") == files_in(folder / "whole")
    assert os.getpid() not in {_report(folder, unit)["pid"] for unit in UNITS}
    assert done.stderr.count("something odd") == 1
    assert "2025-06-0" in done.stderr
    assert "printed by a plugin" not in told.out
    assert "printed by a plugin" in told.err
    assert json.loads(again.stdout) == parts
    assert len(times) == 4
    assert {path: path.stat().st_mtime_ns for path in times} == times


def _report(folder: Path, unit: str) -> dict[str, Any]:
    path = folder / "out" / unit.replace(" ", "/") / "run.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_check_shows_the_plan(folder: Path) -> None:
    done = orderflow(folder, "check")
    plan = json.loads(orderflow(folder, "check", "--json").stdout)["plan"]

    assert (
        "engine processes: 4 units (SIM-A 2025-06-01, SIM-A 2025-06-02, SIM-B 2025-06-01, ...), "
        "2 at a time\n4 could go on at once, and there are 2 workers\n"
    ) in done.stdout
    assert plan == {
        "engine": "processes",
        "workers": 2,
        "units": UNITS,
        "turns": [[unit] for unit in UNITS],
        "reasons": [],
    }


def test_check_says_why_units_take_turns(folder: Path) -> None:
    done = orderflow(folder, "check", "--set", "plugins.json.directory=out/{instrument}")

    assert "take turns: put {date} into it to have them side by side" in done.stdout


def test_check_shows_no_plan_of_a_run_that_is_one_whole(folder: Path) -> None:
    checked = json.loads(orderflow(folder, "check", "--json", "--config", "plain.toml").stdout)

    assert checked["plan"] is None


def test_a_secret_does_not_travel_to_another_machine(folder: Path) -> None:
    elsewhere = settings_text("data", use="dask", address="tcp://10.9.8.7:1")
    (folder / "elsewhere.toml").write_text(elsewhere)
    values = {"ORDERFLOW_PLUGINS__MINE__CLOCK": "time"}

    without = orderflow(folder, "check", "--config", "elsewhere.toml")
    done = orderflow(folder, "check", "--config", "elsewhere.toml", **values)
    allowed = ["--set", "engine.secrets=true"]
    let = orderflow(folder, "check", "--config", "elsewhere.toml", *allowed, **values)

    assert (without.returncode, done.returncode, let.returncode) == (0, 2, 0)
    assert "[plugins.mine] clock: a secret, or a text of the environment, would" in done.stderr
