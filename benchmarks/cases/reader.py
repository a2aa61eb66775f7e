"""The packaged reader alone: the source's blocks, made and dropped.

python benchmarks/cases/reader.py FOLDER
"""

import json
import sys
from pathlib import Path

from orderflow_sqlite.source import SqliteSource

source = SqliteSource(path=Path(sys.argv[1]))
windows = trades = updates = 0
for instrument in source.instruments():
    for block in source.blocks(instrument):
        windows += block.book_rows
        trades += len(block.batches.price)
        updates += len(block.windows.bid_price) + len(block.windows.ask_price)
print(json.dumps({"windows": windows, "trades": trades, "updates": updates}))
