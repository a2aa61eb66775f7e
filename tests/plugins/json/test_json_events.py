"""Signals and cells in the sink's files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from orderflow_json import JsonSink

from orderflow_core import (
    BookWindow,
    BookWindows,
    Cells,
    OutputError,
    Plugin,
    Series,
    Signal,
    files,
    hookimpl,
)
from orderflow_core.testing import run_plugins, update


class Signals(Plugin):
    """Publishes a signal at each row."""

    publishes = (Signal,)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        number = window.timestamp
        self.publish(Signal(price=100.0 + number, value=0.5, side=1, text=f"row {number}"))


class Pictures(Plugin):
    """Publishes a column of cells a block, and one that still grows."""

    publishes = (Cells,)

    def __init__(self, name: str, *, last: bool = False) -> None:
        super().__init__(name=name)
        self._order = (False, True) if last else (True, False)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        for closed in self._order:
            self.publish(
                Cells(
                    series=Series(style="footprint", color="#4f9dff"),
                    timestamp=int(windows.timestamp[0]),
                    known_at=int(windows.timestamp[-1]),
                    end=int(windows.timestamp[-1]),
                    tick=0.5,
                    low=99.5,
                    values=np.array([[1.0, 0.0], [2.5, 3.0]]),
                    closed=closed,
                )
            )


def run(folder: Path, plugin: Plugin, rows: int = 3) -> None:
    sink = JsonSink(name="json", directory=folder, flush_ms=0)
    run_plugins([plugin, sink], [update(time) for time in range(rows)], block_size=1)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in files.whole_lines(path.read_bytes())]


def test_signals_are_rows_in_the_order_in_which_they_were_known(tmp_path: Path) -> None:
    run(tmp_path, Signals(name="marks"), rows=2)

    assert json.loads((tmp_path / files.SIGNALS).read_text()) == {
        "signals": [
            {
                "series": "marks",
                "timestamp": number,
                "known_at": number,
                "price": 100.0 + number,
                "value": 0.5,
                "side": 1,
                "text": f"row {number}",
                "table": "marks",
                "title": "marks",
                "pane": "marks",
            }
            for number in (0, 1)
        ]
    }


def test_the_last_thousand_signals_are_kept(tmp_path: Path) -> None:
    run(tmp_path, Signals(name="marks"), rows=1003)

    times = [
        row["timestamp"] for row in json.loads((tmp_path / files.SIGNALS).read_text())["signals"]
    ]
    assert times == list(range(3, 1003))


def test_each_column_of_cells_is_a_line(tmp_path: Path) -> None:
    run(tmp_path, Pictures(name="picture"))

    found = lines(tmp_path / files.CELLS)
    assert [line["timestamp"] for line in found] == [0, 1, 2]
    assert found[0] == {
        "series": "picture",
        "title": "picture",
        "pane": "picture",
        "style": "footprint",
        "unit": "",
        "color": "#4f9dff",
        "timestamp": 0,
        "end": 0,
        "known_at": 0,
        "tick": 0.5,
        "low": 99.5,
        "values": [[1.0, 0.0], [2.5, 3.0]],
    }


def test_a_column_that_still_grows_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    run(tmp_path, Pictures(name="picture"))

    found = json.loads((tmp_path / files.OPEN_CELLS).read_text())["cells"]
    assert [(column["series"], column["timestamp"]) for column in found] == [("picture", 2)]


def test_a_column_that_is_complete_grows_no_more(tmp_path: Path) -> None:
    run(tmp_path, Pictures(name="picture", last=True))

    assert json.loads((tmp_path / files.OPEN_CELLS).read_text()) == {"cells": []}


def test_what_has_been_written_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    class Sizes(Plugin):
        @hookimpl
        def on_tick(self) -> None:
            path = tmp_path / files.CELLS
            sizes.append(path.stat().st_ino)

    sink = JsonSink(name="json", directory=tmp_path, flush_ms=0)
    market = [update(time) for time in range(5)]
    run_plugins([Pictures(name="picture"), sink, Sizes()], market, block_size=1)

    assert len(set(sizes)) == 1


def test_a_large_file_is_renamed_and_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CELLS_BYTES", 500)
    run(tmp_path, Pictures(name="picture"), rows=6)

    older, newer = lines(tmp_path / files.OLDER_CELLS), lines(tmp_path / files.CELLS)
    assert [line["timestamp"] for line in [*older, *newer]] == [2, 3, 4, 5]


def test_cells_of_an_earlier_run_are_gone(tmp_path: Path) -> None:
    (tmp_path / files.CELLS).write_text("of another run\n")
    (tmp_path / files.OLDER_CELLS).write_text("of another run\n")
    run(tmp_path, Signals(name="marks"))

    assert (tmp_path / files.CELLS).read_bytes() == b""
    assert not (tmp_path / files.OLDER_CELLS).exists()


def test_a_line_that_a_kill_cut_off_is_passed_over(tmp_path: Path) -> None:
    run(tmp_path, Pictures(name="picture"))
    path = tmp_path / files.CELLS
    path.write_bytes(path.read_bytes()[:-20])

    assert [line["timestamp"] for line in lines(path)] == [0, 1]


def test_a_file_of_cells_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, content: bytes, *, durable: bool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orderflow_json.lines.LinesFile._append", full)

    with pytest.raises(OutputError, match=r"cells_data\.jsonl cannot be written: No space left"):
        run(tmp_path, Pictures(name="picture"))
