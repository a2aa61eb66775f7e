"""Results of one kind in one file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orderflow_core import InputError, SettingsError
from orderflow_core.sinks import write_whole
from orderflow_core.store import COLUMNS, KINDS, Columns, Store
from orderflow_parquet.asked import open_asked
from orderflow_parquet.file import parquet


@dataclass(frozen=True)
class Choice:
    """What of a store is meant: times in ms, the end excluded; None for all, or the newest."""

    kind: str
    instruments: Sequence[str] | None = None
    series: str | None = None
    start: int | None = None
    end: int | None = None
    settings: str | None = None


def write_export(file: Path, path: Path, choice: Choice) -> int:
    """Write what is chosen of a store, and return how many rows it has.

    Raises SettingsError for what there is not, OutputError for a file that cannot be written.
    """
    form = file.suffix.lower()
    if form not in (".csv", ".parquet"):
        raise SettingsError(f"{file}: its name must end with .csv or .parquet")
    if choice.kind not in KINDS:
        raise SettingsError(f"--kind {choice.kind!r}: there are {', '.join(KINDS)}")
    store = open_asked(path, choice.settings)
    columns = _chosen(store, choice)
    kinds = {"instrument": "text", **COLUMNS[choice.kind]}
    write_whole(file, _csv(columns) if form == ".csv" else parquet(kinds, columns))
    return len(columns["timestamp"])


def _chosen(store: Store, choice: Choice) -> Columns:
    there = store.instruments()
    names = choice.instruments or there
    missing = [name for name in names if name not in there]
    if missing:
        raise SettingsError(
            f"--instrument {missing[0]!r}: {store.path} has {', '.join(there) or 'none'}"
        )
    parts = []
    for name in names:
        rows = store.columns(
            choice.kind, name, choice.series, choice.start, choice.end, choice.settings
        )
        instrument = np.empty(len(rows["timestamp"]), object)
        instrument[:] = name
        parts.append({"instrument": instrument, **rows})
    if not any(len(part["timestamp"]) for part in parts):
        known = {key for name in names for key in store.series(choice.kind, name, choice.settings)}
        raise InputError(
            f"{store.path} has no such rows; its series of {choice.kind}: "
            f"{', '.join(sorted(known)) or 'none'}"
        )
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in ("instrument", *COLUMNS[choice.kind])
    }


def _csv(columns: Columns) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*map(_listed, columns.values()), strict=True))
    return text.getvalue().encode()


def _listed(column: NDArray[Any]) -> list[Any]:
    """Return the values of a column, None for a number that is none."""
    values: list[Any] = column.tolist()
    return [None if value != value else value for value in values]
