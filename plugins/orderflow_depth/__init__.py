"""Depth: how much is quoted near the mid, and what it costs to take so much."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from orderflow_core import Books, Metric, Series, hookimpl, load_kernels
from orderflow_depth import walking
from orderflow_depth.orders import Orders

__all__ = ["Depth", "FillCost", "Orders"]

KERNEL = "orderflow_depth.kernel"


class Depth(Metric):
    """Depth within so many basis points of the mid.

    Formula: the sum of the sizes on a side whose price is at most `bps` / 10,000 of the mid away
    from it, after each row; both sides together, and the series `bid` and `ask`.

    Unit: the recording's size. Of a mid below 0, as of a spread, its distance from 0 is taken.

    Source: of traders' use; exchanges publish it so.

    Not: the whole book. Only the levels that Books carry are seen: where the last of these lies
    within, there may be more. Feeds that never delete levels leave ghosts that count. It is what
    stands, and no forecast; nothing is fitted.

    One-sided books: none while a side is empty, as there is no mid.

    Example: bids 100.0 x 5, 99.9 x 7, 99.8 x 3, asks 100.1 x 3, 100.2 x 4, 100.3 x 8 within 10, 20
    and 30 bps gives bids 5, 12, 15 and asks 3, 7, 15.
    """

    class Settings(Metric.Settings):
        """How far from the mid."""

        bps: float = Field(10, gt=0, lt=10_000, description="basis points to either side")

    settings: Settings
    title = "Depth"
    pane = "depth near the mid"
    style = "line"
    series: ClassVar = {
        "bid": Series(title="Bid depth", pane="depth near the mid", style="line"),
        "ask": Series(title="Ask depth", pane="depth near the mid", style="line"),
    }

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample all three after each row."""
        fill = (load_kernels(KERNEL) or walking).depth_within
        bid, ask = np.empty((2, len(books)))
        sides = books.bid_price, books.bid_size, books.ask_price, books.ask_size
        fill(*sides, books.mid, self.settings.bps / 1e4, bid, ask)
        self.sample(books.timestamp, bid + ask)
        self.sample(books.timestamp, bid, series="bid")
        self.sample(books.timestamp, ask, series="ask")


class FillCost(Metric):
    """Cost to fill: what taking so much at once costs over the mid.

    Formula: 10,000 (P - M) / M to buy and 10,000 (M - P) / M to sell (the series `sell`), P being
    the mean price of the levels that are walked through for `size`, the last one in part.

    Unit: basis points of the mid; of one below 0, as of a spread, of its distance from 0.

    Source: of traders' use; "cost of a round trip" in Irvine, Benston and Kandel 2000, "Liquidity
    beyond the inside spread".

    Not: what an order would pay: others trade, hide orders and answer. No forecast; nothing is
    fitted.

    One-sided books: none while a side is empty, as there is no mid, nor where the levels that
    Books carry hold less than `size`.

    Example: asks 100.1 x 3, 100.2 x 4, mid 100.05: 5 to buy costs (3 x 100.1 + 2 x 100.2) / 5 =
    100.14, which is 8.9955 basis points.
    """

    class Settings(Metric.Settings):
        """How much is taken."""

        size: float = Field(1, gt=0, allow_inf_nan=False, description="in the recording's unit")

    settings: Settings
    title = "Cost to buy"
    pane = "cost to fill"
    style = "line"
    unit = "bps"
    series: ClassVar = {
        "sell": Series(title="Cost to sell", pane="cost to fill", style="line", unit="bps")
    }

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample both after each row."""
        fill = (load_kernels(KERNEL) or walking).fill_cost
        mid, size = books.mid, self.settings.size
        buy, sell = np.empty((2, len(books)))
        fill(books.ask_price, books.ask_size, mid, size, 1.0, buy)
        fill(books.bid_price, books.bid_size, mid, size, -1.0, sell)
        self.sample(books.timestamp, buy)
        self.sample(books.timestamp, sell, series="sell")
