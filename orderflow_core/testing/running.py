"""A bus to run plugins on, that keeps what they publish and raises what they raise."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np

from orderflow_core.bus.bus import Bus, drive
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.instruments import is_simulated
from orderflow_core.contract.report import PluginReport, Report
from orderflow_core.events import (
    Bars,
    Block,
    Books,
    BookWindows,
    Event,
    MetricBars,
    Published,
    TradeBatches,
)
from orderflow_core.plugin.base import Plugin, Run
from orderflow_core.plugin.hookspecs import hookimpl
from orderflow_core.running.digest import Account
from orderflow_core.streaming.order import check_numbers
from orderflow_core.testing.market import INSTRUMENT, Moment, Pairs, Row, iter_blocks

Kind = TypeVar("Kind", bound=Event)
NO_FACTS = InstrumentFacts()


def run_plugin(
    plugin: Plugin,
    market: Iterable[Moment | Block],
    *,
    block_size: int = 2048,
    derived: Sequence[Bars | MetricBars] = (),
    at_most: int | None = None,
    facts: InstrumentFacts = NO_FACTS,
) -> list[Published]:
    """Run a plugin over a market and return what it published, in order.

    The market is rows and trades, or the blocks of a source, which are taken one by one, so that
    a source that never ends can be run for `at_most` so many. Rows made by `book` reach the plugin
    as `Books`. `derived` are bars of other plugins, each known with the first row or trade at or
    after its `known_at`. `facts` are what `run.facts` says. What the plugin raises is raised here.
    AssertionError is raised for a plugin that keeps an array of an event past its block instead of
    a copy.
    """
    how: dict[str, Any] = {"block_size": block_size, "derived": derived, "at_most": at_most}
    return run_plugins([plugin], market, facts=facts, **how)


def run_plugins(
    plugins: Sequence[Plugin],
    market: Iterable[Moment | Block],
    *,
    block_size: int = 2048,
    derived: Sequence[Bars | MetricBars] = (),
    at_most: int | None = None,
    facts: InstrumentFacts = NO_FACTS,
) -> list[Published]:
    """Run several plugins on one bus, as `run_plugin` does one."""
    run = Run(INSTRUMENT, [INSTRUMENT], {}, facts=facts)
    blocks, rows = blocks_of(market, block_size, INSTRUMENT, at_most)
    return _run(run, plugins, blocks, [*upstream(rows, derived)])


def run_instruments(
    make: Callable[[], Plugin | Sequence[Plugin]],
    markets: Mapping[str, Iterable[Moment | Block]],
    *,
    block_size: int = 2048,
) -> dict[str, list[Published]]:
    """Run plugins over markets of several instruments, one after the other, as a run does.

    `make` is called for each, and gives the plugins of one instrument. Returned is what they
    published, by instrument.
    """
    published = {}
    for instrument, market in markets.items():
        made = make()
        plugins = [made] if isinstance(made, Plugin) else made
        blocks, rows = blocks_of(market, block_size, instrument, None)
        run = Run(instrument, list(markets), {})
        published[instrument] = _run(run, plugins, blocks, [*upstream(rows, ())])
    return published


def _run(
    run: Run,
    plugins: Sequence[Plugin],
    blocks: Iterable[Block],
    upstream: Sequence[Plugin],
) -> list[Published]:
    instrument = run.instrument
    report = Report("test", "running", os.getpid(), instrument, is_simulated(instrument))
    seen = _Seen(report, books=any(isinstance(plugin, _GivenBooks) for plugin in upstream))
    given = {plugin.name for plugin in upstream}
    published: list[Published] = []

    def record(table: str, event: Published) -> None:
        if table not in given:
            published.append(copied(event))

    def check() -> None:
        raise_failures(bus)
        seen.check_returned(plugins)
        if report.status != "running":
            report.digest = seen.digest()

    members = [*upstream, *plugins]
    names = [getattr(plugin, "name", "") for plugin in members]
    reports = {
        name: PluginReport(name, type(plugin).__name__)
        for name, plugin in zip(names, members, strict=True)
    }
    report.plugins = [reports[name] for name in names[len(upstream) :]]
    bus = Bus(instrument, members, seen, reports, published=record)
    across = [seat.name for seat in bus.seats if seat.declared.across]
    if across:
        raise ValueError(f"{across[0]} is across instruments: run it with run_across")
    drive(bus, map(_own_arrays, blocks), report, check, run)
    return published


def bars(
    published: Iterable[Published], key: str, *, known_at: bool = False
) -> list[tuple[Any, ...]]:
    """Return the closed bars of a series: (timestamp, open, high, low, close[, volume]).

    With `known_at` each tuple ends with the time from which the bar was known.
    """
    found = []
    for event in published:
        if isinstance(event, Bars | MetricBars) and event.series.key == key:
            for bar in event:
                if bar.closed:
                    values = [getattr(bar, name) for name in ("timestamp", *event.values)]
                    found.append((*values, bar.known_at) if known_at else tuple(values))
    return found


def events(published: Iterable[Published], kind: type[Kind]) -> list[Kind]:
    """Return the events of a class of one's own, `Signal` or `Cells`."""
    return [event for event in published if isinstance(event, kind)]


class _Seen(Account):
    """The account of a run, as its report has it, and the arrays that each block lends.

    None of these may be kept past the block.
    """

    def __init__(self, report: Report, *, books: bool) -> None:
        """Take whether the books are the kit's own; a plugin may reuse what it publishes."""
        super().__init__()
        self._report = report
        self._with_books = books
        self._owners: list[tuple[str, weakref.ref[Any]]] = []

    def saw_block(self, block: Block, books: Books | None) -> None:
        """Fill the report, and note the arrays."""
        super().saw_block(block, books)
        self.fill(self._report)
        events = [block.windows, block.batches]
        given = [books] if self._with_books and books else []
        self._owners = [
            (f"{type(event).__name__}.{name}", weakref.ref(array.base))
            for event in chain(events, given)
            for name, array in _arrays(event).items()
        ]

    def check_returned(self, plugins: Sequence[Plugin]) -> None:
        if not self._kept():
            return
        gc.collect()
        kept = self._kept()
        if kept:
            names = " or ".join(plugin.name for plugin in plugins)
            raise AssertionError(
                f"{names} keeps {', '.join(kept)} past its block: the arrays of an event are "
                "valid until their block has been delivered; keep a copy, array.copy()"
            )

    def _kept(self) -> list[str]:
        return [name for name, owner in self._owners if owner() is not None]


class _GivenBooks(Plugin):
    """Publishes the books that a test gives."""

    publishes = (Books,)

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__(name="given_books")
        self._books = [row.after for row in rows if row.after is not None]
        self._levels = max(map(len, chain.from_iterable(self._books)), default=1)
        self._position = 0

    @property
    def book_levels(self) -> int:
        return max(1, self._levels)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        opening = not len(windows.bid_price) and not len(windows.ask_price)
        opening = opening and self._position == 0 and not windows.snapshot[0]
        empty: list[tuple[Pairs, Pairs]] = [((), ())]
        books = empty if opening else self._books[self._position : self._position + len(windows)]
        self._position += 0 if opening else len(windows)
        bids, asks = (
            np.array([_padded(side, self.book_levels) for side in sides])
            for sides in zip(*books, strict=True)
        )
        counted = windows.bid_orders is not None
        self.publish(
            Books(
                instrument=windows.instrument,
                timestamp=windows.timestamp,
                bid_price=bids[:, :, 0].copy(),
                bid_size=bids[:, :, 1].copy(),
                ask_price=asks[:, :, 0].copy(),
                ask_size=asks[:, :, 1].copy(),
                crossed=bids[:, 0, 0] >= asks[:, 0, 0],
                sure=windows.sure,
                bid_orders=bids[:, :, 2].copy() if counted else None,
                ask_orders=asks[:, :, 2].copy() if counted else None,
            )
        )


class _GivenBars(Plugin):
    """Publishes the bars that a test gives, each with the first row or trade from `known_at` on."""

    publishes = (Bars, MetricBars)

    def __init__(self, derived: Sequence[Bars | MetricBars]) -> None:
        super().__init__(name="given_bars")
        self._derived = list(derived)
        self._keys = list(dict.fromkeys(event.series.key for event in derived))

    def series_keys(self) -> list[str]:
        return self._keys

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        for event in self._derived:
            known = event.known_at <= batches.last_time
            if known.any():
                rows = event.rows(known)
                known_at = batches.first_time_from(rows.known_at)
                self.publish(replace(rows, known_at=known_at))
        self._derived = [event.rows(event.known_at > batches.last_time) for event in self._derived]

    @hookimpl
    def on_end(self, end: int) -> None:
        for event in self._derived:
            if len(event):
                raise ValueError(
                    f"the derived bars of {event.series.key!r} are known at {event.known_at[0]} "
                    f"and the market ends at {end}: add a row or a trade, or give `known_at`"
                )


def upstream(rows: Sequence[Row], derived: Sequence[Bars | MetricBars]) -> Iterator[Plugin]:
    """Yield the plugins that give what a test does: books, and bars of others."""
    if any(row.after is not None for row in rows):
        if any(row.after is None for row in rows):
            raise ValueError("make all rows of one market with book(), or all with update()")
        yield _GivenBooks(rows)
    if derived:
        yield _GivenBars(derived)


def blocks_of(
    market: Iterable[Any], size: int, instrument: str, at_most: int | None
) -> tuple[Iterator[Block], list[Row]]:
    """Return the blocks of a market, at most so many, and its rows where it is no blocks itself."""
    items = iter(market)
    first = next(items, None)
    if isinstance(first, Block):
        return islice(chain([first], items), at_most), []
    moments = [] if first is None else [first, *items]
    rows = [moment for moment in moments if isinstance(moment, Row)]
    return islice(iter_blocks(moments, size, instrument), at_most), rows


def raise_failures(bus: Bus) -> None:
    """Raise what a plugin of the bus has raised."""
    for seat in bus.seats:
        if seat.failure is not None:
            raise seat.failure


def _arrays(event: Any) -> dict[str, Any]:
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def copied(event: Any) -> Any:
    """Return an event with arrays of its own."""
    return replace(event, **{name: array.copy() for name, array in _arrays(event).items()})


def _own_arrays(block: Block) -> Block:
    """Give the block arrays that nothing else has; raises EventError for numbers of no market."""
    check_numbers(block)
    return replace(block, windows=copied(block.windows), batches=copied(block.batches))


def _padded(levels: Pairs, count: int) -> list[tuple[float, ...]]:
    """Return price, size and number of orders of each level, NaN where that is not told."""
    known = [(*level, np.nan)[:3] for level in levels]
    return [*known, *[(np.nan, 0.0, 0.0)] * (count - len(levels))]
