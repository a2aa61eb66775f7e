"""orderflow: a plugin-based event bus for recorded order flow."""

from orderflow_core.contract import files
from orderflow_core.contract.api import API
from orderflow_core.contract.facts import InstrumentFacts
from orderflow_core.contract.report import PluginReport, Report
from orderflow_core.errors import InputError, OrderflowError, OutputError, SettingsError
from orderflow_core.events import (
    BUY,
    SELL,
    Bar,
    Bars,
    Block,
    Book,
    Books,
    BookWindow,
    BookWindows,
    Bools,
    Cells,
    Event,
    Events,
    Floats,
    Ints,
    MetricBar,
    MetricBars,
    Series,
    Sides,
    Signal,
    Style,
    Texts,
    Trade,
    TradeBatch,
    TradeBatches,
)
from orderflow_core.plugin.bars import BarColumns, BarFiller, BarMaker
from orderflow_core.plugin.base import (
    BarSettings,
    Plugin,
    PluginSettings,
    Run,
    Source,
    SourceSettings,
    check_whole_book,
)
from orderflow_core.plugin.carry import LastBefore, LastKnown, RunningSum, Unbroken, stretches
from orderflow_core.plugin.grid import PriceGrid
from orderflow_core.plugin.hookspecs import hookimpl
from orderflow_core.plugin.kernels import column, kernel, kernel_part, load_kernels
from orderflow_core.plugin.metric import Metric
from orderflow_core.plugin.sessions import SessionSettings
from orderflow_core.plugin.ticks import Ticks
from orderflow_core.running.calls import run, stream
from orderflow_core.running.results import Result, Results
from orderflow_core.tables import Table
from orderflow_core.words import printable

__all__ = [
    "API",
    "BUY",
    "SELL",
    "Bar",
    "BarColumns",
    "BarFiller",
    "BarMaker",
    "BarSettings",
    "Bars",
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
    "InputError",
    "InstrumentFacts",
    "Ints",
    "LastBefore",
    "LastKnown",
    "Metric",
    "MetricBar",
    "MetricBars",
    "OrderflowError",
    "OutputError",
    "Plugin",
    "PluginReport",
    "PluginSettings",
    "PriceGrid",
    "Report",
    "Result",
    "Results",
    "Run",
    "RunningSum",
    "Series",
    "SessionSettings",
    "SettingsError",
    "Sides",
    "Signal",
    "Source",
    "SourceSettings",
    "Style",
    "Table",
    "Texts",
    "Ticks",
    "Trade",
    "TradeBatch",
    "TradeBatches",
    "Unbroken",
    "check_whole_book",
    "column",
    "files",
    "hookimpl",
    "kernel",
    "kernel_part",
    "load_kernels",
    "printable",
    "run",
    "stream",
    "stretches",
]
