"""Micro-price: the mid that is to be expected, by what imbalance and spread have told before."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from orderflow_core import (
    Books,
    BookWindows,
    Bools,
    Floats,
    Metric,
    Run,
    Ticks,
    Unbroken,
    hookimpl,
    load_kernels,
    stretches,
)
from orderflow_prices import steps

_MOST_MOVE = 2
"""Half-ticks: larger moves of the mid are no part of the fit, as in the source."""


class MicroPrice(Metric):
    """Micro-price: the mid, corrected by what followed before from such an imbalance and spread.

    Formula: M + G*(I, S), I = Qb / (Qb + Qa) in `buckets` parts, S the spread in ticks up to
    `spreads`; G1 = (I - Q)^-1 R K, G* = G1 + B G1 + B^2 G1 + ..., B = (I - Q)^-1 T, where Q, T and
    R hold the shares of the steps from one row to the next: without a move of the mid, with one,
    and by its size K of half a tick or a tick either way.

    Unit: price.

    Source: Stoikov 2018, "The micro-price: a high-frequency estimator of future prices".

    Not: the weighted mid. It is a forecast, of where the mid goes to, and is fitted, on the
    `fit_seconds` before, at each whole multiple of them since the epoch, on the counts and their
    mirror image (symmetrised); until the first fit there is none, unless `adjustments` are given
    (G* in ticks by imbalance, for any spread; then nothing is fitted). A fit from a calm hour says
    little of a wild one.

    One-sided books: none while a side is empty or the book is crossed. What lies around a
    snapshot or a row that is not sure is no part of the fit.

    Example: Q = [[.5, .2], [.2, .5]], R = [[.2, .1], [.1, .2]], K = [-1/2, 1/2] ticks, T
    symmetric gives the mid less and plus 1/14 tick.
    """

    class Settings(Metric.Settings):
        """The states, and what they are fitted on."""

        buckets: int = Field(10, ge=2, le=100, description="parts of the imbalance")
        spreads: int = Field(2, ge=1, le=20, description="spreads in ticks that are told apart")
        fit_seconds: int = Field(3600, ge=1, description="length of the time of a fit")
        adjustments: list[float] = Field([], description="G* in ticks by imbalance, beforehand")
        tick: float | None = Field(None, gt=0, description="default: the instrument's")

    settings: Settings
    title = "Micro-price"
    pane = "price"
    style = "line"

    def __init__(self, settings: Metric.Settings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self._given = bool(self.settings.adjustments)
        if self._given:
            self._buckets, self._spreads = len(self.settings.adjustments), 1
            self._adjustments: Floats | None = np.array(self.settings.adjustments)
        else:
            self._buckets, self._spreads = self.settings.buckets, self.settings.spreads
            self._adjustments = None
        self._ticks = Ticks()
        self._unbroken = Unbroken()
        self._follows: Bools = np.empty(0, np.bool_)
        states = self._buckets * self._spreads
        self._counts = np.zeros((2 * _MOST_MOVE + 1, states, states))
        self._fit: int | None = None
        self._last = (-1, np.nan)

    @hookimpl
    def on_start(self, run: Run) -> None:
        """Take the tick from the settings, or of what is known of the instrument."""
        self._ticks = run.ticks(self.settings.tick)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Find the tick, and keep which rows follow the one before without a break."""
        self._ticks.see(windows)
        self._follows = self._unbroken.rows(windows)

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Sample after each row, and count what followed from what."""
        kernels = load_kernels("orderflow_prices.kernel") or steps
        sides = books.bid_price, books.bid_size, books.ask_price, books.ask_size
        grid = self._ticks.size or 1.0, self._buckets, self._spreads
        state, mid = np.empty(len(books), np.int64), np.empty(len(books))
        kernels.states(*sides, books.crossed, *grid, state, mid)
        fits = books.timestamp // (1000 * self.settings.fit_seconds)
        if self._given:
            fits = np.zeros_like(fits)
        values = np.full(len(books), np.nan)
        for start, stop in stretches(fits):
            self._begin(int(fits[start]))
            part = slice(start, stop)
            if self._adjustments is not None:
                known = state[part] >= 0
                adjustment = np.where(known, self._adjustments[state[part]], np.nan)
                values[part] = mid[part] + adjustment * (self._ticks.size or np.nan)
            if not self._given:
                kernels.count_steps(
                    state[part], mid[part], self._follows[part], grid[0], *self._last, self._counts
                )
            self._last = int(state[stop - 1]), float(mid[stop - 1])
        self.sample(books.timestamp, values)

    def _begin(self, fit: int) -> None:
        """Fit on the time that is over when another begins."""
        if fit == self._fit or self._given:
            return
        if self._fit is not None:
            if self._counts.any():
                self._adjustments = fitted(self._counts, self._buckets)
            self._counts[:] = 0
        self._fit = fit


def fitted(counts: Floats, buckets: int) -> Floats:
    """Return G* in ticks by state, of counts `[moves, states, states]` and their mirror image.

    The middle one of the odd number of moves, half a tick each, is none.
    """
    moves, states, _ = counts.shape
    turned = np.arange(states).reshape(-1, buckets)[:, ::-1].ravel()
    both = counts + counts[::-1, turned][:, :, turned]
    left = both.sum(axis=(0, 2))[:, None]
    share = both / np.where(left > 0, left, 1)
    still = moves // 2
    stay, jump = share[still], np.delete(share, still, axis=0)
    sizes = np.delete(np.arange(moves) - still, still) / 2
    return price_adjustments(stay, jump.sum(axis=0), jump.sum(axis=2).T, sizes)


def price_adjustments(stay: Any, move: Any, jump: Any, sizes: Any, rounds: int = 100) -> Floats:
    """Return G* by state, in the unit of `sizes`.

    Of transition probabilities between states: `stay[i, j]` without a move of the mid (Q),
    `move[i, j]` with one (T), and `jump[i, k]` of a move by `sizes[k]` (R and K). G1 is
    `(I - Q)^-1 R K`, and G* is G1 and what it brings after each of the next moves. States that
    are never left with a move have none to expect, 0.
    """
    inverse = np.linalg.pinv(np.eye(len(stay)) - np.asarray(stay))
    first: Floats = inverse @ np.asarray(jump) @ np.asarray(sizes)
    next_state = inverse @ np.asarray(move)
    total, term = first, first
    for _ in range(rounds):
        term = next_state @ term
        total = total + term
    return total
