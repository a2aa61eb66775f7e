"""Cells and signals that are older than those of the files, as a browser shows them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from orderflow_core.store import open_store
from tests.app.dashboard.kept import BEGIN, MINUTE, NAME, SINKS, cut, write_run
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

MINUTES, LAST = 600, 60
PLUGINS: dict[str, Any] = {
    "parquet": {"directory": "", "cells": True},
    "heatmap": {"rows": 16},
    "footprint": {"ticks": 5},
    "alert": {"when": "obi > 0.2", "text": "bids outweigh asks"},
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of ten hours whose files hold the last one."""
    found = tmp_path_factory.mktemp("run")
    store = {**PLUGINS["parquet"], "directory": str(found / SINKS["parquet"])}
    out = write_run(found, MINUTES, LAST, **{**PLUGINS, "parquet": store})
    edge = BEGIN + (MINUTES - LAST) * MINUTE
    path = out / "cells_data.jsonl"
    lines = [
        line for line in path.read_text().splitlines() if json.loads(line)["timestamp"] >= edge
    ]
    path.write_text("\n".join(lines) + "\n")
    cut(
        out / "signals_data.json",
        lambda file: {"signals": [row for row in file["signals"] if row["timestamp"] >= edge]},
    )
    return found


@pytest.fixture
def page(chromium: Browser, folder: Path) -> Iterator[Visit]:
    with dashboard(folder / "out") as url, visit(chromium, url) as seen:
        seen.until("orderflow.history.begins && orderflow.flow.isWhole()")
        yield seen
        assert seen.complaints == []


def go_to(seen: Visit, hours: float, width: int) -> tuple[int, int]:
    """Bring a stretch into sight, wait until nothing is read; return its whole minutes."""
    seen.page.evaluate(
        """([time, width]) => new Promise(done => {
            const {view, past, history} = orderflow;
            view.zoom(width / (view.range[1] - view.range[0]), view.range[0]);
            view.pan(time - view.range[0]);
            let quiet = 0;
            const look = () => {
                quiet = history.reading || past.isReading() ? 0 : quiet + 1;
                orderflow.redraw();
                if (quiet > 3) done(); else requestAnimationFrame(look);
            };
            look();
        })""",
        [BEGIN + hours * 60 * MINUTE, width],
    )
    start, end = seen.range()
    return int(start), int(end)


@pytest.mark.parametrize("hours", [8.5, 5, 0.3, 2])
def test_cells_and_signals_before_those_of_the_files_are_the_stores(
    page: Visit, folder: Path, hours: float
) -> None:
    start, end = go_to(page, hours, 60 * MINUTE)
    store, shown = open_store(folder / "store"), page.chart("data('price')")

    for cells in shown["cells"]:
        key, style = cells["key"], cells["style"]
        rows = store.read("cells", NAME, key, start - MINUTE + 1, end)
        assert [each["timestamp"] for each in cells["columns"]] == rows["timestamp"].tolist()
        assert len(cells["columns"]) > 30
        for place in (0, len(cells["columns"]) // 2, -1):
            values, column = rows["values"][place], cells["columns"][place]
            if style == "heat":
                assert column["sizes"][1:-1] == pytest.approx(list(values)[1:-1], rel=0.03)
            else:
                assert column["buy"] == pytest.approx(list(values)[::2], rel=1e-6)
                assert column["sell"] == pytest.approx(list(values)[1::2], rel=1e-6)
    everywhere = page.chart("shown.flatMap(name => data(name).signals)")
    signals = store.read("signals", NAME, None, start, end)
    assert sorted(each["timestamp"] for each in everywhere) == sorted(signals["timestamp"].tolist())
    assert len(everywhere) > 0


def test_what_has_been_read_is_not_asked_for_again(page: Visit) -> None:
    go_to(page, 3, 60 * MINUTE)
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url))
    go_to(page, 3.1, 50 * MINUTE)

    assert not [url for url in asked if url.endswith("older-flow")]
