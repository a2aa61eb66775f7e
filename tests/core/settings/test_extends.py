"""A settings file over another: whose value wins, what a path is relative to, and circles."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from orderflow_core.settings.reading import Settings
from tests.core.settings_folder import CANDLES, DEPTH, SOURCE, Folder


@pytest.fixture
def base(folder: Folder) -> Path:
    """Return the folder of base settings, beside that of the settings file."""
    path = folder.working / "base"
    path.mkdir()
    (path / "mine.py").write_text((folder.config / "mine.py").read_text())
    return path


def depth(settings: Settings) -> Any:
    return next(table.settings for table in settings.plugins if table.name == "depth")


def test_the_file_wins_over_what_it_extends_key_by_key(folder: Folder, base: Path) -> None:
    (base / "base.toml").write_text(SOURCE + DEPTH + "levels = 3\nbest = 2")

    settings = folder.load('extends = "../base/base.toml"\n[plugins.depth]\nlevels = 5')

    assert (depth(settings).levels, depth(settings).best) == (5, 2)


def test_the_tables_of_the_base_come_first(folder: Folder, base: Path) -> None:
    (base / "base.toml").write_text(SOURCE + DEPTH)

    settings = folder.load('extends = "../base/base.toml"\n' + CANDLES + "[plugins.depth]")

    assert [table.name for table in settings.plugins] == ["depth", "candles"]


def test_a_path_is_relative_to_the_file_that_has_it(folder: Folder, base: Path) -> None:
    (base / "base.toml").write_text(SOURCE + 'path = "data"\n' + DEPTH + 'cache = "cache"')

    settings = folder.load('extends = "../base/base.toml"\n[source]\npath = "here"')

    stream: Any = settings.stream
    assert stream.path == folder.config / "here"
    assert depth(settings).cache == base / "cache"
    assert settings.plugins[0].found.origin == str(base / "mine.py")


def test_files_may_extend_each_other_in_a_chain(folder: Folder) -> None:
    (folder.config / "a.toml").write_text(SOURCE + DEPTH + "levels = 1")
    (folder.config / "b.toml").write_text('extends = "a.toml"\n[plugins.depth]\nlevels = 2')

    assert depth(folder.load('extends = "b.toml"')).levels == 2


def test_environment_and_command_line_win_over_all_files(folder: Folder) -> None:
    (folder.config / "a.toml").write_text(SOURCE + DEPTH + "levels = 1\nbest = 1")
    folder.environment(PLUGINS__DEPTH__LEVELS="7")

    settings = folder.load('extends = "a.toml"', "plugins.depth.best=4")

    assert (depth(settings).levels, depth(settings).best) == (7, 4)


def test_what_is_wrong_is_told_of_the_file_that_has_it(folder: Folder) -> None:
    (folder.config / "a.toml").write_text(SOURCE + DEPTH + "levels = 0")

    assert folder.problems('extends = "a.toml"\n[plugins.depth]\nbest = "x"') == [
        "a.toml: [plugins.depth] levels = 0: Input should be greater than 0",
        "settings.toml: [plugins.depth] best = 'x': Input should be a valid integer, unable to "
        "parse string as an integer",
    ]


@pytest.mark.parametrize("chain", [["settings.toml"], ["a.toml", "settings.toml"], ["a.toml"] * 2])
def test_a_circle_is_told(folder: Folder, chain: list[str]) -> None:
    for name, below in pairwise(chain):
        (folder.config / name).write_text(f'extends = "{below}"')

    [problem] = folder.problems(f'extends = "{chain[0]}"')

    assert "a circle; take one extends out" in problem
    assert problem.startswith("settings.toml")


@pytest.mark.parametrize("value", ["3", '""', '["a.toml"]'])
def test_what_names_no_file_is_told(folder: Folder, value: str) -> None:
    [problem] = folder.problems(f"extends = {value}")

    assert problem.startswith("settings.toml: extends = ")
    assert problem.endswith('name a settings file, as in extends = "base.toml"')


def test_a_missing_base_is_told_with_the_file_that_names_it(folder: Folder) -> None:
    assert folder.problems('extends = "nowhere.toml"') == [
        "settings.toml: extends = 'nowhere.toml': there is no settings file nowhere.toml"
    ]
