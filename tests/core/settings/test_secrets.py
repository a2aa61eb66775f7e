"""What is secret is told of without its value, and without eating the rest of the message."""

import pytest

from orderflow_core import InputError, SettingsError
from orderflow_core.running.loop import prepare
from orderflow_core.settings.problems import hide
from tests.core.assembly import ran
from tests.core.settings_folder import SOURCE, Folder

WORD = "s3cr3t"
CODE = """
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator

from orderflow_core import (
    InputError, Plugin, PluginSettings, SettingsError, Source, SourceSettings, hookimpl
)
from orderflow_core.testing import blocks, update


class Login(BaseModel, extra="forbid"):
    user: str = ""
    password: SecretStr = SecretStr("")
    tries: int = Field(3, ge=1)


class Keyed(Plugin):
    class Settings(PluginSettings):
        key: SecretStr = SecretStr("")
        login: Login = Login()
        limits: dict[str, Annotated[int, Field(ge=0)]] = {}
        words: str = ""

        @field_validator("key")
        @classmethod
        def _long(cls, value):
            if value.get_secret_value() == "s3cr3t":
                raise ValueError(f"{value.get_secret_value()} is known to all")
            return value

        @field_validator("words")
        @classmethod
        def _no_one(cls, value):
            if value:
                raise ValueError(f"a word is 1 of many, not {value!r}")
            return value

    @hookimpl
    def on_start(self, run):
        raise SettingsError(f"[plugins.keyed] key {self.settings.key.get_secret_value()} is old")


class Late(Plugin):
    class Settings(PluginSettings):
        key: SecretStr = SecretStr("")
        token: str = ""

    @hookimpl
    def on_end(self, end):
        raise ValueError(f"{self.settings.key.get_secret_value()} and {self.settings.token}")


class Reader(Source):
    class Settings(SourceSettings):
        token: str = ""
        refused: bool = False

    def instruments(self):
        if self.settings.refused:
            raise InputError(f"{self.settings.token} is refused")
        return ["A"]

    def blocks(self, instrument):
        return blocks([update(0)])
"""
KEYED = '[source]\nuse = "keyed.py:Reader"\n[plugins.keyed]\nuse = "keyed.py:Keyed"\n'


@pytest.fixture
def keyed(folder: Folder) -> Folder:
    (folder.config / "keyed.py").write_text(CODE)
    return folder


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'key = ["{WORD}"]', "key = (a secret): Input should be a valid string"),
        (f'key = "{WORD}"', "key = (a secret): (a secret) is known to all"),
        (f'login = "{WORD}"', "login = (a secret): Input should be a valid dictionary or instance"),
        (f'login.password = ["{WORD}"]', "login.password = (a secret): Input should be a valid"),
    ],
)
def test_a_secret_of_the_file_is_told_without_it(keyed: Folder, text: str, told: str) -> None:
    [problem] = keyed.problems(KEYED + text)

    assert problem.startswith(f"settings.toml: [plugins.keyed] {told}")
    assert WORD not in problem


def test_what_stands_beside_a_secret_is_shown(keyed: Folder) -> None:
    assert keyed.problems(KEYED + f'login = {{password = "{WORD}", tries = 0}}') == [
        "settings.toml: [plugins.keyed] login.tries = 0: Input should be greater than or equal to 1"
    ]


def test_a_secret_is_shown_masked(keyed: Folder) -> None:
    shown = keyed.load(KEYED + 'key = "abc"\nlogin.password = "def"').plugins[0].shown()

    assert (shown["key"], shown["login"]["password"]) == ("**********", "**********")


def test_what_a_plugin_tells_at_start_does_not_repeat_a_secret(keyed: Folder) -> None:
    with pytest.raises(SettingsError) as caught:
        prepare(keyed.load(KEYED + 'key = "hidden-key"'))

    assert caught.value.problems == ["[plugins.keyed] key (a secret) is old"]


def test_what_a_failed_plugin_raised_is_reported_without_secrets(keyed: Folder) -> None:
    keyed.environment(PLUGINS__LATE__TOKEN="t0ken", PLUGINS__LATE__USE="config/keyed.py:Late")
    text = '[source]\nuse = "keyed.py:Reader"\n[plugins.late]\nkey = "hidden-key"'
    [pipeline] = ran(keyed.load(text))

    assert pipeline.report.plugins[1].error == "ValueError: (a secret) and (a secret)"


def test_what_a_source_raises_at_start_does_not_repeat_the_environment(keyed: Folder) -> None:
    keyed.environment(SOURCE__TOKEN=WORD)
    settings = keyed.load('[source]\nuse = "keyed.py:Reader"\nrefused = true')

    with pytest.raises(InputError, match=r"^\(a secret\) is refused$"):
        prepare(settings)


@pytest.mark.parametrize("value", ["1", "a", "0"])
def test_a_short_value_of_the_environment_does_not_eat_the_message(
    keyed: Folder, value: str
) -> None:
    keyed.environment(PLUGINS__KEYED__WORDS=value)

    assert keyed.problems(KEYED) == [
        "the environment: [plugins.keyed] words = (a value of the environment): "
        "a word is 1 of many, not '(a value of the environment)'"
    ]


def test_a_message_of_pydantic_is_told_whole(keyed: Folder) -> None:
    keyed.environment(PLUGINS__KEYED__LIMITS='{"low": -1, "valid": "valid"}')

    assert keyed.problems(KEYED) == [
        "the environment: [plugins.keyed] limits.low = (a value of the environment): "
        "Input should be greater than or equal to 0",
        "the environment: [plugins.keyed] limits.valid = (a value of the environment): "
        "Input should be a valid integer, unable to parse string as an integer",
    ]


@pytest.mark.parametrize(
    ("message", "secret", "told"),
    [
        ("no s3cr3t here", "s3cr3t", "no * here"),
        ("no s3cr3ts here", "s3cr3t", "no s3cr3ts here"),
        ("levels = 7: at most 7", "7", "levels = *: at most 7"),
        ("levels = 7.5", "7", "levels = 7.5"),
        ("'7' of 7", "7", "'*' of 7"),
        ("it's", "", "it's"),
        (r"found 'a\nb'", "a\nb", "found '*'"),
    ],
)
def test_a_value_is_hidden_where_a_message_repeats_it(message: str, secret: str, told: str) -> None:
    assert hide(message, [secret], "*") == told


def test_a_path_of_a_plugin_from_the_environment_is_hidden(keyed: Folder) -> None:
    keyed.environment(PLUGINS__OTHER__USE=f"{WORD}/keyed.py:Keyed")
    [problem] = keyed.problems(SOURCE)

    assert problem.startswith("[plugins.other] there is no file ")
    assert WORD not in problem
