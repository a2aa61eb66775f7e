"""The bus: delivers a block to the plugins of one instrument, and all that they publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import current_thread
from types import MappingProxyType
from typing import Any, Protocol

import pluggy

from orderflow_core.bus.declared import Declared, declared
from orderflow_core.bus.hooks import ANY_EVENT, CORE
from orderflow_core.bus.publishing import (
    Bounds,
    Latest,
    are_fit,
    check_bars,
    check_books,
    check_continues,
    check_event,
)
from orderflow_core.bus.rows import Derived, deliver_derived, deliver_rows
from orderflow_core.bus.seat import Seat, StageHooks
from orderflow_core.bus.wiring import Wiring, wants_bars, wants_event, wire
from orderflow_core.contract.report import PluginReport, Report
from orderflow_core.errors import SettingsError
from orderflow_core.events import (
    Bars,
    Batch,
    Block,
    Books,
    BookWindows,
    Cells,
    Event,
    Events,
    MetricBars,
)
from orderflow_core.events.event import stamped
from orderflow_core.plugin.base import Plugin, Run
from orderflow_core.plugin.hookspecs import PROJECT, Hooks

_BARS = (Bars, MetricBars)
_COLUMNS = {Bars: "on_bars", MetricBars: "on_metric_bars"}
_ROWS = {Bars: "on_bar", MetricBars: "on_metric_bar"}


class Observer(Protocol):
    """Who keeps the account of what the bus delivers."""

    def saw_block(self, block: Block, books: Books | None) -> None:
        """Take a block that has been delivered, with its books where there are any."""

    def saw_bars(self, bars: Bars | MetricBars) -> None:
        """Take bars on their delivery."""

    def saw_event(self, event: Event) -> None:
        """Take an event of a class of one's own on its delivery."""

    def saw_events(self, events: Batch) -> None:
        """Take many of one class and series, which no plugin gets."""


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
        self.seats = self._seated(instrument, plugins, reports or {})
        self.wiring: Wiring = wire([seat.declared for seat in self.seats])
        self.instrument = instrument
        self._observer = observer
        self._published = published
        self._is_across = any(seat.declared.across for seat in self.seats)
        self._order_counters = () if self._is_across else _order_counters(self.seats)
        self._saw_orders = False
        by_name = {seat.name: seat for seat in self.seats}
        self._upstream_first = [by_name[name] for name in self.wiring.upstream_first]
        self._followers: dict[str, list[Seat]] = {}
        for seat in self.seats:
            followed = seat.declared.follows
            if followed is not None:
                seat.keep_time(by_name[self.wiring.owners[followed]].plugin)
                self._followers.setdefault(followed, []).append(seat)
        for name in self.wiring.waiting:
            by_name[name].report.status = "waiting"
        self._hooks, self._on_books = _registered(self.seats)
        self._inbox: dict[str, list[tuple[int, Any]]] = {seat.name: [] for seat in self.seats}
        self._receivers: dict[tuple[type[Any], str, str], list[Seat]] = {}
        self._latest: dict[str, Latest] = {}
        self._windows: BookWindows | None = None
        self._books: Books | None = None
        self._bounds: Bounds | None = None
        self._last_time: int | None = None
        self._finishing = False
        self._thread = current_thread()

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
        self._bounds = Bounds(block.first_time, block.last_time, block.batches)
        self._last_time = block.last_time
        books = None if block.continued else self._deliver_book(block.windows)
        self._hooks.on_trade_batches(batches=block.batches)
        for seat in self._upstream_first:
            derived = across if seat.declared.across else self._take_inbox(seat)
            seat.call("on_block_end", block.last_time)
            deliver_rows(seat, block, books, derived, times_alone=self._is_across)
            seat.close_block(block)
            self._send(seat)
        self._observer.saw_block(block, books)
        self._books = None
        self._bounds = self._last_moment()  # lets go of the block

    def _with_orders(self, block: Block) -> Block:
        """Let all updates have a number of orders, or a NaN, where a plugin asks; else none."""
        if not self._order_counters:
            windows = block.windows.without_orders()
            return block if windows is block.windows else replace(block, windows=windows)
        windows = block.windows.with_orders()
        self._saw_orders = self._saw_orders or windows.tells_orders()
        return replace(block, windows=windows)

    def _deliver_book(self, windows: BookWindows) -> Books | None:
        """Deliver the columns of the book, and return the books that a plugin made of them."""
        self._windows = windows
        self._hooks.on_book_windows(windows=windows)
        self._windows = None
        if self._books is not None:
            self._on_books(books=self._books)
        return self._books

    def tick(self, report: Report) -> None:
        """Call `on_tick`; what is published there is of the stream's last time."""
        self._bounds = self._last_moment()
        self._hooks.on_tick(report=report)
        for seat in self._upstream_first:
            deliver_derived(seat, self._take_inbox(seat))
            self._send(seat)

    def end(self, next_time: int | None = None) -> None:
        """Call `on_end`, upstream plugins first, and deliver what it brings.

        `next_time` is that of the first row or trade after the stream, where there is one: it is
        then the end. Nothing is done where there was no block.
        """
        if self._last_time is None:
            return
        self._last_time = max(self._last_time, next_time or self._last_time)
        self._bounds = self._last_moment()
        for seat in self._upstream_first:
            deliver_derived(seat, self._take_inbox(seat))
            seat.call("on_end", self._last_time)
            seat.close_stream(self._last_time)
            self._send(seat)

    def finish(self, report: Report, settle: Callable[[], None] = lambda: None) -> None:
        """Call `on_finish`, that of sinks last; `settle` makes the report final before each.

        So a report that a sink writes knows how those before it have ended.
        """
        self._finishing = True
        for seat in sorted(self.seats, key=lambda seat: seat.declared.is_sink):
            settle()
            seat.report_to("on_finish", report)

    def _seated(
        self, instrument: str, plugins: Sequence[Plugin], reports: Mapping[str, PluginReport]
    ) -> list[Seat]:
        seats, problems = [], []
        for plugin in plugins:
            try:
                said = declared(plugin)
                report = _report_of(said.name, type(plugin).__name__, reports)
                seats.append(
                    Seat(plugin, said, instrument, report, self._publish, self._publish_made)
                )
            except SettingsError as error:
                problems += error.problems
        if problems:
            raise SettingsError(*problems)
        return seats

    def _last_moment(self) -> Bounds | None:
        return None if self._last_time is None else Bounds(self._last_time, self._last_time)

    def _publish(self, seat: Seat, event: Any) -> None:
        """Take an event from a plugin; raises what the plugin is told by."""
        if isinstance(event, Events):
            self._publish_events(seat, event)
            return
        self._check_moment(seat, event)
        if isinstance(event, Books):
            check_books(event, self._windows, self._books)
            self._books = event
        else:
            seat.outbox.append(event := self._derived(seat, event))
        if self._published:
            self._published(seat.name, event)

    def _publish_events(self, seat: Seat, events: Events[Any]) -> None:
        """Take many events: at once where they are fit in columns, else one after the other."""
        if not len(events):
            return
        batch = None
        if not self._published and self._bounds and seat.moment.event is None:
            batch = events.batch(self.instrument, seat.name)
        if batch is None or not are_fit(batch, seat.name, self._bounds):
            for event in events:
                self._publish(seat, event)
            return
        self._check_moment(seat, batch.first)
        seat.outbox.append(batch)

    def _publish_made(self, seat: Seat, bars: MetricBars) -> None:
        """Take bars that the core has made of a plugin's samples, and so are fit as they are."""
        self._check_moment(seat, bars)
        _check_key(seat, bars)
        check_continues(bars, self._latest)
        seat.outbox.append(bars)
        if self._published:
            self._published(seat.name, bars)

    def _check_moment(self, seat: Seat, event: Any) -> None:
        name, kind = seat.name, type(event).__name__
        if current_thread() is not self._thread:
            error = RuntimeError(
                f"{name} publishes from the thread {current_thread().name!r}: the bus has "
                "one thread; put the event into a queue.Queue and publish it in on_tick"
            )
            seat.fail(error, event)
            raise error
        if type(event) not in seat.declared.publishes:
            raise TypeError(f"{name} publishes {kind}, which its `publishes` does not name")
        if self._finishing:
            raise RuntimeError(f"{name} publishes in on_finish, when nothing is delivered")

    def _derived(self, seat: Seat, event: Any) -> Any:
        """Return bars or an event of one's own as they travel; raises ValueError for unfit ones."""
        if self._bounds is None:
            raise RuntimeError(
                f"{seat.name} publishes {type(event).__name__} before the stream has begun"
            )
        bounds = self._bounds.at(seat.moment)
        if isinstance(event, Event):
            made: Event = stamped(
                event,
                instrument=self.instrument,
                table=seat.name,
                time=bounds.time,
                sure=seat.moment.is_sure,
            )
            check_event(made, seat.name, bounds)
            return made
        _check_key(seat, event)
        check_bars(event, bounds)
        check_continues(event, self._latest)
        return event.of_table(seat.name)

    def _take_inbox(self, seat: Seat) -> list[Derived]:
        """Give a plugin its columns of bars, and return its derived rows in time order."""
        inbox, self._inbox[seat.name] = self._inbox[seat.name], []
        for _, event in inbox:
            if isinstance(event, _BARS):
                self._give_columns(seat, event)
        rows = [
            (derived.time, place, number, derived)
            for number, (place, event) in enumerate(inbox)
            for derived in _rows(seat, event)
        ]
        rows.sort(key=lambda row: row[:3])
        return [derived for *_, derived in rows]

    def _give_columns(self, seat: Seat, bars: Bars | MetricBars) -> None:
        """Call the hook for columns of bars; open ones are for plugins that publish nothing."""
        hook = _COLUMNS[type(bars)]
        if not seat.takes(hook):
            return
        if seat.declared.publishes and not bars.closed.all():
            bars = bars.rows(bars.closed)
        if len(bars):
            seat.call(hook, bars)

    def _send(self, seat: Seat) -> None:
        """Send what a plugin has published downstream, in the order in which it is delivered."""
        if not seat.outbox:
            return
        place = self._upstream_first.index(seat)
        for event in in_delivery_order(self._unfolded(seat)):
            if isinstance(event, Batch):
                self._observer.saw_events(event)
                continue
            if isinstance(event, _BARS):
                self._observer.saw_bars(event)
                if isinstance(event, Bars):
                    for follower in self._followers.get(event.series.key, ()):
                        follower.follow(event)
            elif is_closed(event):
                self._observer.saw_event(event)
            for receiver in self._who_gets(seat, event):
                self._inbox[receiver.name].append((place, event))
        seat.outbox.clear()

    def _unfolded(self, seat: Seat) -> list[Any]:
        """Return what a plugin has published, and each event of a batch that somebody gets.

        So do events of a batch beside others of their series, which may be known between them.
        """
        if not any(isinstance(event, Batch) for event in seat.outbox):
            return seat.outbox
        kinds = Counter(map(_kind, seat.outbox))
        found: list[Any] = []
        for event in seat.outbox:
            alone = isinstance(event, Batch) and kinds[_kind(event)] == 1
            if not isinstance(event, Batch) or (alone and not self._who_gets(seat, event.first)):
                found.append(event)
            else:
                found += event
        return found

    def _who_gets(self, seat: Seat, event: Any) -> Iterable[Seat]:
        """Return the seats that get an event of this kind."""
        series = getattr(event, "series", None)
        key = getattr(series, "key", "")
        known = self._receivers.get((type(event), seat.name, key))
        if known is None:
            known = [other for other in self.seats if self._wants(other, seat, event, key)]
            self._receivers[type(event), seat.name, key] = known
        if is_closed(event):
            return known
        return [other for other in known if not other.declared.publishes]

    def _wants(self, other: Seat, publisher: Seat, event: Any, key: str) -> bool:
        if isinstance(event, Event):
            return wants_event(other.declared, type(event), publisher.name, key)
        hooks = (_COLUMNS[type(event)], _ROWS[type(event)])
        return any(map(other.takes, hooks)) and wants_bars(other.declared, key, self.wiring.owners)


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


def _report_of(name: str, own: str, reports: Mapping[str, PluginReport]) -> PluginReport:
    """Return where a plugin's state is kept; raises SettingsError where that is no table's."""
    if not reports:
        return PluginReport(name, own)
    if name not in reports:
        raise SettingsError(f"{own} calls itself {name!r}: leave it its table's name")
    return reports[name]


def _needs_whole_windows(plugin: Declared) -> bool:
    hooks = plugin.hooks
    joins = "on_trade_batches" in hooks and ("on_books" in hooks or "on_book_windows" in hooks)
    return "on_trade_batch" in hooks or (joins and bool(plugin.publishes))


def _order_counters(seats: Sequence[Seat]) -> Sequence[str]:
    return tuple(seat.name for seat in seats if seat.declared.order_counts)


def _check_key(seat: Seat, bars: Bars | MetricBars) -> None:
    """Raise ValueError unless bars are of a series of the plugin's."""
    if bars.series.key not in seat.declared.keys:
        raise ValueError(
            f"{seat.name} publishes the series {bars.series.key!r}; its own are "
            f"{list(seat.declared.keys)}"
        )


def in_delivery_order(events: Sequence[Any]) -> list[Any]:
    """Return what one plugin has published in the order in which it is delivered.

    Events of one's own go by the time at which they are known; the rows of bars are in that order
    already.
    """
    own = iter(sorted((e for e in events if isinstance(e, Event)), key=lambda e: e.known_at))
    return [next(own) if isinstance(event, Event) else event for event in events]


def _kind(event: Any) -> tuple[type[Any], str]:
    """Return the class and the series of an event, or of a batch of them."""
    one = event.first if isinstance(event, Batch) else event
    return type(one), getattr(getattr(one, "series", None), "key", "")


def is_closed(event: Any) -> bool:
    """Return whether an event is final; a stretch of cells that still grows is not."""
    return not isinstance(event, Cells) or event.closed


def _rows(seat: Seat, event: Any) -> list[Derived]:
    """Return the rows of an event for the row hooks of a plugin."""
    hook = _ROWS.get(type(event)) or event.hook
    if isinstance(event, Event) and not seat.takes(hook):
        hook = ANY_EVENT
    if not seat.takes(hook):
        return []
    call = seat.declared.hooks[hook]
    if isinstance(event, Event):
        return [Derived(event.known_at, call, event)]
    return [Derived(bar.known_at, call, bar) for bar in event if bar.closed]


_MARKS = {name: vars(StageHooks)[name].orderflow_impl for name in CORE if name in vars(StageHooks)}


class _Manager(pluggy.PluginManager):
    """Takes the hooks that a seat's plugin has, by marks that are known, as a search costs most."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """Return what marks a method as a hook, None where it is none of the plugin's."""
        assert isinstance(plugin, StageHooks)
        return _MARKS.get(name) if name in plugin.seat.declared.hooks else None


def _registered(seats: Sequence[Seat]) -> tuple[Any, Any]:
    """Give pluggy the seats; return its hooks, and `on_books` for all but who publishes them.

    pluggy calls the last registered first.
    """
    manager = _Manager(PROJECT)
    manager.add_hookspecs(Hooks)
    stages = {seat.name: StageHooks(seat) for seat in seats}
    for seat in reversed(seats):
        manager.register(stages[seat.name], seat.name)
    publishers = [stages[seat.name] for seat in seats if Books in seat.declared.publishes]
    return manager.hook, manager.subset_hook_caller("on_books", publishers)
