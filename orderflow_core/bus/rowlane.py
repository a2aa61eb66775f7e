"""The lane of one row at a time: a block's rows, interleaved, to the singular hooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from time import perf_counter
from typing import Any, NamedTuple

from orderflow_core.bus.seat import Member
from orderflow_core.events import Books, BookWindows, TradeBatches


class RowHook(NamedTuple):
    """One plugin's hook for the rows of one event class."""

    member: Member
    event: type[Any]
    function: Callable[[Any], Any]


class _Call(NamedTuple):
    member: Member
    column: int
    function: Callable[[Any], Any]


class RowLane:
    """Calls the singular hooks of a block: for each row its window, its book, its trades.

    The plugins are not guarded call by call, which would cost more than most of them do: the
    loop is left when one raises, and goes on without it.
    """

    def __init__(self, hooks: Sequence[RowHook]) -> None:
        """Take the hooks in the order in which a row's calls are to be made."""
        self._hooks = hooks

    def deliver(self, windows: BookWindows, books: Books | None, batches: TradeBatches) -> None:
        """Deliver one block; hooks for books are left out where there are none."""
        columns = {BookWindows: windows, TradeBatches: batches}
        if books is not None:
            columns[Books] = books
        hooks = [hook for hook in self._hooks if hook.event in columns and not hook.member.failed]
        if not hooks:
            return
        used = list(dict.fromkeys(hook.event for hook in hooks))
        calls = [_Call(hook.member, used.index(hook.event), hook.function) for hook in hooks]
        streams: list[Any] = [columns[event] for event in used]
        if not windows.sure.all():
            calls = _with_sure_marks(calls, [event is TradeBatches for event in used])
            streams += [windows.sure.tolist(), repeat(True)]
        _run(calls, zip(*streams, strict=False))


def _with_sure_marks(calls: Sequence[_Call], of_trades: Sequence[bool]) -> list[_Call]:
    """Tell each plugin before its calls whether the row is sure; trades always are."""
    sure, always = len(of_trades), len(of_trades) + 1
    marked = []
    for call in calls:
        mark = always if of_trades[call.column] else sure
        marked += [_Call(call.member, mark, call.member.plugin.mark_sure), call]
    return marked


def _run(calls: list[_Call], rows: Any) -> None:
    if len({id(call.member) for call in calls}) > 1:
        calls = [call._replace(function=_timed(call)) for call in calls]
        _loop(calls, rows)
        return
    start = perf_counter()
    _loop(calls, rows)
    calls[0].member.report.seconds += perf_counter() - start


def _timed(call: _Call) -> Callable[[Any], None]:
    report, function = call.member.report, call.function

    def timed(event: Any) -> None:
        start = perf_counter()
        try:
            function(event)
        finally:
            report.seconds += perf_counter() - start

    return timed


def _loop(calls: list[_Call], rows: Any) -> None:
    row: Any = ()
    rest: list[_Call] = []
    while calls:
        try:
            for member, column, function in rest:  # noqa: B007 (the handler uses them)
                function(row[column])
            rest = []
            for row in rows:
                for member, column, function in calls:  # noqa: B007
                    function(row[column])
        except (Exception, SystemExit) as error:
            running = rest or calls
            after = running.index(_Call(member, column, function)) + 1
            member.fail(error, row[column])
            rest = [call for call in running[after:] if call.member is not member]
            calls = [call for call in calls if call.member is not member]
        else:
            return
