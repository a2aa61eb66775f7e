"""What the product never does: run data as code, leave its folder, tell the environment."""

import ast
import json
import os
from pathlib import Path

import pytest

from orderflow_core.contract.instruments import folder_name
from orderflow_core.running.loop import prepare
from orderflow_core.settings.reading import load
from tests.app.test_run import SETTINGS, TEN_ROWS, TRADES
from tests.command import orderflow
from tests.core.test_architecture import ROOMS
from tests.make import write_recording
from tests.plugins.sqlite.make import book_row, execute, write

MODULES = sorted(path for room in ROOMS.values() for path in room.rglob("*.py"))
CODE_RUNNING = {"eval", "exec", "compile", "__import__"}
UNSAFE_MODULES = {"pickle", "cPickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"}
SECRET = "s3cr3t-of-the-environment"


def calls_of(tree: ast.AST) -> set[str]:
    """Return the names that are called, methods by their last part."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                names.add(node.func.id)
            elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                names.add(f"{node.func.value.id}.{node.func.attr}")
    return names


def imports_of(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_the_product_has_modules() -> None:
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_module_runs_data_as_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert not calls_of(tree) & {*CODE_RUNNING, "os.system", "os.popen", "builtins.eval"}
    assert not imports_of(tree) & UNSAFE_MODULES
    assert "allow_pickle=True" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_module_gives_a_line_to_a_shell(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "shell":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


HOSTILE = ["../../escaped", "..", ".", "/etc/passwd", "a/b", "", "x\x00y", "~root", "-rf", "a b"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder, below another, with settings whose source is one file of any name."""
    below = tmp_path / "below" / "run"
    below.mkdir(parents=True)
    (below / "settings.toml").write_text(SETTINGS.replace('"data"', '"recording.db"'))
    return below


def files_outside(folder: Path) -> list[Path]:
    """Return what is beside the run's folder, or above it."""
    top = folder.parents[1]
    return [path for path in top.rglob("*") if path != folder and folder not in path.parents]


@pytest.mark.parametrize("name", HOSTILE)
def test_an_instrument_of_a_column_leads_out_of_no_folder(folder: Path, name: str) -> None:
    write(folder / "recording.db", [book_row(1_000, [[100, 1]], [], instrument=name)])

    done = orderflow(folder, "run")

    assert "Traceback" not in done.stderr
    assert files_outside(folder) == [folder.parent]
    if done.returncode == 3:
        assert "is no name of an instrument" in done.stderr
        assert not (folder / "out").exists()
    else:
        [own] = (folder / "out").iterdir()
        assert own.name == folder_name(name)
        assert all(path.is_file() for path in own.iterdir())


@pytest.mark.parametrize("name", ["..-26-01-01.db", ".hidden-26-01-01.db"])
def test_a_file_whose_name_is_no_instruments_is_left_out(folder: Path, name: str) -> None:
    (folder / "data").mkdir()
    write(folder / "data" / name, [book_row(1_000)])

    done = orderflow(folder, "run", "--set", "source.path=data")

    assert done.returncode == 3
    assert "is left out: its name is not like" in done.stderr


def test_values_of_the_environment_are_in_no_file_and_no_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_recording(folder / "recording.db", TEN_ROWS, TRADES)
    monkeypatch.setenv("ORDERFLOW_PLUGINS__JSON__DIRECTORY", f"{SECRET}/{{instrument}}")
    monkeypatch.setenv("ORDERFLOW_SOURCE__PATTERN", f"{{instrument}}-{SECRET}.db")
    monkeypatch.setenv("SOME_TOKEN", SECRET)

    done = orderflow(folder, "run", "--json")

    report = folder / SECRET / "TEST-USDT" / "run.json"
    assert done.returncode == 0
    assert SECRET not in report.read_text()
    assert SECRET not in done.stdout + done.stderr
    assert json.loads(report.read_text())["settings"]["source"]["pattern"] == "(environment)"


@pytest.mark.parametrize(
    "variable",
    [
        "ORDERFLOW_RUN__WINDOW_SECONDS",
        "ORDERFLOW_RUN__ON_PLUGIN_ERROR",
        "ORDERFLOW_SOURCE__TIMESTAMP_UNIT",
        "ORDERFLOW_SOURCE__USE",
        "ORDERFLOW_PLUGINS__BOOK__LEVELS",
        "ORDERFLOW_PLUGINS__OBI__USE",
    ],
)
def test_a_wrong_value_of_the_environment_is_not_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    write_recording(folder / "recording.db", TEN_ROWS, TRADES)
    monkeypatch.setenv(variable, SECRET)

    done = orderflow(folder, "run")

    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr


def test_settings_know_no_more_of_the_environment_than_their_prefix(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_recording(folder / "recording.db", TEN_ROWS, TRADES)
    monkeypatch.setenv("PATTERN", SECRET)
    monkeypatch.chdir(folder)
    [pipeline] = prepare(load(Path("settings.toml")))

    shown = json.dumps(pipeline.report.to_dict())
    assert SECRET not in shown
    assert not [value for value in os.environ.values() if len(value) > 20 and value in shown]


ESCAPE = "\x1b[31m\x07[/red][bold]"


def test_a_name_out_of_a_recording_commands_no_terminal(folder: Path) -> None:
    path = folder / "recording.db"
    write(path, [book_row(1_000, instrument=ESCAPE), book_row(1_001, instrument="[/x]")])
    execute(path, f'ALTER TABLE trades RENAME COLUMN side TO "{ESCAPE}"')

    for arguments in (["inspect", "recording.db"], ["run"]):
        done = orderflow(folder, *arguments)
        assert done.returncode == 3
        assert "Traceback" not in done.stderr
        assert not {"\x1b", "\x07"} & set(done.stdout + done.stderr)
        assert "[/red][bold]" in done.stdout + done.stderr


def test_a_name_is_shown_by_inspect_as_it_is_written(folder: Path) -> None:
    write(folder / "recording.db", [book_row(1_000, instrument="[/red]"), book_row(1_001)])

    assert "[/red]" in orderflow(folder, "inspect", "recording.db").stdout


def test_a_reason_with_brackets_is_shown_whole(folder: Path) -> None:
    write(folder / "recording.db", [book_row(1_000, [[1]], instrument="A")])

    for arguments in (["inspect", "recording.db"], ["run"]):
        assert "level is not [price, size]" in orderflow(folder, *arguments).stdout
