"""A simulated market as SQLite recordings, for a first look and for benchmarks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from math import isfinite
from pathlib import Path
from typing import NamedTuple, TypeAlias

from orderflow_core import BUY, SELL, OutputError
from orderflow_core.sources import SIMULATED, folder_name, is_name, is_simulated
from orderflow_sqlite.files import UNFINISHED
from orderflow_sqlite.market import Level, Market, Trade

START = datetime(2025, 6, 1, tzinfo=UTC)
TICKS = 10  # in one unit of price
LOTS = 1_000  # in one unit of size
LOTS_AN_ORDER = 1_500
STEP_MS = 100  # between two book rows, on average
JITTER_MS = 20  # that a book row may be late

_STEP = timedelta(milliseconds=STEP_MS)
_STEPS_AN_HOUR = timedelta(hours=1) // _STEP
_STEPS_A_DAY = timedelta(days=1) // _STEP
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 1_000
_MAX_TEXTS = 100_000

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE book (id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, bids TEXT NOT NULL,
    asks TEXT NOT NULL, timestamp INTEGER NOT NULL);
CREATE TABLE trades (id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, trade_id TEXT NOT NULL,
    price REAL NOT NULL, size REAL NOT NULL, side TEXT NOT NULL, timestamp INTEGER NOT NULL);
"""
_INSERT_BOOK = "INSERT INTO book VALUES (NULL, ?, ?, ?, ?)"
_INSERT_TRADE = "INSERT INTO trades VALUES (NULL, ?, ?, ?, ?, ?, ?)"

BookRow: TypeAlias = tuple[str, str, str, int]
TradeRow: TypeAlias = tuple[str, str, float, float, str, int]
Levels: TypeAlias = list[tuple[float, float]]
TimedTrade: TypeAlias = tuple[int, float, float, int]


def write_sample(
    folder: Path,
    *,
    instrument: str = "SIM-BTC-USDT",
    hours: float = 2.0,
    seed: int = 1,
    start: datetime = START,
    progress: Callable[[float], None] | None = None,
) -> list[Path]:
    """Write a simulated market, one recording a UTC day, and return the files' paths.

    The same arguments write the same rows, and a longer run begins with the rows of a shorter one.
    The instrument gets the prefix `SIM-` where it lacks it, `start` is rounded down to 100 ms, and
    `progress` is told the share that is done. A recording appears when it is complete. Raises
    FileExistsError, before anything is written, where one of the files exists, and OutputError
    where they cannot be written.
    """
    instrument = _simulated(instrument)
    steps = _steps(start, hours)
    days = {folder / _file_name(instrument, day[0]): day for day in _days(steps)}
    for path in days:
        with _writing(folder):
            is_there = path.exists()
        if is_there:
            raise FileExistsError(f"{path} exists already")
    recorder = _Recorder(instrument, seed)
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path, day in days.items():
            with _new_database(path) as database:
                for done in recorder.write(database, day):
                    if progress:
                        progress((done - steps[0]) / len(steps))
    return list(days)


class _Moment(NamedTuple):
    """What a feed tells in one step: what has changed of the book, and timed trades."""

    time: int
    bids: list[Level]
    asks: list[Level]
    trades: list[tuple[int, Trade]]


def sample_rows(rows: int, seed: int = 1) -> Iterator[tuple[int, Levels, Levels, list[TimedTrade]]]:
    """Yield the rows that `write_sample` would write, the first a snapshot, for tests in memory.

    Each is (time, bids, asks, trades): levels are pairs of price and size, 0 for one that is gone,
    and a trade is (time, price, size, side), side +1 for an aggressor buy and -1 for a sell.
    """
    market = Market(seed)
    first = (START - _EPOCH) // _STEP
    for step in range(first, first + rows):
        time, *sides, trades = _moment(market, step, is_snapshot=step == first)
        bids, asks = ([(abs(key) / TICKS, lots / LOTS) for key, lots in side] for side in sides)
        yield (
            time,
            bids,
            asks,
            [
                (at, trade.tick / TICKS, trade.lots / LOTS, BUY if trade.is_buy else SELL)
                for at, trade in trades
            ],
        )


def _moment(market: Market, step: int, *, is_snapshot: bool) -> _Moment:
    time, end = step * STEP_MS + int(JITTER_MS * market.chance()), (step + 1) * STEP_MS
    sides = market.bids, market.asks
    bids, asks = (side.snapshot() if is_snapshot else side.changes() for side in sides)
    trades = [(time + int((end - time) * trade.moment), trade) for trade in market.trade()]
    market.step()
    return _Moment(time, bids, asks, trades)


class _Recorder:
    """Watches one market and writes down what a recorder of its feed would."""

    def __init__(self, instrument: str, seed: int) -> None:
        self._instrument = instrument
        self._market = Market(seed)
        self._trade_ids = map(str, count(1))

    def write(self, database: sqlite3.Connection, day: range) -> Iterator[int]:
        """Write the steps of a day, the first as a snapshot; yield how far it is."""
        for first in range(day[0], day[-1] + 1, _BATCH):
            batch = range(first, min(first + _BATCH, day[-1] + 1))
            book: list[BookRow] = []
            trades: list[TradeRow] = []
            for step in batch:
                moment = _moment(self._market, step, is_snapshot=step == day[0])
                sides = _text(moment.bids), _text(moment.asks)
                book.append((self._instrument, *sides, moment.time))
                trades += self._trade_rows(moment.trades)
            database.executemany(_INSERT_BOOK, book)
            database.executemany(_INSERT_TRADE, trades)
            yield batch[-1] + 1

    def _trade_rows(self, trades: Iterable[tuple[int, Trade]]) -> Iterator[TradeRow]:
        for time, trade in trades:
            side = "buy" if trade.is_buy else "sell"
            price, size = trade.tick / TICKS, trade.lots / LOTS
            yield self._instrument, next(self._trade_ids), price, size, side, time


class _Texts(dict[int, str]):
    """Texts by number: made once, as that is slow, and forgotten when there are too many."""

    def __init__(self, make: Callable[[int], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, number: int) -> str:
        if len(self) == _MAX_TEXTS:
            self.clear()
        text = self[number] = self._make(number)
        return text


_price_texts = _Texts(lambda key: f'["{abs(key) / TICKS:.10g}", ')
_size_texts = _Texts(lambda lots: f'"{lots / LOTS:.10g}", "0", "{-(-lots // LOTS_AN_ORDER)}"]')


def _text(levels: list[Level]) -> str:
    return "[" + ", ".join([_price_texts[key] + _size_texts[lots] for key, lots in levels]) + "]"


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn what the system and SQLite say of a folder into OutputErrors that name it."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        told = getattr(error, "strerror", None) or error
        raise OutputError(f"{folder} is not writable: {told}") from error


@contextmanager
def _new_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that gets its name when it is complete."""
    part = path.with_name(f"{path.name}{UNFINISHED}")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part)) as database:
            database.executescript(_SCHEMA)
            yield database
            database.commit()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _simulated(instrument: str) -> str:
    if not is_name(instrument):
        raise ValueError(
            f"instrument {instrument!r}: allowed is any text that can be printed and is not long"
        )
    return instrument if is_simulated(instrument) else SIMULATED + instrument


def _steps(start: datetime, hours: float) -> range:
    """Return the run's steps, counted from the epoch."""
    if start.tzinfo is None:
        raise ValueError(f"start {start}: needs a time zone")
    if not (isfinite(hours) and hours > 0):
        raise ValueError(f"hours {hours}: must be more than 0")
    first = (start - _EPOCH) // _STEP
    return range(first, first + max(1, round(hours * _STEPS_AN_HOUR)))


def _days(steps: range) -> Iterator[range]:
    """Cut the steps at midnight."""
    first, end = steps[0], steps[-1] + 1
    while first < end:
        midnight = (first // _STEPS_A_DAY + 1) * _STEPS_A_DAY
        yield range(first, min(midnight, end))
        first = midnight


def _file_name(instrument: str, step: int) -> str:
    return f"{folder_name(instrument)}-{_EPOCH + step * _STEP:%y-%m-%d}.db"
