"""A source: books and trades out of the CSV files of Tardis."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from math import isfinite
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from orderflow_core import BUY, SELL, InputError, Source, Trade
from orderflow_core.sources import Block, BookRow, BookRows, Input, Span, TradeRows, join

BOOK, TRADES = "incremental_book_L2", "trades"
NAME = re.compile(rf"(?P<exchange>.+?)_({BOOK}|{TRADES})_(?P<day>\d{{4}}-\d\d-\d\d)_(?P<symbol>.+)")
Line = Mapping[str, str]
Level = tuple[int, bool, int, str, float, float]
Row = TypeVar("Row", BookRow, Trade)
Read = TypeVar("Read", Level, Trade)


class TardisSource(Source):
    """Reads `<exchange>_incremental_book_L2_<day>_<symbol>.csv.gz`, and `..._trades_...` beside it.

    Lines stand in the order in which they were received, and those of one `local_timestamp` are one
    book row. Where `is_snapshot` turns on the book begins anew. The exchange's own time counts, in
    whole ms; one that goes back is used at the last time, and counted as late.
    """

    class Settings(Source.Settings):
        """Where the files are."""

        directory: Path = Field(Path("tardis"), description="the folder of the files")
        rows: int = Field(2048, ge=1, description="book rows in a block")

    settings: Settings

    def instruments(self) -> list[str]:
        """Return the symbols that have a book."""
        names = {symbol for symbol, _ in map(_named, self._files(BOOK))}
        if not names:
            raise InputError(f"there is no file *_{BOOK}_* in {self.settings.directory}")
        return sorted(names)

    def blocks(self, instrument: str) -> Iterator[Block]:
        """Yield the instrument's stream, day after day."""
        books = self._in_chunks(self._in_time(self._book_rows(instrument)))
        trades = self._in_chunks(self._in_time(self._trades(instrument)))
        return join(instrument, map(BookRows.of, books), map(TradeRows.of, trades), Span(0, 0))

    def _files(self, kind: str) -> list[Path]:
        found = self.settings.directory.glob(f"*_{kind}_*.csv*")
        return [path for path in found if NAME.fullmatch(_stem(path))]

    def _days(self, kind: str, instrument: str) -> Iterator[Path]:
        """Yield the files of an instrument, by day."""
        own = [path for path in self._files(kind) if _named(path)[0] == instrument]
        days = [_named(path)[1] for path in own]
        if len(set(days)) < len(days):
            raise InputError(
                f"{self.settings.directory} has {instrument} of two exchanges: take a folder each"
            )
        return iter(sorted(own, key=lambda path: _named(path)[1]))

    def _book_rows(self, instrument: str) -> Iterator[BookRow]:
        flagged = False
        for path in self._days(BOOK, instrument):
            for (_, flag), group in groupby(self._lines(path, _level), key=lambda line: line[:2]):
                levels = list(group)
                bids, asks = (
                    [(price, size) for *_, side, price, size in levels if side == each]
                    for each in ("bid", "ask")
                )
                yield BookRow(levels[-1][2], bids, asks, snapshot=flag and not flagged)
                flagged = flag

    def _trades(self, instrument: str) -> Iterator[Trade]:
        days = (self._lines(path, _trade) for path in self._days(TRADES, instrument))
        for number, trade in enumerate(chain.from_iterable(days), start=1):
            yield trade._replace(id=number)

    def _in_time(self, rows: Iterator[Row]) -> Iterator[Row]:
        last = 0
        for row in rows:
            late = row.timestamp < last
            self.ledger.late += late
            last = max(last, row.timestamp)
            yield row._replace(timestamp=last) if late else row

    def _in_chunks(self, rows: Iterator[Row]) -> Iterator[Sequence[Row]]:
        while chunk := list(islice(rows, self.settings.rows)):
            yield chunk

    def _lines(self, path: Path, read: Callable[[Line], Read]) -> Iterator[Read]:
        """Yield what can be read of each line; the others are refused and counted."""
        counted = Input(str(path), path.stat().st_size)
        self.ledger.inputs.append(counted)
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                counted.rows += 1
                try:
                    found = read(line)
                except (ValueError, KeyError, TypeError):
                    where = f"{path}, line {counted.rows + 1}"
                    self.ledger.refuse("a line that cannot be read", where)
                    continue
                yield found


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".csv")


def _named(path: Path) -> tuple[str, str]:
    """Return the symbol and the day in a file's name."""
    found = NAME.fullmatch(_stem(path))
    assert found is not None
    return found["symbol"], found["day"]


def _level(line: Line) -> Level:
    flag = {"true": True, "false": False}[line["is_snapshot"]]
    price, size = _numbers(line)
    received, time = int(line["local_timestamp"]), int(line["timestamp"]) // 1000
    if line["side"] not in ("bid", "ask"):
        raise ValueError
    return received, flag, time, line["side"], price, size


def _trade(line: Line) -> Trade:
    price, size = _numbers(line)
    side = {"buy": BUY, "sell": SELL}[line["side"]]
    if size == 0:
        raise ValueError
    return Trade(0, line["id"], price, size, side, int(line["timestamp"]) // 1000)


def _numbers(line: Line) -> tuple[float, float]:
    price, size = float(line["price"]), float(line["amount"])
    if not (isfinite(price) and isfinite(size) and price > 0 and size >= 0):
        raise ValueError
    return price, size
