"""The order book: level updates in, the best levels after each row out."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_book.ladder import Side
from orderflow_core import Books, BookWindows, Plugin, PluginSettings, hookimpl
from orderflow_core.events import Bools, Floats, Ints


class OrderBook(Plugin):
    """Keeps price to size per side and publishes the best `levels` after each book row.

    Size 0 deletes a level; of several updates of one price in a row the last one counts; before
    a snapshot row the book is cleared.
    """

    class Settings(PluginSettings):
        """How deep the published books are."""

        levels: int = Field(50, ge=1, le=10_000, description="best levels a side in Books")

    publishes = (Books,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._bids = Side(1)
        self._asks = Side(-1)

    @property
    def book_levels(self) -> int:
        """How many levels a side `Books` carry."""
        levels: int = self.settings.levels
        return levels

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Apply the rows one after the other and publish the book after each."""
        snapshot = windows.snapshot
        bid_price, bid_size = _best_after_rows(
            self._bids,
            self.book_levels,
            snapshot,
            windows.bid_offset,
            windows.bid_price,
            windows.bid_size,
        )
        ask_price, ask_size = _best_after_rows(
            self._asks,
            self.book_levels,
            snapshot,
            windows.ask_offset,
            windows.ask_price,
            windows.ask_size,
        )
        crossed = bid_price[:, 0] >= ask_price[:, 0]
        self.publish(
            Books(
                windows.instrument,
                windows.timestamp,
                bid_price,
                bid_size,
                ask_price,
                ask_size,
                crossed,
                windows.sure,
            )
        )


def _best_after_rows(
    side: Side, levels: int, snapshot: Bools, offset: Ints, price: Floats, size: Floats
) -> tuple[Floats, Floats]:
    """Apply each row's updates and return the matrices `[n, levels]` of the best levels."""
    prices = np.full((len(snapshot), levels), np.nan)
    sizes = np.zeros((len(snapshot), levels))
    updates = list(zip(price.tolist(), size.tolist(), strict=True))
    bounds = offset.tolist()
    for row, clear in enumerate(snapshot.tolist()):
        if clear:
            side.clear()
        for update in updates[bounds[row] : bounds[row + 1]]:
            side.update(*update)
        best_prices, best_sizes = side.best(levels)
        prices[row, : len(best_prices)] = best_prices
        sizes[row, : len(best_sizes)] = best_sizes
    return prices, sizes
