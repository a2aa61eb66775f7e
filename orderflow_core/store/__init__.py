"""Results that stay: what a store holds, how a sink keeps it, and how it is read.

The core knows no format. A package that brings one has a sink, a subclass of `StoreSink`, and a
reader, a subclass of `Store`, which an entry point of the group `orderflow.stores` names.
"""

from orderflow_core.store.columns import (
    BARS,
    COLUMNS,
    KINDS,
    Columns,
    chosen,
    column,
    joined,
    known_kind,
)
from orderflow_core.store.opening import open_store
from orderflow_core.store.reading import Span, Store, merged
from orderflow_core.store.sink import Passed, StoreSettings, StoreSink

__all__ = [
    "BARS",
    "COLUMNS",
    "KINDS",
    "Columns",
    "Passed",
    "Span",
    "Store",
    "StoreSettings",
    "StoreSink",
    "chosen",
    "column",
    "joined",
    "known_kind",
    "merged",
    "open_store",
]
