"""The files of one instrument: their names, and how much they hold; `shapes` has their shapes.

`SCHEMA` goes up when a reader of the shapes of today would misread the files.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

SCHEMA = 1
OHLC, BARS = "ohlc_data.json", "bars_data.json"
DEPTH, METRICS = "depth_data.json", "metrics_data.json"
SERIES, RUN = "series_data.json", "run.json"
SIGNALS, CELLS, OLDER_CELLS = "signals_data.json", "cells_data.jsonl", "cells_data.1.jsonl"
OPEN_CELLS = "open_cells_data.json"
TRADES, OLDER_TRADES = "trades_data.jsonl", "trades_data.1.jsonl"
ROWS = 1_000
"""How many bars of a series, and how many signals, a file holds: the last ones."""
CONTROL = "control.json"
"""What is asked of the run that writes the files beside it; `control` has its shape."""
CELLS_BYTES = 16 * 1024 * 1024
"""The size past which `cells_data.jsonl` is renamed, and begun anew."""
TRADES_BYTES = 4 * 1024 * 1024
"""The size past which `trades_data.jsonl` is renamed, and begun anew."""
END_OF_TIME = 253_402_300_800_000
"""The year 10000 in ms: the first time that has no date."""

Timestamp: TypeAlias = Annotated[int, Field(ge=0, lt=END_OF_TIME)]
Count: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]


def whole_lines(content: bytes) -> list[bytes]:
    """Return the lines of a file that grows which have been written to their end."""
    return content.split(b"\n")[:-1]
