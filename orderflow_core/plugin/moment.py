"""Where in the stream a plugin is being called."""

from __future__ import annotations

from typing import Any

from orderflow_core.events import Bools, TradeBatch


class Moment:
    """What one plugin's hook is being given; its seat on the bus keeps it up to date.

    Attributes:
        event: the row or derived row that a row hook is given, None in any other hook.
        row: the place of that row in its block, -1 in any other hook.
        sure: in the hooks for the columns of the book, which of the block's rows are sure; in the
            row hooks, whether all of the block's rows, and all events between them, are.

    """

    __slots__ = ("event", "row", "sure")

    def __init__(self) -> None:
        self.leave()

    def leave(self) -> None:
        """No row hook is being called, and nothing is in doubt."""
        self.event: Any = None
        self.row = -1
        self.sure: Bools | bool = True

    @property
    def time(self) -> int | None:
        """The time under way in ms, None outside the row hooks.

        It is a row's own, that of a batch's last trade, and the `known_at` of a derived row.
        """
        event = self.event
        if event is None:
            return None
        if isinstance(event, TradeBatch):
            return event.last_time
        known_at: int | None = getattr(event, "known_at", None)
        return int(event.timestamp) if known_at is None else known_at

    @property
    def is_sure(self) -> bool:
        """Whether the row under way is sure; trades and bars always are."""
        return self.event is None or bool(getattr(self.event, "sure", True))
