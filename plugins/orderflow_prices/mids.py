"""Weighted mid and VAMP: the mid, drawn towards the thinner side."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from orderflow_core import Books, Floats, Metric, Run, hookimpl, load_kernels
from orderflow_prices import crossing


class WeightedMid(Metric):
    """Weighted mid: the mid, drawn towards the side on which less is quoted.

    Formula: (Pb Qa + Pa Qb) / (Qa + Qb) of the touch, after each row.

    Unit: price.

    Source: of traders' use; Gatheral and Oomen 2010, "Zero-intelligence realized variance
    estimation".

    Not: the micro-price, though it is called so at times, and no martingale: its own changes can
    be told beforehand. No forecast that was fitted.

    One-sided books: none while a side is empty.

    Example: bid 100.0 x 5, ask 100.1 x 3 gives 100.0625.
    """

    title = "Weighted mid"
    pane = "price"
    style = "line"

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample after each row."""
        self.sample(books.timestamp, cross_weighted(books, 1))


class Vamp(Metric):
    """VAMP, the volume-adjusted mid price: the weighted mid over several levels.

    Formula: sum(Pb_i Qa_i + Pa_i Qb_i) / sum(Qb_i + Qa_i) over the best `levels`, after each row.

    Unit: price.

    Source: of traders' use; Stoikov and others call the like of it a cross-weighted mid.

    Not: a forecast that was fitted, and no martingale. A level far away counts as much as the
    touch, size for size.

    One-sided books: only levels that are there on both sides count; none while a side is empty.

    Example: bids 100.0 x 5, 99.9 x 7, 99.8 x 3, asks 100.1 x 3, 100.2 x 4, 100.3 x 8 with 3 levels
    gives 100.0266667.
    """

    class Settings(Metric.Settings):
        """How deep."""

        levels: int = Field(3, ge=1, description="levels a side that count")

    settings: Settings
    title = "VAMP"
    pane = "price"
    style = "line"

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check that `Books` carry as many levels as are asked for."""
        run.check_levels(self.name, self.settings.levels)

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample after each row."""
        self.sample(books.timestamp, cross_weighted(books, self.settings.levels))


def cross_weighted(books: Books, levels: int) -> Floats:
    """Return the mean price `[n]` of the levels on both sides, each by the other side's size."""
    fill = (load_kernels("orderflow_prices.kernel") or crossing).cross_weighted
    price = np.empty(len(books))
    fill(books.bid_price, books.bid_size, books.ask_price, books.ask_size, levels, price)
    return price
