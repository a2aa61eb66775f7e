"""A source: books and trades out of CSV files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby, islice
from math import isfinite
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from orderflow_core import BUY, SELL, InputError, Source, Trade
from orderflow_core.sources import Block, BookRow, BookRows, Input, Span, TradeRows, join

BOOK, TRADES = ".book.csv", ".trades.csv"
Row = TypeVar("Row")
Line = Mapping[str, str]


class CsvSource(Source):
    """Reads `<instrument>.book.csv` and `<instrument>.trades.csv`, both in time order.

    The columns of a book are `timestamp,side,price,size`, a level a line, side bid or ask, size 0
    for one that is gone; the lines of one timestamp are one row, and the first row is a snapshot.
    Those of trades are `timestamp,side,price,size`, side buy or sell, the aggressor's. Times are
    in ms.
    """

    class Settings(Source.Settings):
        """Where the files are."""

        directory: Path = Field(Path("csv"), description="the folder of the files")
        rows: int = Field(2048, ge=1, description="book rows in a block")

    settings: Settings

    def instruments(self) -> list[str]:
        """Return the instruments that have a book."""
        books = self.settings.directory.glob(f"*{BOOK}")
        names = sorted(path.name.removesuffix(BOOK) for path in books)
        if not names:
            raise InputError(f"there is no file *{BOOK} in {self.settings.directory}")
        return names

    def blocks(self, instrument: str) -> Iterator[Block]:
        """Yield the instrument's stream."""
        books = self._in_chunks(self._book_rows(self._path(instrument, BOOK)))
        trades = self._in_chunks(self._trades(self._path(instrument, TRADES)))
        return join(instrument, map(BookRows.of, books), map(TradeRows.of, trades), Span(0, 0))

    def _path(self, instrument: str, ending: str) -> Path:
        path: Path = self.settings.directory / f"{instrument}{ending}"
        return path

    def _in_chunks(self, rows: Iterator[Row]) -> Iterator[list[Row]]:
        while chunk := list(islice(rows, self.settings.rows)):
            yield chunk

    def _book_rows(self, path: Path) -> Iterator[BookRow]:
        levels = self._lines(path, _level)
        for number, (time, group) in enumerate(groupby(levels, key=lambda level: level[0])):
            sides: dict[str, list[tuple[float, float]]] = {"bid": [], "ask": []}
            for _, side, price, size in group:
                sides[side].append((price, size))
            yield BookRow(time, sides["bid"], sides["ask"], snapshot=number == 0)

    def _trades(self, path: Path) -> Iterator[Trade]:
        if path.exists():
            for number, trade in enumerate(self._lines(path, _trade), start=1):
                yield trade._replace(id=number)

    def _lines(self, path: Path, read: Callable[[Line], Row]) -> Iterator[Row]:
        """Yield what can be read of each line; the others are refused and counted."""
        counted = Input(str(path), path.stat().st_size)
        self.ledger.inputs.append(counted)
        with path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                counted.rows += 1
                try:
                    yield read(line)
                except (ValueError, KeyError, TypeError):
                    where = f"{path}, line {counted.rows + 1}"
                    self.ledger.refuse("a line that cannot be read", where)


def _level(line: Line) -> tuple[int, str, float, float]:
    time, price, size = _numbers(line)
    if line["side"] not in ("bid", "ask") or size < 0:
        raise ValueError
    return time, line["side"], price, size


def _trade(line: Line) -> Trade:
    time, price, size = _numbers(line)
    if size == 0:
        raise ValueError
    return Trade(0, "", price, size, {"buy": BUY, "sell": SELL}[line["side"]], time)


def _numbers(line: Line) -> tuple[int, float, float]:
    price, size = float(line["price"]), float(line["size"])
    if not (isfinite(price) and isfinite(size) and price > 0 and size >= 0):
        raise ValueError
    return int(line["timestamp"]), price, size
