"""The clock of the exchange beside that of the recorder."""

from __future__ import annotations

FAR_MS = 60_000
MINUTE_MS = 60_000


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


class Offset:
    """How far the recorder's clock is ahead of the exchange's, in ms, by the quickest message.

    The time that this message was on its way is in it. It is known anew for each minute, so that a
    step of either clock is seen.
    """

    def __init__(self) -> None:
        self._began: int | None = None
        self._least = 0

    def take(self, time: int, receipt: int) -> int | None:
        """Take a message's times; return the offset with the first one, and when a minute is over.

        Times are ms since the epoch.
        """
        ahead, began = receipt - time, self._began
        if began is not None and abs(receipt - began) < MINUTE_MS:
            if ahead < self._least:
                self._least = ahead
            return None
        found = ahead if began is None else self._least
        self._began, self._least = receipt, ahead
        return found
