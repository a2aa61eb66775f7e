"""Sweeps: runs of trades that go through several levels at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import (
    Events,
    Floats,
    Ints,
    Plugin,
    PluginSettings,
    Series,
    Signal,
    TradeBatches,
    hookimpl,
    load_kernels,
)
from orderflow_tape import runs


class Sweeps(Plugin):
    """Sweeps: runs of trades that go through several prices at once, as signals.

    Formula: consecutive trades of one aggressor side, each at most `within_ms` after the one
    before and at no better price for the aggressor, at `levels` different prices or more.

    Unit: the signal's value is the size of all of them, in the recording's unit; its price is the
    last, its time that of the last trade. It is known with the next trade, which is no part of
    it, or at the end.

    Source: of traders' use; intermarket sweeps as in Chakravarty, Jain, Upson and Wood 2012,
    "Clean sweep: informed trading through intermarket sweep orders".

    Not: proof of one order: trades of several may fall into one millisecond, and a feed that adds
    up an order's fills at a price shows what it shows. Levels that nobody traded at do not count.
    No forecast; nothing is fitted.

    One-sided books: the book plays no part.

    Example: 100.0 buy 1, 100.1 buy 2, 100.3 buy 1 of one millisecond is a sweep of 3 levels, size
    4, to 100.3.
    """

    class Settings(PluginSettings):
        """What is a sweep."""

        levels: int = Field(5, ge=2, description="least number of different prices")
        within_ms: int = Field(0, ge=0, description="most time between two of its trades")

    settings: Settings
    publishes = (Signal,)

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._whole, self._numbers = np.zeros(4, np.int64), np.zeros(2)
        self._series = Series(title="Sweeps", pane="price").named(self.name)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Publish each run that a trade of this block has ended."""
        find_runs = (load_kernels("orderflow_tape.kernel") or runs).find_runs
        room = 1 + len(batches.price)
        whole, numbers = np.empty((room, 4), np.int64), np.empty((room, 2))
        whole[0], numbers[0] = self._whole, self._numbers
        columns = batches.trade_timestamp, batches.price, batches.size, batches.side
        how = self.settings.levels, self.settings.within_ms
        count = find_runs(*columns, *how, whole, numbers)
        self._whole, self._numbers = whole[0].copy(), numbers[0].copy()
        self._tell(whole[1 : 1 + count], numbers[1 : 1 + count])

    @hookimpl
    def on_end(self, end: int) -> None:
        """Publish a run that is under way."""
        self._whole[runs.KNOWN_AT] = end
        if self._whole[runs.LEVELS] >= self.settings.levels:
            self._tell(self._whole[None], self._numbers[None])

    def _tell(self, whole: Ints, numbers: Floats) -> None:
        self.publish(
            Events(
                Signal,
                timestamp=whole[:, runs.TIME],
                known_at=whole[:, runs.KNOWN_AT],
                series=self._series,
                price=numbers[:, runs.PRICE],
                value=numbers[:, runs.SIZE],
                side=whole[:, runs.SIDE],
                text=[f"{levels} levels" for levels in whole[:, runs.LEVELS].tolist()],
            )
        )
