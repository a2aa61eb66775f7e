"""The depth chart: cumulative size by price around the mid."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

LEVEL = "%{x}<br>%{y} in total%{text}<extra></extra>"


def depth_figure() -> go.Figure:
    """Return the chart without levels.

    `assets/depth.js` gives it all that changes: levels, ticks of the price, colours of the theme.
    """
    axis: dict[str, Any] = {
        "fixedrange": True,
        "visible": False,
        "zeroline": False,
        "ticklabeloverflow": "allow",  # else each label is measured at each tick
    }
    layout = {
        "template": {},  # none, and not Plotly's own
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 52, "t": 8, "b": 26},
        "font": {"family": "var(--font)", "size": 11},  # that of `assets/page.css`
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": -1,  # the nearest level, however far
        "hoverlabel": {"align": "left", "font": {"size": 11}},
        "dragmode": False,
        "xaxis": {**axis, "tickangle": 0},
        "yaxis": {
            **axis,
            "side": "right",
            "rangemode": "tozero",
            "nticks": 5,
            "exponentformat": "B",
            "separatethousands": True,
            "hoverformat": ",.6~r",
        },
        "shapes": [_mid_line()],
    }
    return go.Figure(data=[_side("bids"), _side("asks")], layout=layout)


def _side(name: str) -> dict[str, Any]:
    """Return the steps of a side: a total holds until the next price adds to it."""
    return {
        "type": "scatter",
        "name": name,
        "x": [],
        "y": [],
        "mode": "lines",
        "line": {"width": 1.6, "shape": "hv"},
        "fill": "tozeroy",
        "hovertemplate": LEVEL,
    }


def _mid_line() -> dict[str, Any]:
    line = {"width": 1, "dash": "dot"}
    return {"type": "line", "visible": False, "yref": "paper", "y0": 0, "y1": 1, "line": line}
