"""Order flow imbalance."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import Books, Floats, Metric, RunningSum, hookimpl


class Ofi(Metric):
    """Order flow imbalance: what was added to the bid and taken from the ask, less the reverse.

    Summed over the best `levels` and over the window of the bar: the bar's close is the window's
    OFI, in the recording's size unit. What happened before a row that is not sure is not known and
    adds nothing. Cont, Kukanov and Stoikov 2014, "The price impact of order
    book events"; over levels as in arXiv 1907.06230.
    """

    class Settings(Metric.Settings):
        """How deep."""

        levels: int = Field(1, ge=1, description="levels that are summed")

    settings: Settings
    title = "Order flow imbalance"
    style = "bars"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._sum = RunningSum(self.settings.window_ms)
        self._last: tuple[Floats, ...] | None = None
        self._last_sure = False

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Compare each row with the one before it."""
        levels = self.settings.levels
        columns = (books.bid_price, books.bid_size, books.ask_price, books.ask_size)
        rows = [column[:, :levels] for column in columns]
        before = self._last or tuple(column[:1] for column in rows)
        rows = [np.concatenate(pair) for pair in zip(before, rows, strict=True)]
        self._last = tuple(column[-1:].copy() for column in rows)
        known = books.sure & np.append(self._last_sure, books.sure[:-1])
        self._last_sure = bool(books.sure[-1])
        flow = np.where(known, order_flow(*rows).sum(axis=1), 0)
        self.sample(books.timestamp, self._sum.add(books.timestamp, flow))


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
