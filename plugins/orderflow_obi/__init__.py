"""Order-book imbalance and total depth."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from orderflow_core import Books, Metric, Run, Series, hookimpl, load_kernels
from orderflow_obi import summing


class Obi(Metric):
    """Order-book imbalance, and total depth.

    Formula: (B - A) / (B + A) after each row, B and A being the sums of the best `levels` bid and
    ask sizes; the series `tot` is B + A. With `mode = "difference"` it is B - A.

    Unit: a number in [-1, 1]; of `tot` and the difference the recording's size.

    Source: Gould and Bonart 2016, "Queue imbalance as a one-tick-ahead price predictor in a limit
    order book", for one level.

    Not: a flow, and nothing is fitted. It is what stands, and a forecast only as the source has it:
    one level tells the most of the next move; many levels carry orders that are far from trading.

    One-sided books: -1 or 1; none while both sides are empty.

    Example: bids 100.0 x 5, 99.9 x 7, 99.8 x 3, asks 100.1 x 3, 100.2 x 4, 100.3 x 8 gives 0.25
    with one level and 0 with three.
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
        run.check_levels(self.name, self.settings.levels)

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample both after each row."""
        fill = (load_kernels("orderflow_obi.kernel") or summing).imbalances
        levels = self.settings.levels or books.levels
        imbalance, total = np.empty((2, len(books)))
        ratio = self.settings.mode == "ratio"
        fill(books.bid_size, books.ask_size, levels, ratio, imbalance, total)
        self.sample(books.timestamp, imbalance)
        self.sample(books.timestamp, total, series="tot")
