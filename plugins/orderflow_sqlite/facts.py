"""What a recording says of its instrument, and what its first rows let infer."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from orderflow_core import InputError, InstrumentFacts
from orderflow_core.sources import Block, infer_facts
from orderflow_sqlite.database import Database

log = logging.getLogger(__name__)

FIRST_ROWS = 64
_NUMBERS = ("tick", "lot", "contract_value")
_KINDS = ("linear", "inverse")
_TABLE = "SELECT count(*) = 2 FROM pragma_table_info('meta') WHERE lower(name) IN ('key', 'value')"
_META = "SELECT replace(lower(key), ' ', '_') || '=' || value FROM meta WHERE value IS NOT NULL"


def facts_of(path: Path, blocks: Iterator[Block]) -> InstrumentFacts:
    """Return what the table `meta(key, value)` of a file says, over what a stream's rows show.

    A file that cannot be used has none: the run itself tells what is wrong with it.
    """
    try:
        with closing(Database(path)) as database:
            said = database.values(_META) if database.value(_TABLE) else []
        shown = _shown(next(blocks, None))
    except InputError:
        return InstrumentFacts()
    texts = (each.decode("utf-8", "replace") for each in said if isinstance(each, bytes))
    return _said(path, dict(text.split("=", 1) for text in texts)).over(shown)


def _said(path: Path, meta: Mapping[str, str]) -> InstrumentFacts:
    found: dict[str, Any] = {"quote": meta.get("quote")}
    for name in _NUMBERS:
        if name in meta:
            found[name] = _number(meta[name])
    if "kind" in meta:
        found["kind"] = meta["kind"] if meta["kind"] in _KINDS else None
    for name in (*_NUMBERS, "kind"):
        if name in meta and found[name] is None:
            log.warning(
                "%s: its table meta has %s = %r, which is passed over", path, name, meta[name]
            )
    return InstrumentFacts(**found)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number > 0 else None


def _shown(block: Block | None) -> InstrumentFacts:
    if block is None:
        return InstrumentFacts()
    windows, batches = block.windows, block.batches
    prices = np.concatenate([windows.bid_price, windows.ask_price, batches.price])
    sizes = np.concatenate([windows.bid_size, windows.ask_size, batches.size])
    return infer_facts(np.unique(prices).tolist(), np.unique(sizes).tolist())


def told(facts: InstrumentFacts) -> Iterator[tuple[str, str]]:
    """Yield name and value of each fact that is known, for people."""
    for name in (*_NUMBERS, "quote", "kind"):
        value = getattr(facts, name)
        if value is not None:
            text = f"{value:.12g}" if isinstance(value, float) else value
            yield name.replace("_", " "), text + (", inferred" if name in facts.inferred else "")
