"""`Bars` and `MetricBars`: what is derived, and how it is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import repeat, starmap
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from orderflow_core.events.columns import Bools, Floats, Ints, check_lengths, freeze

Style: TypeAlias = Literal["candles", "line", "bars"]
_COLOR = re.compile(r"#([0-9a-fA-F]{3,4}){1,2}")


@dataclass(frozen=True)
class Series:
    """What a series is called and how it is drawn.

    `pane` is `"price"` (drawn over the candles) or a name; series of one name share a pane. The
    host gives the `key`; `title` and `pane` are the key where they are empty. `color` is a CSS
    hex such as `"#4f9dff"`. Raises ValueError for another style or colour.
    """

    key: str = ""
    title: str = ""
    pane: str = ""
    style: Style = "candles"
    unit: str = ""
    color: str | None = None

    def __post_init__(self) -> None:
        if self.style not in get_args(Style):
            styles = ", ".join(get_args(Style))
            raise ValueError(f"style = {self.style!r}: there are {styles}")
        if self.color is not None and not _COLOR.fullmatch(self.color):
            raise ValueError(f'color = {self.color!r}: write it as in "#4f9dff"')

    def named(self, key: str) -> Series:
        """Return this description under `key`."""
        return replace(self, key=key, title=self.title or key, pane=self.pane or key)


class MetricBar(NamedTuple):
    """One bar of a metric; `known_at` is the time from which it could be acted on."""

    instrument: str
    series: Series
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    closed: bool
    known_at: int


class Bar(NamedTuple):
    """One price bar; `known_at` is the time from which it could be acted on."""

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

    def __post_init__(self) -> None:
        freeze(self)
        check_lengths(self, len(self), *self._names())

    def __len__(self) -> int:
        return len(self.timestamp)

    @classmethod
    @cache
    def _names(cls) -> list[str]:
        return [field.name for field in fields(cls) if field.name not in ("instrument", "series")]

    def _values(self) -> Iterator[Any]:
        columns = (getattr(self, name).tolist() for name in self._names())
        return zip(repeat(self.instrument), repeat(self.series), *columns, strict=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class MetricBars(_BarColumns):
    """Bars of a metric. A row that is not `closed` is the open bar, published once a block.

    The open bar's `known_at` is the stream's time at the end of the block.
    """

    closed: Bools
    known_at: Ints

    def __getitem__(self, index: int) -> MetricBar:
        return list(self)[index]

    def __iter__(self) -> Iterator[MetricBar]:
        return starmap(MetricBar, self._values())


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars(_BarColumns):
    """Price bars with their volume. A row that is not `closed` is the open bar.

    The open bar is published once a block; its `known_at` is the stream's time at the block's
    end.
    """

    volume: Floats
    closed: Bools
    known_at: Ints

    def __getitem__(self, index: int) -> Bar:
        return list(self)[index]

    def __iter__(self) -> Iterator[Bar]:
        return starmap(Bar, self._values())
