"""Doubts a time of the exchange that runs away from the times of receipt."""

from __future__ import annotations

FAR_MS = 60_000


class Clock:
    """Compares the times of an instrument's messages with those of their receipt.

    One that is more than a minute ahead of both the message before it and the time that has passed
    since is doubted, as all later rows would stand at it; where the next one agrees, it was right.
    """

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None
        self._doubted = False

    def is_right(self, time: int, receipt: int | None) -> bool:
        """Take the next message's time and receipt, ms since the epoch."""
        if receipt is None:
            return True
        if self._last is not None and not self._doubted:
            ahead, passed = time - self._last[0], receipt - self._last[1]
            if ahead > FAR_MS and ahead - passed > FAR_MS:
                self._doubted = True
                return False
        self._doubted = False
        self._last = time, receipt
        return True
