"""What stands where on the page."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

POLL_MS = 500
SPANS = [("15m", "15 m"), ("1h", "1 h"), ("4h", "4 h"), ("all", "All")]
CHART_CONFIG: Any = {
    "displayModeBar": False,
    "scrollZoom": True,
    "doubleClick": False,
    "doubleClickDelay": 600,
    "showTips": False,
    "responsive": True,
}


def page() -> dmc.MantineProvider:
    """Return the whole page, without data."""
    return dmc.MantineProvider(
        [
            *_stores(),
            html.Header([_identity(), html.Div(id="status"), _theme_switch()], id="header"),
            html.Div(id="notices"),
            html.Main(
                [
                    html.Section([_toolbar(), _chart()], id="market"),
                    html.Aside(
                        [
                            html.Div([html.H2("Depth"), _depth()], className="panel"),
                            html.Div([html.H2("Ladder"), html.Div(id="ladder")], className="panel"),
                        ]
                    ),
                ]
            ),
        ],
        id="provider",
        forceColorScheme="dark",
        theme={"colors": {"dark": _GREYS}, "fontFamily": "var(--font)"},
    )


def _stores() -> list[Any]:
    return [
        dcc.Interval(id="tick", interval=POLL_MS),
        dcc.Store(id="version"),
        dcc.Store(id="answered"),
        dcc.Store(id="update"),
        dcc.Store(id="have"),
        dcc.Store(id="depth-shown"),
        dcc.Store(id="known-panes"),
        dcc.Store(id="hidden", storage_type="local", data=[]),
    ]


def _identity() -> html.Div:
    return html.Div(
        [
            html.H1("orderflow"),
            dmc.Select(
                id="instrument",
                data=[],
                placeholder="no instrument",
                size="xs",
                allowDeselect=False,
                searchable=True,
                limit=200,  # a browser draws thousands for seconds; more are found by a search
                **{"aria-label": "Instrument"},
            ),
            html.Div(id="price"),
        ],
        id="identity",
    )


def _theme_switch() -> dmc.SegmentedControl:
    return dmc.SegmentedControl(
        id="theme",
        data=[{"value": name, "label": name.title()} for name in ("dark", "light")],
        value="dark",
        size="xs",
        persistence=True,
        persistence_type="local",
    )


def _toolbar() -> html.Div:
    return html.Div(
        [
            dmc.SegmentedControl(
                id="span",
                data=[{"value": value, "label": label} for value, label in SPANS],
                value="4h",
                size="xs",
            ),
            dmc.Chip("Follow", id="follow", checked=True, size="xs", radius="sm"),
            dmc.Popover(
                [
                    dmc.PopoverTarget(dmc.Button("Panes", size="compact-xs", variant="default")),
                    dmc.PopoverDropdown(dmc.CheckboxGroup(id="panes", children=[], value=[])),
                ],
                position="bottom-start",
                shadow="md",
            ),
            html.Div(className="space"),
            dmc.Button("PNG", id="png", size="compact-xs", variant="default"),
            dmc.Button("CSV", id="csv", size="compact-xs", variant="default"),
        ],
        id="toolbar",
    )


def _chart() -> html.Div:
    figure = {"data": [], "layout": _BLANK}
    chart = dcc.Graph(id="chart", config=CHART_CONFIG, figure=figure)
    return html.Div([chart, html.Div(id="crosshair", hidden=True)], id="stage")


def _depth() -> dcc.Graph:
    config: Any = {**CHART_CONFIG, "scrollZoom": False}
    figure = {"data": [], "layout": _BLANK}
    return dcc.Graph(id="depth", config=config, figure=figure, style={"height": "220px"})


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

_BLANK = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "xaxis": {"visible": False, "zeroline": False},
    "yaxis": {"visible": False, "zeroline": False},
}
