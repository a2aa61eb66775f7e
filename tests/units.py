"""Days of several instruments and the settings that run them, for tests of engines."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from orderflow_sqlite.simulate import START, write_sample

_SETTINGS = """
[run]
session = "day"

[source]
path = "{data}"

[plugins.book]
levels = 10

[plugins.ohlc]

[plugins.mine]
use = "mine.py:Mine"

[plugins.parquet]

[plugins.json]
directory = "out/{{instrument}}/{{date}}"

[dashboard]
enabled = false
"""


def write_units(folder: Path, instruments: Iterable[str], days: int) -> None:
    """Write tiny days of instruments, each a file."""
    for seed, instrument in enumerate(instruments):
        for day in range(days):
            begin = START + timedelta(days=day)
            write_sample(folder, instrument=instrument, hours=0.002, seed=seed, start=begin)


def settings_text(data: Path | str, **engine: Any) -> str:
    """Return settings with the plugin `mine.py:Mine`, and a table `[engine]` if it is given."""
    values = "".join(f"{key} = {json.dumps(value)}\n" for key, value in engine.items())
    return _SETTINGS.format(data=data) + (f"\n[engine]\n{values}" if engine else "")


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of a store, by its place there."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
