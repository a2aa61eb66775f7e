"""Ctrl-C, SIGTERM and the end of the terminal, whatever the run is doing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.test_misbehaving import PLUGINS, add, use_source
from tests.app.test_run import SETTINGS, read
from tests.make import Levels, write_recording

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them"),
    pytest.mark.usefixtures("heard_hangup"),
]
SIGNALS = pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["ctrl-c", "sigterm", "sighup"],
)

ENOUGH = 20.0


@contextmanager
def running(
    folder: Path, *options: str, under: Sequence[str] = ()
) -> Iterator["subprocess.Popen[str]"]:
    """Run the command in a process of its own, which ends with the context."""
    command = [*under, sys.executable, "-m", "orderflow_app.cli", "run", "--quiet", *options]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + ENOUGH
    while not condition():
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < end
        time.sleep(0.01)


def report(folder: Path) -> Path:
    return folder / "out" / "TEST-USDT" / "run.json"


@SIGNALS
@pytest.mark.parametrize("speed", ["max", "50"])
def test_a_signal_in_the_midst_of_the_data_leaves_the_files_of_that_moment(
    folder: Path, speed: str, number: signal.Signals, code: int
) -> None:
    use_source(folder, "EndlessSource")
    with running(folder, "--speed", speed) as run:
        wait_for(report(folder).exists, run)
        run.send_signal(number)
        assert run.wait(timeout=ENOUGH) == code

    found = read(folder, "run.json")
    assert found["status"] == "interrupted"
    assert len(found["digest"]) == 64
    bars = read(folder, "ohlc_data.json")
    assert bars[-1][0] == found["last_timestamp"] // 1000 * 1000
    assert not list(report(folder).parent.glob("*tmp*"))


def test_a_run_that_is_to_outlive_its_terminal_does(folder: Path) -> None:
    use_source(folder, "EndlessSource")
    with running(folder, "--speed", "50", under=["nohup"]) as run:
        wait_for(report(folder).exists, run)
        run.send_signal(signal.SIGHUP)
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=ENOUGH) == 143


@SIGNALS
def test_a_signal_ends_a_run_whose_source_is_blocked(
    folder: Path, number: signal.Signals, code: int
) -> None:
    use_source(folder, "SilentSource")
    with running(folder) as run:
        assert run.stderr is not None
        assert run.stderr.readline() == "blocked\n"
        run.send_signal(number)
        assert run.wait(timeout=ENOUGH) == code


def test_a_signal_does_not_wait_for_the_whole_block_of_a_slow_plugin(folder: Path) -> None:
    rows: list[tuple[int, Levels, Levels]] = [
        (1_000 + number, [["100", "1"]], []) for number in range(2_000)
    ]
    path = folder / "data" / "TEST-USDT-26-01-01.db"
    path.unlink()
    write_recording(path, rows, [])
    add(folder, "Slow")
    with running(folder) as run:
        wait_for(report(folder).exists, run)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=ENOUGH) == 130

    assert read(folder, "run.json")["counts"]["windows"] < 1_000


def test_a_second_signal_ends_a_run_that_a_plugin_blocks(folder: Path) -> None:
    add(folder, "Blocks")
    with running(folder) as run:
        assert run.stderr is not None
        assert run.stderr.readline() == "blocked\n"
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGTERM)  # of one number two may come as one
        assert run.wait(timeout=ENOUGH) == 130


def test_a_signal_ends_all_instruments_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        SETTINGS.replace('path = "data"', f"use = '{PLUGINS}:TwoEndless'")
    )
    with running(tmp_path, "--speed", "50") as run:
        wait_for((tmp_path / "out" / "B" / "run.json").exists, run)
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=ENOUGH) == 143

    assert {read(tmp_path, "run.json", name)["status"] for name in "AB"} == {"interrupted"}
