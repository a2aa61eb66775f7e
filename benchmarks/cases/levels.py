"""The level parse alone: texts to prices and sizes, out of a process that also fetches them.

python benchmarks/cases/levels.py FOLDER
"""

import json
import sqlite3
import sys
from pathlib import Path
from time import perf_counter, thread_time

from orderflow_sqlite.levels import parse_levels, read_level

BATCH = 2048

cpu = wall = 0.0
for path in sorted(Path(sys.argv[1]).glob("*.db")):
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    cursor = database.execute("SELECT bids, asks FROM book ORDER BY id")
    while rows := cursor.fetchmany(BATCH):
        cpu_began, wall_began = thread_time(), perf_counter()
        for row in rows:
            for text in row:
                levels = [read_level(level) for level in parse_levels(text) or ()]
        cpu += thread_time() - cpu_began
        wall += perf_counter() - wall_began
print(json.dumps({"cpu": cpu, "wall": wall}))
