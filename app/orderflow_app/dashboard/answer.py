"""What the page is answered: all that has to change on it, of one moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from orderflow_app.dashboard import header
from orderflow_app.dashboard.figures.lengths import Length
from orderflow_app.dashboard.figures.panes import price_decimals
from orderflow_app.dashboard.flow import FlowHave, flow_update
from orderflow_app.dashboard.reading.reader import Reader, View
from orderflow_app.dashboard.replay import replay
from orderflow_app.dashboard.signals import signals_update
from orderflow_app.dashboard.updates import Have, chart_update, token


class Question(BaseModel):
    """What the page asks for, and what it shows already: by `version` all, by `tokens` its parts.

    No `instrument`, or one that is not there, asks for the one that was written last, and no `day`
    for its newest. `length` is that of the bars, in ms, where it is to be another than the run's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: str | None = None
    day: str | None = None
    version: str | None = None
    tokens: dict[str, str] = {}
    have: Have | None = None
    length: Length | None = None
    flow: FlowHave | None = None
    signals: str | None = None


def answer(reader: Reader, asked: Question, *, steered: bool = False) -> dict[str, Any]:
    """Return what has to change on the page, of one moment; `steered` with the replay's controls.

    `parts` are what has changed of the page, by the id of its element; where the page shows this
    version already, there is nothing but that.
    """
    view = reader.view(asked.instrument or "", asked.day)
    if not view.stamps:  # none was asked for, or one that is not here
        view = reader.view(reader.newest() or "")
    elsewhere = None if view.state == "live" else reader.written_elsewhere(view.instrument)
    version = token([view.version, elsewhere])
    flow = flow_update(view, asked.flow)
    if version == asked.version:
        return {"version": version} | ({"flow": flow} if flow else {})
    parts = {name: _plain(part) for name, part in _parts(reader, view, elsewhere).items()}
    parts["replay"] = replay(view) if steered else None
    tokens = {name: token(part) for name, part in parts.items()}
    return {
        "version": version,
        "tokens": tokens,
        "parts": {
            name: part for name, part in parts.items() if asked.tokens.get(name) != tokens[name]
        },
        "chart": chart_update(view, asked.have, asked.length),
        "flow": flow,
        "signals": signals_update(view, asked.signals),
    }


def _parts(reader: Reader, view: View, elsewhere: str | None) -> Mapping[str, Any]:
    """Return what each part of the page shows of a view."""
    decimals = price_decimals(view)
    chosen = {view.instrument} - {""}  # one that is not on the list would be given up
    return {
        "instrument": {
            "data": sorted({*reader.instruments(), *chosen}),
            "value": view.instrument or None,
        },
        "day": {
            "data": list(view.days),
            "value": view.day or None,
            "display": "block" if view.days else "none",
        },
        "price": header.price(view),
        "status": header.status(view),
        "notices": header.notices(view, reader.data, elsewhere),
        "depth": view.depth.model_dump() | {"decimals": decimals, "tick": _tick(view, decimals)},
    }


def _tick(view: View, decimals: int) -> float:
    """Return the least step of prices, as far as it is known."""
    tick = view.run.facts.tick if view.run else None
    return tick or float(f"1e-{decimals}")


def _plain(part: object) -> Any:
    """Return components as what their JSON is: the browser makes elements of them itself."""
    return json.loads(json.dumps(part, default=lambda component: component.to_plotly_json()))
