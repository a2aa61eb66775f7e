"""The raw scan: every row of both tables fetched with the standard `sqlite3`, and dropped.

python benchmarks/cases/raw_scan.py FOLDER
"""

import json
import sqlite3
import sys
from pathlib import Path

counts = {"book": 0, "trades": 0}
for path in sorted(Path(sys.argv[1]).glob("*.db")):
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    for table in counts:
        for _ in database.execute(f"SELECT * FROM {table} ORDER BY id"):
            counts[table] += 1
    database.close()
print(json.dumps(counts))
