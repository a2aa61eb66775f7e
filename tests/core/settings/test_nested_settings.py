"""Settings in settings keep their place in what is told of them."""

import pytest

from tests.core.settings_folder import SOURCE, Folder

CODE = """
from pydantic import BaseModel, Field

from orderflow_core import Plugin, PluginSettings


class Limits(BaseModel, extra="forbid"):
    low: float
    high: float = 1.0


class Nested(Plugin):
    class Settings(PluginSettings):
        limits: Limits = Limits(low=0.0)
        steps: list[Limits] = []
        either: int | Limits = 0
        named: dict[str, Limits] = {}
"""


@pytest.fixture
def nested(folder: Folder) -> Folder:
    (folder.config / "nested.py").write_text(CODE)
    return folder


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('limits.low = "a"', "[plugins.x] limits.low = 'a': Input should be a valid number"),
        ("limits = {high = 1}", "[plugins.x.limits] lacks low"),
        (
            "limits = {low = 1, hihg = 2}",
            "[plugins.x.limits] has no key 'hihg'; did you mean high?",
        ),
        ("limits = {low = 1, x = 2}", "[plugins.x.limits] has no key 'x'; the keys are low, high"),
        ("limits = 3", "[plugins.x] limits = 3: Input should be a valid dictionary"),
        (
            "steps = [{low = 1}, {low = []}]",
            "[plugins.x] steps[1].low = []: Input should be a valid number",
        ),
        ("steps = [{}]", "[plugins.x.steps[0]] lacks low"),
        ("named.a.low = true", ""),
        ("named.a.low = 'b'", "[plugins.x] named.a.low = 'b': Input should be a valid number"),
        ("either.low = 'b'", "[plugins.x] either.low = 'b': Input should be a valid number"),
    ],
)
def test_a_nested_setting_is_told_with_its_place(nested: Folder, text: str, told: str) -> None:
    settings = SOURCE + f'[plugins.x]\nuse = "nested.py:Nested"\n{text}'
    if not told:
        nested.load(settings)
        return

    assert any(each.startswith(f"settings.toml: {told}") for each in nested.problems(settings))
