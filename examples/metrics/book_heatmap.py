"""Heat map of the book: the size that stood at each price in each stretch of time."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from orderflow_core import Book, BookWindow, OutputError, Plugin, PluginSettings, Report, hookimpl


@dataclass
class Cell:
    """Size times ms, ms, and the largest and last size of one price in one stretch."""

    weighted: float = 0.0
    duration: int = 0
    largest: float = 0.0
    last: float = 0.0

    def add(self, size: float, duration: int) -> None:
        """Let `size` have stood for so many ms."""
        self.weighted += size * duration
        self.duration += duration
        self.largest = max(self.largest, size)
        self.last = size

    @property
    def mean(self) -> float:
        """The mean size over the time in which the price had one."""
        return self.weighted / self.duration if self.duration else self.last


class BookHeatmap(Plugin):
    """Writes rows of time, price, mean, largest and last size as CSV, at the end of the run.

    A matrix is no series: no event carries it, so this is a plugin that writes a file of its own
    rather than a metric. A row stands until the next one; one that spans two stretches counts in
    the one in which it begins.
    """

    class Settings(PluginSettings):
        """The grid and the file."""

        cell_seconds: float = Field(10, gt=0, description="length of a cell")
        tick: float = Field(gt=0, description="height of a cell")
        file: Path = Field(Path("heatmap.csv"), description="what is written")

    settings: Settings
    required = True

    def __init__(self, settings: PluginSettings | None = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self.cells: dict[tuple[int, int], Cell] = {}
        self._duration = 0

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        """Keep how long the row stands."""
        self._duration = window.end_timestamp - window.timestamp

    @hookimpl
    def on_book(self, book: Book) -> None:
        """Add the row's levels to their cells."""
        length = round(self.settings.cell_seconds * 1000)
        start = book.timestamp // length * length
        for prices, sizes in ((book.bid_price, book.bid_size), (book.ask_price, book.ask_size)):
            rows: dict[int, float] = {}
            for price, size in zip(prices.tolist(), sizes.tolist(), strict=True):
                if size:
                    row = round(price / self.settings.tick)
                    rows[row] = rows.get(row, 0.0) + size
            for row, size in rows.items():
                self.cells.setdefault((start, row), Cell()).add(size, self._duration)

    @hookimpl
    def on_finish(self, report: Report) -> None:
        """Write the cells."""
        try:
            with self.settings.file.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["timestamp", "price", "mean", "largest", "last"])
                for (start, row), cell in sorted(self.cells.items()):
                    price = row * self.settings.tick
                    writer.writerow([start, price, cell.mean, cell.largest, cell.last])
        except OSError as error:
            raise OutputError(f"{self.settings.file} is not writable: {error.strerror}") from error
        self.outputs = [self.settings.file]
