"""A metric across instruments: whose trades move first."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from pydantic import Field

from orderflow_core import Metric, PluginSettings, Run, Series, SettingsError, Trade, hookimpl


class Move(NamedTuple):
    """A trade at another price than the one before: its time, and up or down."""

    time: int
    way: int


class LeadLag(Metric):
    """Counts the moves that each of two instruments makes first, and the other one follows.

    A move is a trade at another price than that before it. It follows the last move of the other
    where that was the same way, not longer than `within_ms` ago, in an earlier millisecond, and
    has not been followed yet. The series counts up with each that follows `first`, and down with
    each that follows `second`; `<table>.lag` has the ms in between.
    """

    class Settings(Metric.Settings):
        """Which two, and how late one may follow."""

        first: str = Field(description="the instrument whose lead counts up")
        second: str = Field(description="the one whose lead counts down")
        within_ms: int = Field(1000, gt=0, description="how much later one may follow")

    settings: Settings
    across = True
    title = "leads less lags"
    style = "line"
    bar_open = "previous"
    series: ClassVar = {"lag": Series(title="lag", unit="ms")}

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._other: dict[str, str] = {}
        self._prices: dict[str, float] = {}
        self._open: dict[str, Move] = {}
        self._leads = 0

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Hold the names to the instruments of the run."""
        pair = (self.settings.first, self.settings.second)
        if len({*pair} & {*run.legs}) < 2:
            raise SettingsError(
                f"[plugins.{self.name}] first = {pair[0]!r}, second = {pair[1]!r}: name two of "
                f"those that are run, {', '.join(run.legs)}"
            )
        first, second = pair
        self._other = {first: second, second: first}

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        """Look whether it moves its price, and whether the other's moved so just before."""
        name = trade.instrument
        if name not in self._other:
            return
        before, self._prices[name] = self._prices.get(name, trade.price), trade.price
        way = (trade.price > before) - (trade.price < before)
        if not way:
            return
        self._open[name] = Move(trade.timestamp, way)
        leader = self._other[name]
        lead = self._open.get(leader)
        if lead is None or lead.way != way:
            return
        lag = trade.timestamp - lead.time
        if 0 < lag <= self.settings.within_ms:
            del self._open[leader]
            self._leads += 1 if leader == self.settings.first else -1
            self.sample(trade.timestamp, self._leads)
            self.sample(trade.timestamp, lag, series="lag")
