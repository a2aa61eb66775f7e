"""A folder with a settings file and plugins of its own, for the tests of settings."""

from pathlib import Path

import pytest

from orderflow_core import SettingsError
from orderflow_core.settings.layers import parse_override
from orderflow_core.settings.reading import Settings, load

PLUGINS = """
from pathlib import Path

from pydantic import Field, model_validator

from orderflow_core import BarSettings, Plugin, PluginSettings, Source, SourceSettings


class Reader(Source):
    class Settings(SourceSettings):
        path: Path = Path("data")


class Depth(Plugin):
    class Settings(PluginSettings):
        levels: int = Field(50, gt=0)
        best: int = 1
        token: str = ""
        shares: dict[str, float] = {}
        cache: Path | None = None

        @model_validator(mode="after")
        def _best_of_levels(self):
            if self.best > self.levels:
                raise ValueError(f"best = {self.best} is above levels = {self.levels}")
            return self


class Candles(Plugin):
    Settings = BarSettings


class Needy(Plugin):
    class Settings(PluginSettings):
        token: str
"""

SOURCE = '[source]\nuse = "mine.py:Reader"\n'
DEPTH = '[plugins.depth]\nuse = "mine.py:Depth"\n'
CANDLES = '[plugins.candles]\nuse = "mine.py:Candles"\n'


class Folder:
    """A folder `config` with plugins, below the folder in which the process stands."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.working = path
        self.config = path / "config"
        self.config.mkdir()
        self.file = self.config / "settings.toml"
        (self.config / "mine.py").write_text(PLUGINS)
        self._monkeypatch = monkeypatch

    def environment(self, **variables: str) -> None:
        """Set variables of the environment, named without their prefix."""
        for name, value in variables.items():
            self._monkeypatch.setenv(f"ORDERFLOW_{name}", value)

    def load(self, text: str, *overrides: str) -> Settings:
        """Load a settings file of this text, and `--set` values."""
        self.file.write_text(text)
        return load(self.file, dict(map(parse_override, overrides)))

    def problems(self, text: str, *overrides: str) -> list[str]:
        """Return what is wrong, the settings file's path cut down to its name."""
        with pytest.raises(SettingsError) as caught:
            self.load(text, *overrides)
        return [problem.replace(f"{self.config}/", "") for problem in caught.value.problems]
