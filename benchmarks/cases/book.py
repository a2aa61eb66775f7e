"""The book alone: the time that the plugin `book` takes, out of a process that also reads.

python benchmarks/cases/book.py FOLDER
"""

import json
import sys
from pathlib import Path
from time import perf_counter, thread_time

from orderflow_book import OrderBook
from orderflow_sqlite.source import SqliteSource

from orderflow_core.plugin.base import put_on_bus

source = SqliteSource(path=Path(sys.argv[1]))
book = OrderBook(levels=50)
put_on_bus(book, "book", lambda books: None)
cpu = wall = 0.0
for instrument in source.instruments():
    for block in source.blocks(instrument):
        cpu_began, wall_began = thread_time(), perf_counter()
        book.on_book_windows(block.windows)
        cpu += thread_time() - cpu_began
        wall += perf_counter() - wall_began
print(json.dumps({"cpu": cpu, "wall": wall}))
