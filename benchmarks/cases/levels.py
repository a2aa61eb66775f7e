"""The level parse alone: texts to prices and sizes, out of a process that also fetches them.

python benchmarks/cases/levels.py FOLDER
"""

import json
import sys
from pathlib import Path
from time import perf_counter, thread_time

from orderflow_sqlite.database import Database
from orderflow_sqlite.level_scan import scan
from orderflow_sqlite.raw_rows import RawRows

cpu = wall = 0.0
for path in sorted(Path(sys.argv[1]).glob("*.db")):
    cursor = Database(path).select("book", {"bids": "bids", "asks": "asks"}, "id")
    rows = RawRows(cursor.columns, 2048)
    scan(rows, 0)  # loads the kernel
    cursor.fetch(rows)
    while len(rows):
        cpu_began, wall_began = thread_time(), perf_counter()
        for column in range(cursor.columns):
            scan(rows, column)
        cpu += thread_time() - cpu_began
        wall += perf_counter() - wall_began
        cursor.fetch(rows)
print(json.dumps({"cpu": cpu, "wall": wall}))
