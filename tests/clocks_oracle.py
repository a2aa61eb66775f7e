"""Bars that trades close, and metrics that follow them, worked out the plain way."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from tests.oracle_reading import Trade

# begin, sequence, open, high, low, close, volume, end, complete; known at its end
PriceBar = tuple[int, int, float, float, float, float, float, int, bool]
# begin, sequence, open, high, low, close, end, complete
FollowingBar = tuple[int, int, float, float, float, float, int, bool]


def price_bars(trades: Sequence[Trade], clock: str, threshold: float, end: int) -> list[PriceBar]:
    """Each bar has the trades up to the one that reaches the threshold, in exact decimals.

    What is left at the stream's `end` is a bar that is not complete.
    """
    bars: list[PriceBar] = []
    held: list[Trade] = []
    total = Fraction(0)
    for trade in trades:
        held.append(trade)
        total += _step(trade, clock)
        if abs(total) >= Fraction(repr(threshold)):
            bars.append(_bar(held, bars, trade.timestamp, True))
            held, total = [], Fraction(0)
    if held:
        bars.append(_bar(held, bars, end, False))
    return bars


def _step(trade: Trade, clock: str) -> Fraction:
    price, size = Fraction(repr(trade.price)), Fraction(repr(trade.size))
    steps = {"trades": Fraction(1), "volume": size, "value": price * size}
    return steps.get(clock, Fraction(trade.side))


def _bar(held: list[Trade], before: list[PriceBar], end: int, complete: bool) -> PriceBar:
    begin = held[0].timestamp
    prices = [trade.price for trade in held]
    volume = 0.0
    for trade in held:
        volume += trade.size
    sequence = sum(bar[0] == begin for bar in before)
    values = prices[0], max(prices), min(prices), prices[-1], volume
    return begin, sequence, *values, end, complete


def following(
    samples: Iterable[tuple[int, float]], bars: Sequence[PriceBar], first: float | None = None
) -> list[FollowingBar]:
    """A sample is in the first bar that ends at its time or later; one after them all in none.

    With `first` a bar opens at the last sample before it, the first one of all at that value.
    """
    waiting = list(samples)
    found: list[FollowingBar] = []
    carried = first
    for begin, sequence, *_, end, complete in bars:
        inside = [value for time, value in waiting if time <= end]
        waiting = waiting[len(inside) :]
        if inside:
            values = inside if carried is None else [carried, *inside]
            carried = None if carried is None else inside[-1]
            values_of = values[0], max(values), min(values), values[-1]
            found.append((begin, sequence, *values_of, end, complete))
    return found
