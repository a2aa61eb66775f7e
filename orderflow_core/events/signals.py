"""`Signal`: a moment that is worth a mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np

from orderflow_core.contract.series import Series, check_text
from orderflow_core.errors import EventError
from orderflow_core.events.event import Event


@dataclass(frozen=True, kw_only=True)
class Signal(Event, hook="on_signal"):
    """A moment that is worth a mark on the chart, a line in a list, or an order.

    Attributes:
        series: what it is called and how it is drawn; left out, named after the table.
        price: where it is marked, None for the series' own pane.
        value: what it measures, in the series' unit, None for nothing.
        side: +1 buy, -1 sell, 0 for neither.
        text: a few words.

    Raises ValueError for another side, for a price or value that is not finite, and for a text
    or a series that is none.

    """

    series: Series = field(default_factory=Series)
    price: float | None = None
    value: float | None = None
    side: int = 0
    text: str = ""

    def __post_init__(self) -> None:
        check_text("text", self.text)
        if not isinstance(self.series, Series):
            raise EventError(f"series = {self.series!r} is no Series")
        if self.side not in (-1, 0, 1):
            raise ValueError(f"side = {self.side!r}: a signal's side is +1 buy, -1 sell or 0")
        for name in ("price", "value"):
            number = getattr(self, name)
            if number is not None and not isfinite(number):
                raise ValueError(f"{name} = {number!r}: a signal's {name} is finite, or None")

    def fits(self, columns: Mapping[str, Any]) -> bool:
        """Whether many signals are fit: this one, with columns of numbers and texts."""
        return (
            _COLUMNS.issuperset(columns)
            and {str}.issuperset(map(type, columns.get("text", ())))
            and _are_sides(columns.get("side", 0))
            and all(_are_finite(columns.get(name, 0)) for name in ("price", "value"))
        )


_COLUMNS = frozenset(["timestamp", "known_at", "price", "value", "side", "text"])


def _are_sides(values: Any) -> bool:
    column = np.asarray(values)
    return column.dtype.kind == "i" and bool((abs(column) <= 1).all())


def _are_finite(values: Any) -> bool:
    column = np.asarray(values)
    return column.dtype.kind in "if" and bool(np.isfinite(column).all())
