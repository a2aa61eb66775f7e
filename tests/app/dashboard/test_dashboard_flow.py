"""What a browser is sent of cells and trades."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from orderflow_app.dashboard import flow
from orderflow_app.dashboard.reading.cells import STEPS
from orderflow_app.dashboard.reading.places import Places
from orderflow_app.dashboard.reading.reader import Reader
from orderflow_app.dashboard.server import make_server

from orderflow_core.contract import files
from tests.app.dashboard.files import report, write_files
from tests.app.dashboard.question import ask, told_after

INSTRUMENT = "TEST-USDT"
SETTINGS = {
    "run": {},
    "source": {},
    "plugins": {"footprint": {"ratio": 3.0, "stack": 2, "window_seconds": 60.0}},
}


def column(timestamp: int, style: str = "footprint", **changes: Any) -> dict[str, Any]:
    values = [[1.5], [0.0], [8.0]] if style == "heat" else [[1.0, 2.0], [0.0, 4.5]]
    return {
        "series": style,
        "title": style.title(),
        "pane": "price",
        "style": style,
        "unit": "",
        "color": None,
        "timestamp": timestamp,
        "end": timestamp + 60_000,
        "known_at": timestamp + 60_000,
        "tick": 0.5,
        "low": 99.5,
        "values": values,
        **changes,
    }


def write(
    out: Path,
    columns: list[dict[str, Any]],
    *,
    growing: list[dict[str, Any]] | None = None,
    trades: list[dict[str, Any]] | None = None,
    **changes: Any,
) -> None:
    """Add lines to the files that grow; write the others."""
    folder = out / INSTRUMENT
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in ((files.CELLS, columns), (files.TRADES, trades or [])):
        with (folder / name).open("a") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    (folder / files.OPEN_CELLS).write_text(json.dumps({"cells": growing or []}))
    write_files(folder, run=report(settings=SETTINGS, **changes))


class Page:
    """A page that asks one reader, and keeps what it was told."""

    def __init__(self, out: Path) -> None:
        self._reader = Reader(Places(out))
        self._have: dict[str, Any] = {}
        self.cells: list[int] = []
        self.trades: list[list[int]] = []
        self.open: dict[str, Any] = {}

    def ask(self) -> dict[str, Any] | None:
        told = flow.flow_update(self._reader.view(INSTRUMENT), flow.FlowHave(**self._have))
        if told is None:
            return None
        if told["run"] != self._have.get("run"):
            self.cells, self.trades, self._have = [], [], {"run": told["run"]}
        for name, held, read in (
            ("cells", self.cells, lambda row: row["timestamp"]),
            ("trades", self.trades, lambda row: np.cumsum(row["x"]).tolist()),
        ):
            if part := told[name]:
                if part["anew"]:
                    held.clear()
                held[:] = [*map(read, part["older"]), *held, *map(read, part["newer"])]
                self._have[name] = [part["epoch"], *part["extent"]]
        for name, column in told["open"].items():
            self.open[name] = column
        known = {name: (each["timestamp"], each["known_at"]) for name, each in self.open.items()}
        self._have["open"] = known
        return told

    def ask_until_all_is_there(self) -> int:
        asked = 0
        while self.ask() is not None:
            asked += 1
        return asked


def test_sizes_of_a_heat_map_are_bytes_of_their_logarithm(tmp_path: Path) -> None:
    outside = [9e9]
    sizes = [outside, [0.0], [0.01], [0.37], [12.5], [4000.0], outside]
    write(tmp_path, [column(0, "heat", values=sizes)])
    told = Page(tmp_path).ask()

    assert told is not None
    [wire] = told["cells"]["older"]
    stored = np.frombuffer(b64decode(wire["data"]), np.uint8).astype(int)
    assert stored[1] == 0
    found = 2.0 ** ((wire["base"] + stored[2:-1]) / STEPS)
    assert found == pytest.approx([0.01, 0.37, 12.5, 4000.0], rel=0.03)


def test_buys_and_sells_are_as_they_were(tmp_path: Path) -> None:
    write(tmp_path, [column(0)])
    told = Page(tmp_path).ask()

    assert told is not None
    [wire] = told["cells"]["older"]
    assert np.frombuffer(b64decode(wire["data"]), "<f4").tolist() == [1.0, 2.0, 0.0, 4.5]
    assert told["series"] == {
        "footprint": {
            "title": "Footprint",
            "pane": "price",
            "style": "footprint",
            "unit": "",
            "color": None,
            "ratio": 3.0,
            "stack": 2,
        }
    }


def test_history_comes_in_tiles_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TILE_ROWS", 3)
    write(tmp_path, [column(time) for time in range(7)])
    page = Page(tmp_path)

    seen = []
    while page.ask() is not None:
        seen.append(list(page.cells))
    assert seen == [[4, 5, 6], [1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6]]


def test_a_tile_is_bounded_in_bytes_and_has_one_row_at_least(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TILE_BYTES", 1)
    write(tmp_path, [column(time) for time in range(3)])
    page = Page(tmp_path)

    assert page.ask_until_all_is_there() == 3
    assert page.cells == [0, 1, 2]


def test_what_is_new_comes_by_itself_and_before_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TILE_ROWS", 2)
    write(tmp_path, [column(time) for time in range(4)])
    page = Page(tmp_path)
    page.ask()
    write(tmp_path, [column(9)])
    page.ask()

    assert page.cells == [2, 3, 9]
    page.ask_until_all_is_there()
    assert page.cells == [0, 1, 2, 3, 9]


def test_trades_come_as_they_were_written(tmp_path: Path) -> None:
    line = {"timestamp": [5, 7], "price": [100.0, 99.5], "size": [1.0, 2.0], "side": [1, -1]}
    write(tmp_path, [], trades=[line])
    page = Page(tmp_path)
    page.ask_until_all_is_there()

    assert page.trades == [[5, 7]]


def test_of_a_column_that_grows_the_rows_that_have_changed_are_sent(tmp_path: Path) -> None:
    write(tmp_path, [], growing=[column(0, known_at=10)])
    page = Page(tmp_path)
    page.ask_until_all_is_there()
    values = [[0.0, 1.0], [1.0, 2.0], [3.0, 4.5]]
    write(tmp_path, [], growing=[column(0, known_at=20, low=99.0, values=values)])
    told = page.ask()

    assert told is not None
    assert told["open"]["footprint"]["rows"] == [0, 2]
    assert told["open"]["footprint"]["count"] == 3
    assert page.ask() is None


def test_a_column_that_has_closed_is_told(tmp_path: Path) -> None:
    write(tmp_path, [], growing=[column(0)])
    page = Page(tmp_path)
    page.ask_until_all_is_there()
    write(tmp_path, [column(0)])
    told = page.ask()

    assert told is not None
    assert told["closed"] == ["footprint"]
    assert page.cells == [0]


def test_another_run_is_sent_whole(tmp_path: Path) -> None:
    write(tmp_path, [column(1), column(2)])
    page = Page(tmp_path)
    page.ask_until_all_is_there()
    for name in (files.CELLS, files.TRADES):
        (tmp_path / "new").write_text("")
        (tmp_path / "new").replace(tmp_path / INSTRUMENT / name)
    write(tmp_path, [column(7)], started_at="2026-02-02T00:00:00.000+00:00")
    page.ask_until_all_is_there()

    assert page.cells == [7]


def test_who_asks_a_server_that_began_anew_gets_all_again(tmp_path: Path) -> None:
    write(tmp_path, [column(1), column(2)])
    page = Page(tmp_path)
    page.ask_until_all_is_there()
    page._reader = Reader(Places(tmp_path))
    page.ask_until_all_is_there()

    assert page.cells == [1, 2]


def test_a_run_without_cells_and_trades_sends_none(tmp_path: Path) -> None:
    write_files(tmp_path / INSTRUMENT)
    page = Page(tmp_path)
    told = page.ask()

    assert told is not None
    assert (told["cells"], told["trades"], told["open"]) == (None, None, {})
    assert page.ask() is None


def test_a_line_that_is_no_column_is_a_fault_and_the_others_are_shown(tmp_path: Path) -> None:
    write(tmp_path, [column(1), {"series": "x"}, column(2)])
    reader = Reader(Places(tmp_path))

    for _ in range(2):
        view = reader.view(INSTRUMENT)
        assert "cells_data.jsonl is not what is expected at title" in view.faults[files.CELLS]
        assert [each.wire["timestamp"] for each in view.cells.rows] == [1, 2]


def test_cells_come_with_the_answer_of_the_page_until_it_has_them(tmp_path: Path) -> None:
    write(tmp_path, [column(1)])
    client = make_server(tmp_path, "127.0.0.1").test_client()
    first = ask(client)
    told = told_after(first)

    assert [row["timestamp"] for row in first["flow"]["cells"]["older"]] == [1]
    assert not first["flow"]["cells"]["more"]
    assert ask(client, **told) == {"version": told["version"]}
