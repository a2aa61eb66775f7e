"""orderflow: a plugin-based event bus for recorded order flow."""

from orderflow_core.contract.report import Report
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
    Cells,
    Event,
    MetricBar,
    MetricBars,
    Series,
    Signal,
    Trade,
    TradeBatch,
    TradeBatches,
)
from orderflow_core.plugin.base import (
    BarSettings,
    Plugin,
    PluginSettings,
    Run,
    Source,
    SourceSettings,
)
from orderflow_core.plugin.carry import LastBefore, LastKnown, RunningSum
from orderflow_core.plugin.hookspecs import hookimpl
from orderflow_core.plugin.metric import Metric

__all__ = [
    "BUY",
    "SELL",
    "Bar",
    "BarSettings",
    "Bars",
    "Block",
    "Book",
    "BookWindow",
    "BookWindows",
    "Books",
    "Cells",
    "Event",
    "InputError",
    "LastBefore",
    "LastKnown",
    "Metric",
    "MetricBar",
    "MetricBars",
    "OrderflowError",
    "OutputError",
    "Plugin",
    "PluginSettings",
    "Report",
    "Run",
    "RunningSum",
    "Series",
    "SettingsError",
    "Signal",
    "Source",
    "SourceSettings",
    "Trade",
    "TradeBatch",
    "TradeBatches",
    "hookimpl",
]
