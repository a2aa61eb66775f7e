"""The table `trades` as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

import numpy as np

from orderflow_core import Bools, Floats, Texts
from orderflow_core.sources import Ledger, TradeRows
from orderflow_sqlite.levels import BAD_PRICE, BAD_SIZE, NO_PRICE, TOO_LARGE, is_price, number
from orderflow_sqlite.raw_rows import INTEGER, TEXT, RawRows
from orderflow_sqlite.reader import TableReader
from orderflow_sqlite.refusals import BAD_ID, BAD_SIDE
from orderflow_sqlite.repeats import ADVICE, Repeats

SIDE = "sign"
"""The column that tells the aggressor's side: 1 buy, -1 sell, 0 what is neither."""

_Trade: TypeAlias = tuple[int, str, float, float, int, int]


@dataclass
class TradeReading:
    """How trades are read, and what carries from file to file."""

    ledger: Ledger
    repeats: Repeats

    def read(self, reader: TableReader) -> Iterator[TradeRows]:
        """Yield the trades of one file in chunks."""
        if self.repeats.rule == "drop" and not reader.has("trade_id"):
            self._warn(f'{reader.where} has no trade_id: duplicates = "drop" does nothing for it')
        for rows in reader.batches():
            again = self._came_before(reader, rows) if self.repeats.looks else None
            trades = None if again is not None and again.any() else _whole(reader, rows)
            if trades is None:
                again = self._came_before(reader, rows) if again is None else again
                trades = self._row_by_row(reader, rows, again)
            elif again is None:
                self.repeats.put_down(trades.trade_id)
            if len(trades) and reader.stream.is_after(int(trades.timestamp[-1])):
                trades = trades.rows(0, reader.stream.until_after(trades.timestamp))
                reader.stream.stopped = True
            reader.refusals.used += len(trades)
            yield trades

    def end(self) -> None:
        """Tell of trades that came again and were kept."""
        if self.repeats.kept:
            self._warn(
                f"{self.repeats.kept:,} trades have the trade_id of one before; "
                'duplicates = "drop" in [source] leaves such trades out'
            )

    def _warn(self, warning: str) -> None:
        if warning not in self.ledger.warnings:
            self.ledger.warnings.append(warning)

    def _came_before(self, reader: TableReader, rows: RawRows) -> Bools:
        """Return which rows have the trade_id of one before; rows of others have none."""
        ids = _trade_ids(reader, rows)
        own = (reader.is_own(rows, row) for row in range(len(rows)))
        return self.repeats.came_before(
            each if mine else "" for each, mine in zip(ids, own, strict=True)
        )

    def _row_by_row(self, reader: TableReader, rows: RawRows, again: Bools) -> TradeRows:
        trades = []
        for row in range(len(rows)):
            if again[row] and self.repeats.rule == "drop":
                self.ledger.duplicates += reader.is_asked_for(rows, row)
                continue
            time = reader.time(rows, row, advice=ADVICE if again[row] else None)
            trade = None if time is None else _read_trade(reader, rows, row, time)
            if trade is not None:
                trades.append(trade)
                self.repeats.kept += bool(again[row]) and reader.is_asked_for(rows, row)
                if reader.stream.is_after(trade[-1]):
                    break
        return _columns(trades)


def _whole(reader: TableReader, rows: RawRows) -> TradeRows | None:
    """Return the rows as columns if all of them are in order, else None."""
    price, size = (rows.numbers(reader.place(name)) for name in ("price", "size"))
    lowest = -TOO_LARGE if reader.any_price else 0
    possible = _are_between(price, lowest) and _are_between(size, 0)
    side = rows.integers(reader.place(SIDE))
    if not (possible and side.all() and rows.are(reader.place("id"), INTEGER)):
        return None
    times = reader.times(rows)
    if times is None:
        return None
    number = rows.integers(reader.place("id")).copy()
    return TradeRows(
        id=number,
        trade_id=_trade_ids(reader, rows),
        price=price,
        size=size,
        side=side.astype(np.int8),
        timestamp=times,
    )


def _are_between(numbers: Floats, lowest: float) -> bool:
    """Whether all are above the lowest, and none is too large; NaN is neither."""
    return bool(numbers.min() > lowest and numbers.max() < TOO_LARGE)


def _trade_ids(reader: TableReader, rows: RawRows) -> Texts:
    if not reader.has("trade_id"):
        return Texts.of([""] * len(rows))
    column = reader.place("trade_id")
    if rows.are(column, TEXT):
        return rows.texts(column)
    return Texts.of(_text(rows.value(column, row)) for row in range(len(rows)))


def _columns(trades: Sequence[_Trade]) -> TradeRows:
    number, trade_id, price, size, side, times = zip(*trades, strict=True) if trades else ((),) * 6
    return TradeRows(
        id=np.array(number, np.int64),
        trade_id=Texts.of(trade_id),
        price=np.array(price, np.float64),
        size=np.array(size, np.float64),
        side=np.array(side, np.int8),
        timestamp=np.array(times, np.int64),
    )


def _read_trade(reader: TableReader, rows: RawRows, row: int, time: int) -> _Trade | None:
    price, size = (number(reader.value(rows, name, row)) for name in ("price", "size"))
    side, identity = reader.value(rows, SIDE, row), reader.value(rows, "id", row)
    if not (is_price(price) if reader.any_price else isfinite(price) and price > 0):
        reader.refuse(rows, row, NO_PRICE if reader.any_price else BAD_PRICE, "price")
    elif not (isfinite(size) and size > 0):
        reader.refuse(rows, row, BAD_SIZE, "size")
    elif not isinstance(side, int) or not side:
        reader.refuse(rows, row, BAD_SIDE, "side")
    elif not isinstance(identity, int):
        reader.refuse(rows, row, BAD_ID, "id")
    else:
        trade_id = reader.value(rows, "trade_id", row) if reader.has("trade_id") else None
        return identity, _text(trade_id), price, size, side, time
    return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
