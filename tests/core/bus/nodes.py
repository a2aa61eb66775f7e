"""Graphs of plugins whose results hang on the order of every call, for the test of delivery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orderflow_core import (
    Bar,
    Book,
    Books,
    BookWindow,
    BookWindows,
    Event,
    LastKnown,
    Metric,
    MetricBar,
    MetricBars,
    Plugin,
    Report,
    Trade,
    TradeBatch,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus.bus import Bus, drive
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT, Row, Tick, blocks

Call = tuple[int, bool, str, float]
"""Its time, whether the row is a derived one, the hook, and something of what it was given."""


@dataclass(frozen=True, kw_only=True)
class Ping(Event, hook="on_ping"):
    """Published by every node, and consumed by every node that has the hook."""

    value: float
    expected: int


@dataclass(frozen=True)
class Spec:
    """One node: its lane, its hooks, the length of its bars, and whom it consumes."""

    lane: str
    hooks: frozenset[str]
    window_seconds: float
    consumes: tuple[int, ...]
    pings: bool


@dataclass(frozen=True)
class Case:
    """A graph and a market for it."""

    specs: Sequence[Spec]
    market: Sequence[Row | Tick]


class Touch(Plugin):
    """Publishes the first bid of each row as its book."""

    publishes = (Books,)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        price = np.array([[row.bid_price[0] if len(row.bid_price) else 1.0] for row in windows])
        self.publish(
            Books(
                instrument=windows.instrument,
                timestamp=windows.timestamp,
                bid_price=price,
                bid_size=price,
                ask_price=price + 1,
                ask_size=price,
                crossed=windows.sure & False,
                sure=windows.sure,
            )
        )


class Node(Metric):
    """Carries a number through all its calls, samples it, and publishes it."""

    publishes = (*Metric.publishes, Ping)

    def __init__(self, number: int, spec: Spec) -> None:
        super().__init__(name=f"n{number}", window_seconds=spec.window_seconds)
        self.consumes = tuple(f"n{other}" for other in spec.consumes)
        self.spec = spec
        self.state = number + 1
        self.log: list[Call] = []

    def step(self, *numbers: float) -> float:
        for number in numbers:
            self.state = (self.state * 31 + int(number * 8)) % 1009
        return float(self.state)


class RowNode(Node):
    """Takes everything row by row."""

    def note(self, hook: str, time: int, value: float, *, derived: bool = False) -> None:
        self.log.append((time, derived, hook, value))
        self.sample(time, self.step(time, value))
        if self.spec.pings and self.state % 3 == 0:
            self.publish(Ping(value=float(self.state), expected=time))

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.note("window", window.timestamp, len(window.bid_price))

    @hookimpl
    def on_book(self, book: Book) -> None:
        self.note("book", book.timestamp, book.best_bid)

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.note("trade", trade.timestamp, trade.price)

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        time = int(batch.trade_timestamp[-1]) if len(batch) else batch.timestamp
        self.note("batch", time, len(batch))

    @hookimpl
    def on_bar(self, bar: Bar) -> None:
        self.note("bar", bar.known_at, bar.close, derived=True)

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        self.note("bar", bar.known_at, bar.close, derived=True)

    @hookimpl
    def on_ping(self, ping: Ping) -> None:
        assert (ping.timestamp, ping.known_at) == (ping.expected, ping.expected)
        self.note("ping", ping.known_at, ping.value, derived=True)

    @hookimpl
    def on_end(self, end: int) -> None:
        self.publish(Ping(value=self.step(end), expected=end))


class ColumnNode(Node):
    """Takes everything in columns, each with a number of its own to carry."""

    def __init__(self, number: int, spec: Spec) -> None:
        super().__init__(number, spec)
        self.carried: dict[str, float] = {}

    def carry(self, hook: str, times: Any, values: Any) -> None:
        if hook.split()[0] not in self.spec.hooks:
            return
        state = self.carried.get(hook, 1.0)
        for time, value in zip(times.tolist(), values.tolist(), strict=True):
            state = (state * 31 + int(value * 8) + time) % 1009
            self.sample(time, state) if hook != "book" else None
            if self.spec.pings and state % 3 == 0:
                self.publish(Ping(timestamp=time, known_at=time, value=state, expected=time))
        self.carried[hook] = state

    @hookimpl
    def on_books(self, books: Books) -> None:
        self.carry("book", books.timestamp, books.best_bid)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.carry("trade", batches.trade_timestamp, batches.price)

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        self.carry(f"bar {bars.series.key}", bars.known_at, bars.close)


class RowJoin(Metric):
    """At each row, the last bar of the first node: one row at a time."""

    consumes = ("n0",)
    last = float("nan")

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        self.last = bar.close

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.sample(window.timestamp, self.last)


class ColumnJoin(Metric):
    """The same in columns."""

    consumes = ("n0",)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.known = LastKnown()

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        self.times = windows.timestamp.copy()
        self.sure = windows.sure.copy()

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        self.known.add(bars)

    @hookimpl
    def on_block_end(self, end: int) -> None:
        values = np.where(self.sure, self.known.before(self.times), np.nan)
        self.sample(self.times, values)


_ATTRIBUTES = {
    "window": ["on_book_window"],
    "book": ["on_book"],
    "trade": ["on_trade"],
    "batch": ["on_trade_batch"],
    "bar": ["on_bar", "on_metric_bar"],
    "ping": ["on_ping"],
}


def _node(number: int, spec: Spec) -> Node:
    """Return a node that has the hooks of its spec, and no others."""
    if spec.lane == "columns":
        return ColumnNode(number, spec)
    left_out = [name for hook in _ATTRIBUTES.keys() - spec.hooks for name in _ATTRIBUTES[hook]]
    chosen: type[RowNode] = type("Chosen", (RowNode,), dict.fromkeys(left_out))
    return chosen(number, spec)


@dataclass
class Outcome:
    """What came of one run."""

    logs: list[list[Call]]
    digest: str
    joins: list[list[tuple[Any, ...]]]


class JoinBars(Plugin):
    """Keeps the bars of the two joins."""

    consumes = ("rows", "columns")

    def __init__(self) -> None:
        super().__init__(name="keep")
        self.bars: dict[str, list[tuple[Any, ...]]] = {"rows": [], "columns": []}

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        self.bars[bar.table].append((*bar[2:7], bar.known_at))


def run(case: Case, size: int) -> Outcome:
    """Run the graph over the market in blocks of `size` rows."""
    nodes = [_node(number, spec) for number, spec in enumerate(case.specs)]
    keep = JoinBars()
    joins: list[Plugin] = [RowJoin(name="rows", window_seconds=0.003)]
    joins += [ColumnJoin(name="columns", window_seconds=0.003), keep]
    account = Account()
    bus = Bus(INSTRUMENT, [Touch(name="touch"), *nodes, *joins], account)
    drive(bus, blocks(case.market, size), Report("test", "running", 0, INSTRUMENT, False, {}))
    for seat in bus.seats:
        if seat.failure is not None:
            raise seat.failure
    account.counts.samples_left_out = 0  # the two joins count differently what they leave out
    return Outcome([node.log for node in nodes], account.digest(), list(keep.bars.values()))


def faults(case: Case, sizes: Iterable[int]) -> Iterator[str]:
    """Yield what is wrong with the delivery of a case in blocks of these sizes."""
    first: Outcome | None = None
    for size in sizes:
        outcome = run(case, size)
        for log in outcome.logs:
            moments = [call[:2] for call in log]
            if moments != sorted(moments):
                yield f"calls out of time in blocks of {size}: {moments}"
        if outcome.joins[0] != outcome.joins[1]:
            yield f"the two joins differ in blocks of {size}: {outcome.joins}"
        if first is None:
            first = outcome
        elif outcome != first:
            yield f"blocks of {size} give other calls, bars or another digest"
