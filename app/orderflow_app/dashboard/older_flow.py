"""What the page is answered when it asks for cells and signals older than those of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock
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
MOST_DAYS = 4
"""Days whose columns are kept, as the page gets them: some megabytes each."""


class Stretch(BaseModel):
    """A stretch of time `[start, end)` of one instrument, in ms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: str
    start: Time
    end: Time


class OlderFlow:
    """Answers what is asked of older cells and signals; may be asked by several threads.

    A store is read a day at a time, and a page asks for stretches of it: the columns of the last
    days are kept, until the store has more.
    """

    def __init__(self, reader: Reader, history: History) -> None:
        self._reader, self._history = reader, history
        self._days: dict[tuple[Any, ...], list[Column]] = {}
        self._lock = Lock()

    def answer(self, asked: Stretch) -> dict[str, Any]:
        """Return the columns and signals of a stretch that the store has, in order.

        They are of the series that the files have. The store goes up to `until`; where none can be
        read, `told` says why, and there is nothing else.
        """
        view = self._reader.view(asked.instrument)
        try:
            known = self._history.known(view)
            cells = self._cells(known, looks_of_series(view), asked)
            signals = _signals(view, known, asked)
        except InputError as error:
            return {"told": str(error)}
        return {"until": known.covered[-1].end, "cells": cells, "signals": signals}

    def _cells(
        self, known: Known, looks: Mapping[str, Looks], asked: Stretch
    ) -> list[dict[str, Any]]:
        """Return the columns that begin in a stretch; of profiles those that reach into it."""
        found: list[dict[str, Any]] = []
        bytes_left = MOST_BYTES
        for day in _days(known, asked, before=1):
            for column in reversed(self._day(known, looks, day)):
                begin, end = column.wire["timestamp"], column.wire["end"]
                reaches = column.looks["style"] == "profile" and end > asked.start
                if begin >= asked.end or (begin < asked.start and not reaches):
                    continue
                bytes_left -= column.weight
                if bytes_left < 0:
                    return found[::-1]
                found.append(column.wire)
        return found[::-1]

    def _day(self, known: Known, looks: Mapping[str, Looks], day: int) -> list[Column]:
        """Return the columns that begin on a day, in order."""
        state = known.store.path, known.instrument, known.settings, known.covered[-1].end
        key = (*state, day, *sorted(looks))
        with self._lock:
            found = self._days.pop(key, None)
            if found is None:
                read = _read_day(known, looks, day)
                found = sorted(read, key=lambda column: int(column.wire["timestamp"]))
            self._days[key] = found
            if len(self._days) > MOST_DAYS:
                del self._days[next(iter(self._days))]
        return found


def looks_of_series(view: View) -> dict[str, Looks]:
    """Return how each series of cells is drawn that the files have."""
    looks: dict[str, Looks] = {each.series: each.looks for each in view.cells.rows}
    return looks | {key: each.looks for key, each in view.open.items()}


def _days(known: Known, asked: Stretch, before: int = 0) -> range:
    """Return the days of a stretch that the store may have, the newest first."""
    first = max(asked.start // DAY_MS - before, known.covered[0].start // DAY_MS - before)
    last = min((asked.end - 1) // DAY_MS, known.covered[-1].end // DAY_MS)
    return range(last, first - 1, -1)


def _read_day(known: Known, looks: Mapping[str, Looks], day: int) -> Iterator[Column]:
    start = max(day, 0) * DAY_MS
    for key, look in looks.items():
        rows = known.store.columns(
            "cells", known.instrument, key, start, start + DAY_MS, known.settings
        )
        for row in range(len(rows["timestamp"])):
            place = {"series": key} | {
                name: rows[name][row].item() for name in ("timestamp", "end", "tick", "low")
            }
            values = np.asarray(rows["values"][row], np.float64)
            yield column_from(look, place, values.reshape(-1, max(int(rows["channels"][row]), 1)))


def _signals(view: View, known: Known, asked: Stretch) -> list[dict[str, Any]]:
    """Return the signals of a stretch, in the order in which they were known."""
    looks = {each.series: {"title": each.title, "pane": each.pane} for each in view.signals}
    names = ("series", "timestamp", "known_at", "price", "value", "side", "text", "table")
    found: list[dict[str, Any]] = []
    for day in _days(known, asked):
        start, end = max(day * DAY_MS, asked.start), min((day + 1) * DAY_MS, asked.end)
        rows = known.store.columns("signals", known.instrument, None, start, end, known.settings)
        newest = np.argsort(rows["known_at"], kind="stable")[::-1]
        for row in newest[: MOST_SIGNALS - len(found)]:
            values = {name: rows[name][row] for name in names}
            given = {name: _plain(value) for name, value in values.items()}
            found.append({"title": "", "pane": "", **looks.get(str(given["series"]), {}), **given})
    return found[::-1]


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; None for what is no number."""
    found = value.item() if isinstance(value, np.generic) else value
    return None if found != found else found
