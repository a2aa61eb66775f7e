"""Standard streams that are closed, full or gone, and Ctrl-C before the command has begun."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_run import read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="a shell as POSIX has it"),
]
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")

COMMANDS = [
    "--help",
    "--version",
    "run",
    "run --json",
    "check",
    "check --json",
    "plugins",
    "plugins obi --json",
    "inspect data/TEST-USDT-26-01-01.db",
    "sample new --hours 0.01",
    "new-plugin depth-ratio",
]
FULL = "error: the standard output cannot be written: No space left on device\n"


def shell(folder: Path, command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `orderflow` with what follows it in a shell."""
    return subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m orderflow_app.cli {command}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


@needs_full
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_standard_output_ends_every_command_with_4(folder: Path, command: str) -> None:
    done = shell(folder, f"{command} >/dev/full")

    assert (done.returncode, done.stderr) == (4, FULL)


@needs_full
@pytest.mark.parametrize("command", ["--version", "check --json"])
def test_an_output_without_a_buffer_is_no_other(folder: Path, command: str) -> None:
    done = shell(folder, f"{command} >/dev/full", PYTHONUNBUFFERED="1")

    assert (done.returncode, done.stderr) == (4, FULL)


@needs_full
@pytest.mark.parametrize(
    ("command", "code"),
    [("run --quiet", 0), ("run --set source.path=nowhere", 3), ("check --set a=1", 2)],
)
def test_a_full_standard_error_changes_no_exit_code(folder: Path, command: str, code: int) -> None:
    assert shell(folder, f"{command} 2>/dev/full").returncode == code


@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["--version", "run", "check --json"])
def test_closed_streams_are_as_good_as_the_null_device(
    folder: Path, command: str, streams: str
) -> None:
    done = shell(folder, f"{command} {streams}")

    assert (done.returncode, done.stderr) == (0, "")


def test_no_file_of_a_run_takes_the_place_of_a_closed_stream(folder: Path) -> None:
    """What a plugin's library then prints would be written into it."""
    (folder / "mine.py").write_text(
        "import os\nfrom orderflow_core import Plugin, hookimpl\n"
        "class Mine(Plugin):\n    @hookimpl\n"
        "    def on_books(self, books): os.write(1, b'printed'), os.write(2, b'printed')\n"
    )
    with (folder / "settings.toml").open("a") as file:
        file.write('[plugins.mine]\nuse = "mine.py:Mine"\n')
    before = (folder / "data" / "TEST-USDT-26-01-01.db").read_bytes()

    assert shell(folder, "run <&- >&- 2>&-").returncode == 0
    assert (folder / "data" / "TEST-USDT-26-01-01.db").read_bytes() == before
    assert read(folder, "run.json")["status"] == "ok"


@pytest.mark.parametrize("command", ["plugins", "check", "--help"])
def test_a_reader_that_goes_away_ends_a_command_in_silence(folder: Path, command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-m", "orderflow_app.cli", command],
        cwd=folder,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(writer)
        _, told = process.communicate(timeout=60)

    assert (process.returncode, told) == (1, "")


def test_ctrl_c_while_the_command_is_imported_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")
    done = shell(tmp_path, "--help", PYTHONPATH=str(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_ctrl_c_while_a_commands_modules_are_imported_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("raise KeyboardInterrupt")
    done = shell(tmp_path, "plugins", PYTHONPATH=str(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_letter_that_the_encoding_lacks_costs_nothing(folder: Path) -> None:
    inner = folder / "\u6570\u636e"
    inner.mkdir()
    for name in ("settings.toml", "data"):
        (folder / name).rename(inner / name)

    done = shell(inner, "run", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")

    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u6570" in done.stdout
