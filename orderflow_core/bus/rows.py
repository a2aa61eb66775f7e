"""The rows of one plugin, in time order: those of the block, and the derived ones between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, repeat
from typing import Any, NamedTuple

import numpy as np

from orderflow_core.bus.seat import Seat
from orderflow_core.events import Block, Books

Call = Callable[[Any], object]


class Derived(NamedTuple):
    """A bar or another derived event on its way to a hook, at the time at which it is known."""

    time: int
    call: Call
    event: Any


class _Step(NamedTuple):
    """A call with its time."""

    time: int
    call: Call
    event: Any


def deliver_rows(
    seat: Seat,
    block: Block,
    books: Books | None,
    derived: Sequence[Derived],
    *,
    times_alone: bool = False,
) -> None:
    """Call the row hooks of one plugin for a block; `derived` is in the order of its times.

    Of a block that has `times_alone` no rows are given, as the derived ones are all there are.
    For each row come its window, its book, its trades and their batch, each at its own time. A
    derived row comes after all rows and trades of its millisecond.
    """
    lane = _Lane(seat, block, books, {} if times_alone else seat.declared.hooks)
    if not seat.failed and (derived or not lane.is_empty):
        seat.run(lambda: lane.deliver(derived), block.windows)
        seat.moment.leave()


def deliver_derived(seat: Seat, derived: Sequence[Derived]) -> None:
    """Call the hooks of one plugin for derived rows that come after the last block."""

    def call_all() -> None:
        seat.moment.sure = _are_sure(derived)
        for _, call, seat.moment.event in derived:
            call(seat.moment.event)

    if derived and not seat.failed:
        seat.run(call_all, None)
        seat.moment.leave()


def _are_sure(derived: Sequence[Derived]) -> bool:
    return all(getattr(each.event, "sure", True) for each in derived)


def row_of(block: Block, time: int) -> int:
    """Return the row after which something known at a time is delivered: the last up to then."""
    return int(np.searchsorted(block.windows.timestamp, time, side="right")) - 1


class _Lane:
    """One plugin's way through one block.

    The hooks are not guarded call by call, which would cost more than most of them do: the first
    that raises ends the plugin, and with it the lane.
    """

    def __init__(
        self, seat: Seat, block: Block, books: Books | None, hooks: Mapping[str, Call]
    ) -> None:
        self._moment = seat.moment
        self._block = block
        others = books is not None and Books not in seat.declared.publishes
        self._trade = hooks.get("on_trade")
        self._batch = hooks.get("on_trade_batch")
        trades = self._batch if self._trade is None else self._trades_one_by_one
        window = None if block.continued else hooks.get("on_book_window")
        columns: list[tuple[Call | None, Any]] = [
            (window, block.windows),
            (hooks.get("on_book") if others else None, books),
            (trades, block.batches),
        ]
        self._columns = [(call, column) for call, column in columns if call is not None]
        self._calls = [call for call, _ in self._columns]
        self._rows: Iterator[Any] = zip(*(column for _, column in self._columns), strict=False)

    @property
    def is_empty(self) -> bool:
        """Whether the plugin has no hook for the rows of the block."""
        return not self._calls

    def deliver(self, derived: Sequence[Derived]) -> None:
        self._moment.sure = bool(self._block.windows.sure.all()) and _are_sure(derived)
        if self.is_empty:
            self._derived_alone(derived)
            return
        if len(self._calls) == 1 and not derived:
            self._one_hook()
            return
        done = 0
        for row, known in groupby(derived, lambda each: row_of(self._block, each.time)):
            self._whole(done, row)
            self._interleaved(row, list(known))
            done = row + 1
        self._whole(done, len(self._block))

    def _derived_alone(self, derived: Sequence[Derived]) -> None:
        moment = self._moment
        for time, call, moment.event in derived:
            moment.row = row_of(self._block, time)
            call(moment.event)

    def _one_hook(self) -> None:
        moment = self._moment
        [(call, column)] = self._columns
        for moment.row, moment.event in enumerate(column):
            call(moment.event)

    def _whole(self, start: int, stop: int) -> None:
        """Take the rows `start` to `stop`, between which nothing derived is known."""
        moment = self._moment
        for moment.row, row in zip(range(start, stop), self._rows, strict=False):
            for call, moment.event in zip(self._calls, row, strict=True):
                call(moment.event)

    def _interleaved(self, row: int, derived: list[Derived]) -> None:
        """Take one row, with what is known during its window."""
        moment = self._moment
        moment.row = row
        steps = self._steps(row, next(self._rows))
        place = 0
        for time, call, event in derived:
            while place < len(steps) and steps[place].time <= time:
                moment.event = steps[place].event
                steps[place].call(moment.event)
                place += 1
            moment.event = event
            call(event)
        for step in steps[place:]:
            moment.event = step.event
            step.call(step.event)

    def _steps(self, row: int, events: Sequence[Any]) -> list[_Step]:
        """Return the calls for one row, one by one."""
        steps = []
        for call, event in zip(self._calls, events, strict=True):
            if call != self._trades_one_by_one:
                time = getattr(event, "last_time", event.timestamp)
                steps.append(_Step(time, call, event))
                continue
            trades = zip(event, repeat(self._trade), strict=False)
            steps += [_Step(trade.timestamp, call, trade) for trade, call in trades if call]
            if self._batch is not None:
                steps.append(_Step(event.last_time, self._batch, event))
        return steps

    def _trades_one_by_one(self, batch: Any) -> None:
        """Call `on_trade` for each trade of a window, then `on_trade_batch`."""
        moment, call = self._moment, self._trade
        if len(batch) and call is not None:
            for moment.event in batch:
                call(moment.event)
        if self._batch is not None:
            moment.event = batch
            self._batch(batch)
