"""A recorder that is killed at random moments, and goes on in the same files."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

from orderflow_record.testing import Exchange, Faulty, serve
from orderflow_sqlite.source import SqliteSource

from benchmarks.fuzz.feed_markets import FEEDS, long_market
from benchmarks.fuzz.tally import Tally

FEED = FEEDS[0]
SPEED = 20.0
LONGEST = 60.0
TABLES = ("book", "trades")


def kills(seed: int, count: int, folder: Path) -> Iterator[Tally]:
    """Kill a recorder `count` times, start it again each time, and end it by a signal."""
    random = Random(seed)
    data = folder / "data"
    with _exchange() as address:
        config = folder / "record.toml"
        config.write_text(
            f'[record]\ndirectory = "{data}"\nbatch_ms = 10\n[[feeds]]\nvenue = "{FEED.venue}"\n'
            f'instruments = ["{FEED.instrument}"]\nurl = "ws://{address}"\n'
            f'rest_url = "http://{address}"\n'
        )
        for number in range(count):
            before = _rows(data)
            with _started(config) as recorder:
                _wait_for_more(data, before, recorder)
                time.sleep(random.random() * 0.3)
                committed = _rows(data)
                recorder.kill()
            yield _looked_at(data, committed, number)
        with _started(config) as recorder:
            _wait_for_more(data, _rows(data), recorder)
            recorder.send_signal(signal.SIGTERM)
            ended = recorder.wait(LONGEST)
    tally = Tally()
    if ended == 128 + signal.SIGTERM:
        tally.outcomes["ended by a signal"] += 1
    else:
        tally.wrong.append(f"a recorder that is ended by a signal ends with {ended}")
    yield tally


def _looked_at(data: Path, committed: dict[str, list[Any]], number: int) -> Tally:
    """Hold the files to what had been committed, and to a gap for each start but the first."""
    tally, rows = Tally(), _rows(data)
    lost = [table for table in TABLES if rows[table][: len(committed[table])] != committed[table]]
    gaps = len(_select(data, "SELECT id FROM gaps WHERE reason = 'disconnect'"))
    if lost:
        tally.wrong.append(f"kill {number}: rows of {lost} that were committed are not there")
    elif gaps < number:
        tally.wrong.append(f"kill {number}: {gaps} gap rows")
    elif not any(True for _ in SqliteSource(path=data).blocks(FEED.instrument)):
        tally.wrong.append(f"kill {number}: the files cannot be read")
    else:
        tally.outcomes["nothing that was committed is lost, and a gap row tells the rest"] += 1
    return tally


def _rows(data: Path) -> dict[str, list[Any]]:
    """Return the numbers of all rows, in their order."""
    queries = {"book": "SELECT seq_id, timestamp FROM book ORDER BY id"}
    queries["trades"] = "SELECT trade_id, timestamp FROM trades ORDER BY id"
    return {table: _select(data, query) for table, query in queries.items()}


def _select(data: Path, query: str) -> list[Any]:
    found: list[Any] = []
    for path in sorted(data.glob("*.db")):
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                found += database.execute(query).fetchall()
    return found


def _wait_for_more(data: Path, before: dict[str, list[Any]], run: subprocess.Popen[bytes]) -> None:
    """Wait until the recorder has written rows."""
    end = time.monotonic() + LONGEST
    while len(_rows(data)["book"]) <= len(before["book"]):
        if run.poll() is not None or time.monotonic() > end:
            raise RuntimeError("the recorder writes nothing")
        time.sleep(0.02)


@contextmanager
def _started(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "orderflow_app.cli", "record", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
        try:
            yield run
        finally:
            run.kill()


@contextmanager
def _exchange() -> Iterator[str]:
    """Give the address of an exchange that goes on whether anybody listens or not."""
    ready, over = Event(), Event()
    address: list[str] = []

    async def go() -> None:
        start, messages = long_market(FEED.instrument)
        async with serve(Faulty(Exchange(start, messages), FEED.side, []), SPEED) as server:
            address.append(server.url.removeprefix("ws://"))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = Thread(target=lambda: asyncio.run(go()))
    thread.start()
    ready.wait()
    try:
        yield address[0]
    finally:
        over.set()
        thread.join()
