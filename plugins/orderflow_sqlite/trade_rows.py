"""The table `trades` as columns."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

import numpy as np

from orderflow_core import BUY, SELL
from orderflow_core.windows import TradeRows
from orderflow_sqlite.levels import BAD_PRICE, BAD_SIZE, number
from orderflow_sqlite.reader import TableReader

BAD_SIDE = "side is not buy or sell"
BAD_ID = "id is not a whole number"
_SIDES = {b"buy": BUY, b"sell": SELL}


def read_trades(reader: TableReader) -> Iterator[TradeRows]:
    """Yield the trades of one file in chunks."""
    for rows in reader.batches():
        trades = [trade for row in rows if (trade := _read_trade(reader, row)) is not None]
        columns = zip(*trades, strict=True) if trades else ((),) * 6
        yield TradeRows(*map(np.array, columns, "qOddbq"))


def _read_trade(
    reader: TableReader, row: dict[str, Any]
) -> tuple[int, str, float, float, int, int] | None:
    price, size = number(row["price"]), number(row["size"])
    side = _SIDES.get(row["side"].lower()) if isinstance(row["side"], bytes) else None
    if not (isfinite(price) and price > 0):
        reader.refuse(row, BAD_PRICE)
    elif not (isfinite(size) and size > 0):
        reader.refuse(row, BAD_SIZE)
    elif side is None:
        reader.refuse(row, BAD_SIDE)
    elif not isinstance(row["id"], int):
        reader.refuse(row, BAD_ID)
    else:
        trade_id = row.get("trade_id")
        return row["id"], _text(trade_id), price, size, side, row["timestamp"]
    return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
