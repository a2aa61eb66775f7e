"""Files as the sink writes them, small enough to read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MINUTE = 60_000
START = 1_748_736_000_000


def bars(count: int, first: int = 0) -> list[list[Any]]:
    """Return bars of one minute; bar i opens at 100 + i, closes 1 higher, has volume i + 1."""
    return [
        [START + i * MINUTE, 100.0 + i, 102.5 + i, 99.5 + i, 101.0 + i, 1.0 + i]
        for i in range(first, first + count)
    ]


def series(
    count: int, title: str = "Order-book imbalance", pane: str = "obi", **looks: Any
) -> dict[str, Any]:
    """Return a series whose bar i is from -0.5 to 0.5."""
    rows = [[START + i * MINUTE, 0.0, 0.5, -0.5, 0.25] for i in range(count)]
    looks = {"style": "candles", "unit": "", "color": "#4f9dff", **looks}
    return {"title": title, "pane": pane, "rows": rows, **looks}


def report(**changes: Any) -> dict[str, Any]:
    """Return the report of a run that has ended well."""
    return {
        "version": "0.1.0",
        "status": "ok",
        "pid": 1,
        "instrument": "TEST-USDT",
        "simulated": False,
        "settings": {"run": {}, "source": {"speed": "max"}, "plugins": {}},
        "plugins": [{"name": "obi", "status": "ok", "error": None}],
        "counts": {"windows": 10, "trades": 4, "refused": {}},
        "last_timestamp": START,
        "progress": 1.0,
        "started_at": "2026-01-01T00:00:00.000+00:00",
        "seconds": 2.0,
        **changes,
    }


DEPTH = {"bids": [[100.0, 2.0], [99.0, 8.0]], "asks": [[101.0, 1.0], [103.0, 4.0]]}


def write_files(
    folder: Path,
    *,
    ohlc: Sequence[Any] | None = None,
    depth: object = DEPTH,
    metrics: object | None = None,
    run: object | None = None,
) -> Path:
    """Write all four files, three bars in them by default; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "ohlc_data.json": bars(3) if ohlc is None else ohlc,
        "depth_data.json": depth,
        "series_data.json": {"series": {"obi": series(3)} if metrics is None else metrics},
        "run.json": report() if run is None else run,
    }
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    return folder
