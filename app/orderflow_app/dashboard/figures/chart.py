"""The chart: panes of candles, volume and series over one time axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from orderflow_app.dashboard.figures.panes import Drawing, Pane
from orderflow_app.dashboard.figures.style import Theme, base_axis, base_layout
from orderflow_app.dashboard.numbers import number
from orderflow_core.contract.series import PRICE, VOLUME

WEIGHTS = {PRICE: 4.6, VOLUME: 1.1}
LEAST_PIXELS = {PRICE: 210, VOLUME: 64}
OTHER_WEIGHT, OTHER_PIXELS = 1.7, 104
GAP, MOST_GAPS = 0.012, 0.2  # shares of the height: one gap, and all of them
TOP, BOTTOM, RIGHT = 8, 38, 70


def chart_figure(panes: Sequence[Pane], theme: Theme, decimals: int) -> dict[str, Any]:
    """Return the chart as Plotly's `data` and `layout`; `decimals` are those of the price.

    It is no `go.Figure`, which takes 10 ms to check each pane. Its `layout.meta` tells the browser
    the titles of the panes and the least height in pixels.
    """
    layout = base_layout(theme)
    axes: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    for index, (pane, domain) in enumerate(zip(panes, _domains(panes), strict=True)):
        axis = _axis_name(index)
        axes[axis.replace("y", "yaxis")] = _value_axis(pane, domain, theme, decimals)
        traces += [_trace(drawing, axis) for drawing in pane.drawings]
    lowest = _axis_name(max(len(panes) - 1, 0))
    layout |= axes | {
        "margin": {"l": 8, "r": RIGHT, "t": TOP, "b": BOTTOM},
        "dragmode": "pan",
        "hovermode": False,
        "bargap": 0.25,
        "xaxis": _time_axis(theme, lowest) | {"visible": not all(pane.is_empty for pane in panes)},
        "meta": {
            "least": sum(LEAST_PIXELS.get(pane.name, OTHER_PIXELS) for pane in panes)
            + TOP
            + BOTTOM,
            "titles": [pane.title for pane in panes],
        },
        **overlay(panes, theme, decimals),
    }
    return {"data": traces, "layout": layout}


def overlay(panes: Sequence[Pane], theme: Theme, decimals: int) -> dict[str, Any]:
    """Return the annotations and shapes, which follow the last values."""
    domains = _domains(panes)
    annotations = [
        _pane_label(pane, domain[1], theme) for pane, domain in zip(panes, domains, strict=True)
    ]
    annotations.append(_time_zone(theme))
    shapes = [_rule(domain[0] - _gap(panes) / 2, theme) for domain in domains[:-1]]
    for index, pane in enumerate(panes):
        if pane.name == PRICE:
            annotations += _last_price(pane, _axis_name(index), theme, decimals)
            shapes += _last_price_line(pane, _axis_name(index), theme)
    return {"annotations": annotations, "shapes": shapes}


def _domains(panes: Sequence[Pane]) -> list[tuple[float, float]]:
    weights = [WEIGHTS.get(pane.name, OTHER_WEIGHT) for pane in panes]
    gap = _gap(panes)
    scale = (1 - gap * (len(panes) - 1)) / (sum(weights) or 1)
    domains, top = [], 1.0
    for weight in weights:
        domains.append((max(top - weight * scale, 0.0), top))
        top -= weight * scale + gap
    return domains


def _gap(panes: Sequence[Pane]) -> float:
    return min(GAP, MOST_GAPS / max(len(panes), 1))


def _axis_name(index: int) -> str:
    return f"y{index + 1}" if index else "y"


def _value_axis(
    pane: Pane, domain: tuple[float, float], theme: Theme, decimals: int
) -> dict[str, Any]:
    axis = base_axis(theme) | {
        "domain": domain,
        "visible": not pane.is_empty,
        "side": "right",
        "fixedrange": True,
        "nticks": 8 if pane.name == PRICE else 4,
        "separatethousands": True,
        "exponentformat": "B",
        "minexponent": 3,
    }
    if pane.name == PRICE:
        axis["tickformat"] = f",.{decimals}f"
    elif pane.name == VOLUME:
        axis["rangemode"] = "tozero"
    return axis


def _time_axis(theme: Theme, anchor: str) -> dict[str, Any]:
    return base_axis(theme) | {
        "type": "date",
        "anchor": anchor,
        "rangeslider": {"visible": False},
        "showline": True,
        "linecolor": theme.border,
        "nticks": 10,
        "tickangle": 0,
    }


def _trace(drawing: Drawing, axis: str) -> dict[str, Any]:
    trace: dict[str, Any] = {**drawing.looks, "xaxis": "x", "yaxis": axis, "name": drawing.key}
    for path, values in drawing.columns.items():
        head, _, leaf = path.partition(".")
        if leaf:
            trace[head] = {**trace[head], leaf: values}
        else:
            trace[head] = values
    return trace


def _pane_label(pane: Pane, top: float, theme: Theme) -> dict[str, Any]:
    values = "   ".join(_value_labels(pane, theme))
    return {
        "text": f"<b>{escape(pane.title)}</b>   {values}",
        "xref": "paper",
        "yref": "paper",
        "x": 0.004,
        "y": top,
        "xanchor": "left",
        "yanchor": "top",
        "align": "left",
        "showarrow": False,
        "borderpad": 2,
        "bgcolor": theme.background,
        "opacity": 0.9,
        "font": {"color": theme.text, "size": 11},
    }


def _time_zone(theme: Theme) -> dict[str, Any]:
    return {
        "text": "UTC",
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "y": 0,
        "xanchor": "left",
        "yanchor": "top",
        "xshift": 26,
        "showarrow": False,
        "font": {"color": theme.text, "size": 11},
    }


def _value_labels(pane: Pane, theme: Theme) -> Iterator[str]:
    for drawing in pane.drawings:
        color = drawing.color or theme.muted
        name = f"{escape(drawing.key)} " if len(pane.drawings) > 1 and drawing.color else ""
        yield f'<span style="color:{color}">{name}{escape(drawing.label)}</span>'


def _rule(height: float, theme: Theme) -> dict[str, Any]:
    line = {"color": theme.border, "width": 1}
    place = {"xref": "paper", "yref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height}
    return {"type": "line", "line": line, **place}


def _last(pane: Pane) -> tuple[float, bool] | None:
    columns = pane.drawings[0].columns
    if not columns["close"] or columns["close"][-1] is None:
        return None
    last = columns["close"][-1]
    return last, last >= (columns["open"][-1] or last)


def _last_price(pane: Pane, axis: str, theme: Theme, decimals: int) -> Iterator[dict[str, Any]]:
    found = _last(pane)
    if found is not None:
        yield {
            "text": number(found[0], decimals),
            "xref": "paper",
            "yref": axis,
            "x": 1,
            "y": found[0],
            "xanchor": "left",
            "showarrow": False,
            "borderpad": 3,
            "bgcolor": theme.up if found[1] else theme.down,
            "font": {"color": "#ffffff", "size": 11},
        }


def _last_price_line(pane: Pane, axis: str, theme: Theme) -> Iterator[dict[str, Any]]:
    found = _last(pane)
    if found is not None:
        color = theme.up if found[1] else theme.down
        yield {
            "type": "line",
            "xref": "paper",
            "yref": axis,
            "x0": 0,
            "x1": 1,
            "y0": found[0],
            "y1": found[0],
            "line": {"color": color, "width": 1, "dash": "dot"},
        }
