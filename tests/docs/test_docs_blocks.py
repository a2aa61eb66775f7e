"""Each page of docs/ is followed to the letter, from its first block to its last."""

import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from orderflow_app.cli import app
from orderflow_sqlite.simulate import write_sample

from tests.command import Done, orderflow
from tests.docs.pages import PAGES, README, REPOSITORY, CodeBlock, blocks, name

NOT_RUN = {"installs", "tests", "measures", "serves"}
MARKS = {None, "fails", "printed", *NOT_RUN}
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=name)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a minute of the simulated market."""
    folder = tmp_path_factory.mktemp("recordings")
    write_sample(folder, hours=1 / 60)
    return folder


@pytest.fixture
def clone(recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is to a page what a fresh clone is, its packages to be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "settings.toml").write_text((REPOSITORY / "settings.toml").read_text())
    (tmp_path / "data").symlink_to(recordings)
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    return tmp_path


class Reader:
    """Somebody who does what a page says."""

    def __init__(self, clone: Path) -> None:
        self._clone = clone
        self._module = ModuleType("page")
        self._last = Done(0, "", "")

    def follow(self, block: CodeBlock) -> None:
        if block.title:
            self._write(block)
        elif block.mark not in NOT_RUN:
            run = {"python": self._python, "toml": self._toml, "sh": self._shell}
            run.get(block.language, self._text)(block)

    def run_tests(self) -> None:
        """Run the tests that the page has told to write."""
        if not list(self._clone.glob("my_plugins/test_*.py")):
            return
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "my_plugins"],
            cwd=self._clone,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    def _write(self, block: CodeBlock) -> None:
        assert block.title is not None
        path = self._clone / block.title.removeprefix("add to ")
        before = path.read_text() + "\n" if block.title.startswith("add to ") else ""
        path.parent.mkdir(exist_ok=True)
        path.write_text(before + block.code)
        for local in [module for module in sys.modules if module.startswith("orderflow_local_")]:
            del sys.modules[local]
        if path.name == "settings.toml":
            self._check(path)
        elif path.suffix == ".py" and not path.name.startswith("test_"):
            self._python(block)

    def _python(self, block: CodeBlock) -> None:
        with chdir(self._clone):
            exec(compile(block.code, f"line {block.line}", "exec"), vars(self._module))

    def _toml(self, block: CodeBlock) -> None:
        path = self._clone / "block.toml"
        path.write_text(block.code)
        self._check(path)

    def _check(self, settings: Path) -> None:
        done = orderflow(self._clone, "check", "--config", settings.name)
        assert done.returncode == 0, done.stderr

    def _shell(self, block: CodeBlock) -> None:
        commands = list(block.commands())
        lines = [line for line in block.code.splitlines() if line and not line.startswith("#")]
        assert len(commands) == len(lines), "a block of other commands needs a mark"
        for arguments in commands:
            self._last = orderflow(self._clone, *arguments)
            failed = self._last.returncode != 0
            assert failed == (block.mark == "fails"), self._last.stderr

    def _text(self, block: CodeBlock) -> None:
        if block.mark == "printed":
            assert block.code.strip() in self._last.stdout + self._last.stderr


@pytest.mark.slow
@EACH_PAGE
def test_a_page_can_be_followed_to_the_letter(page: Path, clone: Path) -> None:
    reader = Reader(clone)
    for block in blocks(page):
        try:
            reader.follow(block)
        except Exception as error:
            error.add_note(f"{name(page)}, line {block.line}")
            raise
    reader.run_tests()


def options(command: str) -> set[str]:
    """Return the options of a command."""
    group: Any = typer.main.get_command(app)
    found = group.get_command(None, command)
    assert found, command
    parameters = found.params
    return {option for each in parameters for option in (*each.opts, *each.secondary_opts)}


@pytest.mark.parametrize("page", [*PAGES, README], ids=name)
def test_the_marks_are_known_and_the_options_exist(page: Path) -> None:
    for block in blocks(page):
        assert block.mark in MARKS
        for command, *arguments in block.commands() if block.language == "sh" else ():
            used = {word.partition("=")[0] for word in arguments if word.startswith("--")}
            assert used <= options(command)
