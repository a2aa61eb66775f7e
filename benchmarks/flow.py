"""Order flow on the page: a day of columns and trades as the sink writes them, and its cost."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession

from benchmarks.browser import PAN, WHEEL, frames, metric
from orderflow_core.contract import files
from tests.app.dashboard.files import MINUTE, START
from tests.browser import CHROMIUM, Visit, browser, visit

COLUMNS, ROWS, SECONDS = 8_640, 402, 10
TRADES, LINE = 60_000, 1_000
BARS, PRICES = 1_000, 40
TICK = 0.1
BUBBLES = 5_000
REPEAT = 5
# Draws the heat map so many times, each with a new column or without.
COLUMN = """([count, added]) => {
    const last = orderflow.flow.of("heat")[0].columns.at(-1), {frame} = orderflow.panes.shown[0];
    const context = new OffscreenCanvas(frame.width, frame.height).getContext("2d");
    for (let i = 1; i <= count; i++) {
        const timestamp = last.timestamp + i * (last.end - last.timestamp);
        const end = timestamp + last.end - last.timestamp;
        if (added) orderflow.heat.add({...last, timestamp, end});
        orderflow.heat.draw(context, orderflow.panes.shown[0], frame, 0);
        context.getImageData(0, 0, 1, 1);  // waits until it is painted
    }
}"""
# Bubbles that would stand nearer than 12 pixels are one, and how near they may come goes by powers
# of two: of the day as much is shown as brings most of them side by side, but no more than so many.
CROWD = """bubbles => {
    const {view, plotWidth} = orderflow, [from, to] = view.range, most = plotWidth / 12;
    const length = 2 ** Math.floor(Math.log2((to - from) / most));
    view.zoom(0.999 * most * length / (to - from), (from + to) / 2);
    orderflow.paint(true);
    while (orderflow.data("price").bubbles.length > bubbles) {
        view.zoom(0.99, (view.range[0] + view.range[1]) / 2);
        orderflow.paint(true);
    }
}"""
# Draws so many bars in the middle of the day so many times; `moves` shifts the rows each time, so
# that no picture of their numbers can be used again.
FOOTPRINT = """([count, bars, low, high, moves]) => {
    const {panes: {shown: [pane]}, view, paint, raster} = orderflow, middle = pane.series[0].x[500];
    view.zoom(bars * 60e3 / (view.range[1] - view.range[0]), middle);
    view.pan(middle - (view.range[0] + view.range[1]) / 2);
    pane.scale.fixed = [low, high];
    paint();
    const context = pane.canvas.getContext("2d"), {frame} = pane;
    for (let i = 0; i < count; i++) {
        if (moves) frame.low += 1e-9;
        raster.begin(frame);
        orderflow.footprint.draw(context, pane.series[0], frame, 0.05);
        context.getImageData(0, 0, 1, 1);
    }
}"""


def write_flow(folder: Path) -> None:
    """Write the columns and trades of a day that ends with the bars of `files.bars`."""
    end = START + BARS * MINUTE
    heat = _heat(end - COLUMNS * SECONDS * 1000, COLUMNS)
    footprint = (_footprint(START + i * MINUTE) for i in range(BARS))
    half = [json.dumps(column) for column in heat]
    (folder / files.OLDER_CELLS).write_text("\n".join(half[: COLUMNS // 2]) + "\n")
    lines = [*half[COLUMNS // 2 :], *map(json.dumps, footprint)]
    (folder / files.CELLS).write_text("\n".join(lines) + "\n")
    trades = _trades(START, end)
    (folder / files.TRADES).write_text("".join(json.dumps(line) + "\n" for line in trades))
    (folder / files.OPEN_CELLS).write_text(json.dumps({"cells": [_profile(end)]}))


def add_flow(folder: Path, bar: int) -> None:
    """Add what a bar brings: a column of each kind, ten trades, and a profile that has grown."""
    time = START + bar * MINUTE
    lines = [*_heat(time, 1), _footprint(time)]
    with (folder / files.CELLS).open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    price = 100.0 + bar
    trades = {
        "timestamp": [time + i for i in range(10)],
        "price": [price + i / 10 for i in range(10)],
        "size": [round(0.1 + i / 7, 4) for i in range(10)],
        "side": [1, -1] * 5,
    }
    with (folder / files.TRADES).open("a") as file:
        file.write(json.dumps(trades) + "\n")
    (folder / files.OPEN_CELLS).write_text(json.dumps({"cells": [_profile(time, bar)]}))


def measure_flow(url: str, count: int) -> None:
    """Move the page of a day of order flow with 5 panes; print what frames, a column, bars cost."""
    if CHROMIUM is None:
        return
    for width, height in ((1366, 900), (2560, 1300)):
        with browser() as chromium, visit(chromium, url, width, height) as seen:
            tools = _loaded(seen, count)
            _print_frames(seen, tools, BUBBLES)
            if width > 2000:
                _print_frames(seen, tools, TRADES)
                _print_footprint(seen, tools)
            else:
                spent = [_spent(seen, tools, COLUMN, [REPEAT * 20, add]) for add in (False, True)]
                column = (spent[1] - spent[0]) / (REPEAT * 20)
                print(f"  {'a new column, ms':25}{column:8.2f}", flush=True)
            told = [each for each in seen.complaints if "willReadFrequently" not in each]
            assert told == []


def _loaded(seen: Visit, count: int) -> CDPSession:
    """Wait until all has come."""
    seen.page.context.set_default_timeout(120_000)
    seen.until(f"rows('price') === {count}")
    seen.page.wait_for_function("orderflow.flow.held.trades.extent[0] === 0")
    seen.page.wait_for_function("orderflow.flow.held.cells.extent[0] === 0")
    tools = seen.page.context.new_cdp_session(seen.page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    return tools


def _print_frames(seen: Visit, tools: CDPSession, most: int) -> None:
    seen.choose("span", "All")
    seen.page.wait_for_timeout(1000)
    seen.page.evaluate(CROWD, most)
    bubbles, panes = seen.chart("data('price').bubbles"), seen.chart("shown.length")
    width, trades = seen.page.evaluate("innerWidth"), sum(each["count"] for each in bubbles)
    print(f"\n{width} wide, {panes} panes, {COLUMNS:,} columns of {ROWS}")
    print(f"{len(bubbles):,} bubbles side by side, of {trades:,} trades, when it begins to move")
    for name, move in (("pan", PAN), ("wheel", WHEEL)):
        rates, costs = zip(*(frames(seen, tools, move) for _ in range(REPEAT)), strict=True)
        print(f"  {f'{name}, frames a second':25}{max(rates):8.0f}")
        print(f"  {f'{name}, ms of a frame':25}{min(costs):8.1f}", flush=True)


def _print_footprint(seen: Visit, tools: CDPSession) -> None:
    for bars, words, moves in ((60, "", 0), (30, ", numbers", 0), (30, ", numbers anew", 1)):
        asked = [REPEAT * 4, bars, 98.0, 98.0 + (PRICES + 4) * TICK, moves]
        cost = min(_spent(seen, tools, FOOTPRINT, asked) / (REPEAT * 4) for _ in range(3))
        print(f"  {f'{bars} x {PRICES}{words}, ms':25}{cost:8.1f}", flush=True)


def _spent(seen: Visit, tools: CDPSession, act: str, asked: object) -> float:
    """Return the processor's ms of the page's thread for what an expression does."""
    before = metric(tools, "TaskDuration")
    seen.page.evaluate(act, asked)
    return (metric(tools, "TaskDuration") - before) * 1000


def _column(series: str, style: str, time: int, seconds: int, **cells: Any) -> dict[str, Any]:
    return {
        "series": series,
        "title": series,
        "pane": "price",
        "style": style,
        "timestamp": time,
        "end": time + seconds * 1000,
        "known_at": time + seconds * 1000,
        "tick": TICK,
        **cells,
    }


def _price(time: int) -> float:
    """Return where the market is at a time: the bars rise by 1 a minute."""
    return 100 + max(0, (time - START) // MINUTE)


def _heat(first: int, count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(first)
    walls = [10 * draw.random() for _ in range(ROWS)]
    for number in range(count):
        time = first + number * SECONDS * 1000
        low = round(_price(time) - ROWS * 5 * TICK, 1)
        values = [[round(wall * (0.5 + draw.random()), 2)] for wall in walls]
        yield _column("heatmap", "heat", time, SECONDS, low=low, values=values) | {"tick": 1.0}


def _footprint(time: int) -> dict[str, Any]:
    draw = random.Random(time)
    values = [[round(5 * draw.random(), 3), round(5 * draw.random(), 3)] for _ in range(PRICES)]
    return _column("footprint.cells", "footprint", time, 60, low=98.2, values=values)


def _profile(time: int, grown: int = 0) -> dict[str, Any]:
    """Return a profile of 2,000 prices, ten of which hang on how far it has grown."""
    values = [[1.5 + i % 7, 2.5 + i % 5] for i in range(2_000)]
    for i in range(10):
        values[(37 * grown + i) % 2_000][0] += grown
    column = _column("profile.cells", "profile", START, 86_400, low=100.0, values=values)
    return column | {"known_at": time}


def _trades(first: int, end: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(1)
    step = (end - first) // TRADES
    for begin in range(0, TRADES, LINE):
        times = [first + (begin + i) * step for i in range(LINE)]
        yield {
            "timestamp": times,
            "price": [round(draw.uniform(100, 1_100), 1) for _ in times],
            "size": [round(draw.expovariate(1), 4) for _ in times],
            "side": [draw.choice((1, -1)) for _ in times],
        }
