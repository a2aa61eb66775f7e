"""Which series stand in which pane, what each is called, and how it is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeAlias

from orderflow_app.dashboard.figures.style import PALETTE, themed
from orderflow_app.dashboard.numbers import decimals_for, decimals_of
from orderflow_app.dashboard.reading.reader import View
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.series import PRICE, TIME, VOLUME
from orderflow_core.contract.shapes import BarsRows, SeriesRows

Columns: TypeAlias = dict[str, list[Any]]
TITLES = {PRICE: "Price", VOLUME: "Volume"}
MINUTE = 60_000


@dataclass(frozen=True)
class Drawing:
    """One series: its columns, of which `x` are the times, and its looks as the browser has them.

    The looks are `key`, `title`, `style`, `unit`, `decimals`, `length` (of a bar, ms) and `color`
    by theme, None for what is drawn in the colours of up and down.
    """

    columns: Columns
    looks: dict[str, Any]


@dataclass(frozen=True)
class Pane:
    """A strip of the chart with one scale of its own."""

    name: str
    title: str
    drawings: Sequence[Drawing]


@dataclass(frozen=True)
class _Placed:
    """A series with the table that it comes from, and the colour that its place gives it."""

    key: str
    table: str
    series: SeriesRows
    palette: int


def panes_of(view: View) -> list[Pane]:
    """Return the panes, price first, then in the order of the tables.

    One that several series share under a name of its own is called so.
    """
    placed = _placed(view)
    decimals = price_decimals(view)
    titles, colors = _titles(placed), _colors(placed)
    keys = {*titles, PRICE, VOLUME}
    panes = {
        PRICE: Pane(PRICE, TITLES[PRICE], [_candles(view, decimals)]),
        VOLUME: Pane(VOLUME, TITLES[VOLUME], [_volume(view)]),
    }
    for key, bars in view.prices.items():
        panes[key] = Pane(key, bars.title, [_other_candles(view, key, bars, decimals)])
    for each in placed:
        name = each.series.pane
        looks = _looks(each, view, titles[each.key], colors[each.key])
        looks["decimals"] = decimals if name == PRICE else _decimals(each.series.rows)
        drawing = Drawing(_columns(each.series), looks)
        before = panes.get(name)
        drawings = [*before.drawings, drawing] if before else [drawing]
        panes[name] = Pane(name, before.title if before else titles[each.key], drawings)
    for name in {name for name in panes if len(panes[name].drawings) > 1 and name not in keys}:
        panes[name] = replace(panes[name], title=name[:1].upper() + name[1:])
    return list(panes.values())


def price_decimals(view: View) -> int:
    """Return the decimals of the tick where one is said, else those of last bars and levels."""
    facts = view.run.facts if view.run else InstrumentFacts()
    if facts.decimals is not None and "tick" not in facts.inferred:
        return facts.decimals
    bars = (value for bar in view.bars[-50:] for value in bar[1:5] if value is not None)
    levels = (price for side in (view.depth.bids, view.depth.asks) for price, _ in side)
    return decimals_of([*bars, *levels])


def bar_length(view: View, table: str, times: Sequence[int]) -> int:
    """Return how long a table's bars are in ms: as it was set, else as its last bars are apart.

    Of bars that are no windows of time it is a power of two near to what most of them are apart,
    so that it seldom changes.
    """
    if view.length is not None:
        return view.length
    settings = view.run.settings if view.run else {}
    for options in (settings.get("plugins", {}).get(table), settings.get("run")):
        if not isinstance(options, Mapping):
            continue
        if options.get("clock", TIME) != TIME:  # its bars are of any length
            gaps = sorted(after - before for before, after in pairwise(times[-50:]))
            return 1 << max(0, gaps[len(gaps) // 2].bit_length() - 1) if gaps else MINUTE
        seconds = options.get("window_seconds")
        if isinstance(seconds, int | float) and 0 < seconds < 1e9:
            return max(round(seconds * 1000), 1)
    return max(min((after - before for before, after in pairwise(times[-50:])), default=MINUTE), 1)


def price_length(view: View) -> int:
    """Return how long the bars of the price are, in ms."""
    return bar_length(view, price_table(view), [bar[0] for bar in view.bars])


def price_table(view: View) -> str:
    """Return the table whose bars are those of the price."""
    settings = view.run.settings if view.run else {}
    sink = settings.get("plugins", {}).get("json")
    table = sink.get("bars") if isinstance(sink, Mapping) else None
    return str(table or "ohlc")


def tables_of(view: View) -> dict[str, str]:
    """Return the table that each series comes from, by key, in the order of the chart."""
    return {each.key: each.table for each in _placed(view)}


def _placed(view: View) -> list[_Placed]:
    """Return the series in the order of the tables.

    The order in the file is that of the first rows, which depends on the market. A series whose
    table is not known, as `tot`, stands with the one before it.
    """
    tables = list(view.run.settings.get("plugins", {})) if view.run else []
    neighbours: dict[int, list[_Placed]] = {}
    place, owner = 0, ""
    for key, series in view.series.items():
        table = key.partition(".")[0]
        if table in tables:
            place, owner = tables.index(table), table
        there = neighbours.setdefault(place, [])
        there.append(_Placed(key, owner or table, series, place + len(there) + 1))
    return [placed for _, there in sorted(neighbours.items()) for placed in there]


def _titles(placed: Iterable[_Placed]) -> dict[str, str]:
    """Return a title for each key; one that several have is told apart by the key."""
    count = Counter(each.series.title for each in placed)
    return {
        each.key: f"{each.series.title} ({each.key})"
        if count[each.series.title] > 1
        else each.series.title
        for each in placed
    }


def _colors(placed: Iterable[_Placed]) -> dict[str, str]:
    """Return a colour for each key: its own if it is the first with it, else one that is free."""
    given: dict[str, str] = {}
    for each in placed:
        others = [PALETTE[(each.palette + i) % len(PALETTE)] for i in range(len(PALETTE))]
        wanted = [each.series.color, *others] if each.series.color else others
        free = (color for color in wanted if color not in given.values())
        given[each.key] = next(free, wanted[0])
    return given


def _looks(each: _Placed, view: View, title: str, color: str) -> dict[str, Any]:
    return {
        "key": each.key,
        "title": title,
        "style": each.series.style,
        "unit": each.series.unit,
        "length": bar_length(view, each.table, [row[0] for row in each.series.rows]),
        "color": themed(color),
    }


def _decimals(rows: Iterable[Sequence[Any]]) -> int:
    return decimals_for(value for row in rows for value in row[2:4])  # the high and the low


def _candles(view: View, decimals: int) -> Drawing:
    looks = {
        "key": PRICE,
        "title": TITLES[PRICE],
        "style": "candles",
        "unit": "",
        "length": price_length(view),
        "color": None,
        "decimals": decimals,
    }
    return Drawing(_ohlc_columns(view.bars), looks)


def _other_candles(view: View, key: str, bars: BarsRows, decimals: int) -> Drawing:
    looks = {
        "key": key,
        "title": bars.title,
        "style": "candles",
        "unit": bars.unit,
        "length": bar_length(view, key.partition(".")[0], [row[0] for row in bars.rows]),
        "color": None,
        "decimals": decimals,
    }
    return Drawing(_ohlc_columns(bars.rows), looks)


def _volume(view: View) -> Drawing:
    rows = view.bars
    looks = {
        "key": VOLUME,
        "title": TITLES[VOLUME],
        "style": "bars",
        "unit": "",
        "length": price_length(view),
        "color": None,
        "decimals": decimals_for(row[5] for row in rows),
    }
    columns: Columns = {
        "x": [row[0] for row in rows],
        "y": [row[5] for row in rows],
        "up": [(row[4] or 0) >= (row[1] or 0) for row in rows],
    }
    return Drawing(columns, looks)


def _columns(series: SeriesRows) -> Columns:
    if series.style == "candles":
        return _ohlc_columns(series.rows)
    return {"x": [row[0] for row in series.rows], "y": [row[4] for row in series.rows]}


def _ohlc_columns(rows: Sequence[Sequence[Any]]) -> Columns:
    names = ("x", "open", "high", "low", "close")
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=False)}
