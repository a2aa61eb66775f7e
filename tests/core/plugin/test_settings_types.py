"""What mypy makes of `self.settings`: an ignored error that is none any more is one of its own."""

from pydantic import BaseModel, Field

from orderflow_core import BarSettings, Metric, Plugin, Source


class Limits(BaseModel):
    low: float = 0.5


class Depth(Metric):
    class Settings(Metric.Settings):
        levels: int = Field(5, ge=1)
        limits: Limits = Limits()

    settings: Settings

    def best(self) -> int:
        return self.settings.levels

    def low(self) -> float:
        return self.settings.limits.low

    def misspelt(self) -> int:
        return self.settings.levles  # type: ignore[attr-defined, no-any-return]

    def of_another_type(self) -> str:
        return self.settings.levels  # type: ignore[return-value]


class Deeper(Depth):
    class Settings(Depth.Settings):
        more: int = 1

    settings: Settings

    def most(self) -> int:
        return self.settings.levels + self.settings.more


class Untold(Metric):
    class Settings(Metric.Settings):
        levels: int = 5

    def best(self) -> object:
        return self.settings.levels  # type: ignore[attr-defined]


class Plain(Metric):
    def window(self) -> int:
        return self.settings.window_ms


class Bars(Plugin):
    Settings = BarSettings
    settings: BarSettings

    def window(self) -> int:
        return self.settings.window_ms


class Reader(Source):
    def speed(self) -> float | str:
        return self.settings.speed


def test_settings_have_the_type_that_the_class_gives_them() -> None:
    deeper = Deeper(levels=3, more=4)

    assert (deeper.best(), deeper.low(), deeper.most()) == (3, 0.5, 7)
    assert Untold(levels=7).best() == 7


def test_settings_of_the_base_need_no_word() -> None:
    assert (Plain(window_seconds=1).window(), Bars(window_seconds=2).window()) == (1_000, 2_000)
    assert Reader(speed=2.0).speed() == 2.0
