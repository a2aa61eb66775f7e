"""A recorder as a process: appends a row and a trade per commit until its input ends.

    python recorder.py FILE JOURNAL_MODE

It waits for no lock, so that a reader that holds one makes it fail.
"""

import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

START = 1_767_225_600_000
FIRST = 300  # rows that are there when the recorder says that it is ready


def rows(number: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the book row and the trade of a number, from 1 on."""
    bids = f'[["{100 - number % 7}", "{number % 5}"]]'
    asks = f'[["{101 + number % 5}", "{number % 3}"]]'
    timestamp = START + 100 * number
    return (number, bids, asks, timestamp), (number, 100.5, 1.0, "buy", timestamp + 50)


def append(database: sqlite3.Connection, number: int) -> None:
    book, trade = rows(number)
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO book VALUES (?, ?, ?, ?)", book)
    database.execute("INSERT INTO trades VALUES (?, ?, ?, ?, ?)", trade)
    database.execute("COMMIT")


def main() -> None:
    path, mode = sys.argv[1:]
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    database = sqlite3.connect(path, isolation_level=None, timeout=0)
    database.execute(f"PRAGMA journal_mode = {mode}")
    database.execute("PRAGMA wal_autocheckpoint = 20")
    database.execute("CREATE TABLE book (id INTEGER PRIMARY KEY, bids, asks, timestamp)")
    database.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, price, size, side, timestamp)")
    number = 0
    while not ended.is_set():
        number += 1
        append(database, number)
        if number == FIRST:
            Path(f"{path}.ready").touch()
        if number >= FIRST:
            time.sleep(0.001)
    print(number)
    database.close()


if __name__ == "__main__":
    main()
