"""Times in ms since the epoch, UTC: as texts for people, and as days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal

DAY_MS = 86_400_000
MONDAY_MS = 4 * DAY_MS
"""The first Monday after the epoch, which was a Thursday."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(ms: float, timespec: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Return a time as `2024-08-08 23:54:17 UTC`; one that has no date as its number."""
    try:
        moment = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return f"{ms} ms"
    return f"{moment.replace(tzinfo=None).isoformat(' ', timespec)} UTC"


def day_of(ms: int) -> date:
    """Return the UTC day of a time."""
    return (_EPOCH + timedelta(milliseconds=ms)).date()


def midnight(day: date) -> int:
    """Return the first ms of a UTC day."""
    return (day.toordinal() - _EPOCH.toordinal()) * DAY_MS
