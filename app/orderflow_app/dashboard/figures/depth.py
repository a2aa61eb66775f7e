"""The depth chart: cumulative size by price around the mid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import plotly.graph_objects as go

from orderflow_app.dashboard.figures.style import FONT, Theme, base_axis, base_layout, translucent
from orderflow_core.contract.shapes import Depth, Level


def depth_figure(depth: Depth, theme: Theme, decimals: int) -> go.Figure:
    """Return cumulative bids and asks by price, best first from the mid outwards.

    `decimals` are those of prices.
    """
    mid = depth.mid
    levels = [*depth.bids, *depth.asks]
    axis = base_axis(theme) | {"fixedrange": True, "visible": bool(levels)}
    layout = base_layout(theme) | {
        "margin": {"l": 8, "r": 52, "t": 8, "b": 26},
        "hovermode": "closest",
        "hoverdistance": 40,
        "hoverlabel": {
            "bgcolor": theme.label,
            "bordercolor": theme.border,
            "font": {"family": FONT, "size": 11, "color": theme.text},
            "align": "left",
        },
        "dragmode": False,
        "xaxis": {**axis, "nticks": 4, "tickformat": f",.{decimals}f", "tickangle": 0},
        "yaxis": {
            **axis,
            "side": "right",
            "rangemode": "tozero",
            "nticks": 5,
            "exponentformat": "B",
            "separatethousands": True,
        },
    }
    if mid is not None:
        layout["shapes"] = [_mid_line(mid, theme)]
    traces = [
        _side("bids", depth.bids, mid, theme.up, decimals),
        _side("asks", depth.asks, mid, theme.down, decimals),
    ]
    return go.Figure(data=traces, layout=layout)


def _side(
    name: str, levels: Sequence[Level], mid: float | None, color: str, decimals: int
) -> dict[str, Any]:
    prices = [price for price, _ in levels]
    away = [round(abs(price / mid - 1) * 1e4, 3) if mid else None for price in prices]
    return {
        "type": "scatter",
        "name": name,
        "x": prices,
        "y": [float(f"{total:.9g}") for total in accumulate(size for _, size in levels)],
        "customdata": away,
        "mode": "lines",
        "line": {"color": color, "width": 1.6, "shape": "hv"},
        "fill": "tozeroy",
        "fillcolor": translucent(color, 0.16),
        "hovertemplate": (
            f"%{{x:,.{decimals}f}}<br>%{{y:,.6~g}} in total<br>"
            "%{customdata:.2f} bps from mid<extra></extra>"
        ),
    }


def _mid_line(mid: float, theme: Theme) -> dict[str, Any]:
    return {
        "type": "line",
        "yref": "paper",
        "x0": mid,
        "x1": mid,
        "y0": 0,
        "y1": 1,
        "line": {"color": theme.muted, "width": 1, "dash": "dot"},
    }
