"""Days of many instruments by one engine: CPU of all processes that it takes, and wall time.

python benchmarks/cases/engines.py FOLDER OUT [KEY=VALUE ...]
"""

import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from time import perf_counter

SETTINGS = Path(__file__).resolve().parents[2] / "settings.toml"
TABLES = """
extends = {settings}

[run]
session = "day"

[source]
path = {data}

[plugins.heatmap]
enabled = false

[plugins.footprint]
enabled = false

[plugins.profile]
enabled = false

[plugins.parquet]
directory = "store"

[plugins.json]
directory = "out/{{instrument}}/{{date}}"
trades = false

[dashboard]
enabled = false
"""
BECOME_THE_PARENT_OF_ORPHANS = 36


def store_hash(store: Path) -> str:
    """Return a hash of all files of a store."""
    total = sha256()
    for path in sorted(store.rglob("*.parquet")):
        total.update(f"{path.relative_to(store)}\n".encode() + path.read_bytes())
    return total.hexdigest()


data, out, values = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:]
shutil.rmtree(out, ignore_errors=True)
out.mkdir(parents=True)
config = out / "settings.toml"
config.write_text(TABLES.format(settings=json.dumps(str(SETTINGS)), data=json.dumps(str(data))))
command = [sys.executable, "-m", "orderflow_app.cli", "run", "--config", str(config), "--json"]
command += [word for value in values for word in ("--set", value)]

ctypes.CDLL(None).prctl(BECOME_THE_PARENT_OF_ORPHANS, 1, 0, 0, 0)
began = perf_counter()
done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
wall = perf_counter() - began
while True:  # what forks the workers ends after the run, and is counted with them
    try:
        os.wait()
    except ChildProcessError:
        break
used = resource.getrusage(resource.RUSAGE_CHILDREN)
reports = json.loads(done.stdout)
print(
    json.dumps(
        {
            "cpu": used.ru_utime + used.ru_stime,
            "wall": wall,
            "units": sum(len(report["sessions"]) for report in reports),
            "digests": [report["digest"] for report in reports],
            "store": store_hash(out / "store"),
        }
    )
)
