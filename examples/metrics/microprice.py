"""Weighted mid and micro-price."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from orderflow_core import Books, Floats, Metric, Series, hookimpl


class MicroPrice(Metric):
    """The mid, adjusted by what its imbalance has told of the next mid; and the weighted mid.

    `adjustments` are G* of `price_adjustments`, in ticks, for the imbalance Qb / (Qb + Qa) in as
    many parts of [0, 1] of equal length. Stoikov 2018, "The micro-price: a high-frequency
    estimator of future prices".
    """

    class Settings(Metric.Settings):
        """What was estimated beforehand."""

        tick: float = Field(gt=0, description="least step of the price")
        adjustments: list[float] = Field(min_length=1, description="G* in ticks by imbalance")

    settings: Settings
    title = "Micro-price"
    pane = "price"
    style = "line"
    series: ClassVar = {"weighted_mid": Series(title="Weighted mid", pane="price", style="line")}

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample both after each row."""
        bid, ask = books.bid_size[:, 0], books.ask_size[:, 0]
        weight = np.where(bid + ask > 0, bid / np.maximum(bid + ask, np.finfo(float).tiny), np.nan)
        self.sample(
            books.timestamp,
            books.best_ask * weight + books.best_bid * (1 - weight),
            series="weighted_mid",
        )
        adjustments = np.array(self.settings.adjustments)
        part = np.nan_to_num(weight * len(adjustments)).astype(np.int64)
        ticks = adjustments[np.minimum(part, len(adjustments) - 1)]
        self.sample(books.timestamp, books.mid + ticks * self.settings.tick)


def price_adjustments(stay: Any, move: Any, jump: Any, sizes: Any, rounds: int = 100) -> Floats:
    """Return G* by imbalance state, in the unit of `sizes`.

    Of transition probabilities between states: `stay[i, j]` without a move of the mid (Q),
    `move[i, j]` with one (T), and `jump[i, k]` of a move by `sizes[k]` (R and K). G1 is
    `(I - Q)^-1 R K`, and G* is G1 and what it brings after each of the next moves.
    """
    inverse = np.linalg.inv(np.eye(len(stay)) - np.asarray(stay))
    first: Floats = inverse @ np.asarray(jump) @ np.asarray(sizes)
    next_state = inverse @ np.asarray(move)
    total, term = first, first
    for _ in range(rounds):
        term = next_state @ term
        total = total + term
    return total
