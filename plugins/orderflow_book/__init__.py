"""The order book: level updates in, the best levels after each row out."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from pydantic import Field

from orderflow_book.ladder import make_ladders
from orderflow_core import Books, BookWindows, Floats, Plugin, PluginSettings, Report, hookimpl


class OrderBook(Plugin):
    """Keeps price to size per side and publishes the best `levels` after each book row.

    Size 0 deletes a level; of several updates of one price in a row the last one counts; before
    a snapshot row the book is cleared. Where the windows tell how many orders stand at each level,
    the books do too.
    """

    class Settings(PluginSettings):
        """How deep the published books are."""

        levels: int = Field(50, ge=1, le=10_000, description="best levels a side in Books")

    settings: Settings
    publishes = (Books,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._sizes = _Book(self.settings.levels)
        self._orders = _Book(self.settings.levels)

    @property
    def book_levels(self) -> int:
        """How many levels a side `Books` carry."""
        return self.settings.levels

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Apply the rows one after the other and publish the book after each."""
        bids, asks = self._sizes.after_rows(windows, windows.bid_size, windows.ask_size)
        bid_orders = ask_orders = None
        if windows.bid_orders is not None and windows.ask_orders is not None:
            counted = self._orders.after_rows(windows, windows.bid_orders, windows.ask_orders)
            bid_orders, ask_orders = (side.value[:, ::-1] for side in counted)
        self.publish(
            Books(
                instrument=windows.instrument,
                timestamp=windows.timestamp,
                bid_price=bids.price[:, ::-1],
                bid_size=bids.value[:, ::-1],
                ask_price=asks.price[:, ::-1],
                ask_size=asks.value[:, ::-1],
                crossed=bids.price[:, -1] >= asks.price[:, -1],
                sure=windows.sure,
                bid_before=bids.before,
                ask_before=asks.before,
                bid_orders=bid_orders,
                ask_orders=ask_orders,
            )
        )

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Let go of the room for a block, megabytes that each instrument of a run would keep."""
        self._sizes.let_go()
        self._orders.let_go()


class _Side(NamedTuple):
    """One side after each of n rows: matrices `[n, levels]`, the best level last.

    `before` has what stood at the price of each update before it.
    """

    price: Floats
    value: Floats
    before: Floats


class _Book:
    """Both sides of a book of price to size, or to the number of orders."""

    def __init__(self, levels: int) -> None:
        self._levels = levels
        self.let_go()

    def after_rows(
        self, windows: BookWindows, bid_value: Floats, ask_value: Floats
    ) -> tuple[_Side, _Side]:
        """Apply the updates of all rows; the result is overwritten by the next one."""
        bids, asks = self._room_for(windows)
        bid_updates = windows.bid_offset, windows.bid_price, bid_value
        ask_updates = windows.ask_offset, windows.ask_price, ask_value
        bid_ladder, ask_ladder = self._ladders
        bid_ladder.best_after_rows(windows.snapshot, bid_updates, *bids)
        ask_ladder.best_after_rows(windows.snapshot, ask_updates, *asks)
        return bids, asks

    def let_go(self) -> None:
        """Let go of the room for a block."""
        self._matrices = np.empty((4, 0, self._levels))
        self._before = np.empty((2, 0))

    @cached_property
    def _ladders(self) -> Any:
        return make_ladders()

    def _room_for(self, windows: BookWindows) -> tuple[_Side, _Side]:
        """Return room for each side: the last block's, as fresh memory is slow."""
        rows, bids, asks = len(windows), len(windows.bid_price), len(windows.ask_price)
        if self._matrices.shape[1] < rows:
            self._matrices = np.empty((4, rows, self._levels))
        if self._before.shape[1] < max(bids, asks):
            self._before = np.empty((2, max(bids, asks)))
        bid_price, bid_value, ask_price, ask_value = self._matrices[:, :rows]
        return (
            _Side(bid_price, bid_value, self._before[0, :bids]),
            _Side(ask_price, ask_value, self._before[1, :asks]),
        )
