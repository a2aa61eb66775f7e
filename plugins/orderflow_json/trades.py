"""`trades_data.jsonl`: the last trades, a line of columns for so many of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson

from orderflow_core import TradeBatches, files
from orderflow_json.lines import LinesFile

LINE = 1_000
"""The most trades of a line."""
KEPT = 100_000
"""The most trades of one write: of more the last ones, and the file is begun anew."""

_LINE = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


class TradesFile:
    """Gets blocks of trades, and grows by lines of what has come since the last write."""

    def __init__(self, folder: Path) -> None:
        self._file = LinesFile(
            folder / files.TRADES, folder / files.OLDER_TRADES, files.TRADES_BYTES
        )
        self._blocks: list[tuple[Any, ...]] = []
        self._count = 0
        self._lost = False
        self.reset, self.remove = self._file.reset, self._file.remove

    def add(self, batches: TradeBatches) -> None:
        """Keep the trades of a block for the next write, and none that it will leave out."""
        if not len(batches.price):
            return
        columns = (batches.trade_timestamp, batches.price, batches.size, batches.side)
        self._blocks.append(merged(*columns))
        self._count += len(self._blocks[-1][0])
        while self._count - len(self._blocks[0][0]) >= KEPT:
            self._count -= len(self._blocks.pop(0)[0])
            self._lost = True

    def write(self, *, durable: bool = False) -> None:
        """Append the trades that were kept; raises OutputError."""
        if self._lost or self._count > KEPT:
            self._file.reset()
        if self._count:
            columns = [np.concatenate(column)[-KEPT:] for column in zip(*self._blocks, strict=True)]
            for line in _lines(*columns):
                self._file.add(line)
        self._blocks, self._count, self._lost = [], 0, False
        self._file.write(durable=durable)


def merged(times: Any, price: Any, size: Any, side: Any) -> tuple[Any, ...]:
    """Return new columns: neighbours of one time, price and side are one, of their size."""
    same = (times[1:] == times[:-1]) & (price[1:] == price[:-1]) & (side[1:] == side[:-1])
    first = np.flatnonzero(np.append(True, ~same))
    return times[first], price[first], np.add.reduceat(size, first), side[first]


def _lines(times: Any, price: Any, size: Any, side: Any) -> list[bytes]:
    lines = []
    for start in range(0, len(times), LINE):
        part = slice(start, start + LINE)
        columns = {
            "timestamp": times[part],
            "price": price[part],
            "size": size[part],
            "side": side[part],
        }
        lines.append(orjson.dumps(columns, option=_LINE))
    return lines
