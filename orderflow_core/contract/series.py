"""`Series`: what a series is called and how it is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

BarStyle: TypeAlias = Literal["candles", "line", "steps", "bars"]
CellStyle: TypeAlias = Literal["footprint", "heat", "profile"]
Style: TypeAlias = Literal[BarStyle, CellStyle]
CELL_CHANNELS: Mapping[str, int] = {"footprint": 2, "heat": 1, "profile": 2}
"""How many values each style of cells has at a price: buy and sell, or size."""
COLOR = r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})"
_HALVES = re.compile("[\ud800-\udfff]")
PRICE, VOLUME = "price", "volume"
TIME = "time"
"""The clock of bars that are windows of time."""
OWN_PANES = (PRICE, VOLUME)
"""The panes of the price bars. A table gives its pane its name, so none is called so."""


@dataclass(frozen=True)
class Series:
    """What a series is called and how it is drawn.

    `pane` is `"price"` (drawn over the candles) or a name; series of one name share a pane. The
    host gives the `key`; `title` and `pane` are the key where they are empty. `color` is a CSS
    hex such as `"#4f9dff"`, with or without an opacity. Raises ValueError for another style or
    colour, and for what is no text.
    """

    key: str = ""
    title: str = ""
    pane: str = ""
    style: Style = "candles"
    unit: str = ""
    color: str | None = None

    def __post_init__(self) -> None:
        for name in ("key", "title", "pane", "unit"):
            check_text(name, getattr(self, name))
        if self.style not in get_args(Style):
            styles = ", ".join(get_args(Style))
            raise ValueError(f"style = {self.style!r}: there are {styles}")
        if self.color is None:
            return
        check_text("color", self.color)
        if not re.fullmatch(COLOR, self.color):
            raise ValueError(f'color = {self.color!r}: write it as in "#4f9dff"')

    def named(self, key: str) -> Series:
        """Return this description under `key`."""
        return replace(self, key=key, title=self.title or key, pane=self.pane or key)


def check_text(name: str, value: object) -> None:
    """Raise ValueError for what is no text, or none that a file can hold."""
    fits = isinstance(value, str) and (value.isascii() or not _HALVES.search(value))
    if not fits:
        raise ValueError(f"{name} = {value!r} is no text of whole characters")
