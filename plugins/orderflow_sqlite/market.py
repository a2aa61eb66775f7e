"""A seeded market: a limit order book, the orders that reach it and the trades they make.

Prices are integer ticks, sizes integer lots, and chance enters as uniform numbers and `+ - * /`
alone: one seed gives one market on every machine.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

START = 1_040_000  # the first best bid, in ticks
LEVELS = 400  # of a side: below it orders come, above it they are cancelled
MIN_LEVELS = 100  # no trade takes a side below it
SPAN = 2_500  # ticks from the touch that hold half of the new levels
REACH = 520_000  # ticks from the touch that no level is beyond

UPDATES = 18.9  # orders that come, change or go in a step, on average
TURNOVER = 0.3  # the share of them that come or go
NEAR = 12  # half of the changes are among so many levels nearest to the touch
LEVEL_LOTS = 1_500  # half of the levels are smaller
MAX_LEVEL_LOTS = 60_000

BURSTS = 0.097  # the chance of aggressors in a step while nothing excites the market
FEEDBACK = 0.0012  # what each trade adds to it
CALMING = 0.012  # the share of all additions that each step takes away
MAX_BURST = 40
ORDER_LOTS = 150  # half of the aggressors want less
MAX_ORDER_LOTS = 20_000
RESILIENCE = 0.64  # the chance that the side that was hit closes the spread

MOOD_CHANGE = 0.004  # the chance of a new mood in a step
MAX_MOOD = 0.5
PERSISTENCE = 0.98  # how slowly the lean follows the mood
TEMPER = 0.2  # how much the lean says about the next aggressor
HOME = 25_000  # ticks from the start at which every mood is to go back

_BLOCK = 8_192

Level: TypeAlias = tuple[int, int]
"""Key and lots; the key is the tick, negated for asks; 0 lots for a level that is gone."""
Order: TypeAlias = tuple[bool, int, float, int, int]
"""Comes or goes, a rank near the touch, any rank from 0 to 1, ticks from the touch, lots."""


class Trade(NamedTuple):
    """What an aggressor took from one level."""

    tick: int
    lots: int
    is_buy: bool
    moment: float  # from 0 to 1 in its step


class Side:
    """The levels of one side; with asks negated, the largest key is the best of either side."""

    def __init__(self) -> None:
        self._keys: list[int] = []  # ascending
        self._lots: dict[int, int] = {}
        self._changes: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def best(self) -> int:
        """The key of the best level."""
        return self._keys[-1]

    def place(self, key: int, lots: int) -> None:
        """Put a level there, or change the one that stands."""
        if key not in self._lots:
            insort(self._keys, key)
        self._lots[key] = self._changes[key] = lots

    def cancel(self, rank: int) -> None:
        """Delete the level of this rank, 0 being the best."""
        key = self._keys.pop(-1 - rank)
        del self._lots[key]
        self._changes[key] = 0

    def fill(self, lots: int) -> Iterator[Level]:
        """Take so many lots, best level first; yield what each level gave."""
        while lots and len(self) > MIN_LEVELS:
            key = self.best
            standing = self._lots[key]
            taken = min(lots, standing)
            if taken < standing:
                self.place(key, standing - taken)
            else:
                self.cancel(0)
            lots -= taken
            yield key, taken

    def stir(self, orders: Iterable[Order], weight: float, limit: int) -> None:
        """Let orders come at keys up to the limit, change and go; their sizes have a weight."""
        keys = self._keys
        for is_turnover, near, anywhere, distance, size in orders:
            lots = 1 + int(size * weight)
            if not is_turnover:
                key = keys[-1 - near]
                self._lots[key] = self._changes[key] = lots
            elif len(keys) < LEVELS:
                self.place(limit - distance, lots)
            else:
                self.cancel(int(anywhere * len(keys)))

    def changes(self) -> list[Level]:
        """Hand over what has changed since the last call, best first."""
        changes = sorted(self._changes.items(), reverse=True)
        self._changes.clear()
        return changes

    def snapshot(self) -> list[Level]:
        """Hand over all levels, best first; what has changed is among them."""
        self._changes = dict(self._lots)
        return self.changes()


class Market:
    """A book and its two crowds: resting orders and aggressors.

    The market leans to one side, and its mood changes where it leans to. That side has the larger
    levels and the more frequent aggressors, so the imbalance of the book tells something about the
    next trades. Trades excite: each makes further ones likelier for a while.
    """

    def __init__(self, seed: int) -> None:
        random = Generator(PCG64(seed))
        self.chance = chain.from_iterable(_chances(random)).__next__
        self.bids = Side()
        self.asks = Side()
        self._orders = chain.from_iterable(_orders(random))
        self._open(self.bids, START)
        self._open(self.asks, -START - 1)
        self._hit = self.bids
        self._excitement = 0.0
        self._mood = 0.0
        self._lean = 0.0

    def _open(self, side: Side, touch: int) -> None:
        for rank, (*_, lots) in enumerate(islice(self._orders, LEVELS)):
            side.place(touch - min(SPAN * rank // (LEVELS - rank), REACH), lots)

    def trade(self) -> list[Trade]:
        """Let a burst of aggressors come, all on one side, or none."""
        self._excitement -= self._excitement * CALMING
        if self.chance() >= BURSTS + self._excitement:
            return []
        is_buy = 2 * self.chance() < 1 + TEMPER * self._lean
        self._hit = self.asks if is_buy else self.bids
        trades = []
        moment = self.chance()
        for _ in range(1 + self._heavy(1, MAX_BURST)):
            lots = 1 + self._heavy(ORDER_LOTS, MAX_ORDER_LOTS)
            trades += [Trade(abs(key), taken, is_buy, moment) for key, taken in self._hit.fill(lots)]
            moment += (1 - moment) * max(0, self.chance() - 0.6)  # most come at the same moment
        self._excitement += FEEDBACK * len(trades)
        return trades

    def step(self) -> None:
        """Let resting orders of both sides come, change and go."""
        self._wander()
        total = 1 + int(3 * (UPDATES - 1) * self.chance() ** 2)
        of_bids = int((total + 1) * self.chance())
        self.bids.stir(islice(self._orders, of_bids), 1 + self._lean, -self.asks.best - 1)
        self.asks.stir(islice(self._orders, total - of_bids), 1 - self._lean, -self.bids.best - 1)
        self._close_spread()

    def _wander(self) -> None:
        if self.chance() < MOOD_CHANGE:
            homesickness = (START - self.bids.best) / HOME
            mood = 2 * self.chance() - 1 + homesickness
            self._mood = max(-MAX_MOOD, min(mood, MAX_MOOD))
        self._lean = self._mood + (self._lean - self._mood) * PERSISTENCE

    def _close_spread(self) -> None:
        """Let one order improve a best price, where there is room between them."""
        room = -self.bids.best - self.asks.best - 1
        if room:
            spared = self.asks if self._hit is self.bids else self.bids
            side = self._hit if self.chance() < RESILIENCE else spared
            *_, lots = next(self._orders)
            side.place(side.best + 1 + int(room * self.chance()), lots)

    def _heavy(self, scale: int, most: int) -> int:
        return min(int(scale * _odds(self.chance())), most)


def _odds(chance: Any) -> Any:
    """Make a uniform number heavy-tailed: one in two is above 1, one in a hundred above 99."""
    return chance / (1 - chance)


def _chances(random: Generator) -> Iterator[list[float]]:
    while True:
        yield random.random(_BLOCK).tolist()


def _orders(random: Generator) -> Iterator[Iterable[Order]]:
    def heavy(scale: int, most: int) -> NDArray[np.int64]:
        return np.minimum(scale * _odds(random.random(_BLOCK)), most).astype(np.int64)

    while True:
        yield zip(
            (random.random(_BLOCK) < TURNOVER).tolist(),
            (heavy(NEAR, REACH) % MIN_LEVELS).tolist(),
            random.random(_BLOCK).tolist(),
            heavy(SPAN, REACH).tolist(),
            heavy(LEVEL_LOTS, MAX_LEVEL_LOTS).tolist(),
            strict=True,
        )
