"""The last bars of a series, ready to be written."""

from __future__ import annotations

from collections import deque
from typing import Any

from orderflow_core import Bars, MetricBars, files


class Rolling:
    """Rows `[timestamp, values...]`, the open bar replaced while it grows, the last 1,000 kept.

    `begins` are the time and the sequence of each.
    """

    def __init__(self) -> None:
        self.rows: deque[list[Any]] = deque(maxlen=files.ROWS)
        self.begins: deque[tuple[int, int]] = deque(maxlen=files.ROWS)

    def add(self, bars: Bars | MetricBars) -> None:
        """Append the bars; one that begins as the last row did replaces it."""
        columns = [bars.timestamp, bars.open, bars.high, bars.low, bars.close]
        if isinstance(bars, Bars):
            columns.append(bars.volume)
        new = [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        assert bars.sequence is not None
        begins = list(zip(bars.timestamp.tolist(), bars.sequence.tolist(), strict=True))
        if self.begins and begins and self.begins[-1] == begins[0]:
            self.rows.pop()
            self.begins.pop()
        self.rows.extend(new)
        self.begins.extend(begins)
