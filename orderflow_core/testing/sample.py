"""The simulated market that the installed packages bring, as rows and trades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from itertools import islice
from typing import Any

from orderflow_core.testing.market import Moment, Pairs, Row, Tick

GROUP = "orderflow.samples"


def sample_market(rows: int = 600, *, levels: int = 20, seed: int = 1) -> list[Moment]:
    """Return a simulated market of so many book rows, ten a second, and its trades.

    It is what `orderflow sample` writes, without a file. Each row has its level updates, and the
    best `levels` after it, which reach a plugin as `Books`; 0 leaves them out, for a market that
    a plugin makes the `Books` of. The same seed gives the same market.
    """
    [entry] = entry_points(group=GROUP, name="simulated")
    return list(_items(entry.load()(rows, seed), levels))


def _items(steps: Iterable[Any], levels: int) -> Iterator[Moment]:
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for number, (timestamp, bid_updates, ask_updates, trades) in enumerate(steps):
        _apply(bids, bid_updates)
        _apply(asks, ask_updates)
        best = _best(bids, levels, highest=True), _best(asks, levels, highest=False)
        after = best if levels else None
        yield Row(timestamp, bid_updates, ask_updates, snapshot=number == 0, after=after)
        yield from (Tick(*trade) for trade in trades)


def _apply(side: dict[float, float], updates: Pairs) -> None:
    for price, size in updates:
        if size:
            side[price] = size
        else:
            side.pop(price, None)


def _best(side: dict[float, float], levels: int, *, highest: bool) -> Pairs:
    return list(islice(sorted(side.items(), reverse=highest), levels))
