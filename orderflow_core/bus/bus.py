"""A typed face on pluggy: registers plugins, guards them, and delivers what is published."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import current_thread
from typing import Any, Protocol

import numpy as np
import pluggy
from pydantic import BaseModel

from orderflow_core.bus.publishing import check_bars, check_books
from orderflow_core.bus.registration import register
from orderflow_core.bus.rowlane import RowHook, RowLane
from orderflow_core.bus.seat import Member
from orderflow_core.bus.wiring import PLURAL, SINGULAR, wants, wire
from orderflow_core.errors import SettingsError
from orderflow_core.events import (
    Bars,
    Block,
    Books,
    BookWindows,
    Bools,
    MetricBars,
    TradeBatches,
)
from orderflow_core.plugin.base import Plugin, Run
from orderflow_core.plugin.hookspecs import PROJECT, Hooks
from orderflow_core.running.report import PluginReport, Report


class Observer(Protocol):
    """Who keeps the account of what the bus delivers."""

    def saw_block(self, block: Block, books: Books | None) -> None:
        """Take a block that has been delivered, with its books where there are any."""

    def saw_bars(self, bars: Bars | MetricBars) -> None:
        """Take bars on their delivery."""


class Bus:
    """The plugins of one instrument.

    Args:
        instrument: its name.
        plugins: in the order of their tables, which is the order of their calls.
        observer: sees everything that is delivered.
        reports: where to keep each plugin's state, by table; made here for those not given.

    Raises SettingsError for plugins that cannot be registered or wired.

    """

    def __init__(
        self,
        instrument: str,
        plugins: Sequence[Plugin],
        observer: Observer,
        reports: Mapping[str, PluginReport] | None = None,
    ) -> None:
        self.wiring = wire(plugins)
        self.members = [Member(plugin, _report(plugin, reports or {})) for plugin in plugins]
        self._instrument = instrument
        self._observer = observer
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._hooks: Any = self._manager.hook
        register(self._manager, self.members)
        publishers = [plugin for plugin in plugins if Books in plugin.publishes]
        self._on_books = self._manager.subset_hook_caller("on_books", publishers)
        for member in self.members:
            member.plugin.connect(instrument, partial(self._publish, member))
            if member.plugin.name in self.wiring.waiting:
                member.report.status = "waiting"
        self._lane = RowLane(self._row_hooks())
        self._callers: dict[tuple[str, str], Callable[..., Any] | None] = {}
        self._queue: deque[Bars | MetricBars] = deque()
        self._last_closed: dict[str, int] = {}
        self._windows: BookWindows | None = None
        self._books: Books | None = None
        self._finishing = False
        self._thread = current_thread()

    def start(self, settings: Mapping[str, BaseModel], instruments: Sequence[str]) -> None:
        """Call `on_start`; raises SettingsError with all that the plugins found wrong."""
        table = self.wiring.book_table
        levels = {member.plugin.name: member.plugin.book_levels for member in self.members}
        run = Run(
            instrument=self._instrument,
            instruments=instruments,
            settings=settings,
            series=self.wiring.owners,
            book_table=table,
            book_levels=levels[table] if table else None,
        )
        self._hooks.on_start(run=run)
        problems = [problem for member in self.members for problem in member.problems]
        if problems:
            raise SettingsError(*problems)

    def deliver(self, block: Block) -> None:
        """Deliver a block, stage by stage, and all that is published on the way."""
        self._mark_sure(block.windows.sure)
        self._windows = block.windows
        self._hooks.on_book_windows(windows=block.windows)
        self._windows = None
        if self._books is not None:
            self._on_books(books=self._books)
        self._mark_sure(True)
        self._hooks.on_trade_batches(batches=block.batches)
        self._lane.deliver(block.windows, self._books, block.batches)
        self._mark_sure(True)
        self._drain()
        for member in self._upstream_first():
            member.guarded(member.plugin.close_block)(block.batches)
            self._drain()
        self._observer.saw_block(block, self._books)
        self._books = None

    def tick(self, report: Report) -> None:
        """Call `on_tick`."""
        self._hooks.on_tick(report=report)
        self._drain()

    def end(self, end: int) -> None:
        """Call `on_end`, upstream plugins first, and deliver what it brings."""
        for member in self._upstream_first():
            others = [other.plugin for other in self.members if other is not member]
            self._manager.subset_hook_caller("on_end", others)(end=end)
            member.guarded(member.plugin.close_stream)(end)
            self._drain()

    def finish(self, report: Report) -> None:
        """Call `on_finish`."""
        self._finishing = True
        self._hooks.on_finish(report=report)

    def _upstream_first(self) -> list[Member]:
        members = {member.plugin.name: member for member in self.members}
        return [members[name] for name in self.wiring.upstream_first]

    def _mark_sure(self, sure: Bools | bool) -> None:
        everywhere = sure is True or bool(np.all(sure))
        for member in self.members:
            member.plugin.mark_sure(True if everywhere else sure)

    def _row_hooks(self) -> list[RowHook]:
        members = {id(member.plugin): member for member in self.members}
        return [
            RowHook(members[id(implementation.plugin)], event, _takes_row(implementation))
            for event in (BookWindows, Books, TradeBatches)
            for implementation in reversed(getattr(self._hooks, SINGULAR[event]).get_hookimpls())
            if event not in implementation.plugin.publishes
        ]

    def _publish(self, member: Member, event: object) -> None:
        plugin = member.plugin
        if current_thread() is not self._thread:
            error = RuntimeError(
                f"{plugin.name} publishes from the thread {current_thread().name!r}: the bus has "
                "one thread; put the event into a queue.Queue and publish it in on_tick"
            )
            member.fail(error, event)
            raise error
        if type(event) not in plugin.publishes:
            raise TypeError(
                f"{plugin.name} publishes {type(event).__name__}, which its `publishes` "
                "does not name"
            )
        if self._finishing:
            raise RuntimeError(f"{plugin.name} publishes in on_finish, when nothing is delivered")
        if isinstance(event, Books):
            check_books(event, self._windows)
            self._books = event
        elif isinstance(event, Bars | MetricBars):
            check_bars(event, plugin, self._last_closed)
            self._queue.append(event)
        else:
            raise TypeError(
                f"{plugin.name} publishes {type(event).__name__}, which only the source may"
            )

    def _drain(self) -> None:
        while self._queue:
            bars = self._queue.popleft()
            self._observer.saw_bars(bars)
            plural = self._caller(PLURAL[type(bars)], bars.series.key)
            if plural:
                plural(bars=bars)
            singular = self._caller(SINGULAR[type(bars)], bars.series.key)
            if singular:
                for bar in bars:
                    if bar.closed:
                        singular(bar=bar)

    def _caller(self, hook: str, key: str) -> Callable[..., Any] | None:
        """Return what calls `hook` of the plugins that want the series, None if none does."""
        if (hook, key) not in self._callers:
            others = [
                member.plugin
                for member in self.members
                if not wants(member.plugin, key, self.wiring.owners)
            ]
            caller = self._manager.subset_hook_caller(hook, others)
            self._callers[hook, key] = caller if caller.get_hookimpls() else None
        return self._callers[hook, key]


def _takes_row(implementation: Any) -> Callable[[Any], Any]:
    """Return the hook such that it takes the row, as pluggy lets it leave the argument out."""
    function: Callable[..., Any] = implementation.function
    return function if implementation.argnames else lambda _: function()


def _report(plugin: Plugin, reports: Mapping[str, PluginReport]) -> PluginReport:
    return reports.get(plugin.name) or PluginReport(plugin.name, type(plugin).__name__, "")
