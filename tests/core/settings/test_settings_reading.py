"""Settings: which layer wins, what paths are relative to, and what is shown of the environment."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orderflow_core import SettingsError
from orderflow_core.settings.layers import parse_override
from orderflow_core.settings.reading import Settings
from tests.core.settings_folder import CANDLES, DEPTH, SOURCE, Folder

SECRET = "s3cr3t"


def depth(settings: Settings) -> Any:
    return settings.plugins[0].settings


# Layers


def test_without_a_value_the_default_holds(folder: Folder) -> None:
    assert depth(folder.load(SOURCE + DEPTH)).levels == 50


def test_the_file_wins_over_the_default(folder: Folder) -> None:
    assert depth(folder.load(SOURCE + DEPTH + "levels = 3")).levels == 3


def test_the_environment_wins_over_the_file(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__LEVELS="4")

    assert depth(folder.load(SOURCE + DEPTH + "levels = 3")).levels == 4


def test_the_command_line_wins_over_the_environment(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__LEVELS="4")

    settings = folder.load(SOURCE + DEPTH + "levels = 3", "plugins.depth.levels=5")

    assert depth(settings).levels == 5


def test_a_layer_wins_for_its_own_keys_only(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__BEST="2")

    settings = folder.load(
        SOURCE + DEPTH + 'levels = 3\nbest = 1\ntoken = "file"', "plugins.depth.token=option"
    )

    assert (depth(settings).levels, depth(settings).best, depth(settings).token) == (3, 2, "option")


@pytest.mark.parametrize("layer", ["file", "environment", "command line"])
def test_run_and_source_have_the_same_layers(folder: Folder, layer: str) -> None:
    text, overrides = SOURCE + "speed = 1.0\n[run]\nstrict = false", []
    if layer == "file":
        text = SOURCE + "speed = 2.0\n[run]\nstrict = true"
    elif layer == "environment":
        folder.environment(SOURCE__SPEED="2.0", RUN__STRICT="true")
    else:
        overrides = ["source.speed=2.0", "run.strict=true"]

    settings = folder.load(text, *overrides)

    assert (settings.stream.speed, settings.run.strict) == (2.0, True)


def test_tables_come_in_the_order_of_the_file(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__LEVELS="4")

    settings = folder.load(SOURCE + CANDLES + DEPTH)

    assert [table.name for table in settings.plugins] == ["candles", "depth"]


@pytest.mark.parametrize("layer", ["environment", "command line"])
def test_a_later_layer_may_add_a_table_which_comes_last(folder: Folder, layer: str) -> None:
    use = str(folder.config / "mine.py:Depth")
    if layer == "environment":
        folder.environment(PLUGINS__MORE__USE=use)

    settings = folder.load(
        SOURCE + CANDLES, *([f"plugins.more.use={use}"] if layer == "command line" else [])
    )

    assert [table.name for table in settings.plugins] == ["candles", "more"]


def test_an_empty_table_is_a_plugin_of_its_name(folder: Folder) -> None:
    [table] = folder.load(SOURCE + "[plugins.ohlc]").plugins

    assert (table.name, table.found.use) == ("ohlc", "ohlc")


def test_without_a_table_the_source_is_sqlite(folder: Folder) -> None:
    assert folder.load("").source.found.use == "sqlite"


def test_a_setting_that_is_a_table_is_replaced_as_a_whole(folder: Folder) -> None:
    settings = folder.load(
        SOURCE + DEPTH + "shares = {a = 1.0, b = 2.0}", "plugins.depth.shares={b=3.0}"
    )

    assert depth(settings).shares == {"b": 3.0}


@pytest.mark.parametrize("token", ["12", "1e5", "true", "{instrument}", "[", "a b"])
def test_a_text_of_the_environment_may_look_like_anything(folder: Folder, token: str) -> None:
    folder.environment(PLUGINS__DEPTH__TOKEN=token)

    assert depth(folder.load(SOURCE + DEPTH)).token == token


def test_lists_and_tables_of_the_environment_are_json(folder: Folder) -> None:
    folder.environment(SOURCE__INSTRUMENTS='["A", "B"]', PLUGINS__DEPTH__SHARES='{"a": 0.5}')

    settings = folder.load(SOURCE + DEPTH)

    assert settings.stream.instruments == ["A", "B"]
    assert depth(settings).shares == {"a": 0.5}


def test_a_whole_table_of_the_environment_is_json(folder: Folder) -> None:
    folder.environment(RUN='{"strict": true}')

    assert folder.load(SOURCE).run.strict


def test_variables_without_the_prefix_are_no_settings(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUGINS__DEPTH__LEVELS", "4")
    monkeypatch.setenv("SOURCE", "anything")

    assert depth(folder.load(SOURCE + DEPTH)).levels == 50


# The length of bars


def test_bars_are_as_long_as_the_run_says(folder: Folder) -> None:
    settings = folder.load(SOURCE + CANDLES + "[run]\nwindow_seconds = 5")

    assert depth(settings).window_seconds == 5


def test_bars_are_a_minute_long_where_nothing_is_said(folder: Folder) -> None:
    assert depth(folder.load(SOURCE + CANDLES)).window_seconds == 60


@pytest.mark.parametrize("overrides", [[], ["run.window_seconds=5"]])
def test_a_tables_own_length_wins_over_that_of_the_run(
    folder: Folder, overrides: list[str]
) -> None:
    text = SOURCE + CANDLES + "window_seconds = 7\n[run]\nwindow_seconds = 6"

    assert depth(folder.load(text, *overrides)).window_seconds == 7


def test_a_plugin_without_bars_is_given_no_length(folder: Folder) -> None:
    settings = folder.load(SOURCE + DEPTH + "[run]\nwindow_seconds = 5")

    assert "window_seconds" not in settings.plugins[0].shown()


# Paths


PATHS = """
from pathlib import Path
from pydantic import BaseModel
from orderflow_core import Plugin, PluginSettings


class Inner(BaseModel):
    file: Path
    text: str = ""


class Mine(Plugin):
    class Settings(PluginSettings):
        many: list[Path] = []
        named: dict[str, Path] = {}
        inner: Inner | None = None
        inners: list[Inner] = []
        either: list[Path] | None = None
        texts: list[str] = []
        by_default: list[Path] = [Path("there")]
"""


def path_of(settings: Settings) -> Path:
    stream: Any = settings.stream
    assert isinstance(stream.path, Path)
    return stream.path


def test_a_path_in_the_file_is_relative_to_the_file(folder: Folder) -> None:
    assert path_of(folder.load(SOURCE + 'path = "here"')) == folder.config / "here"


def test_a_default_path_is_relative_to_the_file(folder: Folder) -> None:
    assert path_of(folder.load(SOURCE)) == folder.config / "data"


def test_a_path_of_the_environment_is_relative_to_the_working_directory(folder: Folder) -> None:
    folder.environment(SOURCE__PATH="here")

    assert path_of(folder.load(SOURCE)) == folder.working / "here"


def test_a_path_of_the_command_line_is_relative_to_the_working_directory(folder: Folder) -> None:
    assert path_of(folder.load(SOURCE, "source.path=here")) == folder.working / "here"


def test_an_absolute_path_stays(folder: Folder) -> None:
    assert path_of(folder.load(SOURCE + 'path = "/somewhere"')) == Path("/somewhere")


def test_a_tilde_is_the_home_directory(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anyone")

    assert path_of(folder.load(SOURCE + 'path = "~/data"')) == Path("/home/anyone/data")


def test_an_optional_path_stays_none(folder: Folder) -> None:
    assert depth(folder.load(SOURCE + DEPTH)).cache is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('many = ["a", "/b"]', {"many": ["a", "/b"]}),
        ('named = {x = "a"}', {"named": {"x": "a"}}),
        ('inner = {file = "a", text = "a"}', {"inner": {"file": "a"}}),
        ('inners = [{file = "a"}]', {"inners": [{"file": "a"}]}),
        ('either = ["a"]', {"either": ["a"]}),
        ('texts = ["a"]', {}),
    ],
)
def test_paths_in_a_setting_are_relative_to_the_file(
    folder: Folder, text: str, expected: dict[str, Any]
) -> None:
    def absolute(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: absolute(each) for key, each in value.items()}
        if isinstance(value, list):
            return list(map(absolute, value))
        return str(folder.config / value)

    (folder.config / "mine.py").write_text(PATHS)
    [mine] = folder.load(f'[plugins.mine]\nuse = "mine.py:Mine"\n{text}').plugins
    found = mine.settings.model_dump(mode="json", exclude_unset=True)
    found.get("inner", {}).pop("text", None)
    texts = found.pop("texts", ["a"])
    found.pop("by_default")

    assert (found, texts) == (absolute(expected), ["a"])
    assert mine.shown()["by_default"] == [str(folder.config / "there")]


def test_a_plugins_file_on_the_command_line_is_relative_to_the_working_directory(
    folder: Folder,
) -> None:
    settings = folder.load(SOURCE, "plugins.depth.use=config/mine.py:Depth")

    assert settings.plugins[0].found.plugin_class.__name__ == "Depth"


# Tables that are no part of the run


def test_a_table_may_be_no_part_of_the_run(folder: Folder) -> None:
    settings = folder.load(SOURCE + CANDLES + DEPTH + "enabled = false\nlevels = 3")

    assert [table.name for table in settings.plugins] == ["candles"]
    assert [(table.name, table.shown()["levels"]) for table in settings.disabled] == [("depth", 3)]


def test_a_table_that_is_no_part_of_the_run_is_validated(folder: Folder) -> None:
    assert folder.problems(SOURCE + DEPTH + "enabled = false\nlevels = 0") == [
        "settings.toml: [plugins.depth] levels = 0: Input should be greater than 0"
    ]


@pytest.mark.parametrize(("value", "count"), [("true", 1), ("false", 0), ("0", 0)])
def test_a_later_layer_takes_a_table_in_or_out(folder: Folder, value: str, count: int) -> None:
    folder.environment(PLUGINS__DEPTH__ENABLED=value)

    assert len(folder.load(SOURCE + DEPTH).plugins) == count


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (DEPTH + "enabled = 'perhaps'", "settings.toml: [plugins.depth] enabled = 'perhaps': Inp"),
        ("[plugins.depth]\nuse = 3", "settings.toml: [plugins.depth] use = 3: Input should be"),
    ],
)
def test_what_the_host_reads_is_validated(folder: Folder, text: str, told: str) -> None:
    [problem] = folder.problems(SOURCE + text)

    assert problem.startswith(told)


def test_a_run_has_a_source(folder: Folder) -> None:
    assert folder.problems(SOURCE + "enabled = false") == [
        "[source] enabled = false: there is no run without a source"
    ]


# What is shown


def test_all_tables_are_shown_with_their_defaults(folder: Folder) -> None:
    shown = folder.load(SOURCE + DEPTH + "levels = 3").shown()

    assert list(shown) == ["run", "source", "plugins"]
    assert shown["run"] == {
        "window_seconds": 60.0,
        "offset_seconds": 0.0,
        "on_plugin_error": "disable",
        "strict": False,
        "together": False,
        "session": "none",
    }
    assert shown["plugins"]["depth"] == {
        "use": "mine.py:Depth",
        "levels": 3,
        "best": 1,
        "token": "",
        "shares": {},
        "cache": None,
    }


def test_values_of_the_environment_are_hidden_and_the_others_shown(folder: Folder) -> None:
    folder.environment(
        RUN__ON_PLUGIN_ERROR="stop", SOURCE__PATH=SECRET, PLUGINS__DEPTH__TOKEN=SECRET
    )

    shown = folder.load(SOURCE + DEPTH).shown()

    assert shown["run"]["on_plugin_error"] == "(environment)"
    assert shown["source"]["path"] == "(environment)"
    assert shown["plugins"]["depth"]["token"] == "(environment)"
    assert (shown["run"]["strict"], shown["plugins"]["depth"]["levels"]) == (False, 50)
    assert SECRET not in str(shown)


def test_a_plugin_that_the_environment_names_is_hidden(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__USE="config/mine.py:Depth")

    assert folder.load(SOURCE + DEPTH).plugins[0].shown()["use"] == "(environment)"


def test_the_length_that_a_table_has_from_the_environments_run_is_hidden(folder: Folder) -> None:
    folder.environment(RUN__WINDOW_SECONDS="5")

    assert folder.load(SOURCE + CANDLES).plugins[0].shown()["window_seconds"] == "(environment)"


def test_a_value_of_the_command_line_over_the_environment_is_shown(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__TOKEN=SECRET)

    shown = folder.load(SOURCE + DEPTH, "plugins.depth.token=open").plugins[0].shown()

    assert shown["token"] == "open"


def test_a_value_that_json_has_no_form_for_is_shown_as_text(folder: Folder) -> None:
    (folder.config / "mine.py").write_text(
        "from typing import Any\nfrom orderflow_core import Plugin, PluginSettings\n\n"
        "class Mine(Plugin):\n    class Settings(PluginSettings):\n"
        "        any: Any = print\n        most: float = float('inf')\n        big: int = 2**64\n"
    )
    [mine] = folder.load('[plugins.mine]\nuse = "mine.py:Mine"').plugins

    assert mine.shown() == {
        "use": "mine.py:Mine",
        "any": "<built-in function print>",
        "most": "inf",
        "big": "18446744073709551616",
    }
    assert json.loads(json.dumps(mine.shown(), allow_nan=False)) == mine.shown()


@pytest.mark.parametrize("value", ["inf", "nan", "[inf]", "2025-06-01", "{a = -inf}", "'x'"])
def test_any_value_is_shown_as_json_takes_it(folder: Folder, value: str) -> None:
    (folder.config / "mine.py").write_text(
        "from typing import Any\nfrom orderflow_core import Plugin, PluginSettings\n\n"
        "class Mine(Plugin):\n    class Settings(PluginSettings):\n        any: Any = 0\n"
    )
    [mine] = folder.load(f'[plugins.mine]\nuse = "mine.py:Mine"\nany = {value}').plugins

    assert json.dumps(mine.shown(), allow_nan=False)


# --set


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("300", 300),
        ("0.5", 0.5),
        ("true", True),
        ('"300"', "300"),
        ("[1, 2]", [1, 2]),
        ("{a = 1}", {"a": 1}),
        ("2025-06-01", date(2025, 6, 1)),
        ("max", "max"),
        ("data/my file.db", "data/my file.db"),
        ("mine.py:Depth", "mine.py:Depth"),
        ("a=b", "a=b"),
        (" spaced ", "spaced"),
        ("", ""),
    ],
)
def test_a_set_value_is_toml_or_a_bare_text(text: str, value: object) -> None:
    assert parse_override(f"plugins.depth.key={text}") == (("plugins", "depth", "key"), value)


def test_a_set_key_may_have_spaces_around_its_parts() -> None:
    assert parse_override("run . strict = true") == (("run", "strict"), True)


@pytest.mark.parametrize("text", ["run.strict", "strict=true", "run.=1", ".strict=1", "=1", ""])
def test_a_set_without_table_key_or_value_is_an_error_that_shows_how(text: str) -> None:
    with pytest.raises(SettingsError, match=r"expected table\.key=value, as in run\.window"):
        parse_override(text)
