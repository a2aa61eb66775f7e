"""How long to wait before something is tried again."""

from __future__ import annotations

FIRST = 1.0
LONGEST = 30.0


class Backoff:
    """Seconds that double from one failure to the next."""

    def __init__(self, first: float = FIRST) -> None:
        self._first = first
        self._next = first

    def wait(self) -> float:
        """Return how long to wait now."""
        seconds, self._next = self._next, min(self._next * 2, LONGEST)
        return seconds

    def reset(self) -> None:
        """Begin anew, as it has worked."""
        self._next = self._first
