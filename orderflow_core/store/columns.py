"""The columns of each kind of results, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from orderflow_core.errors import InputError

Kind: TypeAlias = Literal["text", "int", "float", "bool", "floats"]
Columns: TypeAlias = dict[str, NDArray[Any]]
"""Columns by name, equally long: int64, float64 and bool; texts and lists are objects."""

_TIMES: Mapping[str, Kind] = {"series": "text", "timestamp": "int", "sequence": "int"}
_OHLC: Mapping[str, Kind] = {"open": "float", "high": "float", "low": "float", "close": "float"}
_KNOWN: Mapping[str, Kind] = {"known_at": "int", "complete": "bool", "settings": "text"}

COLUMNS: Mapping[str, Mapping[str, Kind]] = {
    "bars": {**_TIMES, "end": "int", **_OHLC, "volume": "float", **_KNOWN},
    "metrics": {**_TIMES, "end": "int", **_OHLC, **_KNOWN},
    "signals": {
        **_TIMES,
        "known_at": "int",
        "price": "float",
        "value": "float",
        "side": "int",
        "text": "text",
        "table": "text",
        "sure": "bool",
        "settings": "text",
    },
    "cells": {
        **_TIMES,
        "end": "int",
        "known_at": "int",
        "tick": "float",
        "low": "float",
        "channels": "int",
        "values": "floats",
        "table": "text",
        "sure": "bool",
        "settings": "text",
    },
    "events": {
        **_TIMES,
        "known_at": "int",
        "event": "text",
        "fields": "text",
        "table": "text",
        "sure": "bool",
        "settings": "text",
    },
}
"""The columns of each kind. Times are ms since the epoch, UTC; `settings` is the run's fingerprint.
`values` are row by row from the price `low` upwards, `channels` of them at each price; `fields` are
those of an event class of one's own, a JSON object.
"""
BARS: Sequence[str] = ("bars", "metrics")
"""The kinds whose rows are bars, which bring a `sequence` of their own."""
KINDS: Sequence[str] = tuple(COLUMNS)

_DTYPES: Mapping[str, Any] = {"int": np.int64, "float": np.float64, "bool": np.bool_}
_NOTHING: Mapping[Kind, Any] = {"int": 0, "float": np.nan, "bool": False, "text": "", "floats": ()}


def known_kind(kind: str) -> str:
    """Return a kind of results that there is; raises InputError for another."""
    if kind not in COLUMNS:
        raise InputError(f"{kind!r} is no kind of results: there are {', '.join(COLUMNS)}")
    return kind


def column(kind: str, values: Iterable[Any]) -> NDArray[Any]:
    """Return values as a column of a kind."""
    if kind in _DTYPES:
        return np.asarray(values if isinstance(values, np.ndarray) else list(values), _DTYPES[kind])
    listed = list(values)
    found = np.empty(len(listed), object)
    found[:] = listed
    return found


def joined(kind: str, parts: Sequence[Columns]) -> Columns:
    """Return the rows of several pieces of one kind of results, one after the other."""
    return {
        name: np.concatenate([part[name] for part in parts]) if parts else column(of, ())
        for name, of in COLUMNS[kind].items()
    }


def chosen(columns: Columns, rows: NDArray[Any]) -> Columns:
    """Return the rows that a mask or places choose."""
    return {name: values[rows] for name, values in columns.items()}


def chosen_or_nothing(kind: str, columns: Columns, places: NDArray[np.int64]) -> Columns:
    """Return the rows at places; -1 gives one without values, and `known` says which are not."""
    known = places >= 0
    found: Columns = {}
    for name, of in COLUMNS[kind].items():
        made = column(of, [_NOTHING[of]] * len(places))
        made[known] = columns[name][places[known]]
        found[name] = made
    return {**found, "known": known}
