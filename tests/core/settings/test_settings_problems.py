"""What is wrong with settings is told: all at once, with place, table, key and a hint."""

from pathlib import Path

import pytest

from orderflow_core import SettingsError
from orderflow_core.settings.reading import load
from tests.core.settings_folder import CANDLES, DEPTH, SOURCE, Folder

SECRET = "s3cr3t"


def problems_of_path(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(path)
    return caught.value.problems


def test_all_problems_of_all_layers_are_told_at_once(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__BEST="many")

    problems = folder.problems(
        "[sauce]\n[run]\nstrict = 3\n[source]\nuse = 'nothing'\n"
        + DEPTH
        + "levels = 0\n[plugins.ohcl]",
        "plugins.depth.tokens=x",
    )

    assert [problem.partition(":")[0] for problem in problems] == [
        "settings.toml",
        "settings.toml",
        "[source] unknown plugin 'nothing'",
        "settings.toml",
        "the environment",
        "the command line",
        "[plugins.ohcl] unknown plugin 'ohcl'",
    ]


def test_a_bad_length_of_bars_is_told_once(folder: Folder) -> None:
    problems = folder.problems(SOURCE + CANDLES + "[run]\nwindow_seconds = 0")

    assert problems == ["settings.toml: [run] window_seconds = 0: Input should be greater than 0"]


# Tables


def test_an_unknown_table_is_told_with_the_nearest(folder: Folder) -> None:
    assert folder.problems("[sauce]") == [
        "settings.toml: unknown table [sauce]; did you mean source?"
    ]


def test_an_unknown_table_is_told_once_for_all_its_keys(folder: Folder) -> None:
    assert len(folder.problems("[sauce]\npath = 'data'\nspeed = 1")) == 1


def test_a_table_that_is_like_none_is_told_without_a_hint(folder: Folder) -> None:
    assert folder.problems("[xyz]") == ["settings.toml: unknown table [xyz]"]


@pytest.mark.parametrize("name", ["run", "source", "plugins"])
def test_a_value_in_place_of_a_table_is_told(folder: Folder, name: str) -> None:
    assert folder.problems(f"{name} = 3") == [
        f"settings.toml: {name} must be a table, as in [{name}]"
    ]


def test_a_value_in_place_of_a_plugins_table_is_told(folder: Folder) -> None:
    problems = folder.problems(SOURCE + "[plugins]\nohlc = 3")

    assert problems == ["settings.toml: plugins.ohlc must be a table, as in [plugins.ohlc]"]


@pytest.mark.parametrize("key", ["plugins.depth.shares.a", "run.strict.a", "source.path.a.b"])
def test_a_set_below_a_setting_is_told(folder: Folder, key: str) -> None:
    whole = key.partition(".a")[0]

    assert folder.problems(SOURCE + DEPTH, f"{key}=1") == [
        f"the command line: {key} is no setting; set {whole} as a whole"
    ]


@pytest.mark.parametrize("name", ["price", "volume"])
def test_a_table_named_as_a_pane_of_the_price_bars_is_told(folder: Folder, name: str) -> None:
    assert folder.problems(SOURCE + f'[plugins.{name}]\nuse = "mine.py:Depth"') == [
        f"[plugins.{name}]: the chart's own pane is called {name}, and a table gives its name to "
        f"its series: name it otherwise, as in [plugins.my_{name}], and say with use which plugin "
        "it is"
    ]


def test_a_table_without_a_name_is_told(folder: Folder) -> None:
    assert folder.problems(SOURCE + '[plugins.""]\nuse = "mine.py:Depth"') == [
        '[plugins.""]: a table needs a name, as in [plugins.mine]'
    ]


# Keys and values


def test_an_unknown_key_is_told_with_the_nearest(folder: Folder) -> None:
    assert folder.problems(SOURCE + DEPTH + "level = 3") == [
        "settings.toml: [plugins.depth] has no key 'level'; did you mean levels?"
    ]


def test_a_key_that_is_like_none_is_told_with_all_there_are(folder: Folder) -> None:
    assert folder.problems(SOURCE + DEPTH + "xyz = 3") == [
        "settings.toml: [plugins.depth] has no key 'xyz'; "
        "the keys are levels, best, token, shares, cache"
    ]


def test_a_bad_value_is_told_with_what_is_allowed(folder: Folder) -> None:
    assert folder.problems(SOURCE + DEPTH + "levels = -1") == [
        "settings.toml: [plugins.depth] levels = -1: Input should be greater than 0"
    ]


def test_a_missing_key_is_told(folder: Folder) -> None:
    assert folder.problems(SOURCE + '[plugins.needy]\nuse = "mine.py:Needy"') == [
        "settings.toml: [plugins.needy] lacks token"
    ]


def test_values_that_do_not_fit_together_are_told(folder: Folder) -> None:
    assert folder.problems(SOURCE + DEPTH + "levels = 3\nbest = 4") == [
        "settings.toml: [plugins.depth] best = 4 is above levels = 3"
    ]


@pytest.mark.parametrize("value", ["0", "-1.0", "inf", "nan", "'fast'"])
def test_a_speed_is_max_or_a_number_above_zero(folder: Folder, value: str) -> None:
    problems = folder.problems(SOURCE + f"speed = {value}")

    assert problems
    assert all("[source] speed = " in problem for problem in problems)


def test_a_range_that_ends_before_it_starts_is_told(folder: Folder) -> None:
    problems = folder.problems(SOURCE + "start = 2025-06-02\nend = 2025-06-01")

    assert problems == ["settings.toml: [source] start = 2025-06-02 is after end = 2025-06-01"]


def test_a_bar_shorter_than_a_millisecond_is_told(folder: Folder) -> None:
    [problem] = folder.problems(SOURCE + CANDLES + "window_seconds = 0.0005")

    assert problem.endswith("window_seconds = 0.0005: must be a whole number of milliseconds")


# Plugins


def test_a_source_among_the_plugins_is_told(folder: Folder) -> None:
    assert folder.problems(SOURCE + '[plugins.r]\nuse = "mine.py:Reader"') == [
        "[plugins.r] use = 'mine.py:Reader' is a source: it belongs in [source]"
    ]


def test_a_plugin_in_place_of_the_source_is_told(folder: Folder) -> None:
    assert folder.problems('[source]\nuse = "mine.py:Depth"') == [
        "[source] use = 'mine.py:Depth' is a plugin but no source"
    ]


@pytest.mark.parametrize("field", ["use: str", "enabled: bool"])
def test_a_setting_of_the_hosts_own_is_told(folder: Folder, field: str) -> None:
    (folder.config / "mine.py").write_text(
        "from orderflow_core import Metric\n\nclass Mine(Metric):\n"
        f"    class Settings(Metric.Settings):\n        {field} = 'a'\n"
    )
    [problem] = folder.problems('[plugins.mine]\nuse = "mine.py:Mine"')
    name = field.partition(":")[0]

    assert problem == (
        f"[plugins.mine] mine.py:Mine: its Settings have a field {name!r}, which the host reads "
        "from every table: name it otherwise"
    )


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        ("'Missing'", "name 'Missing' is not defined"),
        ("memoryview", "Unable to generate pydantic-core schema for <class 'memoryview'>."),
    ],
)
def test_a_type_that_settings_cannot_have_is_told_with_the_class(
    folder: Folder, annotation: str, told: str
) -> None:
    (folder.config / "mine.py").write_text(
        "from orderflow_core import Metric\n\n"
        "class Mine(Metric):\n    class Settings(Metric.Settings):\n"
        f"        what: {annotation} = None\n"
    )

    [problem] = folder.problems('[plugins.mine]\nuse = "mine.py:Mine"')

    assert problem.startswith(
        f"[plugins.mine] mine.py:Mine: its Settings have a type that cannot be: {told}"
    )


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("raise KeyError('low')", "KeyError: 'low'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import asyncio; raise asyncio.CancelledError('off')", "CancelledError: off"),
        ("return value['low']", "KeyError: 'low'"),
    ],
)
def test_what_a_validator_should_not_raise_is_told_with_its_line(
    folder: Folder, raised: str, told: str
) -> None:
    (folder.config / "mine.py").write_text(
        "from pydantic import model_validator\nfrom orderflow_core import Metric\n\n"
        "class Mine(Metric):\n    class Settings(Metric.Settings):\n"
        "        @model_validator(mode='before')\n        @classmethod\n"
        f"        def check(cls, value):\n            {raised}\n"
    )

    assert folder.problems('[plugins.mine]\nuse = "mine.py:Mine"') == [
        f"[plugins.mine] its settings cannot be validated: mine.py, line 9: {told}"
    ]


# Files


def test_a_missing_file_is_told(folder: Folder) -> None:
    [problem] = problems_of_path(folder.config / "nowhere.toml")

    assert problem == f"there is no settings file {folder.config / 'nowhere.toml'}"


def test_a_folder_in_place_of_the_file_is_told(folder: Folder) -> None:
    [problem] = problems_of_path(folder.config)

    assert problem.startswith(f"{folder.config} cannot be read: ")


def test_a_file_that_is_not_utf8_is_told(folder: Folder) -> None:
    folder.file.write_bytes(b"[run]\n# \xff")
    [problem] = problems_of_path(folder.file)

    assert problem.startswith(f"{folder.file} cannot be read: ")


def test_a_file_that_is_no_toml_is_told_with_the_line(folder: Folder) -> None:
    [problem] = folder.problems("[run]\nstrict = yes")

    assert problem.startswith("settings.toml is not TOML: ")
    assert "line 2" in problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "[" * 5_000, "settings.toml cannot be read: it is nested too deeply"),
        ("a = " + "9" * 5_000, "settings.toml cannot be read: Exceeds the limit"),
    ],
)
def test_a_file_beyond_what_can_be_read_is_told(folder: Folder, text: str, told: str) -> None:
    [problem] = folder.problems(text)

    assert problem.startswith(told)


@pytest.mark.parametrize("value", ["[" * 5_000, "9" * 5_000])
def test_a_set_beyond_what_can_be_read_is_told(folder: Folder, value: str) -> None:
    [problem] = folder.problems(SOURCE, f"source.x={value}")

    assert problem.startswith("--set source.x: ")


def test_a_long_value_is_shown_in_part(folder: Folder) -> None:
    [problem] = folder.problems(SOURCE + DEPTH + f"levels = '{'x' * 5_000}'")

    assert len(problem) < 400
    assert "... (5,002 characters): Input should be" in problem


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("9223372036854775808", "9223372036854775808"),
        (f"0x1{'0' * 5_000}", "a number that is too long to show"),
        ("[[-9223372036854775809]]", "[[-9223372036854775809]]"),
    ],
)
def test_a_whole_number_beyond_64_bits_is_told(folder: Folder, value: str, shown: str) -> None:
    assert folder.problems(SOURCE + DEPTH + f"levels = {value}") == [
        f"settings.toml: [plugins.depth] levels = {shown}: a whole number has at most 64 bits"
    ]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("~nobody-of-that-name/x", "there is no home directory of this name"),
        ("a\\u0000b", "a path has no NUL in it"),
    ],
)
@pytest.mark.parametrize("key", ["path", "use"])
def test_a_path_that_can_be_none_is_told(folder: Folder, key: str, path: str, why: str) -> None:
    value = f"{path}/x.py:X" if key == "use" else path
    text = SOURCE.replace("use", "# use") if key == "use" else SOURCE
    [problem] = folder.problems(text + f'{key} = "{value}"')

    assert f"[source] {key} = " in problem
    assert problem.endswith(f": {why}")


@pytest.mark.parametrize(
    "path", [r"C:\Users\me\data", r"D:\data\x", r"D:\new\tick", r"D:\bin\fields"]
)
def test_a_path_with_backslashes_in_double_quotes_is_told_with_what_to_write(
    folder: Folder, path: str
) -> None:
    [problem] = folder.problems(SOURCE + f'path = "{path}"')

    assert problem.startswith("settings.toml")
    assert problem.endswith(
        "write a path in single quotes, 'C:\\data', or with slashes, \"C:/data\""
    )


def test_a_file_that_is_no_toml_for_another_reason_has_no_word_on_backslashes(
    folder: Folder,
) -> None:
    [problem] = folder.problems("[run]\nstrict = 'C:\\x' y")

    assert "backslash" not in problem


# The environment


def test_a_variable_of_no_table_is_told(folder: Folder) -> None:
    folder.environment(SAUCE__PATH="x")
    [problem] = folder.problems(SOURCE)

    assert problem.startswith("the environment variable ORDERFLOW_SAUCE__PATH names no setting")


def test_a_variable_below_a_setting_is_told(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__SHARES__A="1")

    assert folder.problems(SOURCE + DEPTH + "shares = {b = 2.0}") == [
        "the environment variable ORDERFLOW_PLUGINS__DEPTH__SHARES__A: plugins.depth.shares.a is "
        "no setting; set plugins.depth.shares as a whole"
    ]


def test_a_table_that_is_no_json_is_told(folder: Folder) -> None:
    folder.environment(RUN=SECRET)
    [problem] = folder.problems(SOURCE)

    assert problem.startswith("the environment: ")
    assert '"run"' in problem
    assert SECRET not in problem


def test_a_bad_value_of_the_environment_is_told_without_it(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__LEVELS=SECRET)
    [problem] = folder.problems(SOURCE + DEPTH)

    assert problem.startswith(
        "the environment: [plugins.depth] levels = (a value of the environment): "
    )
    assert SECRET not in problem


def test_a_message_of_a_plugin_does_not_repeat_a_value_of_the_environment(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__BEST="77")

    assert folder.problems(SOURCE + DEPTH) == [
        "settings.toml: [plugins.depth] best = (a value of the environment) is above levels = 50"
    ]


def test_an_unknown_plugin_of_the_environment_is_told_without_its_name(folder: Folder) -> None:
    folder.environment(PLUGINS__DEPTH__USE=f"{SECRET}.py:Depth")
    [problem] = folder.problems(SOURCE + DEPTH)

    assert problem.startswith("[plugins.depth] there is no file ")
    assert SECRET not in problem
