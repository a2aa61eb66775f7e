"""A polars script over the same recording: bars and CVD, and the levels taken apart.

polars has no way to keep a book from row to row, so there is no book, no OBI and no depth: it
reads the same texts, decodes them and counts the updates.

python benchmarks/cases/polars_script.py FILE OUT
"""

import json
import sqlite3
import sys
from pathlib import Path

import polars as pl

WINDOW_MS = 60_000
LEVELS = pl.List(pl.List(pl.String))
ROWS = 65_536  # of the book at a time


def bars(database: sqlite3.Connection) -> pl.DataFrame:
    """Return a row a bar: price, volume and CVD."""
    trades = pl.read_database("SELECT timestamp, price, size, side FROM trades", database)
    signed = pl.when(pl.col("side") == "buy").then(pl.col("size")).otherwise(-pl.col("size"))
    return (
        trades.with_columns(
            cvd=signed.cum_sum(), timestamp=pl.col("timestamp") // WINDOW_MS * WINDOW_MS
        )
        .group_by("timestamp", maintain_order=True)
        .agg(
            open=pl.col("price").first(),
            high=pl.col("price").max(),
            low=pl.col("price").min(),
            close=pl.col("price").last(),
            volume=pl.col("size").sum(),
            cvd_high=pl.col("cvd").max(),
            cvd_low=pl.col("cvd").min(),
            cvd_close=pl.col("cvd").last(),
        )
        .with_columns(cvd_open=pl.col("cvd_close").shift(1, fill_value=0.0))
        .with_columns(
            cvd_high=pl.max_horizontal("cvd_high", "cvd_open"),
            cvd_low=pl.min_horizontal("cvd_low", "cvd_open"),
        )
    )


def count_updates(database: sqlite3.Connection) -> int:
    """Read all levels into columns of price and size, and return how many there are."""
    updates = 0
    select = "SELECT bids, asks FROM book"
    for rows in pl.read_database(select, database, iter_batches=True, batch_size=ROWS):
        for side in ("bids", "asks"):
            levels = rows.select(pl.col(side).str.json_decode(LEVELS)).explode(side).drop_nulls()
            numbers = levels.select(
                price=pl.col(side).list.get(0).cast(pl.Float64),
                size=pl.col(side).list.get(1).cast(pl.Float64),
            )
            updates += len(numbers)
    return updates


def main(recording: Path, out: Path) -> None:
    """Write the bars as the sink does, and print how many level updates there are."""
    database = sqlite3.connect(f"{recording.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    found = bars(database)
    ohlc = found.select("timestamp", "open", "high", "low", "close", "volume")
    cvd = found.select("timestamp", "cvd_open", "cvd_high", "cvd_low", "cvd_close")
    contents = {
        "ohlc_data.json": ohlc.rows(),
        "series_data.json": {"series": {"cvd": {"rows": cvd.rows()}}},
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / name).write_text(json.dumps(content))
    print(json.dumps({"updates": count_updates(database)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
