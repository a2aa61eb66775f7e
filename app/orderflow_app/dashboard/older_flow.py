"""What the page is answered when it asks for cells and signals older than those of the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from orderflow_app.dashboard.older import Time
from orderflow_app.dashboard.reading.cells import Column, Looks, column_from
from orderflow_app.dashboard.reading.history import History, Known
from orderflow_app.dashboard.reading.reader import Reader, View
from orderflow_core.errors import InputError
from orderflow_core.times import DAY_MS

MOST_BYTES, MOST_SIGNALS = 256 * 1024, 1_000
"""How much is sent at once: of columns, and of signals. Of more it is the newest."""


class Stretch(BaseModel):
    """A stretch of time `[start, end)` of one instrument, in ms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: str
    start: Time
    end: Time


def older_flow(reader: Reader, history: History, asked: Stretch) -> dict[str, Any]:
    """Return the columns and signals of a stretch that the store has, in order.

    They are of the series that the files have. The store goes up to `until`; where none can be
    read, `told` says why, and there is nothing else.
    """
    view = reader.view(asked.instrument)
    try:
        known = history.known(view)
        cells = _newest(_cells(view, known, asked))
        signals = _signals(view, known, asked)
    except InputError as error:
        return {"told": str(error)}
    return {"until": known.covered[-1].end, "cells": cells, "signals": signals}


def _cells(view: View, known: Known, asked: Stretch) -> Iterator[Column]:
    """Yield the columns that begin in a stretch; of profiles those that reach into it."""
    looks: dict[str, Looks] = {each.series: each.looks for each in view.cells.rows}
    looks |= {key: each.looks for key, each in view.open.items()}
    for key, look in looks.items():
        is_profile = look["style"] == "profile"
        start = max(asked.start - DAY_MS, 0) if is_profile else asked.start
        rows = known.store.columns("cells", known.instrument, key, start, asked.end, known.settings)
        for row in np.flatnonzero(rows["end"] > asked.start):
            place = {"series": key} | {
                name: rows[name][row].item() for name in ("timestamp", "end", "tick", "low")
            }
            values = np.asarray(rows["values"][row], np.float64)
            yield column_from(look, place, values.reshape(-1, max(int(rows["channels"][row]), 1)))


def _newest(columns: Iterator[Column]) -> list[dict[str, Any]]:
    """Return as many of the newest columns as may be sent at once, in order."""
    ordered = sorted(columns, key=lambda column: int(column.wire["timestamp"]))
    sizes = np.cumsum([column.weight for column in reversed(ordered)])
    count = int(np.searchsorted(sizes, MOST_BYTES, side="right"))
    return [column.wire for column in ordered[len(ordered) - count :]]


def _signals(view: View, known: Known, asked: Stretch) -> list[dict[str, Any]]:
    rows = known.store.columns(
        "signals", known.instrument, None, asked.start, asked.end, known.settings
    )
    looks = {each.series: {"title": each.title, "pane": each.pane} for each in view.signals}
    names = ("series", "timestamp", "known_at", "price", "value", "side", "text", "table")
    newest = np.argsort(rows["known_at"], kind="stable")[-MOST_SIGNALS:]
    listed = zip(*(rows[name][newest].tolist() for name in names), strict=True)
    found: list[dict[str, Any]] = []
    for row in listed:
        given = {
            name: None if value != value else value for name, value in zip(names, row, strict=True)
        }
        found.append({"title": "", "pane": "", **looks.get(str(row[0]), {}), **given})
    return found
