"""The order book: level updates in, the best levels after each row out."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_book.ladder import Best, CompiledLadder, Ladder, Updates, make_ladder
from orderflow_core import Books, BookWindows, Bools, Plugin, PluginSettings, Report, hookimpl


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
        self._bids = _Side(1, self.settings.levels)
        self._asks = _Side(-1, self.settings.levels)

    @property
    def book_levels(self) -> int:
        """How many levels a side `Books` carry."""
        return self.settings.levels

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Apply the rows one after the other and publish the book after each."""
        bids = self._bids.after_rows(
            windows.snapshot,
            Updates(windows.bid_offset, windows.bid_price, windows.bid_size, windows.bid_orders),
        )
        asks = self._asks.after_rows(
            windows.snapshot,
            Updates(windows.ask_offset, windows.ask_price, windows.ask_size, windows.ask_orders),
        )
        self.publish(
            Books.of_updates(
                instrument=windows.instrument,
                timestamp=windows.timestamp,
                bid_price=bids.price,
                bid_size=bids.size,
                ask_price=asks.price,
                ask_size=asks.size,
                crossed=bids.price[:, 0] >= asks.price[:, 0],
                sure=windows.sure,
                bid_before=bids.before,
                ask_before=asks.before,
                bid_orders=bids.orders,
                ask_orders=asks.orders,
            )
        )

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Let go of the room for a block, megabytes that each instrument of a run would keep."""
        self._bids.let_go()
        self._asks.let_go()


class _Side:
    """One side of the book, and the room for what it is after each row of a block."""

    def __init__(self, sign: int, levels: int) -> None:
        self._sign = sign
        self._levels = levels
        self._ladder: Ladder | CompiledLadder | None = None
        self.let_go()

    def after_rows(self, snapshot: Bools, updates: Updates) -> Best:
        """Apply the updates of all rows; the result, best first, is overwritten by the next one."""
        if self._ladder is None:
            self._ladder = make_ladder(self._sign, counted=updates.orders is not None)
        self._make_room(updates)
        before = self._before[: len(updates.price)]
        matrices = self._matrices[:, : len(snapshot)]
        self._ladder.best_after_rows(snapshot, updates, Best(before, *matrices))
        return Best(before, *matrices[:, :, ::-1])

    def let_go(self) -> None:
        """Let go of the room for a block."""
        self._matrices = np.empty((0, 0, self._levels))
        self._before = np.empty(0)

    def _make_room(self, updates: Updates) -> None:
        """Have room for all rows, the last block's if that will do, as fresh memory is slow."""
        rows = len(updates.offset) - 1
        if self._matrices.shape[1] < rows:
            count = 2 if updates.orders is None else 3
            self._matrices = np.empty((count, rows, self._levels))
        if len(self._before) < len(updates.price):
            self._before = np.empty(len(updates.price))
