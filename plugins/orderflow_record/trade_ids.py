"""Which trades came before, and whether any is missing between two."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

REMEMBERED = 65_536


class TradeIds:
    """The last ids of an instrument's trades.

    Attributes:
        last: the number of the last trade, None before one.

    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self.last: int | None = None
        self._lost = False
        self._order: deque[str] = deque(ids, maxlen=REMEMBERED)
        self._known = set(self._order)

    def is_new(self, id: str) -> bool:
        """Remember an id; return whether it was not among the last ones."""
        if id in self._known:
            return False
        if len(self._order) == REMEMBERED:
            self._known.discard(self._order[0])
        self._order.append(id)
        self._known.add(id)
        return True

    def missing(self, first: int | None, last: int | None) -> int | None:
        """Follow the numbers of trades; return which was expected where any is missing."""
        if first is None or last is None:
            return None
        before = self.last
        self.last = last if before is None or self._lost else max(before, last)
        self._lost = False
        return before + 1 if before is not None and first > before + 1 else None

    def lose(self) -> None:
        """Follow whatever number comes next, as a venue may begin anew."""
        self._lost = True
