"""What the sink writes is what the shapes of the files take."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from orderflow_cvd import Cvd
from orderflow_json import JsonSink
from orderflow_obi import Obi
from orderflow_ohlc import Ohlc
from pydantic import TypeAdapter, ValidationError

from orderflow_core import Series
from orderflow_core.contract import files
from orderflow_core.contract.files import whole_lines
from orderflow_core.contract.shapes import (
    BARS_FILE,
    CELLS_LINE,
    DEPTH_FILE,
    METRICS_FILE,
    OHLC_FILE,
    OPEN_CELLS_FILE,
    RUN_FILE,
    SERIES_FILE,
    SIGNALS_FILE,
    TRADES_LINE,
)
from orderflow_core.testing import run_plugins, sample_market

WRITTEN: Mapping[str, TypeAdapter[Any]] = {
    files.OHLC: OHLC_FILE,
    files.BARS: BARS_FILE,
    files.DEPTH: DEPTH_FILE,
    files.METRICS: METRICS_FILE,
    files.SERIES: SERIES_FILE,
    files.SIGNALS: SIGNALS_FILE,
    files.OPEN_CELLS: OPEN_CELLS_FILE,
    files.RUN: RUN_FILE,
}
SIGNAL = {
    "series": "alert",
    "timestamp": 1_000,
    "known_at": 1_100,
    "price": None,
    "value": 0.5,
    "side": -1,
    "text": "obi > 0.6",
    "table": "alert",
    "title": "Alerts",
    "pane": "alert",
}
COLUMN = {
    "series": "footprint",
    "title": "Footprint",
    "pane": "price",
    "style": "footprint",
    "unit": "",
    "color": None,
    "timestamp": 0,
    "end": 60_000,
    "known_at": 60_100,
    "tick": 0.5,
    "low": 100.0,
    "values": [[1.0, 2.0], [0.0, 4.5]],
}


@cache
def written() -> dict[str, str]:
    """Return the text of each file that the sink writes of a market of many bars."""
    plugins = [
        Ohlc(window_seconds=0.05, name="ohlc"),
        Obi(window_seconds=0.05, name="obi"),
        Cvd(window_seconds=1, name="cvd"),
    ]
    with TemporaryDirectory() as folder:
        run_plugins([*plugins, JsonSink(directory=Path(folder), name="json")], sample_market(1_200))
        return {path.name: path.read_text() for path in Path(folder).iterdir()}


def test_the_sink_writes_the_files_of_these_names() -> None:
    assert written().keys() == {*WRITTEN, files.CELLS}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_sink_writes_is_read_to_the_same(name: str) -> None:
    shape, text = WRITTEN[name], written()[name]

    assert shape.dump_python(shape.validate_json(text), mode="json") == json.loads(text)


def test_a_file_keeps_so_many_rows() -> None:
    assert len(json.loads(written()[files.METRICS])) == files.ROWS


@pytest.mark.parametrize("color", ["#4fF", "#4fFa", "#4f9dff", "#4f9dffcc"])
def test_every_colour_of_a_series_is_one_of_the_file(color: str) -> None:
    looks = vars(Series(color=color).named("obi")) | {"rows": []}

    assert SERIES_FILE.validate_python({"series": {"obi": looks}}).series["obi"].color == color


@pytest.mark.parametrize("color", ["4f9dff", "#4f9df", "#4f9dffc", "#ggg", "red", "#fff\n"])
def test_what_is_no_colour_is_neither(color: str) -> None:
    content = {"series": {"obi": {"title": "", "pane": "", "color": color, "rows": []}}}

    with pytest.raises(ValueError, match="color"):
        Series(color=color)
    with pytest.raises(ValidationError, match="color"):
        SERIES_FILE.validate_python(content)


def test_a_signal_has_a_shape() -> None:
    [read] = SIGNALS_FILE.validate_json(json.dumps({"signals": [SIGNAL]})).signals

    assert read.model_dump() == SIGNAL


def test_a_signal_needs_no_more_than_its_series_and_times() -> None:
    [read] = SIGNALS_FILE.validate_python(
        {"signals": [{"series": "alert", "timestamp": 1, "known_at": 1}]}
    ).signals

    assert (read.price, read.value, read.side, read.text) == (None, None, 0, "")


def test_a_column_of_cells_has_a_shape() -> None:
    assert CELLS_LINE.validate_json(json.dumps(COLUMN)).model_dump() == COLUMN


@pytest.mark.parametrize(
    "change", [{"values": [[1], [1, 2]]}, {"tick": 0}, {"style": "candles"}, {"side": 2}]
)
def test_a_row_that_cannot_be_is_a_fault(change: dict[str, Any]) -> None:
    shape, content = (
        (SIGNALS_FILE, {"signals": [SIGNAL | change]})
        if "side" in change
        else (CELLS_LINE, COLUMN | change)
    )

    with pytest.raises(ValidationError):
        shape.validate_python(content)


@pytest.mark.parametrize("change", [{"price": [1.0]}, {"side": [1, 0]}, {"size": [1.0, -1.0]}])
def test_a_line_of_trades_has_columns_of_one_length_with_sides_and_sizes(
    change: dict[str, Any],
) -> None:
    line = {"timestamp": [0, 1], "price": [1.0, 2.0], "size": [1.0, 2.0], "side": [1, -1]}

    assert TRADES_LINE.validate_python(line).model_dump() == line
    with pytest.raises(ValidationError):
        TRADES_LINE.validate_python(line | change)


def test_a_line_that_is_not_at_its_end_is_left_aside() -> None:
    assert whole_lines(b'{"a": 1}\n{"a": 2}\n{"a":') == [b'{"a": 1}', b'{"a": 2}']
    assert whole_lines(b"") == []
