"""OKX's own check of a reader's book: a CRC-32 over the strings that the exchange sent.

The book is kept in these strings, because "30235" and "30235.0" are one price but two checksums.
"""

import csv
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

StringLevel = tuple[str, str]  # price, size

CHECKSUM_LEVELS = 25


class StringBook(NamedTuple):
    """The best levels after one book row, best first, and their checksum."""

    row_id: int
    bids: list[StringLevel]
    asks: list[StringLevel]
    checksum: int


def string_books(recording: Path) -> Iterator[StringBook]:
    """The book after each row of an OKX recording, whose first row is a snapshot."""
    bids: dict[str, str] = {}
    asks: dict[str, str] = {}
    uri = f"{recording.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        select = "SELECT id, bids, asks FROM book ORDER BY id"
        for row_id, bid_text, ask_text in database.execute(select):
            _update(bids, json.loads(bid_text))
            _update(asks, json.loads(ask_text))
            best_bids = sorted(bids.items(), key=_price, reverse=True)[:CHECKSUM_LEVELS]
            best_asks = sorted(asks.items(), key=_price)[:CHECKSUM_LEVELS]
            yield StringBook(row_id, best_bids, best_asks, checksum(best_bids, best_asks))


def _update(side: dict[str, str], levels: Iterable[list[str]]) -> None:
    for price, size, *_ in levels:
        if float(size) > 0:
            side[price] = size
        else:
            side.pop(price, None)


def _price(level: StringLevel) -> float:
    return float(level[0])


def checksum(bids: Iterable[StringLevel], asks: Iterable[StringLevel]) -> int:
    """The CRC-32 of the book's text as the exchange sends it, a signed 32-bit integer."""
    crc = zlib.crc32(checksum_text(bids, asks).encode())
    return crc - 2**32 if crc >= 2**31 else crc


def checksum_text(bids: Iterable[StringLevel], asks: Iterable[StringLevel]) -> str:
    """bid:size:ask:size level by level; where one side ends, the other goes on alone."""
    levels = chain.from_iterable(zip_longest(bids, asks, fillvalue=()))
    return ":".join(chain.from_iterable(levels))


def exchange_checksums(truth: Path) -> dict[int, int]:
    """What the exchange itself sent with each row: row id -> checksum."""
    with truth.open(newline="") as file:
        return {int(row["row_id"]): int(row["checksum"]) for row in csv.DictReader(file)}
