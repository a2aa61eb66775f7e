"""The table `trades` as columns."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import numpy as np

from orderflow_core.events import Floats, Texts
from orderflow_core.windows import TradeRows
from orderflow_sqlite.levels import BAD_PRICE, BAD_SIZE, number
from orderflow_sqlite.raw_rows import INTEGER, REAL, TEXT, RawRows
from orderflow_sqlite.reader import TableReader

BAD_SIDE = "side is not buy or sell"
BAD_ID = "id is not a whole number"
SIDE = "side"
"""The column that tells the aggressor's side: 1 buy, -1 sell, 0 what is neither."""


def read_trades(reader: TableReader) -> Iterator[TradeRows]:
    """Yield the trades of one file in chunks."""
    for rows in reader.batches():
        trades = _whole(reader, rows)
        yield _row_by_row(reader, rows) if trades is None else trades


def _whole(reader: TableReader, rows: RawRows) -> TradeRows | None:
    """Return the rows as columns if all of them are in order, else None."""
    price, size = (_positive(rows, reader.place(name)) for name in ("price", "size"))
    side = rows.integers(reader.place(SIDE))
    if price is None or size is None or not side.all() or not rows.are(reader.place("id"), INTEGER):
        return None
    trade_id = _texts(reader, rows)
    times = None if trade_id is None else reader.times(rows)
    if times is None or trade_id is None:
        return None
    number = rows.integers(reader.place("id")).copy()
    return TradeRows(number, trade_id, price, size, side.astype(np.int8), times)


def _positive(rows: RawRows, column: int) -> Floats | None:
    """Return a column of finite numbers above 0, or None if it holds anything else."""
    if rows.are(column, REAL):
        values = rows.reals(column).copy()
    elif rows.are(column, INTEGER):
        values = rows.integers(column).astype(np.float64)
    else:
        return None
    return values if ((values > 0) & np.isfinite(values)).all() else None


def _texts(reader: TableReader, rows: RawRows) -> Texts | None:
    """Return the trade ids if all of them are texts, or if there are none at all, else None."""
    if not reader.has("trade_id"):
        return Texts.of([""] * len(rows))
    column = reader.place("trade_id")
    return rows.texts(column) if rows.are(column, TEXT) else None


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
        np.array(number, np.int64),
        Texts.of(trade_id),
        np.array(price, np.float64),
        np.array(size, np.float64),
        np.array(side, np.int8),
        np.array(times, np.int64),
    )


def _read_trade(
    reader: TableReader, rows: RawRows, row: int, time: int
) -> tuple[int, str, float, float, int, int] | None:
    price, size = (number(reader.value(rows, name, row)) for name in ("price", "size"))
    side, identity = reader.value(rows, SIDE, row), reader.value(rows, "id", row)
    if not (isfinite(price) and price > 0):
        reader.refuse(rows, row, BAD_PRICE)
    elif not (isfinite(size) and size > 0):
        reader.refuse(rows, row, BAD_SIZE)
    elif not isinstance(side, int) or not side:
        reader.refuse(rows, row, BAD_SIDE)
    elif not isinstance(identity, int):
        reader.refuse(rows, row, BAD_ID)
    else:
        trade_id = reader.value(rows, "trade_id", row) if reader.has("trade_id") else None
        return identity, _text(trade_id), price, size, side, time
    return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
