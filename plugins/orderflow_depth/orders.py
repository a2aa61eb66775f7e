"""Order counts: how many orders stand at the best levels, and how large they are."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from orderflow_core import (
    Books,
    Metric,
    Run,
    Series,
    SettingsError,
    hookimpl,
    load_kernels,
)
from orderflow_depth import walking

KERNEL = "orderflow_depth.kernel"


def _size(title: str) -> Series:
    return Series(title=title, pane="mean order size", style="line")


def _count(title: str) -> Series:
    return Series(title=title, pane="orders at the best levels", style="line")


class Orders(Metric):
    """Order-count imbalance: how many orders stand on each side, and how large they are.

    Formula: (B - A) / (B + A) after each row, B and A being how many orders stand at the best
    `levels` bids and asks, which are the series `bid` and `ask`; `bid_size` and `ask_size` are the
    size of these levels over the number of orders.

    Unit: a number in [-1, 1]; of `bid` and `ask` orders; of the mean sizes the recording's.

    Source: of traders' use; OKX sends the number of orders with each level.

    Not: traders, of whom one may have many orders; nor are hidden orders counted. It is what
    stands, no flow and no forecast, and nothing is fitted. A row has none on a side where the
    number of one of its levels is not known: many feeds tell no numbers at all.

    One-sided books: -1 or 1, with no order on the empty side and no mean size there; none while
    both sides are empty.

    Example: bids 100.0 x 5 in 3 orders, 99.9 x 7 in 1, asks 100.1 x 3 in 1 gives 0.5 with one
    level, and 0.6 with two, where a bid is of 3 on average.
    """

    class Settings(Metric.Settings):
        """How many levels count."""

        levels: int = Field(1, ge=1, description="levels a side; 1: the best one alone")

    settings: Settings
    order_counts = True
    title = "Order-count imbalance"
    style = "line"
    series: ClassVar = {
        "bid": _count("Bid orders"),
        "ask": _count("Ask orders"),
        "bid_size": _size("Mean bid"),
        "ask_size": _size("Mean ask"),
    }

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check that `Books` carry as many levels as are asked for."""
        run.check_levels(self.name, self.settings.levels)

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample all five after each row."""
        if books.bid_orders is None or books.ask_orders is None:
            raise SettingsError(
                f"[plugins.{self.name}] needs how many orders stand at each level, of which these "
                'Books tell nothing: let the plugin "book" publish them'
            )
        matrices = books.bid_size, books.bid_orders, books.ask_size, books.ask_orders
        found = np.empty((1 + len(self.series), len(books)))
        fill = (load_kernels(KERNEL) or walking).count_orders
        fill(*(matrix[:, : self.settings.levels] for matrix in matrices), found)
        for name, values in zip((None, *self.series), found, strict=True):
            self.sample(books.timestamp, values, name)
