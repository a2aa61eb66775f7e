"""Every hook: its moment and its arguments.

A block of the stream is delivered in stages: windows, books, trade batches, then the hooks that
take one row at a time, then derived rows until none are left. Within a stage plugins are called
in the order of their tables in the settings. A hook publishes with `self.publish(event)`, which
only queues: nothing is delivered while a hook runs. n is the number of rows of the block, equal
in `windows`, `books` and `batches`: `windows[i]`, `books[i]` and `batches[i]` belong together;
in time row i comes first, then its trades. Arrays are read-only and valid until their block has
been delivered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from orderflow_core.events import (
    Bar,
    Bars,
    Book,
    Books,
    BookWindow,
    BookWindows,
    MetricBar,
    MetricBars,
    TradeBatch,
    TradeBatches,
)

if TYPE_CHECKING:
    from orderflow_core.plugin.base import Run
    from orderflow_core.running.report import Report

PROJECT = "orderflow"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hook specifications."""

    @hookspec
    def on_start(self, run: Run) -> None:
        """Before the first block, before anything is read or written.

        `run` has the instrument, all validated settings, and what `Books` will carry. A
        `SettingsError` raised here is reported together with all others.
        """

    @hookspec
    def on_book_windows(self, windows: BookWindows) -> None:
        """Take the level updates of a block's n book rows; first stage of a block.

        Times in ms, prices and sizes in the recording's units. The one moment in which `Books`
        may be published.
        """

    @hookspec
    def on_books(self, books: Books) -> None:
        """Take the best levels after each of the n rows, matrices `[n, levels]`; second stage.

        Called only where a plugin publishes `Books`.
        """

    @hookspec
    def on_trade_batches(self, batches: TradeBatches) -> None:
        """Take the trades of the n windows; third stage.

        `batches.timestamp[n]` are the book rows' times, `batches.trade_timestamp` the trades'
        own, in ms.
        """

    @hookspec
    def on_book_window(self, window: BookWindow) -> None:
        """Take one book row's level updates; for each row before `on_book`."""

    @hookspec
    def on_book(self, book: Book) -> None:
        """Take the best levels after one book row; for each row before `on_trade_batch`."""

    @hookspec
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Take the trades of one window, in order; it may be empty."""

    @hookspec
    def on_bars(self, bars: Bars) -> None:
        """Take price bars of one series, closed ones and the open one; a derived row.

        Called for the series that the plugin's `consumes` names.
        """

    @hookspec
    def on_bar(self, bar: Bar) -> None:
        """Take one closed price bar."""

    @hookspec
    def on_metric_bars(self, bars: MetricBars) -> None:
        """Take metric bars of one series, closed ones and the open one; a derived row.

        Called for the series that the plugin's `consumes` names.
        """

    @hookspec
    def on_metric_bar(self, bar: MetricBar) -> None:
        """Take one closed metric bar."""

    @hookspec
    def on_tick(self, report: Report) -> None:
        """At least every 100 ms of wall clock, also while no data comes; sinks flush here."""

    @hookspec
    def on_end(self, end: int) -> None:
        """Once, after the last block, however the run ends, if there was a block.

        `end` is the stream's last time in ms. Whoever has an open bar publishes it closed, with
        `known_at = end`. Called plugin after plugin, each one after those whose series it
        consumes, so that their last bars have arrived.
        """

    @hookspec
    def on_finish(self, report: Report) -> None:
        """Once, last, when everything has been delivered; publishing here is an error.

        The report is final, its digest included. Sinks write here.
        """
