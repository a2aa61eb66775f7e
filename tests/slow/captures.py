"""Captures of real feeds, written into SQLite as a recorder does: row by row as they came."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.plugins.sqlite.make import Row, book_row, trade_row, write
from tests.recordings import DATA

CAPTURES = DATA / "captures"
Level = tuple[float, float]
Top = tuple[Level, Level]  # best bid and best ask, with their sizes
TEN = 10


def messages(name: str) -> Iterator[tuple[int, Any]]:
    """Yield the time of receipt in ns and the content of each line."""
    with gzip.open(CAPTURES / name, "rt") as lines:
        for line in lines:
            received, _, content = line.partition(" ")
            yield int(received), json.loads(content)


# Binance


def binance(name: str) -> tuple[list[Row], dict[object, Top]]:
    """Return the book rows of a capture, and the best levels of its bookTicker by their number.

    A row of spot, which has no number of the row before, comes right after the number before `U`.
    """
    rows: list[Row] = []
    tops: dict[object, Top] = {}
    for received, message in messages(name):
        if "lastUpdateId" in message:
            time = message.get("T", received // 1_000_000)
            columns = {"seq_id": message["lastUpdateId"], "prev_seq_id": -1, "action": "snapshot"}
            rows.append(book_row(time, message["bids"], message["asks"], **columns))
        elif message["stream"].endswith("bookTicker"):
            data = message["data"]
            bid, ask = (
                (float(data[price]), float(data[size])) for price, size in (("b", "B"), ("a", "A"))
            )
            tops[data["u"]] = bid, ask
        elif "depth" in message["stream"]:
            rows.append(_depth(message["data"]))
    return rows, tops


def _depth(data: dict[str, Any]) -> Row:
    before = data.get("pu", data["U"] - 1)
    columns = {"seq_id": data["u"], "prev_seq_id": before, "action": "update"}
    return book_row(data.get("T", data["E"]), data["b"], data["a"], **columns)


# Kraken

Strings = dict[str, str]  # price to size, as they came


def kraken() -> dict[str, tuple[list[Row], list[tuple[list[Level], list[Level]]]]]:
    """Return of each pair its book rows, and its ten best levels after each.

    Those are of a book of the exchange's own strings, whose checksum is that of the message.
    """
    found: dict[str, tuple[list[Row], list[tuple[list[Level], list[Level]]]]] = {}
    books: dict[str, tuple[Strings, Strings]] = {}
    with gzip.open(CAPTURES / "kraken_2022.ws.gz", "rt") as lines:
        for line in lines:
            received, _, content = line.partition(": ")
            if not content.startswith("["):
                continue
            _, *parts, _, pair = json.loads(content)
            sides = {name: levels for part in parts for name, levels in part.items()}
            if "as" in sides:
                books[pair] = {}, {}
            book, (rows, tops) = books[pair], found.setdefault(pair, ([], []))
            rows.append(_kraken_row(float(received), sides))
            for side, names in zip(book, (("b", "bs"), ("a", "as")), strict=True):
                _change(side, [level for name in names for level in sides.get(name, ())])
            bids, asks = _best(book)
            if "c" in sides:
                assert _checksum(bids, asks) == int(sides["c"])
            tops.append((_numbers(bids), _numbers(asks)))
    return found


def kraken_as_v2() -> Iterator[str]:
    """Yield the same feed line by line as protocol 2 has it: numbers with the digits of the texts.

    A whole book is given the checksum of its ten best levels, as there was none in it then.
    """
    with gzip.open(CAPTURES / "kraken_2022.ws.gz", "rt") as lines:
        for line in lines:
            received, _, content = line.partition(": ")
            if not content.startswith("["):
                continue
            _, *parts, _, pair = json.loads(content)
            sides = {name: levels for part in parts for name, levels in part.items()}
            kind = "snapshot" if "as" in sides else "update"
            bids, asks = (
                [level[:2] for name in names for level in sides.get(name, ())]
                for names in (("b", "bs"), ("a", "as"))
            )
            checksum = sides.get("c", _checksum(bids[:TEN], asks[:TEN]))
            when = datetime.fromtimestamp(float(received), UTC).isoformat()
            books = f'"bids": [{_as_numbers(bids)}], "asks": [{_as_numbers(asks)}]'
            row = f'{{"symbol": "{pair}", {books}, "checksum": {checksum}, "timestamp": "{when}"}}'
            yield f'{received} {{"channel": "book", "type": "{kind}", "data": [{row}]}}'


def _as_numbers(levels: Iterable[Sequence[str]]) -> str:
    return ", ".join(f'{{"price": {price}, "qty": {size}}}' for price, size in levels)


def _kraken_row(received: float, sides: dict[str, Any]) -> Row:
    if "as" in sides:
        return book_row(received, sides["bs"], sides["as"], action="snapshot")
    return book_row(received, sides.get("b"), sides.get("a"), action="update")


def _change(side: Strings, levels: Sequence[Sequence[str]]) -> None:
    for price, size, *_ in levels:
        if float(size):
            side[price] = size
        else:
            side.pop(price, None)


def _best(book: tuple[Strings, Strings]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    bids, asks = book
    return (
        sorted(bids.items(), key=lambda level: -float(level[0]))[:TEN],
        sorted(asks.items(), key=lambda level: float(level[0]))[:TEN],
    )


def _checksum(bids: Sequence[tuple[str, str]], asks: Sequence[tuple[str, str]]) -> int:
    numbers = [number for level in (*asks, *bids) for number in level]
    return crc32("".join(number.replace(".", "").lstrip("0") for number in numbers).encode())


def _numbers(levels: Sequence[tuple[str, str]]) -> list[Level]:
    return [(float(price), float(size)) for price, size in levels]


# Hyperliquid


def hyperliquid() -> tuple[list[Row], list[Top], list[Row]]:
    """Return the book rows of a capture, their best levels, and the trades."""
    books, tops, trades = [], [], []
    for _, message in messages("hyperliquid_btcusd_20250126.gz"):
        data = message["data"]
        if message["channel"] == "trades":
            trades += [
                trade_row(
                    trade["time"],
                    trade["px"],
                    trade["sz"],
                    "buy" if trade["side"] == "B" else "sell",
                )
                for trade in data
            ]
            continue
        bids, asks = ([[level["px"], level["sz"]] for level in side] for side in data["levels"])
        books.append(book_row(data["time"], bids, asks))
        bid, ask = ((float(side[0][0]), float(side[0][1])) for side in (bids, asks))
        tops.append((bid, ask))
    return books, tops, trades


def record(folder: Path, rows: list[Row], trades: Sequence[Row] = ()) -> Path:
    """Write a recording."""
    return write(folder / "CAPTURE-24-08-08.db", rows, trades)
