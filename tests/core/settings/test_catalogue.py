"""What is told of a plugin's settings, whatever they are."""

from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from orderflow_core import PluginSettings
from orderflow_core.settings.catalogue import settings_of


class Limits(BaseModel):
    low: float = 0.5
    names: dict[str, int] = {"a": 1}


class Odd(PluginSettings):
    anything: Any = print
    most: float = float("inf")
    made: float = Field(default_factory=lambda data: data["most"])
    numbers: list[int] = Field(default_factory=list)
    limits: Limits = Limits()
    key: SecretStr = SecretStr("hidden")


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("anything", '"<built-in function print>"'),
        ("most", "inf"),
        ("made", None),
        ("numbers", "[]"),
        ("limits", "{low = 0.5, names = {a = 1}}"),
        ("key", '"**********"'),
    ],
)
def test_a_default_is_as_toml_has_it(name: str, default: str | None) -> None:
    assert {each.name: each.default for each in settings_of(Odd)}[name] == default
