"""A plugin's place on the bus: its hooks are guarded, so that its failure is its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any

from orderflow_core.errors import OrderflowError, SettingsError
from orderflow_core.plugin.base import Plugin
from orderflow_core.running.report import PluginReport

log = logging.getLogger(__name__)

_READ_ONLY = (
    "an event is shared by all plugins and cannot be written into: change a copy of its array, "
    "such as sizes = books.bid_size.copy()"
)
_WRITTEN = re.compile("has no setter|cannot assign to field|can't set attribute")


class Member:
    """A plugin on a bus with its state for the report.

    Calls through `guarded` return at once when the plugin has failed, catch what it raises, and
    add up the time they take.
    """

    def __init__(self, plugin: Plugin, report: PluginReport) -> None:
        self.plugin = plugin
        self.report = report
        self.failure: BaseException | None = None
        self.problems: list[str] = []

    @property
    def failed(self) -> bool:
        """Whether a hook of the plugin has raised."""
        return self.failure is not None

    def guarded(
        self, function: Callable[..., Any], *, collects_problems: bool = False
    ) -> Callable[..., None]:
        """Return `function` such that it raises nothing.

        With `collects_problems` a `SettingsError` is kept as the user's mistake; otherwise it is
        a failure like any other.
        """

        def call(*args: Any) -> None:
            if self.failed:
                return
            start = perf_counter()
            try:
                function(*args)
            except (Exception, SystemExit) as error:
                if collects_problems and isinstance(error, SettingsError):
                    self.problems += error.problems
                else:
                    self.fail(error, args[0] if args else None)
            finally:
                self.report.seconds += perf_counter() - start

        return call

    def fail(self, error: BaseException, event: object) -> None:
        """Mark the plugin failed; `event` is what it was given.

        An `OrderflowError` is written for people, and is told without a traceback.
        """
        if _is_write(error):
            error.add_note(_READ_ONLY)
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        self.failure = error
        self.report.status = "failed"
        self.report.error = f"{type(error).__name__}: {error}{notes}"
        moment = _moment(event)
        if isinstance(error, OrderflowError):
            log.error("plugin %s failed at %s: %s", self.report.name, moment, error)
        else:
            log.error("plugin %s failed at %s", self.report.name, moment, exc_info=error)


def _is_write(error: BaseException) -> bool:
    """Whether the error is that of writing into an event or into its arrays."""
    array = isinstance(error, ValueError) and "read-only" in str(error)
    field = isinstance(error, AttributeError) and bool(_WRITTEN.search(str(error)))
    return array or field


def _moment(event: object) -> str:
    timestamp: Any = event if isinstance(event, int) else getattr(event, "timestamp", None)
    if timestamp is None:
        return "a moment without a time"
    if isinstance(timestamp, int):
        return f"the event of {timestamp}"
    return f"the block of {timestamp[0]} to {timestamp[-1]}" if len(timestamp) else "no rows"
