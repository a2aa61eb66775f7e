"""Order-book imbalance and total depth."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from orderflow_core import Books, Metric, Run, Series, SettingsError, hookimpl


class Obi(Metric):
    """Order-book imbalance (B - A) / (B + A), and total depth B + A, after each book row.

    B and A are the sums of the best `levels` bid and ask sizes. There is no sample while both
    sides are empty. The imbalance is in [-1, 1] (Gould and Bonart 2016, "Queue imbalance as a
    one-tick-ahead price predictor in a limit order book", for one level); with
    `mode = "difference"` it is B - A in the recording's size unit.
    """

    class Settings(Metric.Settings):
        """How many levels count, and how the imbalance is expressed."""

        levels: int | None = Field(None, ge=1, description="default: all that Books carry")
        mode: Literal["ratio", "difference"] = Field(
            "ratio", description="(B - A) / (B + A), or B - A"
        )

    settings: Settings
    title = "Order-book imbalance"
    color = "#4f9dff"
    series: ClassVar = {"tot": Series(title="Total depth", color="#8fb8de")}

    def series_key(self, series: str | None) -> str:
        """Return `tot` for the total depth of the table named `obi`."""
        return "tot" if (self.name, series) == ("obi", "tot") else super().series_key(series)

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check that `Books` carry as many levels as are asked for."""
        levels, carried = self.settings.levels, run.book_levels
        if levels is not None and carried is not None and levels > carried:
            raise SettingsError(
                f"[plugins.{self.name}] levels = {levels}: [plugins.{run.book_table}] carries "
                f"only {carried}; lower the one or raise the other"
            )

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample both after each row."""
        levels = self.settings.levels
        bids = books.bid_size[:, :levels].sum(axis=1)
        asks = books.ask_size[:, :levels].sum(axis=1)
        total = np.where(bids + asks > 0, bids + asks, np.nan)
        difference = np.where(bids + asks > 0, bids - asks, np.nan)
        ratio = self.settings.mode == "ratio"
        self.sample(books.timestamp, difference / total if ratio else difference)
        self.sample(books.timestamp, total, series="tot")
