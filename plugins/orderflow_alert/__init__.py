"""Alerts: a signal when a condition on closed bars becomes true."""

from __future__ import annotations

from collections import deque
from itertools import groupby
from math import nan
from typing import Any, Literal

from pydantic import Field

from orderflow_alert.expression import FIELDS, Condition, Value, names_in, parse
from orderflow_core import (
    Bars,
    MetricBars,
    Plugin,
    PluginSettings,
    Run,
    Series,
    SettingsError,
    Signal,
    hookimpl,
)


class Alert(Plugin):
    """Publishes a signal when a condition on closed bars becomes true.

    `when = "obi > 0.6 and change(cvd, 10) > 0"` is asked each time that a series which it names
    closes a bar, at the time at which that is known, of the last closed bar of each series that is
    known by then. A name is a series' close, or with `.open`, `.high`, `.low` another of its bar;
    `change(x, n)` is x less x as it was n closed bars of its series before. There are numbers,
    + - * /, comparisons, `and`, `or`, `not` and `abs(x)`. A value that is not known yet makes it
    false, as does a division by zero. A bar that the end of the stream cuts off does not count.

    It fires when the condition has been true for `for_seconds`, once, and again only after it was
    false; not within `cooldown_seconds` of the last time, and what would have fired then does not
    fire later. Both are seconds of the stream, between the times at which bars were known.
    """

    class Settings(PluginSettings):
        """What is asked, and how often it may fire."""

        when: str = Field(description="the condition, such as obi > 0.6 and change(cvd, 10) > 0")
        for_seconds: float = Field(0, ge=0, le=1e9, description="how long it has to be true")
        cooldown_seconds: float = Field(0, ge=0, le=1e9, description="least time between two")
        text: str = Field("", description="text of the signal; default: the condition")
        side: Literal[-1, 0, 1] = Field(0, description="+1 buy, -1 sell, 0 neither")

    settings: Settings
    publishes = (Signal,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self.consumes = names_in(self.settings.when)
        self._condition: Condition | None = None
        self._bars: dict[str, deque[tuple[float, ...]]] = {}
        self._waiting: list[tuple[int, str, tuple[float, ...]]] = []
        self._since: int | None = None
        self._fired = False
        self._last: int | None = None

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Read the condition."""
        try:
            self._condition = parse(self.settings.when, list(run.series))
        except ValueError as error:
            raise SettingsError(
                f"[plugins.{self.name}] when = {self.settings.when!r}: {error}"
            ) from None
        for value in self._condition.values:
            kept = self._bars.get(value.series, deque(maxlen=0)).maxlen or 0
            self._bars[value.series] = deque(maxlen=max(kept, value.back + 1))

    @hookimpl
    def on_bars(self, bars: Bars) -> None:
        """Keep closed bars of a series until the block's are all there."""
        self._keep(bars)

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        """Keep closed bars of a series until the block's are all there."""
        self._keep(bars)

    @hookimpl
    def on_block_end(self, end: int) -> None:
        """Ask at each time at which bars became known."""
        self._ask()

    @hookimpl
    def on_end(self, end: int) -> None:
        """Ask a last time."""
        self._ask()

    def _keep(self, bars: Bars | MetricBars) -> None:
        if bars.series.key in self._bars:
            for bar in bars:
                if bar.closed and bar.complete:
                    fields = tuple(getattr(bar, field) for field in FIELDS)
                    self._waiting.append((bar.known_at, bar.series.key, fields))

    def _ask(self) -> None:
        self._waiting.sort(key=lambda each: each[0])
        for time, known in groupby(self._waiting, key=lambda each: each[0]):
            for _, key, fields in known:
                self._bars[key].append(fields)
            assert self._condition is not None
            self._settle(time, self._condition.holds(self._look))
        self._waiting.clear()

    def _look(self, value: Value) -> float:
        bars = self._bars[value.series]
        return bars[-1 - value.back][FIELDS.index(value.field)] if len(bars) > value.back else nan

    def _settle(self, time: int, holds: bool) -> None:
        """Fire where the condition has been true for long enough."""
        if not holds:
            self._since, self._fired = None, False
            return
        self._since = time if self._since is None else self._since
        if self._fired or time - self._since < _ms(self.settings.for_seconds):
            return
        self._fired = True
        if self._last is None or time - self._last >= _ms(self.settings.cooldown_seconds):
            self._last = time
            self.publish(
                Signal(
                    series=Series(title="Alerts").named(self.name),
                    timestamp=time,
                    known_at=time,
                    side=self.settings.side,
                    text=self.settings.text or self.settings.when,
                )
            )


def _ms(seconds: float) -> float:
    """Return seconds in ms: of 0.069 they are 69, which floats make 69.00000000000001."""
    return round(seconds * 1000, 6)
