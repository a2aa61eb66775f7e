"""`orderflow live`: a recorder and a run that follows it, in one command."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import tomllib
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from orderflow_app import live
from orderflow_record.testing import Exchange, Faulty, OkxSide, serve

from tests.command import orderflow
from tests.plugins.record.markets import NAME, market

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 180
SETTINGS = """
[run]
window_seconds = 1
[plugins.book]
[plugins.ohlc]
[plugins.obi]
[plugins.json]
directory = "out/{instrument}"
flush_ms = 0
[dashboard]
"""


def test_what_runs_without_a_settings_file_is_what_the_shipped_one_has() -> None:
    shipped = tomllib.loads((REPOSITORY / "settings.toml").read_text())

    assert list(live.PLUGINS.items()) == list(shipped["plugins"].items())


def test_a_host_that_is_not_reached_ends_it_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.3)

    done = orderflow(tmp_path, "live", "okx", NAME, "--url", "ws://127.0.0.1:9", "--no-dashboard")

    assert done.returncode == 3
    assert "error: 127.0.0.1:9 was not reached in 0.3 s: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_recorder_that_cannot_begin_ends_it_with_the_code_and_the_reason(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "live", "nowhere", NAME, "--no-dashboard")

    assert done.returncode == 2
    assert "recorder: error: venue 'nowhere': there is none of that name" in done.stderr
    assert "error: the recorder ended by itself, with code 2" in done.stderr


class Live:
    """The command in a process of its own, in a folder, with its page at a port."""

    def __init__(self, folder: Path, port: int, process: Process) -> None:
        self.folder = folder
        self.port = port
        self.process = process

    async def wait_for_windows(self, number: int) -> None:
        """Return when the report says that so many book rows were delivered."""
        path = self.folder / "out" / NAME / "run.json"
        while not path.exists() or json.loads(path.read_text())["counts"]["windows"] < number:
            assert self.process.returncode is None
            await asyncio.sleep(0.02)

    async def wait_for_trades(self, number: int) -> None:
        """Return when the recorder says that it has got so many."""
        while self.recorded["feeds"][0]["instruments"][NAME]["trades"] < number:
            assert self.process.returncode is None
            await asyncio.sleep(0.02)

    @property
    def has_page(self) -> bool:
        """Whether somebody listens at the port."""
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def recorder(self) -> int:
        """The recorder's process."""
        number: int = self.recorded["pid"]
        return number

    @property
    def recorded(self) -> dict[str, Any]:
        """What the recorder tells of itself."""
        told: dict[str, Any] = json.loads((self.folder / "data" / "record.json").read_text())
        return told


def played(folder: Path, act: Callable[[Live], None]) -> tuple[Live, str, str]:
    """Follow a fake exchange until it has sent all, act, and return what was told.

    Twenty book rows have been delivered by then; the last one waits for what comes after it.
    """
    (folder / "settings.toml").write_text(SETTINGS)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]

    async def go() -> tuple[Live, str, str]:
        async with serve(Faulty(Exchange(*market()), OkxSide(), [])) as server:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "orderflow_app.cli", "live", "okx", NAME),
                *("--config", "settings.toml", "--port", str(port), "--json"),
                *("--url", server.url, "--rest-url", server.rest_url),
                cwd=folder,
                stdout=PIPE,
                stderr=PIPE,
            )
            running = Live(folder, port, process)
            try:
                await running.wait_for_windows(20)
                await running.wait_for_trades(20)
                act(running)
                output, errors = await process.communicate()
                return running, output.decode(), errors.decode()
            finally:
                if process.returncode is None:
                    process.kill()

    return asyncio.run(asyncio.wait_for(go(), SECONDS))


def is_closed(folder: Path) -> bool:
    """Whether the recorder has said that its file is complete."""
    [path] = (folder / "data").glob("*.db")
    with closing(sqlite3.connect(path)) as database:
        return bool(database.execute("SELECT 1 FROM meta WHERE key = 'closed'").fetchall())


processes = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.mark.slow
@processes
def test_ctrl_c_ends_the_recorder_and_then_the_run_with_all_that_was_recorded(
    tmp_path: Path,
) -> None:
    pages: list[bool] = []

    def end(running: Live) -> None:
        pages.append(running.has_page)
        running.process.send_signal(signal.SIGINT)

    running, output, errors = played(tmp_path, end)

    [report] = json.loads(output)
    again = orderflow(tmp_path, "run", "--json", "--set", "dashboard.enabled=false")
    assert (running.process.returncode, report["status"]) == (130, "interrupted")
    assert (pages, running.has_page) == ([True], False)
    assert errors.startswith(f"dashboard: http://127.0.0.1:{running.port}\n")
    assert "Traceback" not in errors
    assert (report["counts"]["windows"] > 20, report["counts"]["trades"]) == (True, 20)
    assert report["digest"] == json.loads(again.stdout)[0]["digest"]
    assert is_closed(tmp_path)


@pytest.mark.slow
@processes
def test_a_recorder_that_dies_ends_the_run_with_what_there_is(tmp_path: Path) -> None:
    running, output, errors = played(tmp_path, lambda it: os.kill(it.recorder, signal.SIGKILL))

    assert running.process.returncode == 1
    assert json.loads(output)[0]["status"] == "interrupted"
    assert "the recorder ended by itself, with code -9" in errors


@pytest.mark.slow
@processes
def test_a_recorder_whose_run_dies_ends_as_by_a_signal(tmp_path: Path) -> None:
    running, _, _ = played(tmp_path, lambda it: it.process.kill())

    assert running.process.returncode == -signal.SIGKILL
    assert is_closed(tmp_path)
