"""What stands where on the page."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from orderflow_app.dashboard.figures.depth import depth_figure

SPANS = [("15m", "15 m"), ("1h", "1 h"), ("4h", "4 h"), ("all", "All")]
KEYS = (
    "Chart. Left and right arrows move, plus and minus zoom, Home shows the first bar, "
    "End follows the newest. Space pauses a run and lets it go on, a full stop steps a row, "
    "a comma a bar."
)


def page() -> dmc.MantineProvider:
    """Return the whole page, without data."""
    header = html.Header([_identity(), _state(), _theme_switch()], id="header")
    aside = html.Aside(
        [
            html.Button("Depth and ladder", id="fold-aside"),
            html.Section([html.H2("Depth"), _depth()], className="panel"),
            html.Section([_ladder_head(), html.Div(id="ladder")], className="panel"),
            html.Section(id="signals", className="panel", hidden=True, **_named("Signals")),
            html.Section(id="tape", className="panel", hidden=True, **_named("Tape")),
        ],
        id="aside",
    )
    main = html.Main([html.Section([_toolbar(), _charts()], id="market"), aside])
    return dmc.MantineProvider(
        html.Div(
            [
                header,
                main,
                html.Div(id="notices", role="status"),
                html.Div(id="toasts", role="status"),
            ],
            id="page",
        ),
        id="provider",
        forceColorScheme="dark",
        theme={"colors": {"dark": _GREYS}, "fontFamily": "var(--font)"},
    )


def _identity() -> html.Div:
    return html.Div(
        [
            html.H1("orderflow"),
            dmc.Select(
                id="instrument",
                data=[],
                placeholder="no instrument",
                nothingFoundMessage="none of that name",
                size="xs",
                allowDeselect=False,
                searchable=True,
                limit=200,  # a browser draws thousands for seconds; more are found by a search
                **_named("Instrument"),
            ),
            dmc.Select(
                id="beside",
                data=[],
                placeholder="compare with",
                nothingFoundMessage="none of that name",
                size="xs",
                display="none",  # until there are two instruments
                clearable=True,
                searchable=True,
                limit=200,
                **_named("Second instrument"),
            ),
            dmc.Select(
                id="day",
                data=[],
                size="xs",
                display="none",  # until there are sessions
                allowDeselect=False,
                searchable=True,
                limit=200,
                **_named("Day"),
            ),
            html.Div(id="price"),
        ],
        id="identity",
    )


def _state() -> html.Div:
    return html.Div([html.Span(id="behind", role="status"), html.Div(id="status")], id="state")


def _theme_switch() -> dmc.SegmentedControl:
    return dmc.SegmentedControl(
        id="theme",
        data=[{"value": name, "label": name.title()} for name in ("dark", "light")],
        value="dark",
        size="xs",
        persistence=True,
        persistence_type="local",
        **_named("Theme"),
    )


def _toolbar() -> html.Div:
    return html.Div(
        [
            dmc.SegmentedControl(
                id="span",
                data=[{"value": value, "label": label} for value, label in SPANS],
                value="",
                size="xs",
                **_named("Stretch of time"),
            ),
            dmc.Select(
                id="length",
                data=[],
                placeholder="bars",
                size="xs",
                allowDeselect=False,
                **_named("Length of bars"),
            ),
            dmc.Chip("Follow", id="follow", checked=True, size="xs", radius="sm"),
            html.Details(
                [html.Summary("Panes"), html.Div(id="pane-list", role="group")],
                id="pane-menu",
                className="menu",
            ),
            html.Details(
                [html.Summary("Order flow"), html.Div(id="flow-list", role="group")],
                id="flow-menu",
                className="menu",
                hidden=True,
            ),
            html.Div(id="tools", role="group", **_named("Tools")),
            html.Div(id="replay", role="group", hidden=True, **_named("Replay")),
            html.Div(className="space"),
            dmc.Button("PNG", id="png", size="compact-xs", variant="default"),
            dmc.Button("CSV", id="csv", size="compact-xs", variant="default"),
        ],
        id="toolbar",
        role="toolbar",
    )


def _charts() -> html.Div:
    """Return the place of the charts; `assets/beside.js` puts a second one in, with its name."""
    first = html.Div([html.Div(id="head", hidden=True), _stage()], id="first")
    return html.Div(first, id="charts")


def _stage() -> html.Div:
    """Return where the canvas is: `assets/panes.js` fills `chart` with a canvas a pane."""
    return html.Div(
        [
            html.Div(id="chart", role="application", tabIndex=0, **_named(KEYS)),
            html.Canvas(id="times"),
            html.Div(id="history", role="status"),
            html.Select(id="zone", **_named("Time zone")),
            html.Div(id="crosshair", hidden=True),
        ],
        id="stage",
    )


def _ladder_head() -> html.H2:
    return html.H2(["Ladder", html.Label(["in ", html.Select(id="group")])])


def _depth() -> dcc.Graph:
    """Return the chart of depth: `assets/depth.js` draws the levels."""
    config: Any = {
        "displayModeBar": False,
        "doubleClick": False,
        "showTips": False,
        "responsive": True,
    }
    return dcc.Graph(id="depth", figure=depth_figure(), config=config, style={"height": "220px"})


def _named(name: str) -> Any:
    """Return what tells a name to those who do not see the page."""
    return {"aria-label": name}


_GREYS = [
    "#dfe6ee",
    "#b6c2cf",
    "#8593a5",
    "#5c6b7d",
    "#2b3543",
    "#222c39",
    "#18202b",
    "#10151d",
    "#0c1118",
    "#080b10",
]
