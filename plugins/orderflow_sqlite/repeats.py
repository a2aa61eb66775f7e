"""Trades that come again, as after a reconnect: those whose `trade_id` was among the last ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from orderflow_core import Bools

DuplicateRule: TypeAlias = Literal["keep", "drop"]
MOST = 65_536
ADVICE = (
    'its trade_id came before: set duplicates = "drop" in [source] to have such trades left out'
)


@dataclass
class Repeats:
    """The ids of the last trades, and how many came again and were kept.

    Trades that come in order are put down as they are, and looked at only when some do not.
    """

    rule: DuplicateRule = "keep"
    always: bool = False
    kept: int = 0
    _unread: deque[Sequence[str]] = field(default_factory=deque)
    _count: int = 0
    _order: deque[str] = field(default_factory=deque)
    _ids: set[str] = field(default_factory=set)

    @property
    def looks(self) -> bool:
        """Whether trades are looked at that come in order too."""
        return self.always or self.rule == "drop"

    def put_down(self, ids: Sequence[str]) -> None:
        """Take ids of trades that came in order."""
        self._unread.append(ids)
        self._count += len(ids)
        while self._count - len(self._unread[0]) >= MOST:
            self._count -= len(self._unread.popleft())

    def came_before(self, ids: Iterable[str]) -> Bools:
        """Return which of the next trades have the id of one before; none where it is empty."""
        while self._unread:
            for known in self._unread.popleft():
                self._is_new(known)
        self._count = 0
        return np.array([bool(each) and not self._is_new(each) for each in ids], np.bool_)

    def _is_new(self, each: str) -> bool:
        if each in self._ids:
            return False
        self._ids.add(each)
        self._order.append(each)
        if len(self._order) > MOST:
            self._ids.discard(self._order.popleft())
        return True
