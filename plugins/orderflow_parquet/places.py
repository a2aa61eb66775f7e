"""Where the files of a store are: a folder each kind, instrument and UTC day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

from orderflow_core.store import KINDS

FILE = "part-0.parquet"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def date_of(day: int) -> str:
    """Return a UTC day, counted from 1970, as `2025-06-01`."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def day_of(file: Path) -> int:
    """Return the UTC day of a file, counted from 1970."""
    date = datetime.strptime(file.parent.name, "date=%Y-%m-%d").replace(tzinfo=UTC)
    return (date - _EPOCH).days


def folder_of(store: Path, kind: str, instrument: str) -> Path:
    """Return the folder of an instrument's results of one kind."""
    return store / f"kind={kind}" / f"instrument={quote(instrument, safe='')}"


def file_of(store: Path, kind: str, instrument: str, day: int) -> Path:
    """Return where the results of one day are."""
    return folder_of(store, kind, instrument) / f"date={date_of(day)}" / FILE


def files_of(store: Path, instrument: str, kind: str = "*") -> list[Path]:
    """Return the files of an instrument's results, in the order of kind and day."""
    name = quote(instrument, safe="")
    return sorted(store.glob(f"kind={kind}/instrument={name}/date=*/{FILE}"))


def instruments_in(store: Path) -> list[str]:
    """Return the instruments of which there is a file, sorted."""
    return sorted(set(_instruments(store)))


def _instruments(store: Path) -> Iterator[str]:
    for kind in KINDS:
        for path in store.glob(f"kind={kind}/instrument=*/date=*/{FILE}"):
            yield unquote(path.parent.parent.name.removeprefix("instrument="))
