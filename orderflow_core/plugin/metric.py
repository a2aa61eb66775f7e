"""`Metric`: samples in, metric bars out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, SupportsFloat, SupportsInt

from pydantic import Field

from orderflow_core.contract.series import TIME
from orderflow_core.events import Floats, Ints, MetricBars, Series, Style
from orderflow_core.plugin.base import BarSettings, Plugin, PluginSettings
from orderflow_core.plugin.samples import Samples


class Metric(Plugin):
    """A plugin that gives values over time; the bus makes and publishes their bars.

    A subclass calls `sample` in its hooks. Class attributes describe the main series, keyed by
    the table's name; `series` describes further ones, keyed `<table>.<name>`.

    Attributes:
        title: the pane's title, by default the series' key.
        pane: the pane, `"price"` to draw over the candles; by default the series' key.
        style: `"candles"`, `"line"`, `"steps"` (a value holds until the next) or `"bars"`.
        unit: shown beside the values.
        color: a CSS hex colour, or None for the screen's choice.
        bar_open: `"first"` opens a bar at its first sample, `"previous"` at the value before it,
            as running sums want.
        series: further series by name.
        per_bar: whether values begin anew with each bar, as sums over it do. Then long bars are
            not made of short ones: their values are others.

    """

    class Settings(BarSettings):
        """The length of a bar, or whose bars its own follow."""

        clock: str = Field(
            default=TIME, description="time, or a table whose price bars its own follow"
        )

    settings: BarSettings
    publishes: ClassVar[Sequence[type[Any]]] = (MetricBars,)
    title: ClassVar[str] = ""
    pane: ClassVar[str] = ""
    style: ClassVar[Style] = "candles"
    unit: ClassVar[str] = ""
    color: ClassVar[str | None] = None
    bar_open: ClassVar[Literal["first", "previous"]] = "first"
    series: ClassVar[Mapping[str, Series]] = {}
    per_bar: bool = False

    def __init__(
        self, settings: PluginSettings | None = None, /, *, name: str = "", **values: Any
    ) -> None:
        super().__init__(settings, name=name, **values)
        main = Series("", self.title, self.pane, self.style, self.unit, self.color)
        described: dict[str | None, Series] = {None: main}
        described.update(self.series)
        named = {name: each.named(self.series_key(name)) for name, each in described.items()}
        self.__samples = Samples(self.name, named, open_at_previous=self.bar_open == "previous")
        self.__samples.make_bars_of(self.settings)

    def series_key(self, series: str | None) -> str:
        """Return the key of a further series, or of the main one for None."""
        return self.name if series is None else f"{self.name}.{series}"

    def series_keys(self) -> list[str]:
        """Return the keys of the main series and the further ones."""
        return self.__samples.keys

    @property
    def samples_left_out(self) -> int:
        """How many samples were left out because their row is not sure."""
        return self.__samples.left_out

    def sample(
        self,
        timestamps: SupportsInt | Ints,
        values: SupportsFloat | Floats,
        series: str | None = None,
    ) -> None:
        """Collect the value of a moment (in ms), or arrays of both; NaN is no sample.

        In the book hooks give one value a row, NaN where there is none, so that rows that are
        not sure can be left out. Raises ValueError for an unknown `series` and for values that
        are not one a timestamp. The plugin fails at the end of the block where a value is
        infinite, a time outside the block or, in a row hook, outside the window under way.
        """
        self.__samples.add(timestamps, values, series)


def samples_of(plugin: Plugin) -> Samples | None:
    """Return what a metric has sampled, None for another plugin; for its seat on the bus."""
    return vars(plugin).get("_Metric__samples")
