"""What has changed in a series since the browser got it: the tail, not the history."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any, TypeAlias

from orderflow_app.dashboard.figures.panes import Columns

Extent: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class Tail:
    """How a series changes: rows that leave at the front, rows that stay, values that follow."""

    drop: int
    keep: int
    columns: Columns

    def to_dict(self) -> dict[str, Any]:
        """Return it for the browser."""
        return {"drop": self.drop, "keep": self.keep, "columns": self.columns}


def extent(columns: Columns) -> Extent:
    """Return first time, last time and number of the rows: what the browser has of a series."""
    times = columns["x"]
    return (times[0], times[-1], len(times)) if times else (0, 0, 0)


def tail(have: Extent, columns: Columns) -> Tail | None:
    """Return the way from the rows that a browser has to these; None where there is none.

    A row is final when a later one has come, so the last row that the browser has is sent again.
    Where several begin in its millisecond, it is not known which of them that was.
    """
    first, last, count = have
    times = columns["x"]
    if not count:
        return Tail(0, 0, columns)
    final = bisect_left(times, last)
    drop = count - 1 - final
    is_one = bisect_right(times, last) == final + 1
    if not is_one or drop < 0 or (times[0] > first) != (drop > 0):
        return None
    return Tail(drop, final, {path: values[final:] for path, values in columns.items()})
