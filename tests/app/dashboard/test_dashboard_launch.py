"""The dashboard beside a run, and alone."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest
import waitress
from orderflow_app.dashboard.server import serve

from tests.app.dashboard.files import write_files
from tests.app.test_run import SETTINGS, TEN_ROWS, TRADES, read
from tests.command import orderflow
from tests.make import write_recording

needs_signals = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
COMMAND = [sys.executable, "-m", "orderflow_app.cli"]


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        number: int = found.getsockname()[1]
    return number


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with settings without a dashboard, and a recording."""
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "data").mkdir()
    write_recording(tmp_path / "data" / "TEST-USDT-26-01-01.db", TEN_ROWS, TRADES)
    return tmp_path


def with_dashboard(folder: Path, port: int, more: str = "") -> None:
    table = f"[dashboard]\nport = {port}\n{more}\n"
    (folder / "settings.toml").write_text(SETTINGS + table)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def eventually(check: Callable[[], bool], seconds: float = 30) -> bool:
    """Return whether something becomes true; the time is a limit, not an expectation."""
    end = time.monotonic() + seconds
    while not (done := check()) and time.monotonic() < end:
        time.sleep(0.05)
    return done


@contextmanager
def command(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process group of its own, as a terminal would."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def group_is_empty(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_run_has_a_dashboard_beside_it_and_ends_with_it(folder: Path, port: int) -> None:
    with_dashboard(folder, port)
    done = orderflow(folder, "run")

    assert done.returncode == 0
    assert f"dashboard: http://127.0.0.1:{port}" in done.stderr
    assert not answers(port)


def test_without_the_table_nothing_is_started(folder: Path) -> None:
    assert "dashboard" not in orderflow(folder, "run").stderr


def test_no_serve_asks_for_no_dashboard(folder: Path) -> None:
    assert "dashboard" not in orderflow(folder, "run", "--no-serve").stderr


def test_a_dashboard_can_be_switched_off(folder: Path, port: int) -> None:
    with_dashboard(folder, port, "enabled = false")

    assert "dashboard" not in orderflow(folder, "run").stderr


def test_a_taken_port_does_not_stop_the_run(folder: Path, port: int) -> None:
    with_dashboard(folder, port)
    with socket.create_server(("127.0.0.1", port)):
        done = orderflow(folder, "run")

    assert done.returncode == 0
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert f"orderflow dashboard --data '{folder}/out/{{instrument}}' --port" in done.stderr
    assert read(folder, "run.json")["status"] == "ok"


def test_a_run_that_writes_no_files_says_that_there_is_nothing_to_show(
    folder: Path, port: int
) -> None:
    with_dashboard(folder, port)
    text = (folder / "settings.toml").read_text().replace("[plugins.json]\n", "")
    (folder / "settings.toml").write_text(text)
    done = orderflow(folder, "run")

    assert done.returncode == 0
    assert "no table writes files, as [plugins.json] does: there is no dashboard" in done.stderr


def test_a_dashboard_for_the_network_says_what_it_exposes(folder: Path, port: int) -> None:
    with_dashboard(folder, port, 'host = "0.0.0.0"')

    assert "there is no password" in orderflow(folder, "run").stderr


@pytest.mark.slow
@needs_signals
def test_a_dashboard_that_ends_by_itself_does_not_stop_the_run(folder: Path, port: int) -> None:
    with_dashboard(folder, port)
    with command(folder, "run", "--serve") as run:
        assert eventually(lambda: answers(port))
        for child in children(run.pid):
            os.kill(child, signal.SIGKILL)
        _, told = run.communicate(timeout=30)

    assert run.returncode == 0
    assert "the dashboard ended by itself, with code -9" in told


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that serve."""
    listed = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == pid and "spawn_main" in row[2]]


@needs_signals
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_served_page_outlives_the_run_until_a_signal(
    folder: Path, port: int, number: signal.Signals
) -> None:
    with_dashboard(folder, port)
    with command(folder, "run", "--serve") as run:
        assert eventually(lambda: answers(port))
        told = lines_until(run.stderr, "stays up until Ctrl-C")
        assert read(folder, "run.json")["status"] == "ok"
        assert run.poll() is None
        os.killpg(run.pid, number)
        told += run.communicate(timeout=30)[1]

    assert run.returncode == 0
    assert "by itself" not in told
    assert "Traceback" not in told
    assert eventually(lambda: group_is_empty(run.pid))


def lines_until(stream: IO[str] | None, text: str) -> str:
    """Return what is told until a line that has a text in it, or the end."""
    told = ""
    for line in stream or ():
        told += line
        if text in line:
            return told
    raise AssertionError(f"{text} was not told: {told}")


@needs_signals
@pytest.mark.slow
def test_a_killed_run_leaves_no_dashboard_behind(folder: Path, port: int) -> None:
    with_dashboard(folder, port)
    with command(folder, "run", "--serve") as run:
        assert eventually(lambda: answers(port))
        run.kill()
        run.wait()
        gone = eventually(lambda: group_is_empty(run.pid))

    assert gone


@needs_signals
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_existing_files_are_served_until_a_signal(
    tmp_path: Path, port: int, number: signal.Signals, code: int
) -> None:
    write_files(tmp_path / "out" / "TEST-USDT")
    with command(tmp_path, "dashboard", "--data", "out", "--port", str(port)) as server:
        assert eventually(lambda: answers(port))
        server.send_signal(number)
        _, told = server.communicate(timeout=30)

    assert server.returncode == code
    assert f"dashboard: http://127.0.0.1:{port} shows out" in told
    assert "Traceback" not in told


@needs_signals
def test_idle_connections_keep_nobody_out(tmp_path: Path, port: int) -> None:
    """More than a hundred, which is what the server takes by default."""
    write_files(tmp_path / "out" / "TEST-USDT")
    with command(tmp_path, "dashboard", "--data", "out", "--port", str(port)), ExitStack() as idle:
        assert eventually(lambda: answers(port))
        for _ in range(150):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))

        assert answers(port)


def test_the_server_lets_go_of_who_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(waitress, "serve", lambda _, **options: given.update(options))
    with socket.socket() as listener:
        serve(listener, "out", "127.0.0.1")

    assert given["channel_timeout"] == 10
    assert given["max_request_body_size"] == 64 * 1024


def test_a_taken_port_is_an_error_of_the_command(tmp_path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        done = orderflow(tmp_path, "dashboard", "--port", str(port))

    assert done.returncode == 2
    assert "choose another --host or --port" in done.stderr


@needs_signals
@pytest.mark.slow
def test_ctrl_c_during_a_run_ends_both(folder: Path, port: int) -> None:
    with_dashboard(folder, port)
    with command(folder, "run", "--serve", "--speed", "0.01") as run:
        assert eventually(lambda: answers(port))
        os.killpg(run.pid, signal.SIGINT)
        _, told = run.communicate(timeout=30)
        gone = eventually(lambda: group_is_empty(run.pid))

    assert run.returncode == 130
    assert "Traceback" not in told
    assert "stays up" not in told
    assert gone


@needs_signals
@pytest.mark.slow
def test_on_a_terminal_the_page_stays_until_ctrl_c(folder: Path, port: int) -> None:
    import pty

    with_dashboard(folder, port)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "run"],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=take_terminal,
    ) as run:
        os.close(theirs)
        told = read_until(ours, "stays up until Ctrl-C")
        assert eventually(lambda: answers(port))
        os.write(ours, b"\x03")
        code = run.wait(timeout=30)
    os.close(ours)

    assert f"http://127.0.0.1:{port}" in told
    assert code == 0
    assert eventually(lambda: group_is_empty(run.pid))


def take_terminal() -> None:
    """Make standard input the terminal whose Ctrl-C this process gets."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read_until(descriptor: int, text: str) -> str:
    told = ""
    while text not in told:
        told += os.read(descriptor, 4096).decode(errors="replace")
    return told
