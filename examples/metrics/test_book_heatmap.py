"""Tests of the heat map."""

from pathlib import Path

import pytest

from examples.metrics.book_heatmap import BookHeatmap, Cell
from orderflow_core import OutputError, Plugin
from orderflow_core.testing import Moment, assert_same_results, book, run_plugin


def test_a_cell_has_the_mean_over_time_the_largest_and_the_last_size() -> None:
    """5 for 300 ms, 8 for 200 ms."""
    cell = Cell()
    cell.add(5, 300)
    cell.add(8, 200)

    assert (cell.mean, cell.largest, cell.last) == (6.2, 8, 8)


def test_each_price_of_each_stretch_is_a_row_of_the_file(tmp_path: Path) -> None:
    plugin = BookHeatmap(cell_seconds=1, tick=1, file=tmp_path / "map.csv")
    market = [book(0, "100 x 5"), book(300, "100 x 8", "101 x 2"), book(1000, "100 x 1")]

    run_plugin(plugin, market)

    assert (tmp_path / "map.csv").read_text().split() == [
        "timestamp,price,mean,largest,last",
        "0,100.0,7.1,8.0,8.0",
        "0,101.0,2.0,2.0,2.0",
        "1000,100.0,1.0,1.0,1.0",
    ]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is not writable"):
        run_plugin(BookHeatmap(tick=1, file=tmp_path / "no" / "map.csv"), [book(0, "100 x 5")])


def test_the_result_does_not_depend_on_blocks(sample_market: list[Moment], tmp_path: Path) -> None:
    def make(name: str) -> BookHeatmap:
        return BookHeatmap(name=name, tick=10, file=tmp_path / "map.csv")

    def written(plugin: Plugin, _: object) -> str:
        return plugin.outputs[0].read_text()

    assert_same_results(make, market=sample_market[:200], outcome=written)
