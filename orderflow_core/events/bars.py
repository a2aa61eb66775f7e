"""`Bars` and `MetricBars`: what is derived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat, starmap
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from orderflow_core.contract.series import CELL_CHANNELS, Series, check_text
from orderflow_core.errors import EventError
from orderflow_core.events.columns import Bools, Floats, Ints, check_lengths, freeze


class MetricBar(NamedTuple):
    """One bar of a metric.

    `known_at` is the time from which it could be acted on; it is not `complete` where the end of
    the stream cut it off. It ends at `end`, and of the bars of its series that begin in one
    millisecond it is the one of number `sequence`, from 0. `table` is the one whose plugin
    published it.
    """

    instrument: str
    series: Series
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    closed: bool
    known_at: int
    complete: bool
    end: int
    sequence: int
    table: str


class Bar(NamedTuple):
    """One price bar; all but its volume is as a metric bar's."""

    instrument: str
    series: Series
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    closed: bool
    known_at: int
    complete: bool
    end: int
    sequence: int
    table: str


@dataclass(frozen=True, eq=False, kw_only=True)
class _BarColumns:
    """The columns that bars of prices and of metrics share."""

    instrument: str
    series: Series
    timestamp: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    closed: Bools
    known_at: Ints
    complete: Bools | None = None
    end: Ints | None = None
    sequence: Ints | None = None
    table: str = ""

    values: ClassVar[Sequence[str]] = ("open", "high", "low", "close")

    def __post_init__(self) -> None:
        if self.complete is None:
            object.__setattr__(self, "complete", np.ones(len(self.timestamp), np.bool_))
        if self.end is None:
            object.__setattr__(self, "end", self.known_at)
        if self.sequence is None:
            object.__setattr__(self, "sequence", np.zeros(len(self.timestamp), np.int64))
        freeze(self)
        check_lengths(self, len(self), "timestamp", *self.values, *_MARKS)
        check_text("instrument", self.instrument)
        if not isinstance(self.series, Series):
            raise EventError(f"series = {self.series!r} is no Series")
        if self.series.style in CELL_CHANNELS:
            raise EventError(f"style = {self.series.style!r} is one of cells, not of bars")

    def __len__(self) -> int:
        return len(self.timestamp)

    def rows(self, chosen: Bools) -> Self:
        """Return the rows that a mask `[n]` chooses, as an event of their own."""
        names = ("timestamp", *self.values, *_MARKS)
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    def of_table(self, table: str) -> Self:
        """Return a copy, with columns of its own, that is a table's."""
        names = ("timestamp", *self.values, *_MARKS)
        columns = {name: getattr(self, name).copy() for name in names}
        return self.unchecked(**{**vars(self), **columns, "table": table})

    @classmethod
    def unchecked(cls, **fields: Any) -> Self:
        """Return an event of all its fields, which are known to fit; nobody else has its columns.

        A column is a contiguous array of its declared type, as kernels take it.
        """
        made = object.__new__(cls)
        vars(made).update(fields)
        for name in ("timestamp", *cls.values, *_MARKS):
            fields[name].setflags(write=False)
        return made

    def _rows(self) -> Iterator[Any]:
        names = ("timestamp", *self.values, *_MARKS)
        columns = (getattr(self, name).tolist() for name in names)
        return zip(
            repeat(self.instrument), repeat(self.series), *columns, repeat(self.table), strict=False
        )


_MARKS = ("closed", "known_at", "complete", "end", "sequence")


@dataclass(frozen=True, eq=False, kw_only=True)
class MetricBars(_BarColumns):
    """Bars of a metric. A row that is not `closed` is the open bar, published once a block.

    The open bar's `known_at` is the stream's time at the end of the block. A bar that the end of
    the stream cuts off is closed, but not `complete` (left out: all are). `end` left out is
    `known_at`, and `sequence` 0.
    """

    def __getitem__(self, index: int) -> MetricBar:
        return list(self)[index]

    def __iter__(self) -> Iterator[MetricBar]:
        return starmap(MetricBar, self._rows())


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars(_BarColumns):
    """Price bars with their volume; all else is as for metrics."""

    values: ClassVar[Sequence[str]] = ("open", "high", "low", "close", "volume")

    volume: Floats

    def __getitem__(self, index: int) -> Bar:
        return list(self)[index]

    def __iter__(self) -> Iterator[Bar]:
        return starmap(Bar, self._rows())
