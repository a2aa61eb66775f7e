"""A plugin's place on the bus: its calls are guarded there, and what it publishes is kept there."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

from orderflow_core.bus.declared import Declared
from orderflow_core.contract.report import PluginReport, Report
from orderflow_core.contract.series import TIME
from orderflow_core.errors import OrderflowError, SettingsError
from orderflow_core.events import Bars, Block, MetricBars, Series
from orderflow_core.plugin.bars import BarColumns
from orderflow_core.plugin.base import BarSettings, Plugin, clock_of, put_on_bus, totals_of
from orderflow_core.plugin.hookspecs import hookimpl
from orderflow_core.plugin.metric import samples_of
from orderflow_core.plugin.moment import Moment
from orderflow_core.words import error_text, error_words

log = logging.getLogger(__name__)

_READ_ONLY = (
    "an event is shared by all plugins and cannot be written into: change a copy of its array, "
    "such as sizes = books.bid_size.copy()"
)
_WRITTEN = re.compile("has no setter|cannot assign to field|can't set attribute")


class Seat:
    """A plugin on a bus, with its state for the report.

    Whatever the plugin raises stays here: it is then failed, and is not called again.

    Attributes:
        declared: what the plugin has said of itself.
        moment: where in the stream it is being called.
        outbox: what it has published and what has not gone downstream yet.
        failure: what it has raised.
        problems: the user's mistakes that it found in `on_start`.

    """

    def __init__(
        self,
        plugin: Plugin,
        declared: Declared,
        instrument: str,
        report: PluginReport,
        publish: Callable[[Seat, Any], None],
        publish_made: Callable[[Seat, MetricBars], None],
    ) -> None:
        self.plugin = plugin
        self.declared = declared
        self.report = report
        self.failure: BaseException | None = None
        self.problems: list[str] = []
        self.outbox: list[Any] = []
        self._instrument = instrument
        self._publish_made = publish_made
        self._samples = samples_of(plugin)
        self.moment = self._samples.moment if self._samples else Moment()
        put_on_bus(plugin, instrument, lambda event: publish(self, event))

    @property
    def name(self) -> str:
        """The plugin's table."""
        return self.declared.name

    @property
    def failed(self) -> bool:
        """Whether the plugin has raised something."""
        return self.failure is not None

    @property
    def samples_left_out(self) -> int:
        """How many samples of rows that are not sure were left out."""
        return self._samples.left_out if self._samples else 0

    def take_totals(self) -> None:
        """Bring what the plugin has tallied into its report."""
        self.report.totals = totals_of(self.plugin)

    @property
    def outputs(self) -> list[Path]:
        """The files that the plugin says it has written; what it gives in their place is told."""
        try:
            return [Path(path) for path in self.plugin.outputs]
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin's own code, when the run is over
            log.warning(
                "plugin %s: its outputs are no list of paths: %s", self.name, error_text(error)
            )
            return []

    def takes(self, hook: str) -> bool:
        """Whether the plugin has the hook, and is still called."""
        return hook in self.declared.hooks and not self.failed

    def call(self, hook: str, argument: Any) -> None:
        """Call a hook, if the plugin has it."""
        if self.takes(hook):
            self.run(lambda: self.declared.hooks[hook](argument), argument)

    def report_to(self, hook: str, report: Report) -> None:
        """Call a hook with a copy of the report: what a plugin does to it changes nothing."""
        if self.takes(hook):
            self.call(hook, report.copy())

    def start(self, run: Any) -> None:
        """Call `on_start`; a `SettingsError` there is the user's mistake, and no failure."""

        def start() -> None:
            try:
                self.declared.hooks["on_start"](run)
            except SettingsError as error:
                unsaid = f"[plugins.{self.name}] refuses the settings, and does not say why"
                self.problems += [str(problem) for problem in error.problems] or [unsaid]

        if self.takes("on_start"):
            self.run(start, None)

    def run(self, function: Callable[[], object], event: object) -> None:
        """Run a piece of the plugin's work; `event` is what it is given.

        What it raises is kept as its failure, whatever it is: only the user's interrupt passes.
        """
        start = perf_counter()
        try:
            function()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            under_way = self.moment.event
            self.fail(error, event if under_way is None else under_way)
        finally:
            self.report.seconds += perf_counter() - start

    def keep_time(self, owner: Plugin) -> None:
        """Make a metric's bars those of a table's time, or such as follow the table's own."""
        samples, settings = self._samples, owner.settings
        if samples and isinstance(settings, BarSettings) and clock_of(settings) == TIME:
            samples.make_bars_of(settings)
        elif samples:
            samples.make_bars_followed()

    def follow(self, bars: Bars) -> None:
        """Take bars of the series that a metric's own follow."""
        if self._samples:
            self._samples.followed.add(bars)

    def close_block(self, block: Block) -> None:
        """Make the bars of what was sampled in a block, and publish them."""
        samples = self._samples
        if samples and not self.failed:
            self.run(lambda: self._publish_bars(samples.close_block(block)), block.windows)

    def close_stream(self, end: int) -> None:
        """Close the open bars, and publish them."""
        samples = self._samples
        if samples and not self.failed:
            self.run(lambda: self._publish_bars(samples.close_stream(end)), end)

    def _publish_bars(self, made: Iterable[tuple[Series, BarColumns]]) -> None:
        for series, bars in made:
            if len(bars):
                columns = bars.columns()
                del columns["volume"]
                table = {"instrument": self._instrument, "series": series, "table": self.name}
                self._publish_made(self, MetricBars.unchecked(**table, **columns))

    def fail(self, error: BaseException, event: object) -> None:
        """Mark the plugin failed; `event` is what it was given.

        An `OrderflowError` is written for people, and is told without a traceback.
        """
        self.failure = error
        self.report.status = "failed"
        if _is_write(error, error_text(error)):
            error.add_note(_READ_ONLY)
        self.report.error = error_text(error)
        moment = _moment(event)
        if isinstance(error, OrderflowError):
            log.error("plugin %s failed at %s: %s", self.report.name, moment, error_words(error))
        else:
            log.error("plugin %s failed at %s", self.report.name, moment, exc_info=error)


class StageHooks:
    """What pluggy is given for a seat: the hooks that it calls for all plugins at once.

    Hooks for rows, for bars and for the end come plugin after plugin, which the bus sees to.
    """

    def __init__(self, seat: Seat) -> None:
        self.seat = seat

    @hookimpl
    def on_start(self, run: Any) -> None:
        """Pass on a copy, so that whatever a plugin does to it changes nothing."""
        if self.seat.takes("on_start"):
            self.seat.start(run.copy())

    @hookimpl
    def on_book_windows(self, windows: Any) -> None:
        """Pass it on."""
        self.seat.moment.sure = windows.sure if not windows.sure.all() else True
        self.seat.call("on_book_windows", windows)
        self.seat.moment.leave()

    @hookimpl
    def on_books(self, books: Any) -> None:
        """Pass it on."""
        self.seat.moment.sure = books.sure if not books.sure.all() else True
        self.seat.call("on_books", books)
        self.seat.moment.leave()

    @hookimpl
    def on_trade_batches(self, batches: Any) -> None:
        """Pass it on."""
        self.seat.call("on_trade_batches", batches)

    @hookimpl
    def on_tick(self, report: Report) -> None:
        """Pass it on."""
        self.seat.report_to("on_tick", report)


def _is_write(error: BaseException, text: str) -> bool:
    """Whether the error, which says `text`, is that of writing into an event or its arrays."""
    array = isinstance(error, ValueError) and "read-only" in text
    field = isinstance(error, AttributeError) and bool(_WRITTEN.search(text))
    return array or field


def _moment(event: object) -> str:
    timestamp: Any = event if isinstance(event, int) else getattr(event, "timestamp", None)
    if timestamp is None:
        return "a moment without a time"
    if isinstance(timestamp, int):
        return f"the event of {timestamp}"
    return f"the block of {timestamp[0]} to {timestamp[-1]}" if len(timestamp) else "no rows"
