"""The table `book` as columns of level updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orderflow_core.report import Gap, Ledger
from orderflow_core.windows import BookRows
from orderflow_sqlite.levels import BAD_LEVELS, parse_levels, read_level
from orderflow_sqlite.reader import TableReader


@dataclass
class BookReading:
    """How book rows are read, and what carries from file to file.

    `guess_snapshot` takes the first row of a file for a snapshot if it sets at least
    `snapshot_levels` levels on each side, where the recording has no column `action`.
    """

    ledger: Ledger
    guess_snapshot: bool
    snapshot_levels: int
    gap_ms: int
    last_time: int | None = None

    def read(self, reader: TableReader) -> Iterator[BookRows]:
        """Yield the rows of one file in chunks."""
        first = True
        for rows in reader.batches():
            columns = _Columns()
            for row in rows:
                levels = _read_levels(reader, row)
                if levels is None:
                    continue
                snapshot = self._is_snapshot(row, levels, first)
                if first and not snapshot and self.last_time is not None:
                    self.ledger.carried_without_snapshot += 1
                first = False
                self._note_gap(row["timestamp"])
                columns.add(row["timestamp"], snapshot, levels)
            yield columns.rows()

    def _is_snapshot(self, row: dict[str, Any], levels: _Levels, first: bool) -> bool:
        if "action" in row:
            return bool(row["action"] == b"snapshot")
        return (
            first
            and self.guess_snapshot
            and min(_present(levels[0]), _present(levels[1])) >= self.snapshot_levels
        )

    def _note_gap(self, time: int) -> None:
        if self.last_time is not None and time - self.last_time > self.gap_ms:
            self.ledger.gaps.append(Gap(after=self.last_time, before=time))
        self.last_time = time


_Side = list[tuple[float, float]]
_Levels = tuple[_Side, _Side]


def _present(side: _Side) -> int:
    return sum(size > 0 for _, size in side)


def _read_levels(reader: TableReader, row: dict[str, Any]) -> _Levels | None:
    """Return the usable levels of both sides, or None for a row that is refused as a whole."""
    bids, asks = parse_levels(row["bids"]), parse_levels(row["asks"])
    if bids is None or asks is None:
        reader.refuse(row, BAD_LEVELS)
        return None
    return _usable(reader, row, bids), _usable(reader, row, asks)


def _usable(reader: TableReader, row: dict[str, Any], levels: list[Any]) -> _Side:
    side = []
    for level in levels:
        found = read_level(level)
        if isinstance(found, str):
            reader.refuse(row, found)
        else:
            side.append(found)
    return side


@dataclass
class _Columns:
    timestamp: list[int] = field(default_factory=list)
    snapshot: list[bool] = field(default_factory=list)
    bids: list[_Side] = field(default_factory=list)
    asks: list[_Side] = field(default_factory=list)

    def add(self, timestamp: int, snapshot: bool, levels: _Levels) -> None:
        self.timestamp.append(timestamp)
        self.snapshot.append(snapshot)
        self.bids.append(levels[0])
        self.asks.append(levels[1])

    def rows(self) -> BookRows:
        return BookRows(
            np.array(self.timestamp, np.int64),
            np.array(self.snapshot, np.bool_),
            np.ones(len(self.timestamp), np.bool_),
            *_side_columns(self.bids),
            *_side_columns(self.asks),
        )


def _side_columns(sides: list[_Side]) -> tuple[Any, Any, Any]:
    """Return offsets `[n + 1]`, prices and sizes."""
    offset = np.cumsum([0, *map(len, sides)])
    levels = np.array([level for side in sides for level in side], np.float64).reshape(-1, 2)
    return offset, np.ascontiguousarray(levels[:, 0]), np.ascontiguousarray(levels[:, 1])
