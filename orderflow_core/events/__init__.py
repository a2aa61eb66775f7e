"""What travels on the bus.

Every event comes in two forms: the plural one holds the rows of a block in NumPy columns, the
singular one is one of its rows, a view. Times are integer milliseconds since the epoch, UTC;
prices and sizes are float64 in the recording's own units. Arrays are read-only and valid until
their block has been delivered: whoever keeps one copies it.
"""

from typing import Any, TypeAlias

from orderflow_core.contract.series import Series, Style
from orderflow_core.events.bars import (
    Bar,
    Bars,
    MetricBar,
    MetricBars,
)
from orderflow_core.events.batch import Batch, Events
from orderflow_core.events.block import Block, Span
from orderflow_core.events.books import Book, Books
from orderflow_core.events.cells import Cells
from orderflow_core.events.columns import Bools, Floats, Ints, Sides, Texts
from orderflow_core.events.event import Event
from orderflow_core.events.signals import Signal
from orderflow_core.events.trades import BUY, SELL, Trade, TradeBatch, TradeBatches
from orderflow_core.events.windows import BookWindow, BookWindows

Published: TypeAlias = Books | Bars | MetricBars | Event
Publishable: TypeAlias = Published | Events[Any]

__all__ = [
    "BUY",
    "SELL",
    "Bar",
    "Bars",
    "Batch",
    "Block",
    "Book",
    "BookWindow",
    "BookWindows",
    "Books",
    "Bools",
    "Cells",
    "Event",
    "Events",
    "Floats",
    "Ints",
    "MetricBar",
    "MetricBars",
    "Publishable",
    "Published",
    "Series",
    "Sides",
    "Signal",
    "Span",
    "Style",
    "Texts",
    "Trade",
    "TradeBatch",
    "TradeBatches",
]
