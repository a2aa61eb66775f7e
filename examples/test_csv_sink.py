"""Tests of the CSV sink."""

from pathlib import Path

import pytest

from examples.csv_sink import CsvSink
from orderflow_core import OutputError
from orderflow_core.testing import HookRecorder, metric_bars, price_bars, run_plugin, update

MARKET = [update(0), update(2000)]
BARS = [
    price_bars("ohlc", [(0, 1, 3, 0.5, 2, 10), (1000, 2, 2, 2, 2, 0.1)]),
    price_bars("ohlc", [(2000, 9, 9, 9, 9, 9)], closed=False),
    metric_bars("spread", [(0, 0.1, 0.2, 0.1, 0.2)]),
]


def test_each_series_is_a_file_of_its_closed_bars(tmp_path: Path) -> None:
    sink = CsvSink(directory=tmp_path / "{instrument}")

    run_plugin(sink, MARKET, derived=BARS)

    folder = tmp_path / "TEST-USDT"
    assert (folder / "ohlc.csv").read_text() == (
        "timestamp,open,high,low,close,volume\n0,1.0,3.0,0.5,2.0,10.0\n1000,2.0,2.0,2.0,2.0,0.1\n"
    )
    assert (folder / "spread.csv").read_text() == (
        "timestamp,open,high,low,close\n0,0.1,0.2,0.1,0.2\n"
    )
    assert sink.outputs == [folder / "ohlc.csv", folder / "spread.csv"]


def test_the_settings_are_checked_first_and_the_files_closed_last(tmp_path: Path) -> None:
    sink = CsvSink(name="csv", directory=tmp_path)
    recorder = HookRecorder(sink)

    run_plugin(sink, MARKET, derived=BARS)

    assert recorder.hooks("csv") == ["on_start", "on_bar", "on_metric_bar", "on_bar", "on_finish"]


def test_without_bars_nothing_is_written(tmp_path: Path) -> None:
    run_plugin(CsvSink(directory=tmp_path / "new"), [update(0)])

    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputError, match="file is not writable"):
        run_plugin(CsvSink(directory=tmp_path / "file"), MARKET, derived=BARS)
