"""Which hooks of which plugins were called, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

from orderflow_core.plugin.base import Plugin
from orderflow_core.plugin.hookspecs import PROJECT


class Call(NamedTuple):
    """One call of a hook; `timestamp` is its event's, the first row's of a block, or None."""

    plugin: str
    hook: str
    timestamp: int | None

    def __str__(self) -> str:
        return f"{self.plugin}.{self.hook}"


class HookRecorder:
    """Records the calls of the plugins' hooks; make it before they run.

        recorder = HookRecorder(spread, sink)
        run_plugins([spread, sink], market)
        recorder.assert_order("spread.on_books", "sink.on_metric_bars", "sink.on_finish")

    Attributes:
        calls: every call, in order.

    """

    def __init__(self, *plugins: Plugin) -> None:
        self.calls: list[Call] = []
        for plugin in plugins:
            for hook in dir(type(plugin)):
                function = getattr(plugin, hook)
                if getattr(function, f"{PROJECT}_impl", None) is not None:
                    setattr(plugin, hook, self._recording(plugin, hook, function))

    def hooks(self, plugin: str) -> list[str]:
        """Return the names of the hooks of one plugin that were called, in order."""
        return [call.hook for call in self.calls if call.plugin == plugin]

    def assert_order(self, *expected: str) -> None:
        """Raise AssertionError unless these calls, `plugin.hook`, came in this order.

        Others may have come between them.
        """
        made = iter(map(str, self.calls))
        for position, call in enumerate(expected):
            if call not in made:
                after = f" after {expected[position - 1]}" if position else ""
                raise AssertionError(
                    f"{call} was not called{after}; the calls were:\n{_listed(self.calls)}"
                )

    def _recording(
        self, plugin: Plugin, hook: str, function: Callable[..., None]
    ) -> Callable[..., None]:
        @wraps(function)
        def recorded(*args: Any, **named: Any) -> None:
            self.calls.append(Call(plugin.name, hook, _timestamp([*args, *named.values()])))
            function(*args, **named)

        return recorded


def _timestamp(args: Sequence[Any]) -> int | None:
    timestamp = getattr(args[0], "timestamp", None) if args else None
    if timestamp is None or isinstance(timestamp, int):
        return timestamp
    return int(timestamp[0]) if len(timestamp) else None


def _listed(calls: Sequence[Call]) -> str:
    return "\n".join(f"  {call} at {call.timestamp}" for call in calls) or "  none"
