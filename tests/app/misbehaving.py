"""Plugins that do what a plugin should not, for the tests to run."""

import _thread
import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

from orderflow_core import (
    Block,
    Book,
    Books,
    BookWindows,
    MetricBars,
    Plugin,
    Report,
    Series,
    Source,
    TradeBatch,
    TradeBatches,
    hookimpl,
)
from orderflow_core.testing import blocks, metric_bars, trade, update


class InItsConstructor(Plugin):
    def __init__(self, *args: Any, **values: Any) -> None:
        raise RuntimeError("cannot be made")


class Exits(Plugin):
    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        sys.exit(7)


class ExitsAtOnce(Plugin):
    """Ends the process behind Python's back when files have been written."""

    @hookimpl
    def on_finish(self, report: Report) -> None:
        os._exit(9)


class Interrupts(Plugin):
    @hookimpl
    def on_book(self, book: Book) -> None:
        raise KeyboardInterrupt


class Recurses(Plugin):
    @hookimpl
    def on_book(self, book: Book) -> None:
        self.on_book(book)


class Prints(Plugin):
    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        print("to the standard output")


class ChangesFolder(Plugin):
    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        os.chdir("/")


class WritesIntoColumns(Plugin):
    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        batches.price[0] = 0.0


class PublishesFromThread(Plugin):
    publishes = (MetricBars,)

    def series_keys(self) -> list[str]:
        return [self.name]

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        thread = threading.Thread(target=self._work, name="worker")
        thread.start()
        thread.join()

    def _work(self) -> None:
        try:
            self.publish(metric_bars(self.name, [(0, 1, 1, 1, 1)]))
        except RuntimeError:
            return


class LeavesThread(Plugin):
    """Its thread runs for as long as the program does."""

    @hookimpl
    def on_finish(self, report: Report) -> None:
        threading.Thread(target=threading.main_thread().join, name="left behind").start()


class LeavesAndRaisesInThread(Plugin):
    """Its thread ends by an error of its own, which is nobody else's."""

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()


class Cancels(Plugin):
    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        raise asyncio.CancelledError


class Garbles(Plugin):
    """Raises an error whose text cannot be made."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        raise GarbledError


class GarbledError(ValueError):
    def __str__(self) -> str:
        sys.exit(0)


class HalfAWord(Plugin):
    """Raises an error whose text no file can hold."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        raise ValueError("half \ud800")


class OneColumn(Plugin):
    """Publishes one bar, of which a subclass says what is wrong."""

    publishes = (MetricBars,)
    title: Any = "bad"
    value: Any = (1.0,)

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        time = windows.timestamp[:1]
        series = Series(self.name, self.title)
        columns: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), self.value)
        marks: dict[str, Any] = {"timestamp": time, "known_at": time, "closed": [True]}
        self.publish(MetricBars(instrument="X", series=series, **columns, **marks))


class TwoDimensions(OneColumn):
    value = ((1.0, 2.0),)


class TitleOfBytes(OneColumn):
    title = b"bad"


class NotANumber(OneColumn):
    value = (float("nan"),)


class GarblesOutputs(Plugin):
    @hookimpl
    def on_finish(self, report: Report) -> None:
        self.outputs = None  # type: ignore[assignment]


class TakesTheStandardOutput(Plugin):
    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        sys.stdout = None


class WritesIntoTheReport(Plugin):
    @hookimpl
    def on_tick(self, report: Report) -> None:
        report.settings["run"]["window_seconds"] = object()
        report.plugins.clear()
        report.counts.windows = -1

    @hookimpl
    def on_finish(self, report: Report) -> None:
        self.on_tick(report)
        report.status = object()  # type: ignore[assignment]


class NeverRuns(Plugin):
    @hookimpl
    async def on_books(self, books: Books) -> None:
        """Nobody awaits this."""


class NeverRunsEither(Plugin):
    @hookimpl
    def on_books(self, books: Books) -> Iterator[None]:
        yield


class EndsWhenAsked(Plugin):
    def series_keys(self) -> list[str]:
        sys.exit(0)


class PublishesForeignSeries(Plugin):
    publishes = (MetricBars,)

    def series_keys(self) -> list[str]:
        return [self.name]

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        self.publish(metric_bars("cvd", [(0, 1, 1, 1, 1)]))


class PublishesUnnamed(Plugin):
    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        self.publish(metric_bars("bad", [(0, 1, 1, 1, 1)]))


class Slow(Plugin):
    """Takes 20 ms a row."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        time.sleep(0.02)


class Blocks(Plugin):
    """Never comes back from a hook."""

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        print("blocked", file=sys.stderr, flush=True)
        threading.Event().wait()


class SilentSource(Source):
    """Names an instrument, and never gives a row of it."""

    def instruments(self) -> list[str]:
        return ["TEST-USDT"]

    def blocks(self, instrument: str) -> Iterator[Block]:
        print("blocked", file=sys.stderr, flush=True)
        threading.Event().wait()
        yield from ()


class InterruptedSource(SilentSource):
    """Ends as if somebody had pressed Ctrl-C in its thread."""

    def blocks(self, instrument: str) -> Iterator[Block]:
        yield from ()
        raise KeyboardInterrupt


class EndlessSource(SilentSource):
    """Gives a row a second of data, for ever."""

    def blocks(self, instrument: str) -> Iterator[Block]:
        for second in count():
            yield from blocks([update(second * 1000), trade(second * 1000, "100 buy 1")])


class KillsTheMainThread(Plugin):
    """Presses Ctrl-C for the user, from a thread."""

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        thread = threading.Thread(target=_thread.interrupt_main)
        thread.start()
        thread.join()


class TwoEndless(EndlessSource):
    def instruments(self) -> list[str]:
        return ["A", "B"]
