"""The bus: delivers a block to the plugins of one instrument, and all that they publish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from orderflow_core.bus.declared import Declared
from orderflow_core.bus.intake import Intake
from orderflow_core.bus.post import Observer, Post
from orderflow_core.bus.publishing import Bounds
from orderflow_core.bus.registering import registered, seated
from orderflow_core.bus.rows import Derived, deliver_derived, deliver_rows
from orderflow_core.bus.seat import Seat
from orderflow_core.bus.wiring import Wiring, wire
from orderflow_core.contract import files
from orderflow_core.contract.report import PluginReport, Report
from orderflow_core.errors import SettingsError
from orderflow_core.events import Block, Books, BookWindows
from orderflow_core.plugin.base import Plugin, Run


class Bus:
    """The plugins of one instrument, from the start of a stream to its end.

    It is driven by `start`, then `deliver` for each block and `tick` now and then, then `end` and
    `finish`; `drive` does all of it.

    Args:
        instrument: its name.
        plugins: in the order of their tables, which is the order of their calls.
        observer: sees everything that is delivered.
        reports: where to keep each plugin's state, by table; made here for those not given.
        published: gets each event as it is published, if given.

    Raises SettingsError for plugins that cannot be registered or wired.

    """

    def __init__(
        self,
        instrument: str,
        plugins: Sequence[Plugin],
        observer: Observer,
        reports: Mapping[str, PluginReport] | None = None,
        published: Callable[[str, Any], None] | None = None,
    ) -> None:
        self._intake = Intake(instrument, published)
        self.seats = seated(instrument, plugins, reports or {}, self._intake)
        self.wiring: Wiring = wire([seat.declared for seat in self.seats])
        self.instrument = instrument
        self._observer = observer
        self._is_across = any(seat.declared.across for seat in self.seats)
        self._order_counters = () if self._is_across else _order_counters(self.seats)
        self._saw_orders = False
        by_name = {seat.name: seat for seat in self.seats}
        self._upstream_first = [by_name[name] for name in self.wiring.upstream_first]
        followers: dict[str, list[Seat]] = {}
        for seat in self.seats:
            followed = seat.declared.follows
            if followed is not None:
                seat.keep_time(by_name[self.wiring.owners[followed]].plugin)
                followers.setdefault(followed, []).append(seat)
        for name in self.wiring.waiting:
            by_name[name].report.status = "waiting"
        self._hooks, self._on_books = registered(self.seats)
        self._post = Post(self.seats, self._upstream_first, self.wiring.owners, followers, observer)
        self._last_time: int | None = None

    def start(self, run: Run) -> None:
        """Call `on_start` with `run` and what the bus knows of its plugins.

        Raises SettingsError with all that the plugins found wrong.
        """
        told = replace(
            run,
            series=MappingProxyType(dict(self.wiring.owners)),
            publishes=MappingProxyType({s.name: tuple(s.declared.publishes) for s in self.seats}),
            book_table=self.wiring.book_table,
            book_levels=self.book_levels,
        )
        self._hooks.on_start(run=told)
        problems = [problem for seat in self.seats for problem in seat.problems]
        if problems:
            raise SettingsError(*problems)

    @property
    def book_levels(self) -> int | None:
        """How many levels a side the `Books` carry, None without them."""
        levels = {seat.name: seat.declared.levels for seat in self.seats}
        return levels.get(self.wiring.book_table or "")

    @property
    def needs_whole_windows(self) -> bool:
        """Whether a plugin needs the trades of a window at once.

        It does if it takes them by window, or publishes something and takes their columns beside
        those of the book: such a plugin may hold the one against the other.
        """
        return any(_needs_whole_windows(seat.declared) for seat in self.seats)

    @property
    def needs_order_counts(self) -> bool:
        """Whether a plugin needs how many orders stand at each level of the book."""
        return bool(self._order_counters)

    @property
    def without_order_counts(self) -> Sequence[str]:
        """The tables that need them, where no level that was delivered has told of any."""
        return () if self._saw_orders or self._last_time is None else self._order_counters

    def deliver(self, block: Block, *, across: Sequence[Derived] = ()) -> None:
        """Deliver a block: its columns to all, then plugin after plugin all the rest.

        `across` are the rows of several instruments, for the plugin that sees them all: the block
        has their times alone.
        """
        block = self._with_orders(block)
        self._intake.bounds = Bounds(block.first_time, block.last_time, block.batches)
        self._last_time = block.last_time
        books = None if block.continued else self._deliver_book(block.windows)
        self._hooks.on_trade_batches(batches=block.batches)
        for seat in self._upstream_first:
            derived = across if seat.declared.across else self._post.take(seat)
            seat.call("on_block_end", block.last_time)
            deliver_rows(seat, block, books, derived, times_alone=self._is_across)
            seat.close_block(block)
            self._post.send(seat)
        self._observer.saw_block(block, books)
        self._intake.books = None
        self._intake.bounds = self._last_moment()  # lets go of the block

    def _with_orders(self, block: Block) -> Block:
        """Let all updates have a number of orders, or a NaN, where a plugin asks; else none."""
        if self._order_counters:
            windows = block.windows.with_orders()
            self._saw_orders = self._saw_orders or windows.tells_orders()
        else:
            windows = block.windows.without_orders()
        return block if windows is block.windows else replace(block, windows=windows)

    def _deliver_book(self, windows: BookWindows) -> Books | None:
        """Deliver the columns of the book, and return the books that a plugin made of them."""
        self._intake.windows = windows
        self._hooks.on_book_windows(windows=windows)
        self._intake.windows = None
        if self._intake.books is not None:
            self._on_books(books=self._intake.books)
        return self._intake.books

    def tick(self, report: Report) -> None:
        """Call `on_tick`; what is published there is of the stream's last time."""
        self._intake.bounds = self._last_moment()
        self._hooks.on_tick(report=report)
        for seat in self._upstream_first:
            deliver_derived(seat, self._post.take(seat))
            self._post.send(seat)

    def end(self, next_time: int | None = None) -> None:
        """Call `on_end`, upstream plugins first, and deliver what it brings.

        `next_time` is that of the first row or trade after the stream, where there is one: it is
        then the end. Nothing is done where there was no block.
        """
        if self._last_time is None:
            return
        self._last_time = max(self._last_time, next_time or self._last_time)
        self._intake.bounds = self._last_moment()
        for seat in self._upstream_first:
            deliver_derived(seat, self._post.take(seat))
            seat.call("on_end", self._last_time)
            seat.close_stream(self._last_time)
            self._post.send(seat)

    def finish(self, report: Report, settle: Callable[[], None] = lambda: None) -> None:
        """Call `on_finish`, that of sinks last; `settle` makes the report final before each.

        Of sinks those that write the report come last. So it knows how all others have ended.
        """
        self._intake.finishing = True
        for seat in sorted(self.seats, key=_writes_the_report):
            settle()
            seat.report_to("on_finish", report)

    def _last_moment(self) -> Bounds | None:
        return None if self._last_time is None else Bounds(self._last_time, self._last_time)


def drive(
    bus: Bus,
    blocks: Iterable[Block],
    report: Report,
    after: Callable[[], None] = lambda: None,
    run: Run | None = None,
) -> None:
    """Take a bus from its start to its end, with a tick after each block.

    `after` is called after the start, each block, the end and the finish. `run` is what plugins
    learn besides their settings; None: of a run of this instrument alone.
    """
    settings = {seat.name: seat.plugin.settings for seat in bus.seats}
    bus.start(replace(run or Run(bus.instrument, [bus.instrument], {}), settings=settings))
    after()
    for block in blocks:
        bus.deliver(block)
        bus.tick(report)
        del block  # from here on its arrays are no longer lent
        after()
    bus.end()
    report.status = "ok"
    after()
    bus.finish(report)
    after()


def _writes_the_report(seat: Seat) -> tuple[bool, bool]:
    """Return a key that sorts sinks behind other plugins, and behind them who writes the report."""
    is_sink = seat.declared.is_sink
    return is_sink, is_sink and any(path.name == files.RUN for path in seat.outputs)


def _needs_whole_windows(plugin: Declared) -> bool:
    hooks = plugin.hooks
    joins = "on_trade_batches" in hooks and ("on_books" in hooks or "on_book_windows" in hooks)
    return "on_trade_batch" in hooks or (joins and bool(plugin.publishes))


def _order_counters(seats: Sequence[Seat]) -> Sequence[str]:
    return tuple(seat.name for seat in seats if seat.declared.order_counts)
