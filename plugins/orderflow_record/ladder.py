"""The recorder's own book: every level as the venue wrote it."""

from __future__ import annotations

from collections.abc import Iterable

from orderflow_record.messages import Level


class Ladder:
    """Bids and asks by price."""

    def __init__(self) -> None:
        self.bids: dict[float, Level] = {}
        self.asks: dict[float, Level] = {}

    def replace(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Begin with a whole book."""
        self.bids.clear()
        self.asks.clear()
        self.apply(bids, asks)

    def apply(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Set the levels that changed; a size of 0 removes one."""
        _set(self.bids, bids)
        _set(self.asks, asks)

    def sides(self) -> tuple[list[Level], list[Level]]:
        """Return bids and asks, the best ones first."""
        bids, asks = self.bids, self.asks
        return [bids[price] for price in sorted(bids, reverse=True)], [
            asks[price] for price in sorted(asks)
        ]


def _set(side: dict[float, Level], levels: Iterable[Level]) -> None:
    for level in levels:
        if float(level[1]):
            side[float(level[0])] = level
        else:
            side.pop(float(level[0]), None)
