"""Data that is odd: flagged in the summary and in run.json, not hidden."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_run import read
from tests.command import orderflow
from tests.plugins.sqlite.make import Row, book_row, trade_row, write

NAME = "TEST-USDT-26-01-01.db"
ODD: list[Row] = [
    book_row(1_000, [[100, 1]], [[101, 1]], seq_id=1, prev_seq_id=-1),
    book_row(1_100, [[102, 1]], [], seq_id=2, prev_seq_id=1),  # crossed
    book_row(1_200, [[102, 0]], [], seq_id=3, prev_seq_id=2),
    book_row(99_000, [[100, 5]], [], seq_id=9, prev_seq_id=8),  # after a gap, rows are missing
    book_row(99_100, [[100, 7]], [], seq_id=10, prev_seq_id=9),
    book_row(99_200, [[100, 3]], [[101, 1]], seq_id=11, prev_seq_id=-1),
]


@pytest.fixture
def odd(folder: Path) -> Path:
    """Return a folder whose recording is odd in each of these ways."""
    path = folder / "data" / NAME
    path.unlink()
    write(path, ODD, [trade_row(1_050)])
    return folder


def report_of(folder: Path) -> Any:
    [report] = json.loads(orderflow(folder, "run", "--json").stdout)
    return report


def test_crossed_unsure_and_left_out_are_counted_in_the_report(odd: Path) -> None:
    counts = report_of(odd)["counts"]

    assert (counts["crossed"], counts["unsure"]) == (1, 2)
    assert counts["samples_left_out"] == 4  # obi and tot of each unsure row


def test_gaps_are_listed_in_the_report(odd: Path) -> None:
    assert report_of(odd)["gaps"] == [{"after": 1_200, "before": 99_000, "reason": ""}]


def test_samples_of_unsure_rows_are_not_made_up(odd: Path) -> None:
    report_of(odd)
    rows = read(odd, "series_data.json")["series"]["obi"]["rows"]

    assert [row[0] for row in rows] == [1_000, 99_000]
    assert rows[1][1:] == [0.5] * 4  # (3 - 1) / 4, of the snapshot alone


def test_the_summary_tells_of_each(odd: Path) -> None:
    summary = orderflow(odd, "run").stdout.replace("│", " ")
    lines = [" ".join(line.split()) for line in summary.splitlines()]

    assert "crossed 1" in lines
    assert "unsure 2" in lines
    assert "samples left out 4" in lines
    assert "gaps 1; the first of 98 s after 1970-01-01 00:00:01 UTC" in lines
