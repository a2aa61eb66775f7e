"""Plugins by name and by file: what is found, and in which words what is not."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, PathDistribution, version
from pathlib import Path
from typing import get_args

import pytest

from orderflow_core import SettingsError
from orderflow_core.contract.series import Style
from orderflow_core.running.making import make_plugins
from orderflow_core.settings import discovery
from orderflow_core.settings.discovery import GROUP, bring, find
from orderflow_core.settings.reading import load

METRIC = """
from orderflow_core import Books, Metric, hookimpl


class Spread(Metric):
    @hookimpl
    def on_books(self, books: Books) -> None:
        self.sample(books.timestamp, books.spread)
"""


def problem(folder: Path, code: str, name: str = "Spread") -> str:
    """Return what is said of a local file's plugin."""
    (folder / "mine.py").write_text(code)
    with pytest.raises(SettingsError) as caught:
        find(f"mine.py:{name}", folder)
    return str(caught.value).replace(str(folder), "FOLDER")


def test_an_installed_plugin_is_found_with_its_version_and_distribution() -> None:
    found = find("obi", Path())

    assert (found.plugin_class.__name__, found.origin) == ("Obi", "orderflow-bus")
    assert found.version[0].isdigit()


def test_a_local_plugin_is_found_relative_to_the_settings(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(METRIC)
    found = find("mine.py:Spread", tmp_path)

    assert (found.plugin_class.__name__, found.version) == ("Spread", "local")
    assert found.origin == str(tmp_path / "mine.py")


def test_a_text_that_is_brought_is_taken_before_what_lies_at_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("")
    for levels in (3, 4):
        bring({path: f"{METRIC}    levels = {levels}\n".encode()})
        assert find("mine.py:Spread", tmp_path).plugin_class.levels == levels  # type: ignore[attr-defined]


def test_an_unknown_name_is_told_with_the_nearest_ones() -> None:
    with pytest.raises(SettingsError, match="unknown plugin 'olhc': did you mean ohlc"):
        find("olhc", Path())


def test_a_name_like_none_is_told_with_all_there_are() -> None:
    with pytest.raises(SettingsError, match=r"there are .*book, .*cvd, .*sqlite"):
        find("zzzz", Path())


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no file"):
        find("mine.py:Spread", tmp_path)


def test_a_missing_class_is_told_with_those_there_are(tmp_path: Path) -> None:
    assert problem(tmp_path, METRIC, "Spred") == (
        "FOLDER/mine.py has no class 'Spred'; it has Spread"
    )


def test_a_file_without_a_plugin_is_told(tmp_path: Path) -> None:
    assert problem(tmp_path, "class Other: ...") == (
        "FOLDER/mine.py has no class 'Spread' and no other plugin"
    )


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("import numpy\n\nimport nunpy\n", "line 3: ModuleNotFoundError: No module named 'nunpy'"),
        ("x = 1\nclass Spread(\n", "line 2: SyntaxError: '(' was never closed"),
        ("\n\n1 / 0\n", "line 3: ZeroDivisionError: division by zero"),
        ("def f():\n    raise OSError('no')\n\nf()", "line 2: OSError: no"),
        ("raise SystemExit(3)", "line 1: SystemExit: 3"),
    ],
)
def test_a_local_file_that_does_not_import_is_told_with_its_line(
    tmp_path: Path, code: str, place: str
) -> None:
    assert problem(tmp_path, code).startswith(f"FOLDER/mine.py, {place}")


def test_a_neighbour_that_is_not_found_is_told_how_to_be(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("")
    found = problem(tmp_path, "import helper")

    assert "mine.py, line 1: ModuleNotFoundError: No module named 'helper'; a plugin in" in found
    assert found.endswith("make it a package, orderflow new-plugin NAME --package")


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("class Spread: ...", "no plugin but a class of its own"),
        ("def Spread(): ...", "no plugin but a function"),
        ("import math as Spread", "no plugin but a module"),
    ],
)
def test_what_is_no_plugin_is_told_with_what_it_is(tmp_path: Path, code: str, what: str) -> None:
    found = problem(tmp_path, code)

    assert f"mine.py:Spread is {what}" in found
    assert "a subclass of Metric, Source or Plugin" in found


def test_an_instance_is_told_to_be_one(tmp_path: Path) -> None:
    code = METRIC + "\nspread = Spread()\n"

    assert problem(tmp_path, code, "spread") == (
        "mine.py:spread is an instance of Spread: name the class"
    )


@pytest.mark.parametrize(
    ("base", "settings"),
    [("Metric", "BaseModel"), ("Metric", "PluginSettings"), ("Source", "PluginSettings")],
)
def test_settings_of_another_base_are_told_which_to_take(
    tmp_path: Path, base: str, settings: str
) -> None:
    code = f"""
from pydantic import BaseModel
from orderflow_core import Metric, PluginSettings, Source

class Spread({base}):
    class Settings({settings}):
        levels: int = 3
"""
    assert problem(tmp_path, code) == (
        f"mine.py:Spread: its Settings must be a subclass of {base}.Settings, "
        f"as in class Settings({base}.Settings)"
    )


def entry_points(monkeypatch: pytest.MonkeyPatch, *entries: EntryPoint) -> None:
    def found(*, group: str) -> Sequence[EntryPoint]:
        return entries

    monkeypatch.setattr(discovery, "entry_points", found)
    monkeypatch.setattr(discovery, "installed", discovery.installed.__wrapped__)


@pytest.mark.parametrize(
    ("base", "settings"),
    [("Plugin", "PluginSettings"), ("Metric", "BarSettings"), ("Source", "SourceSettings")],
)
def test_settings_may_be_of_the_public_base(tmp_path: Path, base: str, settings: str) -> None:
    (tmp_path / "mine.py").write_text(
        f"from orderflow_core import {base}, {settings}\n"
        f"class Mine({base}):\n    class Settings({settings}): ...\n"
    )

    assert find("mine.py:Mine", tmp_path).plugin_class.__name__ == "Mine"


def test_two_installed_plugins_of_one_name_are_an_error_that_names_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry_points(
        monkeypatch, EntryPoint("vwap", "one:Vwap", GROUP), EntryPoint("vwap", "two:Vwap", GROUP)
    )

    with pytest.raises(SettingsError) as caught:
        find("vwap", Path())

    assert "plugin 'vwap' is brought by" in str(caught.value)
    assert "(one:Vwap) and " in str(caught.value)
    assert "uninstall one of them" in str(caught.value)


def test_an_installed_plugin_that_does_not_import_is_told_with_file_and_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken_plugin.py").write_text("import os\nimport nunpy\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    entry_points(monkeypatch, EntryPoint("broken", "broken_plugin:Broken", GROUP))

    with pytest.raises(SettingsError) as caught:
        find("broken", Path())

    assert "plugin 'broken' (broken_plugin:Broken) does not import: " in str(caught.value)
    assert f"{tmp_path / 'broken_plugin.py'}, line 2: ModuleNotFoundError" in str(caught.value)


# By module


def test_a_module_names_a_class(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a_package").mkdir()
    (tmp_path / "a_package" / "inner.py").write_text(METRIC)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find("a_package.inner:Spread", Path())

    assert found.plugin_class.__name__ == "Spread"
    assert (found.version, found.origin) == ("local", str(tmp_path / "a_package" / "inner.py"))


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        ("", None),
        ("[orderflow.api]\n1 = late", None),
        ("[orderflow.api]\n1 = late\n2 = late", None),
        (
            "[orderflow.api]\n2 = late",
            "it is written for API 2 of plugins, and this .* has 1",
        ),
    ],
)
def test_a_distribution_that_is_written_for_another_api_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marks: str, told: str | None
) -> None:
    place = tmp_path / "orderflow_late-3.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Name: orderflow-late\nVersion: 3.0\n")
    (place / "entry_points.txt").write_text(f"[{GROUP}]\nlate = orderflow_cvd:Cvd\n{marks}\n")
    [entry] = PathDistribution(place).entry_points.select(group=GROUP)
    entry_points(monkeypatch, entry)

    if told is None:
        assert find("late", Path()).version == "3.0"
        return
    with pytest.raises(SettingsError, match=f"plugin 'late' of orderflow-late 3.0: {told}"):
        find("late", Path())


def test_a_module_of_a_distribution_has_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {"orderflow_cvd": ["orderflow-bus"]}
    monkeypatch.setattr(discovery, "_packages", lambda: owners)
    found = find("orderflow_cvd:Cvd", Path())

    assert (found.version, found.origin) == (version("orderflow-bus"), "orderflow-bus")


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("no_such_module:X", "there is no module 'no_such_module': install its package, or name"),
        ("orderflow_cvd.none:X", "there is no module 'orderflow_cvd.none': install its package"),
        ("orderflow_cvd:Cdv", "module 'orderflow_cvd' has no class 'Cdv'; it has Cvd"),
        ("math:pi", "math:pi is no plugin but a float"),
        (":X", "module '' does not import: ValueError: Empty module name"),
        (".x:X", "module '.x' does not import: TypeError: "),
    ],
)
def test_a_module_that_has_no_plugin_is_told(use: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        find(use, Path())

    assert str(caught.value).startswith(told)


def test_a_module_that_does_not_import_is_told_with_its_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken_module.py").write_text("import os\nimport nunpy\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SettingsError) as caught:
        find("broken_module:X", Path())

    assert str(caught.value) == (
        f"module 'broken_module' does not import: {tmp_path / 'broken_module.py'}, line 2: "
        "ModuleNotFoundError: No module named 'nunpy'"
    )


# Making them


def made(folder: Path, init: str) -> str:
    (folder / "mine.py").write_text(METRIC + init)
    (folder / "settings.toml").write_text('[plugins.mine]\nuse = "mine.py:Spread"\n')
    with pytest.raises(SettingsError) as caught:
        make_plugins(load(folder / "settings.toml"))
    return str(caught.value)


def test_an_init_that_does_not_take_the_settings_is_told_how_to_begin(tmp_path: Path) -> None:
    found = made(tmp_path, "\n    def __init__(self):\n        super().__init__()\n")

    assert found.startswith("[plugins.mine] mine.py:Spread cannot be made: TypeError: ")
    assert "it begins with def __init__(self, settings=None, /, **values): " in found


def test_an_init_that_forgets_its_base_is_told(tmp_path: Path) -> None:
    found = made(tmp_path, "\n    def __init__(self, settings=None, /, **values):\n        pass\n")

    assert "[plugins.mine] mine.py:Spread: its __init__ is incomplete, it begins with def" in found


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ('style = "lines"', f"style = 'lines': there are {', '.join(get_args(Style))}"),
        ('color = "blue"', "color = 'blue': write it as in \"#4f9dff\""),
    ],
)
def test_a_series_that_cannot_be_drawn_is_told(tmp_path: Path, attribute: str, told: str) -> None:
    found = made(tmp_path, f"\n    {attribute}\n")

    assert found == f"[plugins.mine] mine.py:Spread cannot be made: ValueError: {told}"
