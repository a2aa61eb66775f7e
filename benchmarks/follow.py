"""The command `python -m benchmarks.follow`: how long after a commit a followed row has effect.

A recorder's writer puts the rows of a market into a file as they happen, each 100 ms so many book
rows with three trades each, in WAL mode, by one transaction; a run follows the file. Told are the
times from the commit of a row that closes a bar of a second to that bar in a plugin, and from the
commit of a trade to its price in the files of the page, the CPU of the thread that reads, and the
log's size.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic, sleep, time

import numpy as np
from orderflow_record.database import DayFile, file_of
from orderflow_record.rows import Batch, BookRow, TradeRow

INSTRUMENT = "SIM-BTC-USDT"
DAY_MS = 86_400_000
WARM_SECONDS = 3
STEP_SECONDS = 0.1
SETTINGS = """
[run]
window_seconds = 1
[source]
use = "sqlite"
path = {path}
follow = true
instruments = ["SIM-BTC-USDT"]
[plugins.book]
[plugins.ohlc]
[plugins.obi]
[plugins.cvd]
[plugins.heard]
use = "heard.py:Heard"
[plugins.json]
directory = "out"
flush_ms = 100
"""
HEARD = '''
import sys
import threading
from pathlib import Path
from time import time

from orderflow_core import Bar, Plugin, Report, hookimpl


class Heard(Plugin):
    """Notes when bars come, and what the threads are called."""

    @hookimpl
    def on_bar(self, bar: Bar) -> None:
        print(bar.timestamp, time(), flush=True)

    @hookimpl
    def on_tick(self, report: Report) -> None:
        told = Path(__file__).with_name("threads")
        if not told.exists():
            threads = [f"{each.name} {each.native_id}" for each in threading.enumerate()]
            told.write_text("\\n".join(threads))
'''


class Market:
    """Writes the market, a step each 100 ms, and keeps the time of each commit.

    Attributes:
        bars: when the row was committed that ended the bar of each begin, in ms.
        prices: when the trade of each price was committed.
        log_bytes: the most that the file's log has held.

    """

    def __init__(self, folder: Path) -> None:
        now = int(time() * 1000)
        self._path = file_of(folder, INSTRUMENT, now - now % DAY_MS)
        self._file = DayFile(self._path, INSTRUMENT, "kill", {})
        self.bars: dict[float, float] = {}
        self.prices: dict[float, float] = {}
        self.log_bytes = 0
        self._steps = 0
        self._last = now

    def step(self, rows: int) -> None:
        """Write so many book rows up to this moment, with three trades each."""
        now = int(time() * 1000)
        times = np.linspace(max(self._last, now - 100), now, rows + 1).astype(int).tolist()[1:]
        made = [self._row(each) for each in times]
        day = now - now % DAY_MS
        books = [book for book, _ in made]
        trades = [trade for _, taken in made for trade in taken]
        self._file.write(Batch(day, now + 1, books, trades))
        committed = time()
        if now // 1000 > self._last // 1000:
            self.bars[self._last // 1000 * 1000] = committed
        self.prices[trades[-1].price] = committed
        self._last = now
        self.log_bytes = max(self.log_bytes, Path(f"{self._path}-wal").stat().st_size)

    def _row(self, now: int) -> tuple[BookRow, list[TradeRow]]:
        self._steps += 1
        number = self._steps
        base = 60_000.0 + number % 10_000
        bids = [[f"{base - level:.1f}", f"{1 + (number + level) % 7}"] for level in range(10)]
        asks = [[f"{base + 1 + level:.1f}", f"{1 + (number * level) % 5}"] for level in range(10)]
        if number > 1:  # what the book left behind
            asks.append([f"{base:.1f}", "0"])
        row = BookRow(
            bids=json.dumps(bids),
            asks=json.dumps(asks),
            timestamp=now,
            action="snapshot" if base == 60_000.0 or number == 1 else "update",
            seq_id=number,
            prev_seq_id=number - 1 or -1,
            checksum=None,
            receipt=now,
            exchange_timestamp=now,
            late=False,
        )
        prices = [base + part for part in (0.2, 0.4, 0.6)]
        trades = [
            TradeRow(f"{number}-{price}", price, 1.0, "buy", now, now, now, False)
            for price in prices
        ]
        return row, trades

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def measure(seconds: float, rows: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what was measured, in words."""
    data, out = folder / "data", folder / "out"
    data.mkdir()
    (folder / "heard.py").write_text(HEARD)
    (folder / "settings.toml").write_text(SETTINGS.format(path=json.dumps(str(data))))
    market, ended, seen = Market(data), Event(), dict[float, float]()
    market.step(1)
    command = [sys.executable, "-m", "orderflow_app.cli", "run", "--json"]
    with (folder / "heard.txt").open("w") as errors:
        run = subprocess.Popen(
            [*command, "--config", str(folder / "settings.toml")],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        watching = Thread(target=_watch, args=(out / "ohlc_data.json", seen, ended))
        watching.start()
        used, next_step = _Used(run.pid, folder / "threads"), monotonic()
        begun = None
        while begun is None or monotonic() < begun + WARM_SECONDS + seconds:
            market.step(rows)
            if begun is None and (used.can_look or run.poll() is not None):
                begun = monotonic()
            used.look(begun is not None and monotonic() >= begun + WARM_SECONDS)
            next_step += STEP_SECONDS
            sleep(max(0.0, next_step - monotonic()))
        used.look(True)
        run.send_signal(signal.SIGINT)
        run.wait()
        ended.set()
        watching.join()
    market.close()
    heard = (line.split() for line in (folder / "heard.txt").read_text().splitlines())
    bars = {float(words[0]): float(words[1]) for words in heard if words[0].isdigit()}
    after = time() - seconds - 1
    yield "a bar, after the commit", _told(market.bars, bars, after)
    yield "a trade in the files, after the commit", _told(market.prices, seen, after)
    yield "CPU of the thread that reads", f"{used.share:.1%} of a core"
    yield "the log at most", f"{market.log_bytes / 1e6:.1f} MB"


class _Used:
    """The CPU time of the thread `source` of a process."""

    def __init__(self, pid: int, threads: Path) -> None:
        self._pid, self._threads = pid, threads
        self._looks: list[tuple[float, float]] = []

    @property
    def can_look(self) -> bool:
        """Whether the run has begun to read."""
        return self._threads.exists()

    def look(self, counts: bool) -> None:
        """Look at the thread's time, if it counts."""
        if not counts or not self.can_look:
            return
        names = (line.rsplit(" ", 1) for line in self._threads.read_text().splitlines())
        number = next(number for name, number in names if name == "source")
        fields = Path(f"/proc/{self._pid}/task/{number}/stat").read_text().rsplit(")", 1)[1].split()
        ticks = int(fields[11]) + int(fields[12])
        self._looks.append((monotonic(), ticks / os.sysconf("SC_CLK_TCK")))

    @property
    def share(self) -> float:
        """CPU in shares of the time that has passed."""
        (first, before), (last, after) = self._looks[0], self._looks[-1]
        return (after - before) / (last - first)


def _watch(path: Path, seen: dict[float, float], ended: Event) -> None:
    """Note when each close is first seen in the file of bars."""
    inode = 0
    while not ended.wait(0.002):
        try:
            now = path.stat().st_ino
            if now != inode and (bars := json.loads(path.read_bytes())):
                seen.setdefault(bars[-1][4], time())
            inode = now
        except FileNotFoundError:
            continue


def _told(committed: Mapping[float, float], seen: Mapping[float, float], after: float) -> str:
    late = [seen[key] - at for key, at in committed.items() if key in seen and at > after]
    median, most = np.percentile(late, [50, 99]) * 1000
    return f"{median:.0f} ms at the median, {most:.0f} at p99, of {len(late)}"


def main() -> None:
    """Measure what the option says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.follow", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, metavar="S")
    parser.add_argument(
        "--rows", type=int, default=1, metavar="N", help="book rows each 100 ms, one at OKX"
    )
    options = parser.parse_args()
    with TemporaryDirectory(prefix="orderflow-follow-") as folder:
        for what, told in measure(options.seconds, options.rows, Path(folder)):
            print(f"{what:40} {told}")


if __name__ == "__main__":
    main()
