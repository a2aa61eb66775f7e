"""`Cells`: one column of a picture over price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from orderflow_core.contract.files import END_OF_TIME
from orderflow_core.contract.series import CELL_CHANNELS, Series
from orderflow_core.errors import EventError
from orderflow_core.events.columns import Floats
from orderflow_core.events.event import Event


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells(Event, hook="on_cells"):
    """What lies at each price in a stretch of time: a footprint, a heat map, a profile.

    Row i is at the price `low + i * tick`. Open cells (`closed = False`) go to sinks alone.

    Attributes:
        series: how it is drawn: its style is `"footprint"` (channels: buy, sell), `"heat"` (size)
            or `"profile"` (buy, sell).
        timestamp, end: the stretch of time `[timestamp, end)`, in ms.
        tick: the distance of two rows in price.
        low: the price of row 0.
        values: `[rows, channels]`, in the recording's size unit; the first and the last row of a
            heat map have all that lies outside, and are not drawn.

    Raises ValueError for what does not fit together.

    """

    series: Series
    end: int
    tick: float
    low: float
    values: Floats
    closed: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.series, Series):
            raise EventError(f"series = {self.series!r} is no Series")
        channels = CELL_CHANNELS.get(self.series.style)
        if channels is None:
            styles = ", ".join(CELL_CHANNELS)
            raise ValueError(f"style = {self.series.style!r}: cells are drawn as {styles}")
        values = np.asarray(self.values, np.float64)
        if values.ndim != 2 or values.shape[1] != channels:
            raise ValueError(
                f"values of shape {values.shape}: a {self.series.style} has [rows, {channels}]"
            )
        if not np.isfinite(values).all():
            raise ValueError("values must be finite")
        if not (isfinite(self.low) and isfinite(self.tick) and self.tick > 0):
            raise ValueError(f"low = {self.low!r}, tick = {self.tick!r}: both finite, tick above 0")
        if self.end < self.timestamp:
            raise ValueError(f"end = {self.end} is before timestamp = {self.timestamp}")
        if self.end >= END_OF_TIME:
            raise ValueError(f"end = {self.end}: no calendar has this time")
        object.__setattr__(self, "values", values)

    def fits(self, columns: Mapping[str, Any]) -> bool:
        """Whether many closed cells of one series are fit: this one, with columns of numbers."""
        if not (self.closed and {"timestamp", "known_at", "end", "low", "values"} == {*columns}):
            return False
        begin, end = np.asarray(columns["timestamp"]), np.asarray(columns["end"])
        numbers = np.asarray(columns["values"]), np.asarray(columns["low"])
        return (
            all(column.dtype == np.int64 for column in (begin, end))
            and all(column.dtype == np.float64 for column in numbers)
            and all(np.isfinite(column).all() for column in numbers)
            and bool((end >= begin).all() and (end < END_OF_TIME).all())
        )
