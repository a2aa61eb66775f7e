"""A venue: frames in, messages and requests out, and no I/O; and finding one by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import ClassVar

from orderflow_core import SettingsError
from orderflow_record.messages import Level, Message, Request

GROUP = "orderflow.venues"


class Venue:
    """One exchange's feed of book and trades, over one connection at a time.

    A subclass is entered as an entry point of the group `orderflow.venues`. It keeps what belongs
    to the connection alone; the recorder keeps the book, follows the numbers and finds the gaps.

    Attributes:
        url: the address of its websocket.
        rest_url: the address of its REST interface.
        channels: what it subscribes to, for people.
        ping: a frame that keeps the connection alive, None where the protocol's own pings do.
        ping_seconds: how often it is sent.
        refresh_seconds: how often a book is asked for anew though nothing is missing; 0: never.

    """

    url: ClassVar[str]
    rest_url: ClassVar[str]
    channels: ClassVar[str]
    ping: ClassVar[str | None] = None
    ping_seconds: ClassVar[float] = 20
    refresh_seconds: ClassVar[float] = 0

    def __init__(self, instruments: Sequence[str]) -> None:
        self.instruments = list(instruments)

    def path(self) -> str:
        """Return what follows the address of the websocket."""
        return ""

    def requests(self) -> Iterable[Request]:
        """Return what a new connection begins with; forget what belonged to the one before."""
        raise NotImplementedError

    def facts(self) -> Iterable[Request]:
        """Return what tells of the instruments: tick, lot, contract value."""
        return ()

    def renew(self, instrument: str) -> Iterable[Request]:
        """Return what brings a new snapshot of one instrument's book, and of no other."""
        raise NotImplementedError

    def take(self, frame: bytes | str, instrument: str | None = None) -> Iterable[Message]:
        """Return what a frame says, or the answer to a request of this instrument.

        Raises ValueError, KeyError, TypeError or IndexError for one that makes no sense.
        """
        raise NotImplementedError

    def checksum(self, bids: Mapping[float, Level], asks: Mapping[float, Level]) -> int:
        """Return what the venue says of a book in `checksum`; only asked for where it says it."""
        raise NotImplementedError


def venue_class(name: str) -> type[Venue]:
    """Return the venue of this name; raises SettingsError where there is none that can be used."""
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        raise SettingsError(f"venue {name!r}: there is none of that name; there are {_all(found)}")
    try:
        loaded = found[name].load()
    except Exception as error:  # an import may raise whatever it likes
        raise SettingsError(f"venue {name!r} ({found[name].value}): {error}") from error
    if not (isinstance(loaded, type) and issubclass(loaded, Venue)):
        raise SettingsError(
            f"venue {name!r} ({found[name].value}) is no orderflow_record.venues.Venue"
        )
    return loaded


def _all(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
