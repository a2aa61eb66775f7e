"""The command `orderflow` in a Python that hides SQLite's functions, as statically linked ones do.

python benchmarks/cases/hidden_sqlite.py run --config settings.toml
"""

import _sqlite3
import sqlite3

from orderflow_app.cli import main

vars(_sqlite3).pop("__file__", None)
sqlite3.sqlite_version = "none"
main()
