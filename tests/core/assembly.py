"""Settings of plugins that a test holds in its hands, and a clock that it winds itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Event
from typing import Any

import pytest

from orderflow_core import Block, BookWindow, Plugin, Report, Source, hookimpl
from orderflow_core.running.instrument import InstrumentRun
from orderflow_core.running.loop import Interrupt, prepare, run
from orderflow_core.settings.discovery import Found
from orderflow_core.settings.reading import RunSettings, Settings, Table
from orderflow_core.testing import Row, Tick, blocks, update

Market = Sequence[Row | Tick]
Log = list[Any]


def source_of(markets: Mapping[str, Market], size: int = 2048) -> type[Source]:
    """Return a source of a market an instrument, in blocks of `size` rows."""

    class Given(Source):
        def instruments(self) -> list[str]:
            return sorted(markets)

        def blocks(self, instrument: str) -> Iterator[Block]:
            yield from blocks(markets[instrument], size, instrument)

    return Given


def log_of(log: Log, note: Callable[[str, str, Any], Any]) -> type[Plugin]:
    """Return a plugin that logs what `note` makes of instrument, moment and argument."""

    class Logging(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            log.append(note(self.instrument, "row", window.timestamp))

        @hookimpl
        def on_tick(self, report: Report) -> None:
            log.append(note(self.instrument, "tick", report))

        @hookimpl
        def on_end(self, end: int) -> None:
            log.append(note(self.instrument, "end", end))

        @hookimpl
        def on_finish(self, report: Report) -> None:
            log.append(note(self.instrument, "finish", report.status))

    return Logging


def settings_of(
    source: type[Source], *plugins: type[Plugin], run: RunSettings | None = None, **values: Any
) -> Settings:
    """Return settings of a source, with `values` for it, and of plugins named by their class."""
    tables = [_table(plugin.__name__.lower(), plugin) for plugin in plugins]
    return Settings(
        run or RunSettings.model_validate({}), {}, _table("source", source, **values), tables
    )


def _table(name: str, plugin: type[Plugin], **values: Any) -> Table:
    return Table(name, Found(plugin.__name__, plugin, "1.0", ""), plugin.Settings(**values))


def ran(
    settings: Settings,
    watch: Callable[[Report], None] = lambda report: None,
    interrupt: Interrupt | None = None,
) -> list[InstrumentRun]:
    """Run the settings to their end, and return the pipelines."""
    pipelines = prepare(settings)
    run(pipelines, settings.stream.speed, watch, interrupt or Interrupt())
    return pipelines


class Clock:
    """The time of the loop and of the pipelines: it passes while they wait, not otherwise.

    `late` says for each instrument's feed until when there is nothing to take.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses = 0
        self.late: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.now += seconds
        self.pauses += 1

    def feed(self, blocks: Iterator[Block], arrived: Event | None = None) -> Feed:
        """Return a feed that is read in the loop's own thread."""
        return Feed(self, blocks, self.late.pop(0) if self.late else 0.0)


class Feed:
    """What a pipeline takes of `orderflow_core.streaming.feed.Feed`, without a thread."""

    def __init__(self, clock: Clock, blocks: Iterator[Block], late: float) -> None:
        self.seconds = 0.0
        self.ended = False
        self.error: BaseException | None = None
        self._clock = clock
        self._blocks = blocks
        self._late = late

    def take(self, wait: float) -> Block | None:
        """Return the next block, or None after the time has passed if it is late."""
        if self._clock.now < self._late:
            self._clock.now += wait
            return None
        block = next(self._blocks, None)
        self.ended = block is None
        return block

    def close(self) -> None:
        """There is nothing to wait for."""


def wind(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock of its own into the loop and the pipelines."""
    clock = Clock()
    monkeypatch.setattr("orderflow_core.running.pace.monotonic", clock)
    monkeypatch.setattr("orderflow_core.running.loop.sleep", clock.sleep)
    monkeypatch.setattr("orderflow_core.running.pipeline.monotonic", clock)
    monkeypatch.setattr("orderflow_core.running.reader.Feed", clock.feed)
    return clock


def rows(times: Iterable[int]) -> Market:
    """Return book rows of these times without levels."""
    return [update(time) for time in times]
