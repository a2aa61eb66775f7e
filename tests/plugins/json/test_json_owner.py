"""One run to a folder: what is held, from when to when, and against whom."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from orderflow_json import JsonSink

from orderflow_core import OutputError, Report
from tests.plugins.json.test_json import (
    ALL_FILES,
    DATA_FILES,
    ONE_ROW,
    names,
    report_of,
    run_of,
    sink,
    write,
)

fcntl = pytest.importorskip("fcntl", reason="there are no locks as POSIX has them")

HOLDER = (
    "import fcntl, os, sys\n"
    "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
    "print('held', flush=True)\n"
    "sys.stdin.read()"
)
REPORT = Report("test", "running", 0, "TEST-USDT", False, {})


@contextmanager
def another_run(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Let another process hold the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the folder."""
    with another_run(tmp_path) as process:
        yield process


def is_held(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def started(directory: Path, *instruments: str) -> JsonSink:
    """Return a sink that has started, and has had no tick yet."""
    plugin = sink(directory)
    plugin.on_start(run_of(*(instruments or ("TEST-USDT",))))
    return plugin


def test_a_folder_that_another_run_holds_is_refused_and_keeps_its_files(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    for name in DATA_FILES:
        (tmp_path / name).write_text("of another run")

    with pytest.raises(OutputError, match=r"belongs to a run that is still going on: stop it"):
        write(tmp_path)

    assert {(tmp_path / name).read_text() for name in names(tmp_path)} == {"of another run"}


def test_whoever_holds_the_folder_is_named_where_the_report_tells(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    plugin = started(tmp_path)
    report_of(tmp_path, status="running", pid=holder.pid)

    with pytest.raises(OutputError, match=rf"still going on \(process {holder.pid}\)"):
        plugin.on_tick(REPORT)


def test_a_run_that_fell_holds_nothing(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    report_of(tmp_path, status="running", pid=holder.pid)
    holder.kill()
    holder.wait()

    write(tmp_path)

    assert names(tmp_path) == ALL_FILES


def test_the_folder_is_held_from_the_first_tick_on_though_no_data_has_come(tmp_path: Path) -> None:
    plugin = started(tmp_path / "out")
    plugin.on_tick(REPORT)

    assert is_held(tmp_path / "out")
    assert names(tmp_path / "out") == []

    plugin.on_finish(REPORT)

    assert not is_held(tmp_path / "out")


def test_a_start_alone_holds_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    sinks = [started(tmp_path / "there"), started(tmp_path / "not")]

    assert not is_held(tmp_path / "there")
    assert names(tmp_path) == ["there"]
    del sinks


def test_the_folders_of_instruments_whose_turn_is_to_come_are_held_too(tmp_path: Path) -> None:
    first, second = (
        started(tmp_path / "{instrument}", *instruments) for instruments in (("A", "B"), ("B", "A"))
    )
    first.on_tick(REPORT)
    first.on_finish(REPORT)

    assert not is_held(tmp_path / "A")
    assert is_held(tmp_path / "B")

    second.on_tick(REPORT)
    second.on_finish(REPORT)

    assert not is_held(tmp_path / "B")


def test_a_folder_that_is_held_for_another_instrument_stops_that_one_alone(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    (tmp_path / "B").symlink_to(tmp_path)
    first = started(tmp_path / "{instrument}", "A", "B")
    second = started(tmp_path / "{instrument}", "B")

    first.on_tick(REPORT)
    with pytest.raises(OutputError, match="still going on"):
        second.on_tick(REPORT)
    first.on_finish(REPORT)


def test_a_sink_that_fails_lets_go_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "depth_data.json").mkdir()

    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path)

    assert not is_held(tmp_path)


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks."""

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)


@pytest.mark.usefixtures("no_locks")
def test_without_locks_the_run_goes_on_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, ONE_ROW * 3)

    assert names(tmp_path) == ALL_FILES
    [told] = caplog.messages
    assert f"{tmp_path} cannot be locked (No locks available)" in told


@pytest.mark.usefixtures("no_locks")
def test_without_locks_the_report_of_a_living_run_decides(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    plugin = started(tmp_path)
    report_of(tmp_path, status="running", pid=holder.pid)

    with pytest.raises(OutputError, match=rf"still going on \(process {holder.pid}\)"):
        plugin.on_tick(REPORT)
