"""A run with a store, of which the dashboard's files hold no more than the last bars."""

import json
from pathlib import Path
from typing import Any

from orderflow_core import run
from tests.make import write_recording

MINUTE = 60_000
BEGIN = 1_748_736_000_000 - 40 * MINUTE  # 40 minutes before a midnight
NAME = "TEST-USDT"
SINKS = {"parquet": "store", "table": "store/{instrument}"}


def write_run(folder: Path, minutes: int, last: int, sink: str = "parquet", **more: Any) -> Path:
    """Run a market of so many minutes, leave the last bars in the files; return their folder."""
    folder.mkdir(exist_ok=True)
    recording = folder / "data" / f"{NAME}-25-05-31.db"
    if not recording.exists():
        recording.parent.mkdir()
        write_recording(recording, *market(minutes))
    settings = {
        "source": {"path": str(folder / "data")},
        "plugins": {
            "book": {"levels": 2},
            "ohlc": {},
            "obi": {},
            "ofi": {},
            "slow": {"use": "cvd", "window_seconds": 420},
            sink: {"directory": str(folder / SINKS[sink])},
            "json": {"directory": str(folder / "out" / "{instrument}")},
            **more,
        },
    }
    run(settings)
    out = folder / "out" / NAME
    cut(out / "ohlc_data.json", lambda rows: rows[-last:])
    cut(
        out / "series_data.json",
        lambda file: {
            "series": {
                key: {**each, "rows": each["rows"][-last:]} for key, each in file["series"].items()
            }
        },
    )
    return out


def market(minutes: int) -> tuple[list[Any], list[Any]]:
    """Return book rows and trades, three of each a minute, but for none in each seventh."""
    book, trades = [], []
    for step in range(minutes * 3):
        time = BEGIN + step * 20_000 + 1_000
        price = 100 + (step * 7919 % 31) / 10
        whole = [[str(price - 0.1), str(1 + step % 5)]], [[str(price + 0.1), str(1 + step % 3)]]
        book.append((time, *whole))
        if step // 3 % 7 != 6:
            side = "sell" if step % 2 else "buy"
            trades.append((time + 500, price, 0.1 + step % 9, side))
    return book, trades


def cut(path: Path, change: Any) -> None:
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
