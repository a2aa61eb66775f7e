"""Heat map, bubbles, footprint and profile of a real recording, as a browser shows them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from orderflow_core import Cells, Plugin, Signal, TradeBatches, hookimpl, run
from orderflow_core.contract import files
from tests import measures_oracle as plain
from tests.app.dashboard.files import MINUTE, START, write_files
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit
from tests.recordings import DATA, needs_recordings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
    needs_recordings,
]

PERP = "BTCUSD_PERP"
FIVE = 5
COLORS = """([time, values]) => {
    const {frame, canvas} = orderflow.panes.shown.find(({name}) => name === "obi");
    const left = (frame.x(time) + 2) / frame.pixel, context = canvas.getContext("2d");
    const pixels = new Uint32Array(context.getImageData(left, 0, 1, canvas.height).data.buffer);
    return values.map(value => pixels[Math.round(frame.y(value) / frame.pixel)]);
}"""


class Recorder(Plugin):
    """Keeps cells, signals and trades as the plugins publish them."""

    def __init__(self) -> None:
        super().__init__(name="recorder")
        self.cells: list[Cells] = []
        self.signals: list[Signal] = []
        self.trades: list[Any] = []

    @hookimpl
    def on_cells(self, cells: Cells) -> None:
        if cells.closed:
            self.cells.append(cells)

    @hookimpl
    def on_signal(self, signal: Signal) -> None:
        self.signals.append(signal)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        columns = (batches.trade_timestamp, batches.price, batches.size, batches.side)
        self.trades.append(np.column_stack(columns))


@dataclass(frozen=True)
class Shown:
    """A page, and what the run that it shows has published."""

    page: Visit
    told: Recorder

    def data(self) -> Any:
        return self.page.chart("data('price')")

    def cells(self, style: str) -> dict[int, Cells]:
        """Return the columns of a style by their begin."""
        return {each.timestamp: each for each in self.told.cells if each.series.style == style}

    def five(self, style: str) -> list[tuple[Any, Cells]]:
        """Return five columns of a style as they are shown, and as they were published."""
        [shown] = [each for each in self.data()["cells"] if each["style"] == style]
        published = self.cells(style)
        columns = shown["columns"]
        assert len(columns) == len(published) > FIVE
        places = np.linspace(0, len(columns) - 1, FIVE).astype(int)
        return [(columns[place], published[columns[place]["timestamp"]]) for place in places]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def shown(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Give a page that shows bars of 10 s of a perpetual, all of them."""
    out = tmp_path_factory.mktemp("out")
    told = Recorder()
    settings = {
        "run": {"window_seconds": 10},
        "source": {"path": str(DATA), "instruments": [PERP], "speed": "max"},
        "plugins": {
            "book": {},
            "ohlc": {},
            "heatmap": {},
            "footprint": {"stack": 2},
            "profile": {"reset": "never"},
            "json": {"directory": str(out / "{instrument}"), "trades": True},
        },
    }
    run(settings, plugins=[told])
    with dashboard(out) as url, visit(chromium, url) as page:
        page.until("rows('price') > 60")
        page.show("All")
        page.wait_for_trades()
        count = sum(each.series.style == "heat" for each in told.cells)
        page.until(f"data('price').cells.some(({{columns}}) => columns.length === {count})")
        yield Shown(page, told)
        assert page.complaints == []


def test_a_column_of_the_heat_map_has_the_sizes_of_its_cells(shown: Shown) -> None:
    for column, cells in shown.five("heat"):
        assert (column["tick"], column["low"]) == (cells.tick, cells.low)
        assert column["end"] == cells.end
        assert column["sizes"][1:-1] == pytest.approx(cells.values[1:-1, 0], rel=0.03)


def test_a_bar_of_the_footprint_has_the_buys_and_sells_of_its_cells(shown: Shown) -> None:
    for column, cells in shown.five("footprint"):
        assert (column["tick"], column["low"]) == (cells.tick, cells.low)
        assert column["buy"] == pytest.approx(cells.values[:, 0], rel=1e-6)
        assert column["sell"] == pytest.approx(cells.values[:, 1], rel=1e-6)
        assert column["delta"] == pytest.approx(float(np.subtract(*cells.values.T).sum()), abs=1e-6)


def test_stacks_of_the_footprint_are_its_signals(shown: Shown) -> None:
    signals = {
        (each.timestamp, each.side, each.price, each.value)
        for each in shown.told.signals
        if each.series.key == "footprint.stacks"
    }
    [footprint] = [each for each in shown.data()["cells"] if each["style"] == "footprint"]
    found = {
        (column["timestamp"], stack["side"], _price(column, stack), stack["end"] - stack["first"])
        for column in footprint["columns"]
        for stack in column["stacks"]
    }

    assert len(signals) >= FIVE
    assert found == signals


def _price(column: dict[str, Any], stack: dict[str, int]) -> float:
    """Return the lowest price of a stack of buys, the highest of one of sells."""
    row = stack["first"] if stack["side"] > 0 else stack["end"] - 1
    return round(float(column["low"] + row * column["tick"]), 6)


def test_a_bubble_has_the_trades_of_its_stretch_of_time_and_price(shown: Shown) -> None:
    bubbles = shown.data()["bubbles"]
    time, price, size, side = np.concatenate(shown.told.trades).T

    assert sum(each["buy"] for each in bubbles) == pytest.approx(size[side > 0].sum())
    assert sum(each["sell"] for each in bubbles) == pytest.approx(size[side < 0].sum())
    for place in np.linspace(0, len(bubbles) - 1, FIVE).astype(int):
        each = bubbles[place]
        inside = (time >= each["from"]) & (time < each["to"])
        inside &= (price > each["low"] - 1e-6) & (price < each["high"] - 1e-6)
        assert each["buy"] == pytest.approx(size[inside & (side > 0)].sum())
        assert each["sell"] == pytest.approx(size[inside & (side < 0)].sum())


def test_the_profile_in_sight_is_the_sum_of_the_bars(shown: Shown) -> None:
    profile = shown.data()["profile"]
    total: dict[float, Any] = {}
    for cells in shown.cells("footprint").values():
        for row, values in enumerate(cells.values):
            price = round(cells.low + row * cells.tick, 6)
            total[price] = total.get(price, 0) + values

    assert profile["mode"] == "visible"
    _check(profile, total)


def _check(profile: Any, total: dict[float, Any]) -> None:
    """Hold prices, point of control and value area of a profile against volumes by price."""
    low, tick = min(total), profile["tick"]
    rows = np.zeros((round((max(total) - low) / tick) + 1, 2))
    for price, values in total.items():
        rows[round((price - low) / tick)] = values
    assert profile["low"] == pytest.approx(low)
    assert len(profile["buy"]) == len(rows)
    for place in np.linspace(0, len(rows) - 1, FIVE).astype(int):
        shown = (profile["buy"][place], profile["sell"][place])
        assert shown == pytest.approx(tuple(rows[place]), rel=1e-6)
    first, control, last = plain.area(dict(enumerate(rows.tolist())), 0.7)
    at = [low + row * tick for row in (first, control, last)]
    assert [profile["area"][0], profile["control"], profile["area"][1]] == pytest.approx(at)


def test_the_profile_of_the_session_is_that_of_its_cells(shown: Shown) -> None:
    [cells] = shown.cells("profile").values()
    shown.page.page.locator("#flow-menu summary").click()
    shown.page.page.locator("#profile").select_option("session")
    shown.page.until("data('price').profile.mode === 'session'")

    total = {
        round(cells.low + row * cells.tick, 6): values for row, values in enumerate(cells.values)
    }
    _check(shown.data()["profile"], total)


def test_marked_bars_have_a_profile_of_their_own(shown: Shown) -> None:
    page = shown.page
    page.page.locator("#profile").select_option("marked")
    page.page.locator("#flow-menu summary").click()
    page.point(300, 120)
    page.page.mouse.down()
    page.point(500, 140)
    page.page.mouse.up()
    page.until("data('price').profile !== null")
    profile = shown.data()["profile"]

    wanted = [
        each
        for each in shown.cells("footprint").values()
        if each.end > profile["from"] and each.timestamp < profile["to"]
    ]
    assert 1 < len(wanted) < len(shown.cells("footprint"))
    assert sum(profile["buy"]) == pytest.approx(sum(each.values[:, 0].sum() for each in wanted))


def test_a_footprint_takes_the_place_of_candles_where_bars_are_wide(shown: Shown) -> None:
    page = shown.page
    assert page.chart("data('price').cells.find(({style}) => style === 'footprint').drawn") is False
    page.page.evaluate("orderflow.view.zoom(0.1, orderflow.view.range[1] - 100e3)")
    page.until("data('price').cells.find(({style}) => style === 'footprint').drawn")
    assert page.chart("data('price').bubbles") == []


def test_a_run_without_any_has_no_menu_of_them(chromium: Browser, tmp_path: Path) -> None:
    write_files(tmp_path / "TEST-USDT")
    with dashboard(tmp_path) as url, visit(chromium, url) as page:
        page.until("rows('price') === 3")
        expect(page.page.locator("#flow-menu")).to_be_hidden()
        found = page.chart("data('price')")
        assert (found["cells"], found["bubbles"], found["profile"]) == ([], [], None)
        assert page.complaints == []


def test_a_heat_map_of_another_pane_stands_in_that_pane(chromium: Browser, tmp_path: Path) -> None:
    sizes = [1.0, 1.0, 1.0, 1.0, 1.0, 9.0, 1.0, 1.0]
    column = {
        **{"series": "deep", "title": "Deep", "pane": "obi", "style": "heat"},
        **{"timestamp": START, "end": START + MINUTE, "known_at": START + MINUTE},
        **{"tick": 0.125, "low": -0.5, "values": [[size] for size in sizes]},
    }
    folder = write_files(tmp_path / "TEST-USDT")
    (folder / files.CELLS).write_text(json.dumps(column) + "\n")
    with dashboard(tmp_path) as url, visit(chromium, url) as page:
        page.until("data('obi').cells.length")
        [[heat]] = [each["columns"] for each in page.chart("data('obi').cells")]
        drawn, empty = page.page.evaluate(COLORS, [START, [0.19, 0.31]])

        assert heat["sizes"][1:-1] == pytest.approx(sizes[1:-1], rel=0.03)
        assert drawn != empty
        assert page.chart("data('price').cells") == []
        assert page.complaints == []


def test_what_is_drawn_is_told_while_a_column_of_the_heat_map_grows(
    chromium: Browser, tmp_path: Path
) -> None:
    column = {
        **{"series": "heatmap", "title": "Heat map", "pane": "price", "style": "heat"},
        **{"timestamp": START, "end": START + MINUTE, "known_at": START + MINUTE},
        **{"tick": 0.5, "low": 99.5, "values": [[1.0]] * 8},
    }
    end = START + 2 * MINUTE
    later = {"timestamp": START + MINUTE, "end": end, "known_at": end}
    folder = write_files(tmp_path / "TEST-USDT")
    (folder / files.CELLS).write_text(json.dumps(column) + "\n")
    (folder / files.OPEN_CELLS).write_text(json.dumps({"cells": [column | later]}))
    with dashboard(tmp_path) as url, visit(chromium, url) as page:
        page.page.wait_for_function("orderflow.flow.held.open.heatmap")
        [[heat]] = [each["columns"] for each in page.chart("data('price').cells")]

        assert heat["timestamp"] == START
        assert page.complaints == []
