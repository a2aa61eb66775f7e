"""`done.json`: what counts as a change, and what does not."""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from orderflow_sqlite.simulate import START, write_sample

from orderflow_core.engine.done import MOST_BYTES
from orderflow_core.engine.driving import Far, run_units
from orderflow_core.engine.local import Local
from orderflow_core.engine.units import plan_of
from orderflow_core.running.loop import Interrupt, prepare
from orderflow_core.settings.reading import load

PLUGIN = """
from orderflow_core import BookWindow, Metric, hookimpl

class Mine(Metric):
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.sample(window.timestamp, {value})
"""
DAYS = ["2025-06-01", "2025-06-02"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two tiny days of an instrument, and a plugin."""
    for day in range(2):
        begin = datetime.fromtimestamp(START.timestamp(), UTC) + timedelta(days=day)
        write_sample(tmp_path / "data", hours=0.002, start=begin)
    (tmp_path / "mine.py").write_text(PLUGIN.format(value=1.0))
    assert ran(tmp_path) == DAYS
    return tmp_path


def ran(folder: Path, **values: Any) -> list[str]:
    """Run what is not done, and return the days that were."""
    content: dict[str, Any] = {
        "run": {"session": "day"},
        "source": {"path": str(folder / "data")},
        "plugins": {
            "book": {},
            "mine": {"use": f"{folder}/mine.py:Mine"},
            "json": {"directory": str(folder / "out/{instrument}/{date}")},
            "parquet": {"directory": str(folder / "store")},
        },
        "engine": {"directory": str(folder / "units")},
    }
    for key, value in values.items():
        content[key] = {**content[key], **value}
    settings = load(content)
    assert settings.engine is not None
    runs, engine = prepare(settings), Noting(settings.engine)
    run_units(
        settings,
        runs,
        plan_of(settings, runs),
        engine,
        list[Far]().append,
        Interrupt(),
        resume=True,
    )
    return engine.days


class Noting(Local):
    """Notes the days that it runs."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.days: list[str] = []

    def submit(self, job: Any) -> None:
        self.days.append(str(job.unit.day))
        super().submit(job)


def change_plugin(folder: Path) -> None:
    (folder / "mine.py").write_text(PLUGIN.format(value=2.0))


def touch(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        os.utime(folder / "data" / name, ns=(0, 0))

    return change


def write_more(folder: Path) -> None:
    begin = datetime.fromtimestamp(START.timestamp(), UTC) + timedelta(days=2)
    write_sample(folder / "data", hours=0.002, start=begin)


def remove_output(folder: Path) -> None:
    (folder / "out/SIM-BTC-USDT/2025-06-02/run.json").unlink()


def remove_day_of_store(folder: Path) -> None:
    rmtree(folder / "store/kind=metrics/instrument=SIM-BTC-USDT/date=2025-06-01")


def damage(content: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "units/SIM-BTC-USDT/2025-06-01/done.json").write_text(content)

    return change


def empty_report(folder: Path) -> None:
    path = folder / "units/SIM-BTC-USDT/2025-06-01/done.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "report": {}}))


def make_a_pipe(folder: Path) -> None:
    path = folder / "units/SIM-BTC-USDT/2025-06-01/done.json"
    path.unlink()
    os.mkfifo(path)


def make_huge(folder: Path) -> None:
    os.truncate(folder / "units/SIM-BTC-USDT/2025-06-01/done.json", MOST_BYTES + 1)


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda folder: None, []),
        (change_plugin, DAYS),
        (touch("SIM-BTC-USDT-25-06-01.db"), DAYS),
        (write_more, [DAYS[1], "2025-06-03"]),
        (remove_output, [DAYS[1]]),
        (remove_day_of_store, [DAYS[0]]),
        (damage("{"), [DAYS[0]]),
        (damage('{"digest": 1}'), [DAYS[0]]),
        (empty_report, [DAYS[0]]),
        (make_a_pipe, [DAYS[0]]),
        (make_huge, [DAYS[0]]),
    ],
    ids=[
        "nothing",
        "plugin",
        "input",
        "next day",
        "output",
        "store",
        "mark",
        "foreign mark",
        "mark of no report",
        "pipe",
        "huge mark",
    ],
)
def test_what_has_changed_runs_again(
    folder: Path, change: Callable[[Path], None], again: list[str]
) -> None:
    change(folder)

    assert ran(folder) == again
    assert ran(folder) == []


@pytest.mark.parametrize(
    ("values", "again"),
    [
        ({"run": {"session": "day", "window_seconds": 30}}, DAYS),
        ({"plugins": {"book": {"levels": 3}}}, DAYS),
        ({"plugins": {"json": {"directory": "elsewhere/{date}"}}}, DAYS),
        ({"source": {"end": "2025-06-01"}}, []),
        ({"engine": {"workers": None}}, []),
    ],
)
def test_settings_that_write_other_results_run_again(
    folder: Path, values: dict[str, Any], again: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)

    assert ran(folder, **values) == again


def test_the_file_says_who_ran_the_unit_by_what(folder: Path) -> None:
    done = json.loads((folder / "units/SIM-BTC-USDT/2025-06-01/done.json").read_text())

    assert (done["pid"], done["attempt"]) == (os.getpid(), 1)
    assert done["digest"] == done["report"]["digest"]
    assert [Path(path).name for path in done["inputs"]] == [
        "SIM-BTC-USDT-25-06-01.db",
        "SIM-BTC-USDT-25-06-02.db",
    ]
    assert len(done["settings"]) == 64
    assert all(Path(path).exists() for path in done["outputs"])


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are texts elsewhere")
def test_days_are_done_in_a_folder_whose_name_is_no_utf8(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    write_sample(folder / "data", hours=0.002)
    (folder / "mine.py").write_text(PLUGIN.format(value=1.0))

    assert (ran(folder), ran(folder)) == (DAYS[:1], [])
