"""The order book: level updates in, the best levels after each row out."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from pydantic import Field

from orderflow_book.ladder import make_ladders
from orderflow_core import Books, BookWindows, Floats, Plugin, PluginSettings, Report, hookimpl


class OrderBook(Plugin):
    """Keeps price to size per side and publishes the best `levels` after each book row.

    Size 0 deletes a level; of several updates of one price in a row the last one counts; before
    a snapshot row the book is cleared.
    """

    class Settings(PluginSettings):
        """How deep the published books are."""

        levels: int = Field(50, ge=1, le=10_000, description="best levels a side in Books")

    settings: Settings
    publishes = (Books,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._let_go()

    @property
    def book_levels(self) -> int:
        """How many levels a side `Books` carry."""
        return self.settings.levels

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Apply the rows one after the other and publish the book after each."""
        bid_price, bid_size, ask_price, ask_size = self._room_for(len(windows))
        bids, asks = self._ladders
        bid_updates = windows.bid_offset, windows.bid_price, windows.bid_size
        ask_updates = windows.ask_offset, windows.ask_price, windows.ask_size
        bid_before, ask_before = self._room_before(windows)
        bids.best_after_rows(windows.snapshot, bid_updates, bid_price, bid_size, bid_before)
        asks.best_after_rows(windows.snapshot, ask_updates, ask_price, ask_size, ask_before)
        crossed = bid_price[:, -1] >= ask_price[:, -1]
        self.publish(
            Books(
                instrument=windows.instrument,
                timestamp=windows.timestamp,
                bid_price=bid_price[:, ::-1],
                bid_size=bid_size[:, ::-1],
                ask_price=ask_price[:, ::-1],
                ask_size=ask_size[:, ::-1],
                crossed=crossed,
                sure=windows.sure,
                bid_before=bid_before,
                ask_before=ask_before,
            )
        )

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Let go of the room for a block, megabytes that each instrument of a run would keep."""
        self._let_go()

    def _let_go(self) -> None:
        self._matrices = np.empty((4, 0, self.settings.levels))
        self._before = np.empty((2, 0))

    @cached_property
    def _ladders(self) -> Any:
        return make_ladders()

    def _room_for(self, rows: int) -> Floats:
        """Return four matrices `[rows, levels]`: the last block's, as fresh memory is slow."""
        if self._matrices.shape[1] < rows:
            self._matrices = np.empty((4, rows, self.book_levels))
        room: Floats = self._matrices[:, :rows]
        return room

    def _room_before(self, windows: BookWindows) -> tuple[Floats, Floats]:
        """Return room for the size before each bid update, and before each ask update."""
        bids, asks = len(windows.bid_price), len(windows.ask_price)
        if self._before.shape[1] < max(bids, asks):
            self._before = np.empty((2, max(bids, asks)))
        return self._before[0, :bids], self._before[1, :asks]
