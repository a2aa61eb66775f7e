"""Several series of price bars: each in a pane of its own, the first with its volume."""

import json
from pathlib import Path
from typing import Any

import pytest
from orderflow_app.dashboard.figures.panes import bar_length, panes_of
from orderflow_app.dashboard.figures.tails import extent, tail
from orderflow_app.dashboard.reading.places import Places
from orderflow_app.dashboard.reading.reader import Reader, View

from tests.app.dashboard.files import bars, report, write_files

PLUGINS = {"fives": {"use": "ohlc", "clock": "volume", "threshold": 5, "window_seconds": 60.0}}


def view(folder: Path, rows: list[Any] | None) -> View:
    run = report(settings={"run": {}, "source": {}, "plugins": PLUGINS})
    write_files(folder / "TEST-USDT", run=run)
    if rows is not None:
        looks = {"title": "fives", "pane": "price", "style": "candles", "unit": "", "color": None}
        content = {"series": {"fives": {**looks, "rows": rows}}}
        (folder / "TEST-USDT" / "bars_data.json").write_text(json.dumps(content))
    return Reader(Places(folder)).view("TEST-USDT")


def test_a_second_series_has_a_pane_of_candles(tmp_path: Path) -> None:
    panes = panes_of(view(tmp_path, bars(4)))

    assert [pane.name for pane in panes][:3] == ["price", "volume", "fives"]
    [drawing] = panes[2].drawings
    assert (drawing.looks["style"], len(drawing.columns["open"])) == ("candles", 4)


def test_files_of_a_run_that_had_no_such_file_are_whole(tmp_path: Path) -> None:
    found = view(tmp_path, None)

    assert (found.faults, found.prices) == ({}, {})


def test_bars_that_trades_close_are_about_as_wide_as_they_are_apart(tmp_path: Path) -> None:
    found = view(tmp_path, None)

    assert bar_length(found, "fives", [0, 0, 1000, 2100, 3000]) == 512


@pytest.mark.parametrize(("times", "found"), [([1, 2, 2, 3], False), ([1, 2, 3], True)])
def test_bars_of_one_millisecond_are_sent_anew(times: list[int], found: bool) -> None:
    """Which of them a browser has cannot be known."""
    assert (tail(extent({"x": [1, 2]}), {"x": times}) is not None) == found
