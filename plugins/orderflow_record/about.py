"""What a recorder says of itself in the table `meta` of each file."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from orderflow_record.venue import Venue

DISTRIBUTION = "orderflow-bus"


def metas(name: str, venue: Venue, instruments: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return by instrument what is known without asking the venue."""
    said = {
        "venue": name,
        "channel": venue.channels,
        "recorder": f"orderflow {version(DISTRIBUTION)}",
    }
    return dict.fromkeys(instruments, said)
