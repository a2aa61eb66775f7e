"""What a browser is sent of the chart: the whole once, then the tails of its series."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from pydantic import BaseModel

from orderflow_app.dashboard.figures.lengths import missing, own_bars, with_length
from orderflow_app.dashboard.figures.panes import Drawing, Pane, panes_of
from orderflow_app.dashboard.figures.tails import Extent, Tail, extent, tail
from orderflow_app.dashboard.reading.reader import View
from orderflow_core.contract.series import PRICE


class Have(BaseModel):
    """What a browser's chart holds: series of which looks, and which rows of each."""

    looks: str
    rows: list[Extent]


def chart_update(view: View, have: Have | None, length: int | None = None) -> dict[str, Any]:
    """Return what makes the browser's chart show the view, with bars of a length if one is asked.

    With `panes` it replaces the chart; with `tails`, one a series in their order, it goes on from
    `have`. The new `have` is what the browser has afterwards.
    """
    own = own_bars(view)
    lacking = missing(length, own)
    panes = panes_of(with_length(view, length, own))
    drawings = [drawing for pane in panes for drawing in pane.drawings]
    looks = token([*_structure(view, panes), lacking])
    now = Have(looks=looks, rows=[extent(drawing.columns) for drawing in drawings])
    running = view.run is not None and view.run.status == "running"
    told: dict[str, Any] = {"have": now.model_dump(mode="json"), "running": running}
    told["time"] = view.run.last_timestamp if view.run else None
    tails = _tails(have, looks, drawings)
    if tails is not None:
        return told | {"tails": [each.to_dict() for each in tails]}
    return told | {
        "instrument": view.instrument,
        "started": view.run.started_at if view.run else "",
        "day": view.day,
        "simulated": view.run is not None and view.run.simulated,
        "length": length or own[PRICE].length,
        "own": own[PRICE].length,
        "timed": own[PRICE].timed,
        "panes": [
            {
                "name": pane.name,
                "title": pane.title,
                "series": [
                    {
                        **each.looks,
                        "missing": lacking.get(each.looks["key"], ""),
                        "columns": each.columns,
                    }
                    for each in pane.drawings
                ],
            }
            for pane in panes
        ],
    }


def token(content: object) -> str:
    """Return a short token of what can be written as JSON."""
    return f"{crc32(json.dumps(content).encode()):08x}"


def _tails(have: Have | None, looks: str, drawings: Sequence[Drawing]) -> list[Tail] | None:
    if have is None or have.looks != looks or len(have.rows) != len(drawings):
        return None
    tails = [
        tail(known, drawing.columns) for known, drawing in zip(have.rows, drawings, strict=True)
    ]
    found = [each for each in tails if each is not None]
    return found if len(found) == len(tails) else None


def _structure(view: View, panes: Sequence[Pane]) -> list[Any]:
    """Return all that a tail cannot change."""
    drawn = [(pane.name, pane.title, [each.looks for each in pane.drawings]) for pane in panes]
    started = view.run.started_at if view.run else ""
    return [view.instrument, view.day, started, drawn]
