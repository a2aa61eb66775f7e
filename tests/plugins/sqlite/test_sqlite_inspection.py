"""What `orderflow inspect` shows of a recording."""

from pathlib import Path

import pytest
from orderflow_sqlite.inspection import inspect_file, show
from rich.console import Console

from tests.plugins.sqlite.make import book_row, write
from tests.plugins.sqlite.reading import DAY_1


@pytest.mark.parametrize(
    ("timestamp", "shown"),
    [
        (1_748_736_000_123, "2025-06-01 00:00:00.123 UTC"),
        (253_402_300_799_999, "9999-12-31 23:59:59.999 UTC"),
        (-1, "1969-12-31 23:59:59.999 UTC"),
    ],
)
def test_times_are_shown_to_the_millisecond(tmp_path: Path, timestamp: int, shown: str) -> None:
    console = Console(record=True, width=200)

    show(console, inspect_file(write(tmp_path / DAY_1, [book_row(timestamp)])))

    assert console.export_text().count(shown) == 2
