"""Commands that packages bring, polite ones and others."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

GOOD = """
def good(number: int = 1) -> None:
    \"\"\"Say a number.\"\"\"
    print(number)
"""
MODULES = {
    "acme_good": GOOD,
    "acme_raises": "import nunpy\n",
    "acme_leaves": "import sys\nsys.exit(0)\n",
    "acme_breaks": "raise BaseException('nothing\\x1b[31m\\nworks')\n",
    "acme_mute": "class Mute(Exception):\n    def __str__(self): 1 / 0\nraise Mute\n",
    "acme_syntax": "def :\n",
    "acme_prints": "print('hello')\n" + GOOD,
    "acme_odd": (
        "table = {}\n"
        "def many(*names: str): ...\n"
        "def typed(value: int | str): ...\n"
        "async def waits(): ...\n"
    ),
}
ENTRIES = {
    "good": "acme_good:good",
    "raises": "acme_raises:good",
    "leaves": "acme_leaves:good",
    "breaks": "acme_breaks:good",
    "mute": "acme_mute:good",
    "syntax": "acme_syntax:good",
    "lacks": "acme_good:nothing",
    "prints": "acme_prints:good",
    "table": "acme_odd:table",
    "many": "acme_odd:many",
    "typed": "acme_odd:typed",
    "waits": "acme_odd:waits",
    "check": "acme_good:good",
    "sample": "acme_good:good",
}
BROKEN = {
    "raises": "ModuleNotFoundError: No module named 'nunpy'",
    "leaves": "SystemExit: 0",
    "breaks": "BaseException: nothing?[31m works",
    "mute": "Mute",
    "syntax": "SyntaxError: invalid syntax",
    "lacks": "AttributeError: module 'acme_good' has no attribute 'nothing'",
    "table": "it is no function but a dict",
    "many": "no option can be made of its parameter *names: str",
    "typed": "doesn't support Union types",
    "waits": "it is async or a generator, and would never run",
}


def install(folder: Path, name: str, entries: Mapping[str, str]) -> None:
    """Let the folder have a distribution with these commands."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{command} = {value}" for command, value in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[orderflow.commands]", *lines]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a distribution whose commands are of every kind."""
    for name, content in MODULES.items():
        (tmp_path / f"{name}.py").write_text(content)
    install(tmp_path, "acme", ENTRIES)
    return tmp_path


def call(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "orderflow_app.cli", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "250"},
    )


def test_help_lists_every_command_and_what_is_wrong_with_it_in_a_line(folder: Path) -> None:
    done = call(folder, "--help")
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("  ")}

    assert done.returncode == 0
    assert "Say a number." in lines["good"]
    assert [name for name in BROKEN if "Cannot be used: " not in lines[name]] == []
    assert lines["raises"].endswith("Cannot be used: ModuleNotFoundError: No module named 'nunpy'")
    assert "Stream recordings" in lines["run"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_command_ends_with_1_and_says_why(folder: Path, name: str) -> None:
    done = call(folder, name, "--help", "further", "--option", "3")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: the command {name!r} of acme 1.0 (acme_")
    assert BROKEN[name] in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_command_is_called_with_its_options_whatever_the_others_are(folder: Path) -> None:
    done = call(folder, "good", "--number", "7")

    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", "")


def test_what_an_import_prints_is_no_output_of_the_command(folder: Path) -> None:
    done = call(folder, "prints")

    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "hello\n")


def test_the_hosts_own_commands_import_none_of_them(folder: Path) -> None:
    done = call(folder, "plugins", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)


@pytest.mark.parametrize("name", ["check", "sample"])
def test_a_name_that_is_taken_stays_with_the_host_and_is_told(folder: Path, name: str) -> None:
    done = call(folder, name, "--help")

    assert done.returncode == 0
    assert f"WARNING the command {name!r} of acme 1.0 (acme_good:good) is left out" in done.stderr
    assert "Say a number" not in done.stdout


@pytest.mark.parametrize(("typed", "meant"), [("goood", "good"), ("chekc", "check")])
def test_a_misspelt_name_is_told_with_the_nearest(folder: Path, typed: str, meant: str) -> None:
    done = call(folder, typed)

    assert done.returncode == 2
    assert f"No such command {typed!r}. Did you mean {meant!r}?" in done.stderr


def test_two_packages_that_bring_one_name_are_both_named(folder: Path) -> None:
    install(folder, "rival", {"good": "acme_good:good"})
    done = call(folder, "good")

    assert done.returncode == 1
    assert "'good' of acme 1.0 and rival 1.0 cannot be used: each brings one" in done.stderr
