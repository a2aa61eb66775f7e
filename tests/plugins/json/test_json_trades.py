"""The last trades in the sink's file."""

import json
from pathlib import Path
from typing import Any

import pytest
from orderflow_json import JsonSink

from orderflow_core import files
from orderflow_core.testing import Row, Tick, run_plugins, trade, update


def run(folder: Path, market: list[Row | Tick], *, block_size: int = 1, **settings: Any) -> None:
    sink = JsonSink(name="json", directory=folder, flush_ms=0, **settings)
    run_plugins([sink], market, block_size=block_size)


def rows(path: Path) -> list[tuple[Any, ...]]:
    """Return time, price, size and side of each trade of a file."""
    lines = map(json.loads, files.whole_lines(path.read_bytes()))
    columns = [[line[name] for name in ("timestamp", "price", "size", "side")] for line in lines]
    return [row for each in columns for row in zip(*each, strict=True)]


def market(count: int) -> list[Row | Tick]:
    """Return as many rows, a trade in the window of each."""
    pairs = [(update(time), trade(time, f"100.0 buy {1 + time}")) for time in range(count)]
    return [each for pair in pairs for each in pair]


def test_trades_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    run(tmp_path, market(3), trades=True)

    assert rows(tmp_path / files.TRADES) == [
        (0, 100.0, 1.0, 1),
        (1, 100.0, 2.0, 1),
        (2, 100.0, 3.0, 1),
    ]


def test_without_being_asked_for_there_are_none_and_those_of_before_are_gone(
    tmp_path: Path,
) -> None:
    for name in (files.TRADES, files.OLDER_TRADES):
        (tmp_path / name).write_text("of another run\n")
    run(tmp_path, market(3))

    assert not list(tmp_path.glob("trades*"))


def test_neighbours_of_one_time_price_and_side_are_one(tmp_path: Path) -> None:
    trades = [
        trade(1, "100.0 buy 1.0"),
        trade(1, "100.0 buy 2.0"),
        trade(1, "100.0 sell 4.0"),
        trade(1, "100.0 buy 8.0"),
        trade(1, "100.5 buy 16.0"),
        trade(2, "100.5 buy 32.0"),
    ]
    run(tmp_path, [update(0), *trades], trades=True, block_size=100)

    assert rows(tmp_path / files.TRADES) == [
        (1, 100.0, 3.0, 1),
        (1, 100.0, 4.0, -1),
        (1, 100.0, 8.0, 1),
        (1, 100.5, 16.0, 1),
        (2, 100.5, 32.0, 1),
    ]


def test_a_large_file_of_trades_is_renamed_and_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "TRADES_BYTES", 150)
    run(tmp_path, market(8), trades=True)

    older, newer = rows(tmp_path / files.OLDER_TRADES), rows(tmp_path / files.TRADES)
    assert [time for time, *_ in older + newer] == [4, 5, 6, 7]


@pytest.mark.parametrize("block_size", [1, 3, 100])
def test_of_more_than_a_write_takes_the_last_ones_begin_the_file_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_size: int
) -> None:
    monkeypatch.setattr("orderflow_json.trades.KEPT", 5)
    sink = JsonSink(name="json", directory=tmp_path, flush_ms=60_000, trades=True)
    run_plugins([sink], market(12), block_size=block_size)

    assert [time for time, *_ in rows(tmp_path / files.TRADES)] == [7, 8, 9, 10, 11]


def test_a_line_holds_a_bounded_number_of_trades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_json.trades.LINE", 2)
    run(tmp_path, market(5), trades=True, block_size=100)

    lines = files.whole_lines((tmp_path / files.TRADES).read_bytes())
    assert [len(json.loads(line)["price"]) for line in lines] == [2, 2, 1]
