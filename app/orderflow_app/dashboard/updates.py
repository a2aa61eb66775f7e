"""What a browser is sent: a whole chart once, then the tails of its traces."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any
from zlib import crc32

from pydantic import BaseModel, ValidationError

from orderflow_app.dashboard.figures.chart import chart_figure, overlay
from orderflow_app.dashboard.figures.panes import Drawing, Pane, panes_of, price_decimals
from orderflow_app.dashboard.figures.style import Theme
from orderflow_app.dashboard.figures.tails import Extent, Tail, extent, tail
from orderflow_app.dashboard.reading.reader import View
from orderflow_core.contract.files import DEPTH, OHLC, SERIES


class Have(BaseModel):
    """What a browser's chart holds: of which files, in which layout, which rows of each trace."""

    files: str
    layout: str
    traces: list[Extent]

    @classmethod
    def of(cls, told: object) -> Have | None:
        """Return what a browser has told, None where that is nothing or nonsense."""
        try:
            return cls.model_validate(told)
        except ValidationError:
            return None


def chart_update(
    view: View, theme: Theme, hidden: Collection[str], have: Have | None
) -> dict[str, Any] | None:
    """Return what makes the browser's chart show the view, None if it does already.

    With `figure` it replaces the chart; with `tails` it goes on from `base`, which is what the
    browser had. `have` is what it has afterwards.
    """
    stamps = [view.stamps.get(name) for name in (OHLC, SERIES)]
    files = _token([view.instrument, stamps])
    panes = panes_of(view, theme, hidden)
    decimals = price_decimals(view.bars)
    layout = _token(_structure(view, theme, panes, decimals))
    if have and (have.files, have.layout) == (files, layout):
        return None
    drawings = [drawing for pane in panes for drawing in pane.drawings]
    now = Have(files=files, layout=layout, traces=[extent(each.columns) for each in drawings])
    update: dict[str, Any] = {"have": now.model_dump(mode="json")}
    tails = _tails(have, layout, drawings)
    if have is None or tails is None:
        figure = chart_figure(panes, theme, decimals)
        return update | {"figure": figure, "instrument": view.instrument}
    return update | {
        "base": have.model_dump(mode="json"),
        "tails": [each.to_dict(index) for index, each in enumerate(tails)],
        "overlay": overlay(panes, theme, decimals),
    }


def depth_token(view: View, theme: str) -> str:
    """Return a token of what the depth chart shows."""
    return _token([view.instrument, view.stamps.get(DEPTH), theme])


def _tails(have: Have | None, layout: str, drawings: Sequence[Drawing]) -> list[Tail] | None:
    if have is None or have.layout != layout or len(have.traces) != len(drawings):
        return None
    tails = [
        tail(known, drawing.columns) for known, drawing in zip(have.traces, drawings, strict=True)
    ]
    found = [each for each in tails if each is not None]
    return found if len(found) == len(tails) else None


def _structure(view: View, theme: Theme, panes: Sequence[Pane], decimals: int) -> list[Any]:
    """Return all that a tail cannot change."""
    drawn = [
        (pane.name, pane.title, pane.is_empty, [(each.key, each.looks) for each in pane.drawings])
        for pane in panes
    ]
    started = view.run.started_at if view.run else ""
    return [view.instrument, started, theme.background, decimals, drawn]


def _token(content: Any) -> str:
    return f"{crc32(json.dumps(content).encode()):08x}"
