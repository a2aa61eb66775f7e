"""Rows of several instruments on their way to a plugin that sees them all, merged by time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from heapq import merge
from typing import Any

import numpy as np

from orderflow_core.bus.declared import Declared
from orderflow_core.bus.hooks import CORE, ROWS
from orderflow_core.bus.post import is_closed
from orderflow_core.bus.rows import Call, Derived
from orderflow_core.events import (
    Bar,
    Block,
    Books,
    BookWindows,
    Bools,
    Event,
    Ints,
    MetricBar,
    Texts,
    Trade,
    TradeBatches,
)
from orderflow_core.plugin.base import Plugin
from orderflow_core.plugin.hookspecs import hookimpl

_BARS = ("on_bar", "on_metric_bar")


class Leg(Plugin):
    """Takes the rows of one instrument for a plugin that sees several.

    It has that plugin's place on the instrument's bus. What it takes waits in `rows` and, where a
    plugin there has derived it, in `derived`; each is in the order of its times.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.rows: deque[Derived] = deque()
        self.derived: deque[Derived] = deque()
        self._times = _NO_TIMES
        self._row_times = _NO_TIMES
        self._sure: Bools = np.ones(1, np.bool_)
        self._books: Iterator[Any] = iter(())
        self._closed = False

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Take the times of the rows, and whether these are sure."""
        self._times = np.append(self._times, windows.timestamp)
        self._row_times = np.append(self._row_times, windows.timestamp)
        self._sure = np.append(self._sure, windows.sure)

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Take the times of the trades."""
        self._times = np.append(self._times, batches.trade_timestamp)

    def times(self, before: float) -> Ints:
        """Return the times of what waits and is before a time, in any order."""
        waiting = [each.time for each in self.derived if each.time < before]
        return np.append(self._times[self._times < before], np.array(waiting, np.int64))

    def sure_at(self, times: Ints) -> Bools:
        """Return whether the instrument's last book row up to each time was sure."""
        passed = np.searchsorted(self._row_times, times, side="right")
        found = self._sure[passed]
        self._row_times, self._sure = self._row_times[passed[-1] :], self._sure[passed[-1] :]
        return found

    def take(self, waiting: deque[Derived], before: int, floor: int) -> list[Derived]:
        """Take off what waits and is before a time; what is of one below `floor` is of that."""
        taken = []
        while waiting and waiting[0].time < before:
            row = waiting.popleft()
            taken.append(row if row.time >= floor else _moved(row, floor))
        self._times = self._times[self._times >= before]
        return taken

    def close(self) -> None:
        """Take nothing any more."""
        self._closed = True
        self.rows.clear()
        self.derived.clear()

    def take_books(self, books: Books) -> None:
        """Keep the columns of the books, which their publisher may use anew."""
        columns = {each.name: getattr(books, each.name) for each in fields(books)}
        arrays: dict[str, Any] = {
            key: each.copy() for key, each in columns.items() if isinstance(each, np.ndarray)
        }
        self._books = iter(replace(books, **arrays))

    def take_row(self, hook: str, call: Call, event: Any) -> None:
        """Let a row of the stream wait."""
        if not self._closed:
            row = next(self._books) if hook == "on_book" else event
            self.rows.append(Derived(getattr(row, "last_time", row.timestamp), call, row))

    def take_derived(self, call: Call, event: Any) -> None:
        """Let a bar or another derived event wait, if it is final."""
        if not self._closed and is_closed(event):
            self.derived.append(Derived(event.known_at, call, event))


_NO_TIMES: Ints = np.empty(0, np.int64)


def leg_of(plugin: Declared) -> Leg:
    """Return what takes the rows of an instrument that a plugin's hooks want."""
    hooks: dict[str, Any] = {}
    for hook, call in plugin.hooks.items():
        if hook in ROWS[:4]:
            hooks[hook] = _taking(hook, partial(Leg.take_row, hook=hook, call=call))
        elif (hook in ROWS or hook not in CORE) and _is_wanted(plugin, hook):
            hooks[hook] = _taking(hook, partial(Leg.take_derived, call=call))
    if "on_book" in hooks:
        hooks["on_books"] = hookimpl(specname="on_books")(
            lambda self, books: self.take_books(books)
        )
    kind = type("Leg", (Leg,), {"__doc__": Leg.__doc__, **hooks})
    leg: Leg = kind(plugin.name)
    leg.consumes, leg.order_counts = plugin.consumes, plugin.order_counts
    return leg


def _taking(hook: str, take: Any) -> Any:
    return hookimpl(specname=hook)(lambda self, *given: take(self, event=given[0]))


def _is_wanted(plugin: Declared, hook: str) -> bool:
    """Whether the plugin gets any of this kind: one that publishes bars names those it gets."""
    return hook not in _BARS or plugin.consumes is not None or not plugin.publishes_bars


class Merge:
    """Merges what the legs have taken, in the order of time.

    At equal times rows and trades of all come first, then what is derived, each in the order of
    the legs. A row of a time that has passed counts as `late`, and is of the last time.
    """

    def __init__(self, instrument: str, legs: Sequence[Leg]) -> None:
        self.late = 0
        self._instrument = instrument
        self._legs = legs
        self._last = np.iinfo(np.int64).min

    def take(self, before: float, most: int) -> tuple[Block, list[Derived]] | None:
        """Return the rows before a time, of at most so many times, with a block of these times.

        None where there are none.
        """
        waiting = np.concatenate([leg.times(before) for leg in self._legs])
        times = np.unique(np.maximum(waiting, self._last))[:most]
        if not len(times):
            return None
        self.late += int(np.count_nonzero(waiting < self._last))
        sure = np.logical_and.reduce([leg.sure_at(times) for leg in self._legs])
        floor, self._last = self._last, int(times[-1])
        taken = [leg.take(leg.rows, self._last + 1, floor) for leg in self._legs]
        taken += [leg.take(leg.derived, self._last + 1, floor) for leg in self._legs]
        rows = list(merge(*taken, key=lambda row: row.time))
        return _block_of(self._instrument, times, sure), rows

    def close(self) -> None:
        """Let nothing wait any more."""
        for leg in self._legs:
            leg.close()


def _moved(row: Derived, time: int) -> Derived:
    """Return a row as one of a later time."""
    event = row.event
    if isinstance(event, Trade):
        event = event._replace(timestamp=time)
    elif isinstance(event, Bar | MetricBar):
        event = event._replace(known_at=time)
    elif isinstance(event, Event):
        event = replace(event, known_at=time)
    else:
        event = event.at(time)
    return Derived(time, row.call, event)


def _block_of(instrument: str, times: Ints, sure: Bools) -> Block:
    """Return a block of book rows of these times, without levels and trades."""
    none, offset = np.empty(0), np.zeros(len(times) + 1, np.int64)
    clock: dict[str, Any] = {
        "instrument": instrument,
        "timestamp": times,
        "end_timestamp": np.append(times[1:], times[-1] + 1),
    }
    windows = BookWindows(
        **clock,
        snapshot=np.zeros(len(times), np.bool_),
        sure=sure,
        bid_offset=offset,
        bid_price=none,
        bid_size=none,
        ask_offset=offset,
        ask_price=none,
        ask_size=none,
    )
    batches = TradeBatches(
        **clock,
        offset=offset,
        id=_NO_TIMES,
        trade_id=Texts.of(()),
        price=none,
        size=none,
        side=np.empty(0, np.int8),
        trade_timestamp=_NO_TIMES,
    )
    return Block(windows=windows, batches=batches)
