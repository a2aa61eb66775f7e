"""What the page is answered: all that has to change on it, of one moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from orderflow_app.dashboard import header
from orderflow_app.dashboard.figures.depth import depth_figure
from orderflow_app.dashboard.figures.panes import price_decimals
from orderflow_app.dashboard.figures.style import theme_of
from orderflow_app.dashboard.ladder import ladder
from orderflow_app.dashboard.reading.reader import Reader, View
from orderflow_app.dashboard.updates import Have, chart_update, token


class Question(BaseModel):
    """What the page asks for, and what it shows already: by `version` all, by `tokens` its parts.

    No `instrument` asks for the one that was written last.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: str | None = None
    theme: Literal["dark", "light"] = "dark"
    version: str | None = None
    tokens: dict[str, str] = {}
    have: Have | None = None


def answer(reader: Reader, asked: Question) -> dict[str, Any]:
    """Return what has to change on the page, of one moment.

    `props` are properties of components by their id, `chart` goes to the canvas; where the page
    shows this version already, there is nothing but that.
    """
    chosen = asked.instrument or reader.newest() or ""
    view = reader.view(chosen)
    elsewhere = None if view.state == "live" else reader.written_elsewhere(chosen)
    version = token([view.version, elsewhere])
    if version == asked.version:
        return {"version": version}
    parts = {name: _plain(part) for name, part in _parts(reader, view, asked, elsewhere).items()}
    tokens = {name: token(part) for name, part in parts.items()}
    return {
        "version": version,
        "tokens": tokens,
        "props": {
            name: part for name, part in parts.items() if asked.tokens.get(name) != tokens[name]
        },
        "chart": chart_update(view, asked.have),
    }


def _parts(
    reader: Reader, view: View, asked: Question, elsewhere: str | None
) -> Mapping[str, dict[str, Any]]:
    """Return the properties of each component that shows something of a view."""
    decimals = price_decimals(view)
    chosen = {view.instrument} - {""}  # one that is not on the list would be given up
    return {
        "instrument": {
            "data": sorted({*reader.instruments(), *chosen}),
            "value": view.instrument or None,
        },
        "price": {"children": header.price(view)},
        "status": {"children": header.status(view)},
        "notices": {"children": header.notices(view, reader.data, elsewhere)},
        "ladder": {"children": ladder(view.depth, decimals)},
        "depth": {"figure": depth_figure(view.depth, theme_of(asked.theme), decimals)},
    }


def _plain(part: object) -> Any:
    """Return components and figures as what their JSON is."""
    return json.loads(json.dumps(part, default=lambda component: component.to_plotly_json()))
