"""What a venue makes of frames, and what it asks the recorder to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Level: TypeAlias = list[str]
"""Price and size as the venue's own texts, and whatever it sends after them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A whole book.

    Attributes:
        instrument: whose.
        time: of the exchange, ms since the epoch; None where it says none.
        seq: the number of the last change that is in it; None where the feed has none.
        bids, asks: all levels, in any order.
        asked: whether it is the answer to a request, and may so be older than updates before it.
        checksum: what the venue says of the book after it.

    """

    instrument: str
    time: int | None
    seq: int | None
    bids: list[Level]
    asks: list[Level]
    asked: bool = False
    checksum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Changes of a book: new sizes of levels, 0 for one that is gone.

    `prev` is the number of the change before it, `seq` that of its own last; for a feed that counts
    by 1 that is the number before its first.
    """

    instrument: str
    time: int
    seq: int | None
    prev: int | None
    bids: list[Level]
    asks: list[Level]
    checksum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A trade, its side that of the aggressor.

    `first` and `last` are whole numbers where the ids of an instrument's trades are counted
    without holes: those of the first and the last trade that it stands for. `skip` is one whose id
    counts and that is not to be written: from before the subscription, or one that met no book.
    """

    instrument: str
    time: int
    id: str
    price: str
    size: str
    side: str
    first: int | None = None
    last: int | None = None
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a venue says of an instrument, as the rows of `meta` that are to be written."""

    instrument: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a venue tells people: that it refused a request, or is about to restart."""

    text: str


@dataclass(frozen=True, slots=True)
class Send:
    """A frame to be sent."""

    frame: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A path below the venue's REST address to be asked for; the answer goes to `take`.

    A snapshot that does not come is asked for again; facts are asked for once.
    """

    instrument: str
    path: str


Message: TypeAlias = Snapshot | Update | Trade | Facts | Notice
Request: TypeAlias = Send | Fetch
