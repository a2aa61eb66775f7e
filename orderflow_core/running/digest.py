"""The core's own account of a run: counts, times, and the digest of the results."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import numpy as np

from orderflow_core.events import Bars, Block, Books, MetricBars
from orderflow_core.running.report import Counts


class Account:
    """Sees everything that a bus delivers.

    The digest is one running SHA-256 per series over its closed bars in time order (timestamp,
    the values, `known_at`; little-endian, 8 bytes each), and one SHA-256 over the sorted keys
    with these, the final best levels and the counts. It does not depend on block size, lane,
    speed or reader.
    """

    def __init__(self) -> None:
        self.counts = Counts()
        self.bars: dict[str, int] = {}
        self.first_time: int | None = None
        self.last_time: int | None = None
        self.progress = 0.0
        self._hashes: dict[str, Any] = {}
        self._levels: list[bytes] = []

    def saw_block(self, block: Block, books: Books | None) -> None:
        """Count the block's rows and keep the last levels."""
        self.counts.windows += block.book_rows
        self.counts.trades += len(block.batches.price)
        self.counts.unsure += int(np.count_nonzero(~block.windows.sure))
        if self.first_time is None:
            self.first_time = int(block.windows.timestamp[0])
        self.last_time = block.batches.last_time
        self.progress = block.span.progress(self.last_time)
        if books is not None:
            self.counts.crossed += int(np.count_nonzero(books.crossed))
            self._levels = [_final_levels(*side) for side in _sides(books)]

    def saw_bars(self, bars: Bars | MetricBars) -> None:
        """Add the closed bars to their series' hash."""
        count = int(np.count_nonzero(bars.closed))
        if not count:
            return
        key = bars.series.key
        self.bars[key] = self.bars.get(key, 0) + count
        columns = [bars.timestamp, bars.open, bars.high, bars.low, bars.close]
        columns += [bars.volume] if isinstance(bars, Bars) else []
        packed = np.empty((count, len(columns) + 1), "<i8")
        for place, column in enumerate([*columns, bars.known_at]):
            packed[:, place] = _bytes(column[bars.closed])
        self._hashes.setdefault(key, sha256()).update(packed)

    def digest(self) -> str:
        """Return the digest of what was seen, as hex."""
        total = sha256()
        for key in sorted(self._hashes):
            total.update(key.encode() + b"\0" + self._hashes[key].digest())
        for levels in self._levels:
            total.update(levels)
        total.update(json.dumps(asdict(self.counts), sort_keys=True).encode())
        return total.hexdigest()


def _sides(books: Books) -> list[tuple[Any, Any]]:
    return [(books.bid_price[-1], books.bid_size[-1]), (books.ask_price[-1], books.ask_size[-1])]


def _final_levels(price: Any, size: Any) -> bytes:
    present = size > 0
    levels = np.column_stack([_bytes(price[present]), _bytes(size[present])])
    return len(levels).to_bytes(8, "little") + levels.tobytes()


def _bytes(column: Any) -> Any:
    """Return the column's 8-byte little-endian values as integers, so that they can be stacked."""
    kind = "<f8" if column.dtype.kind == "f" else "<i8"
    return np.ascontiguousarray(column, kind).view("<i8")
