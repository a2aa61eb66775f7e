"""A recording that a process goes on writing to while it is read."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app import recorder
from tests.app.test_run import SETTINGS
from tests.command import Done, orderflow
from tests.roads import Road, every_road

NAME = "TEST-USDT-26-01-01.db"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with settings and an empty folder for recordings."""
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "data").mkdir()
    return tmp_path


@contextmanager
def recording(folder: Path, mode: str) -> Iterator["subprocess.Popen[str]"]:
    """Let a recorder write, and be sure that it has its first rows."""
    path = folder / "data" / NAME
    command = [sys.executable, recorder.__file__, str(path), mode]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            while not path.with_name(f"{NAME}.ready").exists():
                assert process.poll() is None
                time.sleep(0.01)
            yield process
        finally:
            process.kill()


def stop(process: "subprocess.Popen[str]") -> int:
    """Let the recorder end and return how many rows it has written."""
    written, _ = process.communicate(timeout=30)
    assert process.returncode == 0, "the recorder met a lock"
    return int(written)


def report_of(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    [report] = json.loads(done.stdout)
    return report


@every_road
def test_a_run_beside_a_recorder_has_the_rows_of_its_start_and_holds_nobody_up(
    folder: Path, road: Road
) -> None:
    with recording(folder, "WAL") as process, road():
        live = report_of(orderflow(folder, "run", "--json", "--speed", "40"))
        written = stop(process)
    read = live["counts"]["windows"]

    assert recorder.FIRST <= read < written
    assert live["counts"]["trades"] == read
    assert live["digest"] == report_of(run_over_rows(folder, read))["digest"]


def run_over_rows(folder: Path, count: int) -> Done:
    """Run over a recording of the first rows alone."""
    path = folder / "first" / NAME
    path.parent.mkdir()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("CREATE TABLE book (id INTEGER PRIMARY KEY, bids, asks, timestamp)")
    database.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, price, size, side, timestamp)")
    for number in range(1, count + 1):
        recorder.append(database, number)
    database.close()
    return orderflow(folder, "run", "--json", "--set", "source.path=first")


def test_the_next_run_has_what_was_added(folder: Path) -> None:
    with recording(folder, "WAL") as process:
        report_of(orderflow(folder, "run", "--json"))
        written = stop(process)

    assert report_of(orderflow(folder, "run", "--json"))["counts"]["windows"] == written


def test_a_recorder_with_a_rollback_journal_is_not_held_up_and_the_run_says_so(
    folder: Path,
) -> None:
    with recording(folder, "DELETE") as process:
        done = orderflow(folder, "run", "--speed", "40", "--set", "source.book_batch=10")
        written = stop(process)

    assert done.returncode == 3
    assert "changed while it was read" in done.stderr or "is being written" in done.stderr
    assert "Traceback" not in done.stderr
    again = report_of(orderflow(folder, "run", "--json"))
    assert again["counts"]["windows"] == again["counts"]["trades"] == written
