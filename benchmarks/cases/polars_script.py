"""A polars script over the same recordings: bars and CVD, and the levels taken apart.

polars has no way to keep a book from row to row, so there is no book, no OBI and no depth: it
reads the same texts, decodes them and counts the updates.

python benchmarks/cases/polars_script.py FOLDER
"""

import json
import sqlite3
import sys
from pathlib import Path

import polars as pl

LEVELS = pl.List(pl.List(pl.String))

updates = bars = 0
for path in sorted(Path(sys.argv[1]).glob("*.db")):
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    trades = pl.read_database("SELECT timestamp, price, size, side FROM trades", database)
    signed = pl.when(pl.col("side") == "buy").then(pl.col("size")).otherwise(-pl.col("size"))
    found = (
        trades.with_columns(signed.cum_sum().alias("cvd"), pl.col("timestamp") // 60_000)
        .group_by("timestamp", maintain_order=True)
        .agg(
            pl.col("price").first().alias("open"),
            pl.col("price").max().alias("high"),
            pl.col("price").min().alias("low"),
            pl.col("price").last().alias("close"),
            pl.col("size").sum(),
            pl.col("cvd").max().alias("cvd_high"),
            pl.col("cvd").min().alias("cvd_low"),
            pl.col("cvd").last().alias("cvd_close"),
        )
    )
    bars += len(found)
    for rows in pl.read_database(
        "SELECT bids, asks FROM book", database, iter_batches=True, batch_size=65_536
    ):
        for side in ("bids", "asks"):
            levels = rows.select(pl.col(side).str.json_decode(LEVELS)).explode(side).drop_nulls()
            numbers = levels.select(
                pl.col(side).list.get(0).cast(pl.Float64).alias("price"),
                pl.col(side).list.get(1).cast(pl.Float64).alias("size"),
            )
            updates += len(numbers)
print(json.dumps({"bars": bars, "updates": updates}))
