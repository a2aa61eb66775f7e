"""What the author of a source needs besides `orderflow_core`: rows in, blocks out."""

from orderflow_core.contract.facts import InstrumentFacts, infer_facts
from orderflow_core.contract.instruments import (
    FOLDER,
    PLACEHOLDER,
    SIMULATED,
    folder_name,
    instrument_of,
    is_name,
    is_simulated,
)
from orderflow_core.contract.report import Gap, Input
from orderflow_core.events import Block, Span, Texts, Trade
from orderflow_core.plugin.base import Source, SourceSettings
from orderflow_core.plugin.live import LiveSource
from orderflow_core.streaming.join import join
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.streaming.live_join import LiveJoin
from orderflow_core.streaming.live_rows import LiveRows
from orderflow_core.streaming.rows import BookRow, BookRows, TradeRows
from orderflow_core.times import DAY_MS, day_of, midnight, utc

__all__ = [
    "DAY_MS",
    "FOLDER",
    "PLACEHOLDER",
    "SIMULATED",
    "Block",
    "BookRow",
    "BookRows",
    "Gap",
    "Input",
    "InstrumentFacts",
    "Ledger",
    "LiveJoin",
    "LiveRows",
    "LiveSource",
    "Source",
    "SourceSettings",
    "Span",
    "Texts",
    "Trade",
    "TradeRows",
    "day_of",
    "folder_name",
    "infer_facts",
    "instrument_of",
    "is_name",
    "is_simulated",
    "join",
    "midnight",
    "utc",
]
