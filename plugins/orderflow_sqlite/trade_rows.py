"""The table `trades` as columns."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import numpy as np

from orderflow_core import Floats, Texts
from orderflow_core.sources import TradeRows
from orderflow_sqlite.levels import BAD_PRICE, BAD_SIZE, TOO_LARGE, number
from orderflow_sqlite.raw_rows import INTEGER, REAL, TEXT, RawRows
from orderflow_sqlite.reader import TableReader
from orderflow_sqlite.refusals import BAD_ID, BAD_SIDE

SIDE = "sign"
"""The column that tells the aggressor's side: 1 buy, -1 sell, 0 what is neither."""


def read_trades(reader: TableReader) -> Iterator[TradeRows]:
    """Yield the trades of one file in chunks."""
    for rows in reader.batches():
        trades = _whole(reader, rows) or _row_by_row(reader, rows)
        reader.refusals.used += len(trades)
        yield trades


def _whole(reader: TableReader, rows: RawRows) -> TradeRows | None:
    """Return the rows as columns if all of them are in order, else None."""
    price, size = (_numbers(rows, reader.place(name)) for name in ("price", "size"))
    positive = (price > 0) & (size > 0) & (price < TOO_LARGE) & (size < TOO_LARGE)
    side = rows.integers(reader.place(SIDE))
    if not (positive.all() and side.all() and rows.are(reader.place("id"), INTEGER)):
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


def _numbers(rows: RawRows, column: int) -> Floats:
    """Return a column as floats, NaN for what is no number."""
    if rows.are(column, REAL):
        return rows.reals(column).copy()
    if rows.are(column, INTEGER):
        return rows.integers(column).astype(np.float64)
    return np.array([number(rows.value(column, row)) for row in range(len(rows))])


def _trade_ids(reader: TableReader, rows: RawRows) -> Texts:
    if not reader.has("trade_id"):
        return Texts.of([""] * len(rows))
    column = reader.place("trade_id")
    if rows.are(column, TEXT):
        return rows.texts(column)
    return Texts.of(_text(rows.value(column, row)) for row in range(len(rows)))


def _row_by_row(reader: TableReader, rows: RawRows) -> TradeRows:
    trades = []
    for row in range(len(rows)):
        time = reader.time(rows, row)
        if reader.stopped:
            break
        trade = None if time is None else _read_trade(reader, rows, row, time)
        if trade is not None:
            trades.append(trade)
    number, trade_id, price, size, side, times = zip(*trades, strict=True) if trades else ((),) * 6
    return TradeRows(
        id=np.array(number, np.int64),
        trade_id=Texts.of(trade_id),
        price=np.array(price, np.float64),
        size=np.array(size, np.float64),
        side=np.array(side, np.int8),
        timestamp=np.array(times, np.int64),
    )


def _read_trade(
    reader: TableReader, rows: RawRows, row: int, time: int
) -> tuple[int, str, float, float, int, int] | None:
    price, size = (number(reader.value(rows, name, row)) for name in ("price", "size"))
    side, identity = reader.value(rows, SIDE, row), reader.value(rows, "id", row)
    if not (isfinite(price) and price > 0):
        reader.refuse(rows, row, BAD_PRICE, "price")
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
