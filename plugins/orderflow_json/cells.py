"""`cells_data.jsonl`: a line for each column of a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from orderflow_core import Cells, files
from orderflow_json.lines import LinesFile


def cells_file(folder: Path) -> LinesFile:
    """Return the file of a folder."""
    return LinesFile(folder / files.CELLS, folder / files.OLDER_CELLS, files.CELLS_BYTES)


def line_of(cells: Cells) -> bytes:
    """Return the line of a column."""
    return orjson.dumps(column_of(cells), option=orjson.OPT_APPEND_NEWLINE)


def column_of(cells: Cells) -> dict[str, Any]:
    """Return what a file holds of a column."""
    series = cells.series
    return {
        "series": series.key,
        "title": series.title,
        "pane": series.pane,
        "style": series.style,
        "unit": series.unit,
        "color": series.color,
        "timestamp": cells.timestamp,
        "end": cells.end,
        "known_at": cells.known_at,
        "tick": cells.tick,
        "low": cells.low,
        "values": cells.values.tolist(),
    }
