"""A metric across instruments: the mid of one less that of another."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from pydantic import Field

from orderflow_core import Book, Metric, PluginSettings, Run, SettingsError, hookimpl


class PairSpread(Metric):
    """The mid of `long` less `ratio` times that of `short`, after each book row of either.

    There is no value while one of them has no mid, is not sure, or has been silent for so long
    that its last mid says nothing: nobody knows then what the spread is.
    """

    class Settings(Metric.Settings):
        """Which two, and how old a mid may be."""

        long: str = Field(description="the instrument that counts up")
        short: str = Field(description="the one that counts down")
        ratio: float = Field(1, gt=0, description="how many of it")
        max_age_seconds: float = Field(10, gt=0, description="an older mid counts as none")

    settings: Settings
    across = True
    title = "spread of the pair"
    style = "line"

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._mids: dict[str, tuple[float, float]] = {}

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Hold the names to the instruments of the run."""
        pair = (self.settings.long, self.settings.short)
        if len({*pair} & {*run.legs}) < 2:
            raise SettingsError(
                f"[plugins.{self.name}] long = {pair[0]!r}, short = {pair[1]!r}: name two of "
                f"those that are run, {', '.join(run.legs)}"
            )
        self._mids = dict.fromkeys(pair, (-inf, nan))

    @hookimpl
    def on_book(self, book: Book) -> None:
        """Take the mid of one, and sample the spread of both."""
        if book.instrument in self._mids:
            self._mids[book.instrument] = (book.timestamp, book.mid if book.sure else nan)
            self.sample(book.timestamp, self._spread(book.timestamp))

    def _spread(self, now: int) -> float:
        oldest = now - 1000 * self.settings.max_age_seconds
        long, short = (mid if time >= oldest else nan for time, mid in self._mids.values())
        return long - self.settings.ratio * short
