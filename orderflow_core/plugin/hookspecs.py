"""Every hook: its moment and its arguments.

A block of the stream is delivered in columns first: windows, books, trade batches, each to all
plugins in the order of their tables in the settings. Then comes plugin after plugin, each after
those whose series and events it consumes, with all that is left of the block for it: first the
columns of bars, then its rows, all kinds merged in the order of their times, so that no row hook
is ever called with something later than what it is called with next. A plugin publishes with
`self.publish(event)`; nothing is delivered while a hook runs.

The time of a row hook is a book row's own, that of a batch's last trade (of an empty batch its
row's), a trade's own, and the `known_at` of a bar or of another derived event. At equal times rows
and trades come first, then derived rows, in the order in which their publishers were called, then
of publication.

n is the number of rows of the block, equal in `windows`, `books` and `batches`: `windows[i]`,
`books[i]` and `batches[i]` belong together. Arrays are read-only and valid until their block has
been delivered. The hook of an event class of one's own, such as `on_sweep`, is a row hook; its
argument may have any name.
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
    Event,
    MetricBar,
    MetricBars,
    Trade,
    TradeBatch,
    TradeBatches,
)

if TYPE_CHECKING:
    from orderflow_core.contract.report import Report
    from orderflow_core.plugin.base import Run

PROJECT = "orderflow"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hook specifications."""

    @hookspec
    def on_start(self, run: Run) -> None:
        """Before the first block, before anything is read or written; nothing is published here.

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
    def on_bars(self, bars: Bars) -> None:
        """Take price bars of one series, known within the block; after the block's columns.

        Called for the series that the plugin's `consumes` names. A plugin that publishes nothing
        gets the open bar too, as the last row.
        """

    @hookspec
    def on_metric_bars(self, bars: MetricBars) -> None:
        """Take metric bars of one series, known within the block; after the block's columns.

        Called for the series that the plugin's `consumes` names. A plugin that publishes nothing
        gets the open bar too, as the last row.
        """

    @hookspec
    def on_block_end(self, end: int) -> None:
        """Take notice that the block's columns have all been given, bars included; before its rows.

        `end` is the block's last time in ms. Here columns of one event can be joined with those
        of another, by `known_at`.
        """

    @hookspec
    def on_book_window(self, window: BookWindow) -> None:
        """Take one book row's level updates; for each row before `on_book`."""

    @hookspec
    def on_book(self, book: Book) -> None:
        """Take the best levels after one book row; for each row before its trades."""

    @hookspec
    def on_trade(self, trade: Trade) -> None:
        """Take one trade, at its own time."""

    @hookspec
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Take the trades of one window, in order, at the time of the last; it may be empty."""

    @hookspec
    def on_bar(self, bar: Bar) -> None:
        """Take one closed price bar, when it is known."""

    @hookspec
    def on_metric_bar(self, bar: MetricBar) -> None:
        """Take one closed metric bar, when it is known."""

    @hookspec
    def on_event(self, event: Event) -> None:
        """Take an event of a class for which the plugin has no hook, when it is known."""

    @hookspec
    def on_tick(self, report: Report) -> None:
        """At least every 100 ms of wall clock, also while no data comes; sinks flush here.

        What is published here is of the stream's last time. The report is the plugin's own copy.
        """

    @hookspec
    def on_end(self, end: int) -> None:
        """Once, after the last block, however the run ends, if there was a block.

        `end` is the stream's last time in ms. Whoever has an open bar publishes it closed, with
        `known_at = end`. Called plugin after plugin, each one after those whose series and events
        it consumes, so that the last of these have arrived.
        """

    @hookspec
    def on_finish(self, report: Report) -> None:
        """Once, last, when everything has been delivered; publishing here is an error.

        The report is final, its digest included, and the plugin's own copy. Sinks write here; they
        come after all others.
        """
