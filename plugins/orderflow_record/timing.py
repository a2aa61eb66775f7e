"""How long rows are held, and how often they are written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Times of a recorder.

    Attributes:
        hold_ms: how far below the latest exchange time a row may still come in its order.
        batch_ms: how often what is below that is written.
        max_hold_ms: after how long without a message nothing is held back.
        silent_seconds: after how long without a message a connection counts as lost.

    """

    hold_ms: int = 250
    batch_ms: int = 100
    max_hold_ms: int = 1_000
    silent_seconds: float = 30
