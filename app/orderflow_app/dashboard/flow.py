"""What a browser is sent of cells and trades: what is new, and history in tiles, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from orderflow_app.dashboard.reading.following import Rows
from orderflow_app.dashboard.reading.reader import View
from orderflow_app.dashboard.updates import token

TILE_BYTES, TILE_ROWS = 96 * 1024, 512
Extent: TypeAlias = tuple[str, int, int]
"""Epoch of a file that grows, the first row that a browser has, and that after the last."""
_SETTINGS = ("ratio", "stack", "lot", "share", "rows")


class FlowHave(BaseModel):
    """What a browser has of which run; of the columns that grow, begin and `known_at`."""

    run: str = ""
    cells: Extent = ("", 0, 0)
    trades: Extent = ("", 0, 0)
    open: dict[str, tuple[int, int]] = {}


class _Row(Protocol):
    @property
    def weight(self) -> int: ...

    @property
    def wire(self) -> dict[str, Any]: ...


Row = TypeVar("Row", bound=_Row)


@dataclass(frozen=True)
class _Part(Generic[Row]):
    """Rows of a file that grows: those that go before what a browser has, and those after it."""

    held: Rows[Row]
    extent: tuple[int, int]
    anew: bool
    older: Sequence[Row] = ()
    newer: Sequence[Row] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it for the browser; `more` is whether it should ask again at once."""
        start, stop = self.extent
        return {
            "epoch": self.held.epoch,
            "first": self.held.first,
            "extent": self.extent,
            "anew": self.anew,
            "older": [row.wire for row in self.older],
            "newer": [row.wire for row in self.newer],
            "more": stop < self.held.end or start > self.held.first,
        }


def flow_update(view: View, have: FlowHave | None) -> dict[str, Any] | None:
    """Return what makes a browser have the cells and trades of a view; None where it has them."""
    run = token([view.instrument, view.run.started_at if view.run else ""])
    known = have if have is not None and have.run == run else FlowHave(run=run)
    cells = _part(view.cells, known.cells)
    trades = _part(view.trades, known.trades)
    growing = {key: each.since(*known.open.get(key, (-1, -1))) for key, each in view.open.items()}
    news = {key: column for key, column in growing.items() if column is not None}
    closed = sorted(known.open.keys() - view.open.keys())
    if cells is None and trades is None and not news and not closed and have == known:
        return None
    looks = {key: view.open[key].looks for key in news}
    looks |= {each.series: each.looks for each in (*cells.older, *cells.newer)} if cells else {}
    return {
        "run": run,
        "series": {key: {**look, **_options(view, key)} for key, look in looks.items()},
        "open": news,
        "closed": closed,
        "cells": cells.to_dict() if cells else None,
        "trades": trades.to_dict() if trades else None,
    }


def _part(held: Rows[Row], have: Extent) -> _Part[Row] | None:
    """Return new rows, or a tile of older ones where there are none; None where all is there."""
    epoch, start, stop = have
    anew = epoch != held.epoch or not held.first <= stop <= held.end
    if anew:
        start = stop = held.end
    rows = held.rows[stop - held.first :]
    newer = rows[: _tile(rows)]
    rows = held.rows[: max(start - held.first, 0)]
    older = rows[len(rows) - _tile(rows[::-1]) :] if rows and not newer else ()
    if not newer and not older and not anew:
        return None
    extent = start - len(older), stop + len(newer)
    return _Part(held, extent, anew, older, newer)


def _tile(rows: Sequence[_Row]) -> int:
    """Return how many rows go into one answer: one at least."""
    sizes = accumulate(row.weight for row in rows[:TILE_ROWS])
    return max(sum(size <= TILE_BYTES for size in sizes), min(len(rows), 1))


def _options(view: View, key: str) -> dict[str, Any]:
    """Return what a series' table sets of imbalance and value area, the instrument's lot else."""
    tables = view.run.settings.get("plugins") if view.run else None
    table = tables.get(key.partition(".")[0]) if isinstance(tables, Mapping) else None
    found = table if isinstance(table, Mapping) else {}
    lot = view.run.facts.lot if view.run else None
    options = {"lot": lot} if lot else {}
    return options | {
        name: found[name] for name in _SETTINGS if isinstance(found.get(name), int | float)
    }
