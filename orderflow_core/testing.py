"""What a plugin author needs to test a plugin: small markets by hand, and a bus to run it on.

    published = run_plugin(Spread(window_seconds=1), [
        book(0, bids="100.0 x 5, 99.9 x 7", asks="100.1 x 3"),
        trade(500, "100.1 buy 2"),
        book(1000, bids="100.0 x 5", asks="100.3 x 4"),
    ])
    assert bars(published, "spread") == [(0, 0.1, 0.1, 0.1, 0.1), ...]

There is no database, no file and no sleep.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import numpy as np

from orderflow_core.bus import Bus
from orderflow_core.events import (
    BUY,
    SELL,
    Bars,
    Block,
    Books,
    BookWindows,
    Event,
    MetricBars,
    Series,
    Span,
    Texts,
    TradeBatches,
)
from orderflow_core.hookspecs import hookimpl
from orderflow_core.plugins import Plugin
from orderflow_core.report import Report
from orderflow_core.windows import BookRows, TradeRows, join

INSTRUMENT = "TEST-USDT"
Levels: TypeAlias = str | Sequence[tuple[float, float]]
_LEVEL = re.compile(r"\s*([\d.eE+-]+)\s*x\s*([\d.eE+-]+)\s*")
_TRADE = re.compile(r"\s*([\d.eE+-]+)\s+(buy|sell)\s+([\d.eE+-]+)\s*")


@dataclass(frozen=True)
class Row:
    """A book row: its level updates, and the book after it where a test gives that."""

    timestamp: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]
    snapshot: bool
    sure: bool
    is_book: bool


@dataclass(frozen=True)
class Tick:
    """A trade; `side` is the aggressor's, +1 buy, -1 sell."""

    timestamp: int
    price: float
    size: float
    side: int


def update(
    timestamp: int,
    bids: Levels = (),
    asks: Levels = (),
    *,
    snapshot: bool = False,
    sure: bool = True,
) -> Row:
    """Return a book row of level updates, `"100.0 x 5, 99.9 x 0"` or pairs (price, size)."""
    return Row(timestamp, _levels(bids), _levels(asks), snapshot, sure, is_book=False)


def book(timestamp: int, bids: Levels = (), asks: Levels = (), *, sure: bool = True) -> Row:
    """Return a book row after which the book is as given, best level first."""
    return Row(timestamp, _levels(bids), _levels(asks), True, sure, is_book=True)


def trade(timestamp: int, text: str) -> Tick:
    """Return a trade, `"100.1 buy 2"`: price, aggressor side, size."""
    match = _TRADE.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no trade: write it as "100.1 buy 2"')
    price, side, size = match.groups()
    return Tick(timestamp, float(price), float(size), BUY if side == "buy" else SELL)


def price_bars(key: str, rows: Sequence[tuple[float, ...]], *, closed: bool = True) -> Bars:
    """Return price bars of rows (timestamp, open, high, low, close, volume)."""
    columns = _bar_columns(rows, 6, closed)
    return Bars(INSTRUMENT, Series(pane="price").named(key), *columns)


def metric_bars(key: str, rows: Sequence[tuple[float, ...]], *, closed: bool = True) -> MetricBars:
    """Return metric bars of rows (timestamp, open, high, low, close)."""
    return MetricBars(INSTRUMENT, Series().named(key), *_bar_columns(rows, 5, closed))


def blocks(
    market: Iterable[Row | Tick], size: int = 2048, instrument: str = INSTRUMENT
) -> list[Block]:
    """Return the market in blocks of at most `size` rows; rows and trades each in time order."""
    items = list(market)
    rows = [item for item in items if isinstance(item, Row)]
    ticks = [item for item in items if isinstance(item, Tick)]
    times = [item.timestamp for item in items]
    span = Span(min(times, default=0), max(times, default=0))
    chunks = (_book_rows(rows[start : start + size]) for start in range(0, len(rows), size))
    return list(join(instrument, chunks, [_trade_rows(ticks)], span))


def run_plugin(
    plugin: Plugin,
    market: Iterable[Row | Tick],
    *,
    block_size: int = 2048,
    derived: Sequence[Bars | MetricBars] = (),
) -> list[Event]:
    """Run a plugin over a market and return what it published, in order.

    Rows made by `book` reach it as `Books`. `derived` are bars of other plugins, published in
    the first block. What the plugin raises is raised here. Arrays are overwritten after their
    block, so that a plugin that keeps one without copying it fails its test.
    """
    return run_plugins([plugin], market, block_size=block_size, derived=derived)


def run_plugins(
    plugins: Sequence[Plugin],
    market: Iterable[Row | Tick],
    *,
    block_size: int = 2048,
    derived: Sequence[Bars | MetricBars] = (),
) -> list[Event]:
    """Run several plugins on one bus, as `run_plugin` does one."""
    items = list(market)
    published: list[Event] = []
    upstream = _upstream([item for item in items if isinstance(item, Row)], derived)
    bus = Bus(INSTRUMENT, [*upstream, *plugins], _NoObserver())
    for plugin in plugins:
        plugin.connect(INSTRUMENT, _recorded(plugin, published))
    report = Report("test", "running", 0, INSTRUMENT, False, {})
    bus.start({plugin.name: plugin.settings for plugin in plugins}, [INSTRUMENT])
    _raise_failures(bus)
    end = 0
    for block in map(_own_arrays, blocks(items, block_size)):
        bus.deliver(block)
        bus.tick(report)
        _raise_failures(bus)
        end = block.batches.last_time
        _overwrite(block.windows)
        _overwrite(block.batches)
    bus.end(end)
    _raise_failures(bus)
    report.status = "ok"
    bus.finish(report)
    _raise_failures(bus)
    return published


def bars(published: Iterable[Event], key: str, *, known_at: bool = False) -> list[tuple[Any, ...]]:
    """Return the closed bars of a series: (timestamp, open, high, low, close[, volume]).

    With `known_at` each tuple ends with the time from which the bar was known.
    """
    found = []
    for event in published:
        if isinstance(event, Bars | MetricBars) and event.series.key == key:
            for bar in event:
                if bar.closed:
                    values = bar[2 : bar._fields.index("closed")]
                    found.append((*values, bar.known_at) if known_at else tuple(values))
    return found


class _NoObserver:
    def saw_block(self, block: Block, books: Books | None) -> None:
        """Keep nothing."""

    def saw_bars(self, bars: Bars | MetricBars) -> None:
        """Keep nothing."""


class _GivenBooks(Plugin):
    """Publishes the books that a test gives."""

    publishes = (Books,)

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__(name="given_books")
        self._rows = rows
        self._levels = max((len(side) for row in rows for side in (row.bids, row.asks)), default=1)
        self._position = 0

    @property
    def book_levels(self) -> int:
        return max(1, self._levels)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        opening = not len(windows.bid_price) and not len(windows.ask_price)
        opening = opening and self._position == 0 and not windows.snapshot[0]
        rows = [None] if opening else self._rows[self._position : self._position + len(windows)]
        self._position += 0 if opening else len(windows)
        bid = [_padded(row.bids if row else [], self.book_levels) for row in rows]
        ask = [_padded(row.asks if row else [], self.book_levels) for row in rows]
        bids, asks = np.array(bid), np.array(ask)
        self.publish(
            Books(
                windows.instrument,
                windows.timestamp,
                bids[:, :, 0],
                bids[:, :, 1],
                asks[:, :, 0],
                asks[:, :, 1],
                bids[:, 0, 0] >= asks[:, 0, 0],
                windows.sure,
            )
        )


class _GivenBars(Plugin):
    """Publishes the bars that a test gives, in the first block."""

    publishes = (Bars, MetricBars)

    def __init__(self, derived: Sequence[Bars | MetricBars]) -> None:
        super().__init__(name="given_bars")
        self._derived = list(derived)
        self._keys = list(dict.fromkeys(event.series.key for event in derived))

    def series_keys(self) -> list[str]:
        return self._keys

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        while self._derived:
            self.publish(self._derived.pop(0))


def _upstream(rows: Sequence[Row], derived: Sequence[Bars | MetricBars]) -> Iterator[Plugin]:
    if any(row.is_book for row in rows):
        if not all(row.is_book for row in rows):
            raise ValueError("make all rows of one market with book(), or all with update()")
        yield _GivenBooks(rows)
    if derived:
        yield _GivenBars(derived)


def _recorded(plugin: Plugin, published: list[Event]) -> Callable[[Event], None]:
    """Return what publishes for the plugin and keeps a copy of the event."""
    publish = plugin._publish
    assert publish is not None

    def record(event: Event) -> None:
        publish(event)
        published.append(_copied(event))

    return record


def _raise_failures(bus: Bus) -> None:
    for member in bus.members:
        if member.failure is not None:
            raise member.failure


def _arrays(event: Any) -> dict[str, Any]:
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def _copied(event: Any) -> Any:
    return replace(event, **{name: array.copy() for name, array in _arrays(event).items()})


def _own_arrays(block: Block) -> Block:
    return replace(block, windows=_copied(block.windows), batches=_copied(block.batches))


def _overwrite(event: Any) -> None:
    for array in _arrays(event).values():
        array.base[...] = {"f": np.nan, "i": -1, "b": False}[array.dtype.kind]


def _levels(levels: Levels) -> list[tuple[float, float]]:
    if not isinstance(levels, str):
        return [(float(price), float(size)) for price, size in levels]
    found = []
    for text in filter(str.strip, levels.split(",")):
        match = _LEVEL.fullmatch(text)
        if match is None:
            raise ValueError(f'{text!r} is no level: write levels as "100.0 x 5, 99.9 x 7"')
        found.append((float(match[1]), float(match[2])))
    return found


def _padded(levels: Sequence[tuple[float, float]], count: int) -> list[tuple[float, float]]:
    return [*levels, *[(np.nan, 0.0)] * (count - len(levels))]


def _book_rows(rows: Sequence[Row]) -> BookRows:
    return BookRows(
        np.array([row.timestamp for row in rows], np.int64),
        np.array([row.snapshot for row in rows], np.bool_),
        np.array([row.sure for row in rows], np.bool_),
        *_side_columns([row.bids for row in rows]),
        *_side_columns([row.asks for row in rows]),
    )


def _side_columns(sides: Sequence[Sequence[tuple[float, float]]]) -> tuple[Any, Any, Any]:
    levels = np.array([level for side in sides for level in side], np.float64).reshape(-1, 2)
    return np.cumsum([0, *map(len, sides)]), levels[:, 0].copy(), levels[:, 1].copy()


def _trade_rows(ticks: Sequence[Tick]) -> TradeRows:
    return TradeRows(
        np.arange(1, len(ticks) + 1),
        Texts.of(str(number) for number in range(1, len(ticks) + 1)),
        np.array([tick.price for tick in ticks], np.float64),
        np.array([tick.size for tick in ticks], np.float64),
        np.array([tick.side for tick in ticks], np.int8),
        np.array([tick.timestamp for tick in ticks], np.int64),
    )


def _bar_columns(rows: Sequence[tuple[float, ...]], width: int, closed: bool) -> list[Any]:
    table = np.array(rows, np.float64).reshape(-1, width)
    times = table[:, 0].astype(np.int64)
    flags = np.full(len(table), closed)
    return [times, *(column.copy() for column in table[:, 1:].T), flags, times]
