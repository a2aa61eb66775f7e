"""A small market that a fake exchange plays."""

from orderflow_record.messages import Snapshot
from orderflow_record.testing import Sent

from tests.plugins.record.feeds import NAME, NOON, snapshot, trade, update


def market(length: int = 40) -> tuple[Snapshot, list[Sent]]:
    """Return a book, and updates 50 ms apart with a trade after each."""
    messages: list[Sent] = []
    for step in range(1, length // 2 + 1):
        messages.append(
            update(NOON + 50 * step, 10 + step, 9 + step, ["100", str(step)], ["99", "2"])
        )
        messages.append(trade(NOON + 50 * step + 10, step))
    return snapshot(NOON), messages


def last_bid(length: int = 40) -> list[str]:
    """Return the best bid after all of it."""
    return ["100", str(length // 2)]


__all__ = ["NAME", "last_bid", "market"]
