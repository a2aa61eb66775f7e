"""Order flow imbalance."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from orderflow_core import (
    Books,
    BookWindows,
    Bools,
    Floats,
    Metric,
    Run,
    RunningSum,
    Unbroken,
    hookimpl,
)


class Ofi(Metric):
    """Order flow imbalance: what was added to bids and taken from asks, less the reverse.

    Formula: e = 1{Pb >= Pb'} Qb - 1{Pb <= Pb'} Qb' - 1{Pa <= Pa'} Qa + 1{Pa >= Pa'} Qa' between a
    row and the one before it ('), at each of the best `levels`; summed over them and over the
    window of the bar, which closes at its OFI.

    Unit: the recording's size. With `normalised = true` a number without one: the sum over the
    mean size of a level of these, over the rows of the window so far that have any.

    Source: Cont, Kukanov and Stoikov 2014, "The price impact of order book events"; over levels:
    Xu, Gould and Howison 2019, "Multi-level order-flow imbalance in a limit order book".

    Not: a forecast. It goes with the price move of its own window; nothing is fitted. Levels are
    compared by their place, as the sources do. What lies between a row and a snapshot, the
    recording's first row, a row that is not sure, or the one after that is no flow.

    One-sided books: a level that is missing in either row adds nothing on its side.

    Example: the touch (bid 100 x 5, ask 100.1 x 3), then (100 x 8, 100.1 x 3), (100.1 x 2,
    100.2 x 4), (100.1 x 2, 100.2 x 1), (100 x 6, 100.1 x 9) gives 3, 5, 3 and -11, in all 0.
    """

    class Settings(Metric.Settings):
        """How deep, and in which unit."""

        clock: Literal["time"] = Field("time", description="bars of time alone")
        levels: int = Field(1, ge=1, description="levels a side that are summed")
        normalised: bool = Field(False, description="divide by the mean size of a level")

    settings: Settings
    title = "Order flow imbalance"
    style = "bars"
    per_bar = True

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._flow, self._size, self._rows = (
            RunningSum(self.settings.window_ms, self.settings.origin_ms) for _ in range(3)
        )
        self._unbroken = Unbroken()
        self._is_flow: Bools = np.empty(0, np.bool_)
        self._last: tuple[Floats, ...] | None = None

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Check that `Books` carry as many levels as are asked for."""
        run.check_levels(self.name, self.settings.levels)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Keep which rows follow the one before without a break."""
        self._is_flow = self._unbroken.rows(windows)

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Compare each row with the one before it."""
        levels = self.settings.levels
        columns = (books.bid_price, books.bid_size, books.ask_price, books.ask_size)
        rows = [column[:, :levels] for column in columns]
        before = self._last or tuple(column[:1] for column in rows)
        self._last = tuple(column[-1:].copy() for column in rows)
        rows = [np.concatenate(pair) for pair in zip(before, rows, strict=True)]
        flow = np.where(self._is_flow, order_flow(*rows).sum(axis=1), 0.0)
        values = self._flow.add(books.timestamp, flow)
        if self.settings.normalised:
            values = values / self._mean_size(books)
        self.sample(books.timestamp, values)

    def _mean_size(self, books: Books) -> Floats:
        """Return the mean size of a level in the window so far, NaN where there is none."""
        levels = self.settings.levels
        sizes = books.bid_size[:, :levels].sum(axis=1) + books.ask_size[:, :levels].sum(axis=1)
        there = books.sure & (sizes > 0)  # no row of trades before the first book row
        total = self._size.add(books.timestamp, np.where(there, sizes, 0.0))
        rows = self._rows.add(books.timestamp, there.astype(np.float64))
        return np.where(total > 0, total, np.nan) / (2 * levels * rows)


def order_flow(bid_price: Floats, bid_size: Floats, ask_price: Floats, ask_size: Floats) -> Floats:
    """Return the flow `[n, levels]` between each of n + 1 rows and the next.

    A level that is missing in either row adds nothing on its side.
    """
    old, new = slice(None, -1), slice(1, None)
    better_bid, worse_bid = bid_price[new] >= bid_price[old], bid_price[new] <= bid_price[old]
    better_ask, worse_ask = ask_price[new] <= ask_price[old], ask_price[new] >= ask_price[old]
    return (
        better_bid * bid_size[new]
        - worse_bid * bid_size[old]
        - better_ask * ask_size[new]
        + worse_ask * ask_size[old]
    )
