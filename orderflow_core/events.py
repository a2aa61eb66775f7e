"""What travels on the bus.

Every event comes in two forms: the plural one holds the rows of a block in NumPy columns, the
singular one is one of its rows, a view. Times are integer milliseconds since the epoch, UTC;
prices and sizes are float64 in the recording's own units. Arrays are read-only and valid until
their block has been delivered: whoever keeps one copies it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import repeat, starmap
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Sides: TypeAlias = NDArray[np.int8]
Texts: TypeAlias = NDArray[np.object_]

_DTYPES: dict[str, Any] = {
    "Ints": np.int64,
    "Floats": np.float64,
    "Bools": np.bool_,
    "Sides": np.int8,
    "Texts": np.object_,
}

BUY, SELL = 1, -1


def _freeze(event: Any) -> None:
    """Give each array field its declared type and a read-only view."""
    for field in fields(event):
        dtype = _DTYPES.get(str(field.type))
        if dtype is not None:
            view = np.asarray(getattr(event, field.name), dtype).view()
            view.flags.writeable = False
            object.__setattr__(event, field.name, view)


def _check_lengths(event: Any, length: int, *names: str) -> None:
    for name in names:
        found = len(getattr(event, name))
        if found != length:
            raise ValueError(
                f"{type(event).__name__}: {name} has {found} values where {length} are needed"
            )


def _check_offsets(event: Any, offset_name: str, *names: str) -> None:
    offset = getattr(event, offset_name)
    _check_lengths(event, len(event.timestamp) + 1, offset_name)
    _check_lengths(event, int(offset[-1]), *names)


@dataclass(frozen=True, eq=False)
class BookWindows:
    """The level updates of n book rows; row i is open in `[timestamp[i], end_timestamp[i])`.

    The updates of row i are `bid_price[bid_offset[i]:bid_offset[i + 1]]` and so on; size 0
    deletes the level. Before a row with `snapshot` the book is cleared. `sure` is false where
    the source knows that updates before this row are missing.
    """

    instrument: str
    timestamp: Ints
    end_timestamp: Ints
    snapshot: Bools
    sure: Bools
    bid_offset: Ints
    bid_price: Floats
    bid_size: Floats
    ask_offset: Ints
    ask_price: Floats
    ask_size: Floats

    def __post_init__(self) -> None:
        _freeze(self)
        _check_lengths(self, len(self), "end_timestamp", "snapshot", "sure")
        _check_offsets(self, "bid_offset", "bid_price", "bid_size")
        _check_offsets(self, "ask_offset", "ask_price", "ask_size")

    def __len__(self) -> int:
        return len(self.timestamp)

    def __getitem__(self, index: int) -> BookWindow:
        index = range(len(self))[index]
        return BookWindow(int(self.timestamp[index]), int(self.end_timestamp[index]), self, index)

    def __iter__(self) -> Iterator[BookWindow]:
        times, ends = self.timestamp.tolist(), self.end_timestamp.tolist()
        return map(BookWindow, times, ends, repeat(self), range(len(self)))

    def rows(self, start: int, stop: int) -> BookWindows:
        """Return the windows `start` to `stop` as an event of their own."""
        bids = slice(self.bid_offset[start], self.bid_offset[stop])
        asks = slice(self.ask_offset[start], self.ask_offset[stop])
        return BookWindows(
            self.instrument,
            self.timestamp[start:stop],
            self.end_timestamp[start:stop],
            self.snapshot[start:stop],
            self.sure[start:stop],
            self.bid_offset[start : stop + 1] - self.bid_offset[start],
            self.bid_price[bids],
            self.bid_size[bids],
            self.ask_offset[start : stop + 1] - self.ask_offset[start],
            self.ask_price[asks],
            self.ask_size[asks],
        )


class BookWindow:
    """The level updates of one book row, and the span in which the row is the newest."""

    __slots__ = ("_index", "_windows", "end_timestamp", "timestamp")

    def __init__(
        self, timestamp: int, end_timestamp: int, windows: BookWindows, index: int
    ) -> None:
        self.timestamp = timestamp
        self.end_timestamp = end_timestamp
        self._windows = windows
        self._index = index

    @property
    def instrument(self) -> str:
        """The instrument's name."""
        return self._windows.instrument

    @property
    def snapshot(self) -> bool:
        """Whether the book is cleared before this row."""
        return bool(self._windows.snapshot[self._index])

    @property
    def sure(self) -> bool:
        """Whether no update before this row is known to be missing."""
        return bool(self._windows.sure[self._index])

    @property
    def bid_price(self) -> Floats:
        """Prices of the updated bids, in the recording's order."""
        offset = self._windows.bid_offset
        return self._windows.bid_price[offset[self._index] : offset[self._index + 1]]

    @property
    def bid_size(self) -> Floats:
        """New sizes of the updated bids; 0 deletes."""
        offset = self._windows.bid_offset
        return self._windows.bid_size[offset[self._index] : offset[self._index + 1]]

    @property
    def ask_price(self) -> Floats:
        """Prices of the updated asks, in the recording's order."""
        offset = self._windows.ask_offset
        return self._windows.ask_price[offset[self._index] : offset[self._index + 1]]

    @property
    def ask_size(self) -> Floats:
        """New sizes of the updated asks; 0 deletes."""
        offset = self._windows.ask_offset
        return self._windows.ask_size[offset[self._index] : offset[self._index + 1]]

    def __repr__(self) -> str:
        return (
            f"BookWindow({self.timestamp}, {self.end_timestamp}, snapshot={self.snapshot}, "
            f"bids={len(self.bid_price)}, asks={len(self.ask_price)})"
        )


@dataclass(frozen=True, eq=False)
class TradeBatches:
    """The trades of n windows; those of window i are `price[offset[i]:offset[i + 1]]` and so on.

    `side` is the aggressor's: +1 buy, -1 sell. `id` is the row of the recording, `trade_id` the
    exchange's own, a string (empty where the recording has none).
    """

    instrument: str
    timestamp: Ints
    end_timestamp: Ints
    offset: Ints
    id: Ints
    trade_id: Texts
    price: Floats
    size: Floats
    side: Sides
    trade_timestamp: Ints

    def __post_init__(self) -> None:
        _freeze(self)
        _check_lengths(self, len(self), "end_timestamp")
        _check_offsets(self, "offset", "id", "trade_id", "price", "size", "side", "trade_timestamp")

    def __len__(self) -> int:
        return len(self.timestamp)

    def __getitem__(self, index: int) -> TradeBatch:
        index = range(len(self))[index]
        return TradeBatch(
            int(self.timestamp[index]),
            int(self.end_timestamp[index]),
            self,
            int(self.offset[index]),
            int(self.offset[index + 1]),
        )

    def __iter__(self) -> Iterator[TradeBatch]:
        times, ends = self.timestamp.tolist(), self.end_timestamp.tolist()
        offset = self.offset.tolist()
        return map(TradeBatch, times, ends, repeat(self), offset, offset[1:])

    def rows(self, start: int, stop: int) -> TradeBatches:
        """Return the batches `start` to `stop` as an event of their own."""
        trades = slice(self.offset[start], self.offset[stop])
        return TradeBatches(
            self.instrument,
            self.timestamp[start:stop],
            self.end_timestamp[start:stop],
            self.offset[start : stop + 1] - self.offset[start],
            self.id[trades],
            self.trade_id[trades],
            self.price[trades],
            self.size[trades],
            self.side[trades],
            self.trade_timestamp[trades],
        )

    @cached_property
    def last_time(self) -> int:
        """The time of the block's last book row or trade, in ms."""
        last_row = int(self.timestamp[-1])
        return max(last_row, int(self.trade_timestamp[-1])) if len(self.price) else last_row

    def first_time_from(self, times: Ints) -> Ints:
        """For each time (not after `last_time`) the first book row or trade at or after it."""
        row = np.searchsorted(self.timestamp, times)
        trade = np.searchsorted(self.trade_timestamp, times)
        never = np.iinfo(np.int64).max
        rows, trades = np.append(self.timestamp, never), np.append(self.trade_timestamp, never)
        first: Ints = np.minimum(rows[row], trades[trade])
        return first


class Trade(NamedTuple):
    """One trade; `side` is the aggressor's, +1 buy, -1 sell."""

    id: int
    trade_id: str
    price: float
    size: float
    side: int
    timestamp: int


class TradeBatch:
    """The trades of one window, in order; iterating gives each as a `Trade`."""

    __slots__ = ("_batches", "_start", "_stop", "end_timestamp", "timestamp")

    def __init__(
        self, timestamp: int, end_timestamp: int, batches: TradeBatches, start: int, stop: int
    ) -> None:
        self.timestamp = timestamp
        self.end_timestamp = end_timestamp
        self._batches = batches
        self._start = start
        self._stop = stop

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, index: int) -> Trade:
        row = range(self._start, self._stop)[index]
        batches = self._batches
        return Trade(
            int(batches.id[row]),
            batches.trade_id[row],
            float(batches.price[row]),
            float(batches.size[row]),
            int(batches.side[row]),
            int(batches.trade_timestamp[row]),
        )

    def __iter__(self) -> Iterator[Trade]:
        columns = (self.id, self.trade_id, self.price, self.size, self.side, self.trade_timestamp)
        return map(Trade, *(column.tolist() for column in columns))

    @property
    def instrument(self) -> str:
        """The instrument's name."""
        return self._batches.instrument

    @property
    def id(self) -> Ints:
        """Row ids in the recording."""
        return self._batches.id[self._start : self._stop]

    @property
    def trade_id(self) -> Texts:
        """The exchange's trade ids, strings."""
        return self._batches.trade_id[self._start : self._stop]

    @property
    def price(self) -> Floats:
        """Prices."""
        return self._batches.price[self._start : self._stop]

    @property
    def size(self) -> Floats:
        """Sizes, always positive."""
        return self._batches.size[self._start : self._stop]

    @property
    def side(self) -> Sides:
        """Aggressor sides, +1 buy, -1 sell."""
        return self._batches.side[self._start : self._stop]

    @property
    def trade_timestamp(self) -> Ints:
        """The trades' own times, in ms."""
        return self._batches.trade_timestamp[self._start : self._stop]

    def __repr__(self) -> str:
        return f"TradeBatch({self.timestamp}, {self.end_timestamp}, trades={len(self)})"


@dataclass(frozen=True, eq=False)
class Books:
    """The best levels after each of n book rows, best first: matrices `[n, levels]`.

    Missing levels have a NaN price and size 0. `crossed` is true where the best bid is at or
    above the best ask, both present.
    """

    instrument: str
    timestamp: Ints
    bid_price: Floats
    bid_size: Floats
    ask_price: Floats
    ask_size: Floats
    crossed: Bools
    sure: Bools

    def __post_init__(self) -> None:
        _freeze(self)
        matrices = ("bid_price", "bid_size", "ask_price", "ask_size")
        _check_lengths(self, len(self), *matrices, "crossed", "sure")
        shapes = {getattr(self, name).shape for name in matrices}
        if len(shapes) > 1 or self.bid_price.ndim != 2:
            raise ValueError(f"Books: the four matrices must be of one [n, levels], found {shapes}")

    def __len__(self) -> int:
        return len(self.timestamp)

    def __getitem__(self, index: int) -> Book:
        index = range(len(self))[index]
        return Book(int(self.timestamp[index]), self, index)

    def __iter__(self) -> Iterator[Book]:
        return map(Book, self.timestamp.tolist(), repeat(self), range(len(self)))

    @property
    def levels(self) -> int:
        """How many levels a side are carried."""
        return int(self.bid_price.shape[1])

    @property
    def best_bid(self) -> Floats:
        """Best bid prices `[n]`, NaN where there is no bid."""
        return self.bid_price[:, 0]

    @property
    def best_ask(self) -> Floats:
        """Best ask prices `[n]`, NaN where there is no ask."""
        return self.ask_price[:, 0]

    @property
    def mid(self) -> Floats:
        """Mid prices `[n]`, NaN where a side is empty."""
        return (self.best_bid + self.best_ask) / 2

    @property
    def spread(self) -> Floats:
        """Quoted spreads `[n]`, NaN where a side is empty."""
        return self.best_ask - self.best_bid

    @cached_property
    def _best_bids(self) -> list[float]:
        prices: list[float] = self.best_bid.tolist()
        return prices

    @cached_property
    def _best_asks(self) -> list[float]:
        prices: list[float] = self.best_ask.tolist()
        return prices


def _row(matrix: Floats, index: int) -> Floats:
    row: Floats = matrix[index]
    return row


class Book:
    """The best levels after one book row, best first."""

    __slots__ = ("_books", "_index", "timestamp")

    def __init__(self, timestamp: int, books: Books, index: int) -> None:
        self.timestamp = timestamp
        self._books = books
        self._index = index

    @property
    def instrument(self) -> str:
        """The instrument's name."""
        return self._books.instrument

    @property
    def bid_price(self) -> Floats:
        """Bid prices `[levels]`, best first, NaN where there is no level."""
        return _row(self._books.bid_price, self._index)

    @property
    def bid_size(self) -> Floats:
        """Bid sizes `[levels]`, 0 where there is no level."""
        return _row(self._books.bid_size, self._index)

    @property
    def ask_price(self) -> Floats:
        """Ask prices `[levels]`, best first, NaN where there is no level."""
        return _row(self._books.ask_price, self._index)

    @property
    def ask_size(self) -> Floats:
        """Ask sizes `[levels]`, 0 where there is no level."""
        return _row(self._books.ask_size, self._index)

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        return bool(self._books.crossed[self._index])

    @property
    def sure(self) -> bool:
        """Whether no update before this row is known to be missing."""
        return bool(self._books.sure[self._index])

    @property
    def best_bid(self) -> float:
        """The best bid price, NaN where there is no bid."""
        return self._books._best_bids[self._index]

    @property
    def best_ask(self) -> float:
        """The best ask price, NaN where there is no ask."""
        return self._books._best_asks[self._index]

    @property
    def mid(self) -> float:
        """The mid price, NaN where a side is empty."""
        return (self.best_bid + self.best_ask) / 2

    @property
    def spread(self) -> float:
        """The quoted spread, NaN where a side is empty."""
        return self.best_ask - self.best_bid

    def __repr__(self) -> str:
        return f"Book({self.timestamp}, best_bid={self.best_bid}, best_ask={self.best_ask})"


Style: TypeAlias = Literal["candles", "line", "bars"]


@dataclass(frozen=True)
class Series:
    """What a series is called and how it is drawn.

    `pane` is `"price"` (drawn over the candles) or a name; series of one name share a pane. The
    host gives the `key`; `title` and `pane` are the key where they are empty. `color` is a CSS
    hex such as `"#4f9dff"`.
    """

    key: str = ""
    title: str = ""
    pane: str = ""
    style: Style = "candles"
    unit: str = ""
    color: str | None = None

    def named(self, key: str) -> Series:
        """Return this description under `key`."""
        return replace(self, key=key, title=self.title or key, pane=self.pane or key)


class MetricBar(NamedTuple):
    """One bar of a metric; `known_at` is the time from which it could be acted on."""

    instrument: str
    series: Series
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    closed: bool
    known_at: int


class Bar(NamedTuple):
    """One price bar; `known_at` is the time from which it could be acted on."""

    instrument: str
    series: Series
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    closed: bool
    known_at: int


@dataclass(frozen=True, eq=False)
class _BarColumns:
    """The columns that bars of prices and of metrics share."""

    instrument: str
    series: Series
    timestamp: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats

    def __post_init__(self) -> None:
        _freeze(self)
        _check_lengths(self, len(self), *self._names())

    def __len__(self) -> int:
        return len(self.timestamp)

    @classmethod
    def _names(cls) -> list[str]:
        return [field.name for field in fields(cls) if field.name not in ("instrument", "series")]

    def _values(self) -> Iterator[Any]:
        columns = (getattr(self, name).tolist() for name in self._names())
        return zip(repeat(self.instrument), repeat(self.series), *columns, strict=False)


@dataclass(frozen=True, eq=False)
class MetricBars(_BarColumns):
    """Bars of a metric. A row that is not `closed` is the open bar, published once a block.

    The open bar's `known_at` is the stream's time at the end of the block.
    """

    closed: Bools
    known_at: Ints

    def __getitem__(self, index: int) -> MetricBar:
        return list(self)[index]

    def __iter__(self) -> Iterator[MetricBar]:
        return starmap(MetricBar, self._values())


@dataclass(frozen=True, eq=False)
class Bars(_BarColumns):
    """Price bars with their volume. A row that is not `closed` is the open bar.

    The open bar is published once a block; its `known_at` is the stream's time at the block's
    end.
    """

    volume: Floats
    closed: Bools
    known_at: Ints

    def __getitem__(self, index: int) -> Bar:
        return list(self)[index]

    def __iter__(self) -> Iterator[Bar]:
        return starmap(Bar, self._values())


AnyBars = TypeVar("AnyBars", bound=Bars | MetricBars)


def closed_rows(bars: AnyBars) -> AnyBars:
    """Return the closed rows of `bars` as an event of their own."""
    if bars.closed.all():
        return bars
    columns = {name: getattr(bars, name)[bars.closed] for name in bars._names()}
    return replace(bars, **columns)


@dataclass(frozen=True)
class Span:
    """The first and last time of an input in ms, known beforehand, to tell the progress by."""

    first: int
    last: int

    def progress(self, time: int) -> float:
        """Return how much of the span lies before `time`, 0 to 1."""
        return min(1.0, max(0.0, (time - self.first) / max(1, self.last - self.first)))


@dataclass(frozen=True)
class Block:
    """A stretch of the stream: book rows and the trades of their windows, row for row.

    `opening` says that row 0 stands for the trades before the first book row and is no book row
    itself. `span` is that of the whole input.
    """

    windows: BookWindows
    batches: TradeBatches
    opening: bool = False
    span: Span = Span(0, 0)

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def book_rows(self) -> int:
        """How many of the rows are book rows."""
        return len(self) - self.opening

    def rows(self, start: int, stop: int) -> Block:
        """Return the rows `start` to `stop` as a block of their own."""
        if (start, stop) == (0, len(self)):
            return self
        return Block(
            self.windows.rows(start, stop),
            self.batches.rows(start, stop),
            self.opening and start == 0,
            self.span,
        )


Event: TypeAlias = BookWindows | Books | TradeBatches | Bars | MetricBars
