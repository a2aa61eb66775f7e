"""The progress of a run on a terminal."""

import io
from typing import Any

import pytest
from orderflow_app.progress import progress
from rich.console import Console

from orderflow_core.contract.report import Counts, Report

NOON = 1_767_268_800_000  # 2026-01-01
RUN: dict[str, Any] = {
    "instrument": "X",
    "last_timestamp": NOON,
    "counts": Counts(windows=1_234),
    "seconds": 2.0,
}


def shown(report: Report) -> str:
    """Return what a terminal shows of a report."""
    console = Console(file=io.StringIO(), force_terminal=True, width=200, color_system=None)
    with progress(console, shown=True) as watch:
        watch(report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("report", "there", "not_there"),
    [
        (Report(progress=0.25, **RUN), ["25%", "617 windows/s"], "behind"),
        (Report(progress=1.0, lag_seconds=3.21, **RUN), ["3.2 s behind", "1,234 windows"], "%"),
    ],
    ids=["of a recording", "of a live run"],
)
def test_a_terminal_shows_how_far_it_is(report: Report, there: list[str], not_there: str) -> None:
    text = shown(report)

    assert all(part in text for part in (*there, "X", "2026-01-01"))
    assert not_there not in text
