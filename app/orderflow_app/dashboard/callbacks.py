"""What happens when: the browser asks for the version, and for a picture when that has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from orderflow_app.dashboard import header
from orderflow_app.dashboard.figures.depth import depth_figure
from orderflow_app.dashboard.figures.panes import pane_names
from orderflow_app.dashboard.figures.style import theme_of
from orderflow_app.dashboard.ladder import ladder
from orderflow_app.dashboard.reading.reader import Reader, View, of_instruments
from orderflow_app.dashboard.updates import Have, chart_update, depth_token


def register(app: Dash, reader: Reader) -> None:
    """Register all callbacks of the page."""
    _register_browser_side(app)

    @app.callback(
        {
            "answered": Output("answered", "data"),
            "update": Output("update", "data"),
            "price": Output("price", "children"),
            "status": Output("status", "children"),
            "notices": Output("notices", "children"),
            "depth": Output("depth", "figure"),
            "depth_shown": Output("depth-shown", "data"),
            "ladder": Output("ladder", "children"),
            "instruments": Output("instrument", "data"),
            "instrument": Output("instrument", "value"),
            "panes": Output("panes", "children"),
            "shown": Output("panes", "value"),
            "known": Output("known-panes", "data"),
        },
        {
            "version": Input("version", "data"),
            "instrument": Input("instrument", "value"),
            "theme": Input("theme", "value"),
            "hidden": Input("hidden", "data"),
            "have": State("have", "data"),
            "depth_shown": State("depth-shown", "data"),
            "known": State("known-panes", "data"),
            "answered": State("answered", "data"),
        },
    )
    def show(**asked: Any) -> dict[str, Any]:
        return answer(reader, asked)


def answer(reader: Reader, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to change on the page; `no_update` for what shows it already."""
    chosen = asked["instrument"] or reader.newest()
    view = reader.view(str(chosen or ""))
    theme = str(asked["theme"])
    hidden = {str(name) for name in asked["hidden"] or ()}
    update = chart_update(view, theme_of(theme), hidden, Have.of(asked["have"]))
    return {
        "answered": view.version,
        "update": no_update if update is None else update,
        "price": header.price(view),
        "status": header.status(view),
        "notices": header.notices(view, reader.data),
        **_depth(view, theme, asked["depth_shown"]),
        "instruments": _instruments(reader, view, asked["answered"]),
        "instrument": no_update if chosen == asked["instrument"] else chosen,
        **_panes(view, hidden, asked["known"]),
    }


def _instruments(reader: Reader, view: View, answered: object) -> Any:
    """Return the list to choose from; the page tells by its last version which one it has."""
    if of_instruments(answered) == of_instruments(view.version):
        return no_update
    chosen = {view.instrument} - {""}  # one that is not on the list would be given up
    return sorted({*reader.instruments(), *chosen})


def _depth(view: View, theme: str, shown: object) -> dict[str, Any]:
    token = depth_token(view, theme)
    if token == shown:
        return dict.fromkeys(("depth", "depth_shown", "ladder"), no_update)
    return {
        "depth": depth_figure(view.depth, theme_of(theme)),
        "depth_shown": token,
        "ladder": ladder(view.depth),
    }


def _panes(view: View, hidden: set[str], known: object) -> dict[str, Any]:
    names = pane_names(view)
    if known == list(names):
        return dict.fromkeys(("panes", "shown", "known"), no_update)
    return {
        "panes": [
            dmc.Checkbox(value=name, label=title, size="xs", my=6) for name, title in names.items()
        ],
        "shown": [name for name in names if name not in hidden],
        "known": list(names),
    }


def _register_browser_side(app: Dash) -> None:
    add: Callable[..., None] = app.clientside_callback

    def browser(name: str, *arguments: Output | Input | State) -> None:
        add(ClientsideFunction("orderflow", name), *arguments)

    browser(
        "poll",
        Output("version", "data"),
        Input("tick", "n_intervals"),
        State("instrument", "value"),
        State("answered", "data"),
    )
    browser(
        "draw",
        Output("chart", "figure"),
        Output("have", "data"),
        Output("chart", "style"),
        Input("update", "data"),
        State("chart", "figure"),
        State("have", "data"),
    )
    browser("move", Input("span", "value"), Input("follow", "checked"))
    browser("scheme", Output("provider", "forceColorScheme"), Input("theme", "value"))
    browser(
        "hide",
        Output("hidden", "data"),
        Input("panes", "value"),
        State("known-panes", "data"),
        State("hidden", "data"),
    )
    browser("png", Input("png", "n_clicks"), State("instrument", "value"))
    browser("csv", Input("csv", "n_clicks"), State("instrument", "value"))
