"""The last bars of a series, ready to be written."""

from __future__ import annotations

from collections import deque
from typing import Any

from orderflow_core import Bars, MetricBars, files


class Rolling:
    """Rows `[timestamp, values...]`, the open bar replaced while it grows, the last 1,000 kept."""

    def __init__(self) -> None:
        self.rows: deque[list[Any]] = deque(maxlen=files.ROWS)

    def add(self, bars: Bars | MetricBars) -> None:
        """Append the bars; one with the last row's timestamp replaces it."""
        columns = [bars.timestamp, bars.open, bars.high, bars.low, bars.close]
        if isinstance(bars, Bars):
            columns.append(bars.volume)
        new = [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        if self.rows and new and self.rows[-1][0] == new[0][0]:
            self.rows.pop()
        self.rows.extend(new)
