"""A seeded market: a limit order book, the orders that reach it and the trades they make.

Prices are integer ticks, sizes integer lots, and chance enters as uniform numbers and `+ - * /`
alone: one seed gives one market on every machine.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

START = 1_040_000  # the first best bid, in ticks
LEVELS = 400  # of a side: below it orders come, above it they go
MIN_LEVELS = 100  # no trade takes a side below it
SPAN = 2_500  # ticks from the touch that hold half of the new levels
REACH = 520_000  # ticks from the touch that no level is beyond

UPDATES = 19.1  # orders that come, change or go in a step, on average
TURNOVER = 0.3  # the share of them that come or go
NEAR = 12  # half of the changes are among so many levels nearest to the touch
LEVEL_LOTS = 150  # half of the levels are smaller
MAX_LEVEL_LOTS = 6_000

BURSTS = 0.061  # the chance of aggressors in a step while nothing excites the market
FEEDBACK = 0.0006  # what each trade adds to it
CALMING = 0.0045  # the share of all additions that each step takes away
MAX_BURST = 40
ORDER_LOTS = 15  # half of the aggressors want less
MAX_ORDER_LOTS = 2_000
RESILIENCE = 0.64  # the chance that the side that was hit closes the spread

MOOD_CHANGE = 0.0022  # the chance of a new mood in a step
MAX_MOOD = 0.5
PERSISTENCE = 0.985  # how slowly the lean follows the mood
TEMPER = 0.2  # how much the lean says about the next aggressor
HOME = 25_000  # ticks from the start at which every mood is to go back

_BLOCK = 8_192

Level: TypeAlias = tuple[int, int]
"""Key (the tick, negated for asks) and lots, 0 for a level that is gone."""
Order: TypeAlias = tuple[bool, int, int]
"""Whether a level comes or goes; its ticks from the touch, else the rank that changes; lots."""


class Trade(NamedTuple):
    """What an aggressor took from one level."""

    tick: int
    lots: int
    is_buy: bool
    moment: float  # from 0 to 1 in its step


class Side:
    """The levels of one side; as the asks' keys are negated, the best key is always the largest."""

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

    def remove(self, rank: int) -> None:
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
                self.remove(0)
            lots -= taken
            yield key, taken

    def stir(self, orders: Iterable[Order], percent: int, limit: int) -> None:
        """Let orders come at keys up to the limit, change and go, with this share of their size."""
        keys, standing, changes = self._keys, self._lots, self._changes
        for is_turnover, where, size in orders:
            lots = 1 + size * percent // 100
            if not is_turnover:
                key = keys[-1 - where]
                standing[key] = changes[key] = lots
            elif len(keys) < LEVELS:
                self.place(limit - where, lots)
            else:
                self.remove(where % len(keys))

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

    The market leans to one side, the way its mood is, and moods change. That side has the larger
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
        """Place levels as an old market has them: dense at the touch, a few very far."""
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
            fills = self._hit.fill(lots)
            trades += [Trade(abs(key), taken, is_buy, moment) for key, taken in fills]
            moment += (1 - moment) * max(0, self.chance() - 0.6)  # most come at the same moment
        self._excitement += FEEDBACK * len(trades)
        return trades

    def step(self) -> None:
        """Let resting orders of both sides come, change and go."""
        self._wander()
        total = 1 + self._skewed(UPDATES - 1)
        of_bids = int((total + 1) * self.chance())
        lean = int(100 * self._lean)
        self.bids.stir(islice(self._orders, of_bids), 100 + lean, -self.asks.best - 1)
        self.asks.stir(islice(self._orders, total - of_bids), 100 - lean, -self.bids.best - 1)
        self._close_spread()

    def _wander(self) -> None:
        if self.chance() < MOOD_CHANGE:
            mood = 2 * self.chance() - 1 + (START - self.bids.best) / HOME
            self._mood = max(-MAX_MOOD, min(mood, MAX_MOOD))
        self._lean = self._mood + (self._lean - self._mood) * PERSISTENCE

    def _close_spread(self) -> None:
        """Let one order improve a best price, where there is room between the two."""
        room = -self.bids.best - self.asks.best - 1
        if room:
            spared = self.asks if self._hit is self.bids else self.bids
            side = self._hit if self.chance() < RESILIENCE else spared
            *_, lots = next(self._orders)
            side.place(side.best + 1 + int(room * self.chance()), lots)

    def _skewed(self, mean: float) -> int:
        """Draw a number from 0 to three times the mean, small ones more often."""
        chance = self.chance()
        return int(3 * mean * chance * chance)

    def _heavy(self, scale: int, most: int) -> int:
        """Draw a number with a heavy tail: one in two is above the scale, one in 100 above 99."""
        chance = self.chance()
        return min(int(scale * chance / (1 - chance)), most)


def _chances(random: Generator) -> Iterator[list[float]]:
    while True:
        yield random.random(_BLOCK).tolist()


def _orders(random: Generator) -> Iterator[Iterable[Order]]:
    def heavy(scale: int, most: int) -> NDArray[np.int64]:
        chance = random.random(_BLOCK)
        return np.minimum(scale * chance / (1 - chance), most).astype(np.int64)

    while True:
        is_turnover = random.random(_BLOCK) < TURNOVER
        where = np.where(is_turnover, heavy(SPAN, REACH), heavy(NEAR, REACH) % MIN_LEVELS)
        lots = 1 + heavy(LEVEL_LOTS, MAX_LEVEL_LOTS)
        yield zip(is_turnover.tolist(), where.tolist(), lots.tolist(), strict=True)
