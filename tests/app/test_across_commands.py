"""Commands that tell of plugins across instruments."""

import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from orderflow_app.dashboard.reading.places import Places
from orderflow_app.dashboard.reading.reader import Reader
from orderflow_app.dashboard.settings import TABLES

from orderflow_core.contract.report import Report
from orderflow_core.running.loop import Interrupt, prepare, run, steps
from orderflow_core.settings.reading import load
from tests.command import orderflow
from tests.make import write_recording
from tests.plugins.sqlite.growing import DAY, Recorder

BEGIN = 946_684_800_000
PLUGIN = '''
from orderflow_core import Book, Metric, hookimpl

class Mids(Metric):
    """The sum of the last mids."""

    across = True

    @hookimpl
    def on_book(self, book: Book) -> None:
        self.sample(book.timestamp, book.mid)
'''
SETTINGS = """
[source]
path = "data"
[plugins.book]
[plugins.ohlc]
[plugins.obi]
[plugins.mids]
use = "mids.py:Mids"
[plugins.high]
use = "alert"
when = "mids > 150"
[plugins.json]
directory = "out/{instrument}"
[plugins.parquet]
directory = "store"
[dashboard]
enabled = false
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two recordings, a plugin and settings."""
    (tmp_path / "data").mkdir()
    for name, price in (("A", 100), ("B", 200)):
        rows = [
            (time, [[price, 1]], [[price + 2, 1]])
            for time in (BEGIN + 1000, BEGIN + 2000, BEGIN + 70_000)
        ]
        write_recording(tmp_path / "data" / f"{name}-00-01-01.db", rows, instrument=name)
    (tmp_path / "mids.py").write_text(PLUGIN)
    (tmp_path / "settings.toml").write_text(SETTINGS)
    return tmp_path


def checked(folder: Path) -> dict[str, Any]:
    done = orderflow(folder, "check", "--config", "settings.toml", "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_check_tells_who_gets_what_and_who_runs(folder: Path) -> None:
    found = checked(folder)
    tables = {table["name"]: table for table in found["tables"]}

    assert (found["instruments"], found["across"]) == (["A", "B"], ["mids"])
    assert tables["book"]["gives"] == {"Books": ["obi", "mids", "json"]}
    assert tables["mids"]["gives"] == {"mids": ["high", "json", "parquet"]}
    assert tables["high"]["gives"] == {"high.Signal": ["json", "parquet"]}
    assert [name for name, table in tables.items() if table["across"]] == ["mids"]
    assert found["warnings"] == found["problems"] == []


def test_check_shows_it_to_people(folder: Path) -> None:
    done = orderflow(folder, "check", "--config", "settings.toml")

    assert "mids, across" in done.stdout
    assert done.stdout.endswith("it would run A, B, mids across them\n")


def test_check_warns_of_what_nobody_publishes(folder: Path) -> None:
    (folder / "settings.toml").write_text(SETTINGS.replace("[plugins.book]\n", ""))

    assert any("[plugins.mids]" in text and "Books" in text for text in checked(folder)["warnings"])


@pytest.mark.parametrize("arguments", [["mids"], []])
def test_plugins_shows_it(folder: Path, arguments: Sequence[str]) -> None:
    done = orderflow(folder, "plugins", *arguments, "--config", "settings.toml")

    assert "across" in done.stdout


def test_a_run_gives_it_a_report_and_a_folder_that_the_page_shows(folder: Path) -> None:
    done = orderflow(folder, "run", "--config", "settings.toml", "--json")
    *_, report = json.loads(done.stdout)
    written = json.loads((folder / "out" / "mids" / "run.json").read_text())
    series = json.loads((folder / "out" / "mids" / "series_data.json").read_text())

    assert (report["instrument"], report["status"]) == ("mids", "ok")
    assert written["digest"] == report["digest"]
    assert [Path(each["path"]).name[0] for each in written["inputs"]] == ["A", "B"]
    assert series["series"]["mids"]["rows"] == [
        [BEGIN, 101.0, 201.0, 101.0, 201.0],
        [BEGIN + 60_000, 101.0, 201.0, 101.0, 201.0],
    ]

    reader = Reader(Places(folder / "out" / "{instrument}"))
    view = reader.view("mids")

    assert reader.instruments() == ["A", "B", "mids"]
    assert view.run is not None
    assert list(view.series) == ["mids"]
    assert [each.table for each in view.signals] == ["high"]
    assert list(folder.glob("store/kind=metrics/instrument=mids/date=2000-01-01/*.parquet"))


def test_followed_recordings_give_the_digest_of_reading_them_afterwards(folder: Path) -> None:
    dense, sparse = (Recorder(folder / "data" / f"{name}-26-01-01.db") for name in "AB")
    write(dense, every=10)
    write(sparse, every=1000)

    found = followed(folder, rows=3000 + 30)

    assert (found.status, found.counts.windows, found.counts.late) == ("interrupted", 3030, 0)
    runs = prepare(load(folder / "settings.toml", DAY_ALONE, TABLES))
    run(runs, "max", lambda report: None, Interrupt())
    assert found.digest == runs[-1].report.digest


DAY_ALONE: dict[tuple[str, ...], Any] = {("source", "start"): "2026-01-01"}


def write(recorder: Recorder, *, every: int) -> None:
    """Write half a minute of a market."""
    times = range(DAY, DAY + 30_000, every)
    rows = [(time, number, number - 1 or -1) for number, time in enumerate(times, start=1)]
    recorder.commit(rows, until=DAY + 30_000)


def followed(folder: Path, rows: int) -> Report:
    """Follow the recordings until so many rows have come across, and end."""
    interrupt = Interrupt()
    given = {**DAY_ALONE, ("source", "follow"): True}
    runs = prepare(load(folder / "settings.toml", given, TABLES))
    end = time.monotonic() + 30
    for _ in steps(runs, "max", lambda report: None, interrupt):
        if sum(each.report.counts.windows for each in runs[:-1]) >= rows:
            interrupt.signal = signal.SIGINT
        assert time.monotonic() < end
    return runs[-1].report
