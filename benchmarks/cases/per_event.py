"""The per-event pipeline: what the default run does, with a pluggy call for each event.

Rows of sqlite3, levels read with orjson, a book kept with bisect, and pluggy calling the hooks. It
makes price bars, OBI, TOT, CVD and depth, and writes them as the sink does, once, at the end. It
leaves out what it can: nothing is checked or refused, the first row of a file is taken for a
snapshot, no report is kept.

Plain, an event is a book row or a trade, and the book is a dict and a sorted list. Tuned, the
trades of a window are one event, the book is two lists side by side, and the garbage collector is
off.

python benchmarks/cases/per_event.py FOLDER OUT [tuned]
"""

import gc
import sqlite3
import sys
from bisect import bisect_left, insort
from collections import deque
from pathlib import Path
from typing import Any

import orjson
import pluggy

WINDOW_MS = 60_000
LEVELS = 50
ROWS_KEPT = 1_000

Levels = list[list[str]]  # price, size and what else was recorded
Trade = tuple[int, float, float, str]  # timestamp, price, size, side

hookspec = pluggy.HookspecMarker("per_event")
hookimpl = pluggy.HookimplMarker("per_event")


class DictSide:
    """One side of a book: sizes by key (sign * price), and the keys in order, the best last."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[float] = []
        self._sizes: dict[float, float] = {}

    def update(self, levels: Levels) -> None:
        """Set the sizes of levels as they were recorded; 0 deletes."""
        keys, sizes, sign = self.keys, self._sizes, self.sign
        for level in levels:
            key = sign * float(level[0])
            size = float(level[1])
            if size:
                if key not in sizes:
                    insort(keys, key)
                sizes[key] = size
            elif key in sizes:
                del sizes[key], keys[bisect_left(keys, key)]

    def best(self) -> tuple[list[float], list[float]]:
        """Return keys and sizes of the best levels, best last."""
        keys = self.keys[-LEVELS:]
        return keys, [*map(self._sizes.__getitem__, keys)]


class ListSide:
    """One side of a book: keys (sign * price) in order, the best last, and beside them sizes."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[float] = []
        self._sizes: list[float] = []

    def update(self, levels: Levels) -> None:
        """Set the sizes of levels as they were recorded; 0 deletes."""
        keys, sizes, sign = self.keys, self._sizes, self.sign
        for level in levels:
            key = sign * float(level[0])
            size = float(level[1])
            place = bisect_left(keys, key)
            if place < len(keys) and keys[place] == key:
                if size:
                    sizes[place] = size
                else:
                    del keys[place], sizes[place]
            elif size:
                keys.insert(place, key)
                sizes.insert(place, size)

    def best(self) -> tuple[list[float], list[float]]:
        """Return keys and sizes of the best levels, best last."""
        return self.keys[-LEVELS:], self._sizes[-LEVELS:]


class BookRow:
    """A row of the table `book`; the book plugin adds the best levels after it, best last."""

    __slots__ = (
        "ask_keys",
        "ask_sizes",
        "asks",
        "bid_keys",
        "bid_sizes",
        "bids",
        "snapshot",
        "timestamp",
    )

    bid_keys: list[float]
    bid_sizes: list[float]
    ask_keys: list[float]
    ask_sizes: list[float]

    def __init__(self, timestamp: int, bids: Levels, asks: Levels, snapshot: bool) -> None:
        self.timestamp = timestamp
        self.bids = bids
        self.asks = asks
        self.snapshot = snapshot


class Hooks:
    """The two events."""

    @hookspec
    def on_book(self, row: BookRow) -> None:
        """One book row."""

    @hookspec
    def on_trades(self, trades: list[Trade]) -> None:
        """Trades of one window, at least one."""


class Bars:
    """Open, high, low and close of samples; the last bars are kept."""

    def __init__(self) -> None:
        self.rows: deque[list[float]] = deque(maxlen=ROWS_KEPT)
        self.end = -1

    def add(self, timestamp: int, value: float) -> None:
        """Add a sample to its bar."""
        if timestamp < self.end:
            row = self.rows[-1]
            row[4] = value
            if value > row[2]:
                row[2] = value
            elif value < row[3]:
                row[3] = value
        else:
            start = timestamp // WINDOW_MS * WINDOW_MS
            self.end = start + WINDOW_MS
            self.rows.append([start, value, value, value, value])


class Book:
    """Keeps the book and gives each row its best levels."""

    def __init__(self, side: type[DictSide] | type[ListSide]) -> None:
        self.new_side = side
        self.bids = side(1)
        self.asks = side(-1)
        self.crossed = 0

    @hookimpl
    def on_book(self, row: BookRow) -> None:
        """Apply the row's levels."""
        bids, asks = self.bids, self.asks
        if row.snapshot:
            self.bids, self.asks = bids, asks = self.new_side(1), self.new_side(-1)
        bids.update(row.bids)
        asks.update(row.asks)
        row.bid_keys, row.bid_sizes = bids.best()
        row.ask_keys, row.ask_sizes = asks.best()
        if row.bid_keys and row.ask_keys and row.bid_keys[-1] >= -row.ask_keys[-1]:
            self.crossed += 1

    def depth(self) -> dict[str, list[list[float]]]:
        """Return the best levels, best first."""
        sides = {"bids": self.bids, "asks": self.asks}
        return {
            name: [
                [side.sign * key, size] for key, size in reversed([*zip(*side.best(), strict=True)])
            ]
            for name, side in sides.items()
        }


class Obi:
    """Imbalance and total depth of the best levels."""

    def __init__(self) -> None:
        self.obi = Bars()
        self.tot = Bars()

    @hookimpl
    def on_book(self, row: BookRow) -> None:
        """Sample both after the row."""
        bids, asks = sum(row.bid_sizes), sum(row.ask_sizes)
        total = bids + asks
        if total > 0:
            self.obi.add(row.timestamp, (bids - asks) / total)
            self.tot.add(row.timestamp, total)


class Ohlc:
    """Price bars with volume, the sixth value of a row."""

    def __init__(self) -> None:
        self.bars = Bars()

    @hookimpl
    def on_trades(self, trades: list[Trade]) -> None:
        """Add the trades to their bars."""
        add, rows = self.bars.add, self.bars.rows
        for timestamp, price, size, _ in trades:
            add(timestamp, price)
            row = rows[-1]
            if len(row) == 6:
                row[5] += size
            else:
                row.append(size)


class Cvd:
    """Running sum of size, plus for a buy, minus for a sell; a bar opens at the value before."""

    def __init__(self) -> None:
        self.bars = Bars()
        self.total = 0.0

    @hookimpl
    def on_trades(self, trades: list[Trade]) -> None:
        """Sample the sum after each trade."""
        bars, total = self.bars, self.total
        for timestamp, _, size, side in trades:
            if timestamp >= bars.end:
                bars.add(timestamp, total)
            total += size if side == "buy" else -size
            bars.add(timestamp, total)
        self.total = total


class Pipeline:
    """Recordings through the plugins."""

    def __init__(self, *, tuned: bool) -> None:
        self.book, self.ohlc, self.obi = Book(ListSide if tuned else DictSide), Ohlc(), Obi()
        self.cvd = Cvd()
        self._tuned = tuned
        self.windows = 0
        self.trades = 0
        manager = pluggy.PluginManager("per_event")
        manager.add_hookspecs(Hooks)
        for plugin in (self.cvd, self.obi, self.ohlc, self.book):  # the last one is called first
            manager.register(plugin)
        self._hook = manager.hook

    def run(self, path: Path) -> None:
        """Stream one recording: each book row, then the trades until the next one."""
        on_book, loads = self._hook.on_book, orjson.loads
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        trades = database.execute("SELECT timestamp, price, size, side FROM trades ORDER BY id")
        trade = next(trades, None)
        snapshot = True
        for timestamp, bids, asks in database.execute(
            "SELECT timestamp, bids, asks FROM book ORDER BY id"
        ):
            batch = []
            while trade is not None and trade[0] < timestamp:
                batch.append(trade)
                trade = next(trades, None)
            if batch:
                self._deliver(batch)
            row = BookRow(timestamp, loads(bids), loads(asks), snapshot)
            on_book(row=row)
            snapshot = False
            self.windows += 1
        if trade is not None:
            self._deliver([trade, *trades])
        database.close()

    def _deliver(self, trades: list[Trade]) -> None:
        self.trades += len(trades)
        for event in [trades] if self._tuned else [[trade] for trade in trades]:
            self._hook.on_trades(trades=event)

    def write(self, folder: Path) -> None:
        """Write the files that the sink writes."""
        obi, tot = self.obi.obi.rows, self.obi.tot.rows
        metrics = {"obi": obi, "tot": tot, "cvd": self.cvd.bars.rows}
        contents: dict[str, Any] = {
            "ohlc_data.json": list(self.ohlc.bars.rows),
            "depth_data.json": self.book.depth(),
            "metrics_data.json": [[*a, *b[1:]] for a, b in zip(obi, tot, strict=True)],
            "series_data.json": {
                "series": {name: {"rows": list(rows)} for name, rows in metrics.items()}
            },
        }
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(orjson.dumps(content))


def main(recordings: Path, out: Path, *, tuned: bool) -> None:
    """Run the pipeline over a folder of recordings and write its files."""
    if tuned:
        gc.disable()
    pipeline = Pipeline(tuned=tuned)
    for path in sorted(recordings.glob("*.db")):
        pipeline.run(path)
    pipeline.write(out)
    crossed = pipeline.book.crossed
    counts = {"windows": pipeline.windows, "trades": pipeline.trades, "crossed": crossed}
    print(orjson.dumps(counts).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), tuned="tuned" in sys.argv[3:])
