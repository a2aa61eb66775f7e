"""Which series stand in which pane, and how each is drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from orderflow_app.dashboard.figures.style import PALETTE, Theme, shade
from orderflow_app.dashboard.numbers import decimals_for, decimals_of, number, short
from orderflow_app.dashboard.reading.reader import View
from orderflow_core.contract.series import PRICE, VOLUME
from orderflow_core.contract.shapes import Bar, SeriesRows

Columns: TypeAlias = dict[str, list[Any]]


@dataclass(frozen=True)
class Drawing:
    """One trace: its columns by their place in the trace, and what else the trace holds."""

    key: str
    columns: Columns
    looks: dict[str, Any]
    label: str
    color: str


@dataclass(frozen=True)
class Pane:
    """A strip of the chart with one scale of its own."""

    name: str
    title: str
    drawings: Sequence[Drawing]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not any(drawing.columns["x"] for drawing in self.drawings)


def panes_of(view: View, theme: Theme, hidden: Collection[str] = ()) -> list[Pane]:
    """Return the panes that are shown, price first, then in the order of the tables."""
    panes = {
        PRICE: Pane(PRICE, "Price", [_candles(view, theme)]),
        VOLUME: Pane(VOLUME, "Volume", [_volume(view, theme)]),
    }
    for key, series, palette in _placed(view):
        drawing = _series(key, series, palette, theme)
        before = panes.get(series.pane)
        drawings = [*before.drawings, drawing] if before else [drawing]
        title = before.title if before else series.title
        panes[series.pane] = Pane(series.pane, title, drawings)
    return [pane for name, pane in panes.items() if name not in hidden]


def pane_names(view: View) -> dict[str, str]:
    """Return the title of every pane by its name, in the order of the panes."""
    names = {PRICE: "Price", VOLUME: "Volume"}
    for _, series, _ in _placed(view):
        names.setdefault(series.pane, series.title)
    return names


def _placed(view: View) -> list[tuple[str, SeriesRows, str]]:
    """Return key, series and the colour of one that has none, in the order of the tables.

    The order in the file is that of the first rows, which depends on the market. A series whose
    table is not known, as `tot`, stands with the one before it.
    """
    tables = list(view.run.settings.get("plugins", {})) if view.run else []
    neighbours: dict[int, list[tuple[str, SeriesRows, str]]] = {}
    place = 0
    for key, series in view.series.items():
        table = key.partition(".")[0]
        place = tables.index(table) if table in tables else place
        there = neighbours.setdefault(place, [])
        there.append((key, series, PALETTE[(place + len(there)) % len(PALETTE)]))
    return [placed for _, there in sorted(neighbours.items()) for placed in there]


def price_decimals(bars: Sequence[Bar]) -> int:
    """Return the decimals that prices are quoted in, from the last bars."""
    return decimals_of(value for bar in bars[-50:] for value in bar[1:5] if value is not None)


def _candles(view: View, theme: Theme) -> Drawing:
    decimals = price_decimals(view.bars)
    last = view.bars[-1] if view.bars else None
    label = _ohlc(last[1:5], decimals) if last else "no bars"
    looks = _candle_looks(theme.up, theme.down) | {"meta": {"decimals": decimals, "unit": ""}}
    return Drawing(PRICE, _ohlc_columns(view.bars), looks, label, "")


def _volume(view: View, theme: Theme) -> Drawing:
    rows = view.bars
    looks = {
        "type": "bar",
        "marker": {"opacity": 0.7, "line": {"width": 0}},
        "meta": {"decimals": decimals_for(row[5] for row in rows), "unit": ""},
    }
    columns: Columns = {
        "x": [row[0] for row in rows],
        "y": [row[5] for row in rows],
        "marker.color": [
            theme.up if (row[4] or 0) >= (row[1] or 0) else theme.down for row in rows
        ],
    }
    last = rows[-1][5] if rows else None
    return Drawing(VOLUME, columns, looks, short(last) if last is not None else "", "")


def _series(key: str, series: SeriesRows, palette: str, theme: Theme) -> Drawing:
    color = shade(series.color or palette, "#000000", theme.deeper)
    decimals = decimals_for(value for row in series.rows for value in row[1:])
    last = series.rows[-1][4] if series.rows else None
    unit = f" {series.unit}" if series.unit else ""
    if series.style == "candles":
        columns: Columns = _ohlc_columns(series.rows)
        looks = _candle_looks(color, shade(color, theme.background, 0.55))
    else:
        columns = {"x": [row[0] for row in series.rows], "y": [row[4] for row in series.rows]}
        looks = _line_or_bar_looks(series.style, color)
    looks["meta"] = {"decimals": decimals, "unit": unit}
    return Drawing(key, columns, looks, f"{number(last, decimals)}{unit}", color)


def _ohlc_columns(rows: Sequence[Sequence[Any]]) -> Columns:
    names = ("x", "open", "high", "low", "close")
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def _candle_looks(up: str, down: str) -> dict[str, Any]:
    return {
        "type": "candlestick",
        "increasing": {"line": {"color": up, "width": 1}, "fillcolor": up},
        "decreasing": {"line": {"color": down, "width": 1}, "fillcolor": down},
        "whiskerwidth": 0,
    }


def _line_or_bar_looks(style: str, color: str) -> dict[str, Any]:
    if style == "bars":
        return {"type": "bar", "marker": {"color": color, "line": {"width": 0}}}
    return {"type": "scatter", "mode": "lines", "line": {"color": color, "width": 1.4}}


def _ohlc(values: Sequence[float | None], decimals: int) -> str:
    return "  ".join(
        f"{letter} {number(value, decimals)}" for letter, value in zip("OHLC", values, strict=True)
    )
