"""One Parquet file: the results of one kind, instrument and UTC day, and what is said of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from orderflow_core import InputError, Series
from orderflow_core.sources import utc
from orderflow_core.store import COLUMNS, Columns, Span

SCHEMA = 1
_KEY = "orderflow"
_MAGIC = b"PAR1"
_PAGE = 1440  # rows: small enough for readers of one series to pass over those of others
_ENCODINGS: Mapping[str, Literal["delta_binary_packed", "byte_stream_split"]] = {
    "int": "delta_binary_packed",
    "float": "byte_stream_split",
}
_NUMBERS = {"int": "<i8", "float": "<f8", "bool": "?"}


@dataclass(frozen=True)
class Footer:
    """What a file says of itself.

    `complete` tells that the day was over when it was written, and no bar of it open. `first` and
    `last` are the times of the first and the last row or trade of the day that the run went over,
    None where there are but bars of the day. `covered` is the part of the day from its beginning,
    or the stream's, to its end, or the stream's. `series` has for each key how it is drawn, and
    `rows` and `sha256`: of the columns of its rows but series and settings, one after the other,
    numbers as 8 little-endian bytes, truth as one, texts in UTF-8 with a zero byte after each.
    """

    version: str
    kind: str
    instrument: str
    settings: str
    complete: bool
    first: int | None
    last: int | None
    covered: Span
    unsure: Sequence[Span] = ()
    inputs: Sequence[Mapping[str, Any]] = ()
    series: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schema: int = SCHEMA

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(vars(self), sort_keys=True)


def described(kind: str, columns: Columns, series: Series) -> dict[str, Any]:
    """Return what a footer says of one series and its rows."""
    digest = sha256()
    for name, of in COLUMNS[kind].items():
        if name not in ("series", "settings"):
            digest.update(_bytes(of, columns[name]))
    drawn = {key: value for key, value in asdict(series).items() if key != "key"}
    return {**drawn, "rows": len(columns["timestamp"]), "sha256": digest.hexdigest()}


def content(kind: str, columns: Columns, footer: Footer) -> bytes:
    """Return the bytes of a file, the same for the same rows and footer."""
    return parquet(COLUMNS[kind], columns, {_KEY: footer.text()})


def parquet(
    kinds: Mapping[str, str], columns: Columns, metadata: Mapping[str, str] | None = None
) -> bytes:
    """Return columns of these kinds as a Parquet file."""
    from arro3.core import Table
    from arro3.io import write_parquet

    table = Table.from_pydict({name: _array(of, columns[name]) for name, of in kinds.items()})
    file = BytesIO()
    write_parquet(
        table,
        file,
        compression="zstd(3)",
        dictionary_enabled=False,
        column_dictionary_enabled={name: True for name, of in kinds.items() if of == "text"},
        column_encoding={n: _ENCODINGS[of] for n, of in kinds.items() if of in _ENCODINGS},
        key_value_metadata=dict(metadata or {}),
        max_row_group_size=1 << 24,  # one, for each costs its readers
        data_page_row_count_limit=_PAGE,
        skip_arrow_metadata=True,
    )
    return file.getvalue()


def read_footer(path: Path) -> Footer:
    """Return what a file says of itself; raises InputError for one that is no such file."""
    return _footer(path, _opened(path))


def read_file(path: Path, series: str | None = None) -> tuple[Columns, Footer]:
    """Return the rows of a file, all or one series', and what it says of itself.

    Raises InputError for what cannot be read.
    """
    reader = _opened(path)
    footer = _footer(path, reader)
    try:
        table = reader.read_all()
        if series is not None:
            table = table.slice(*_place(footer, series))
        kinds = COLUMNS[footer.kind]
        columns = {name: _values(of, table.column(name)) for name, of in kinds.items()}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the reader panics over bytes that are damaged
        raise InputError(f"{path} is damaged: {error}") from error
    return columns, footer


def _place(footer: Footer, series: str) -> tuple[int, int]:
    """Return where the rows of a series begin, and how many there are."""
    rows = {key: int(told["rows"]) for key, told in footer.series.items()}
    return sum(rows[key] for key in rows if key < series), rows.get(series, 0)


def why_not(path: Path, footer: Footer) -> str | None:
    """Return why a file that is there may not be replaced by one of this footer, None if it may.

    Who replaces a day has gone over all that was gone over before, and lacks no row of any series
    that settings of the same numbers gave.
    """
    if not path.exists():
        return None
    try:
        old = read_footer(path)
    except InputError as error:
        return str(error)
    if old.first is not None and old.last is not None:
        if footer.first is None or footer.last is None:
            return "this run has no row of that day"
        if footer.first > old.first or footer.last < old.last:
            return (
                f"it is of {utc(old.first)} to {utc(old.last)}, and this run of "
                f"{utc(footer.first)} to {utc(footer.last)}"
            )
    if footer.settings == old.settings:
        for key, told in old.series.items():
            rows = footer.series.get(key, {}).get("rows", 0)
            if rows < told["rows"]:
                return f"it has {told['rows']:,} rows of {key}, and this run {rows:,}"
    return None


def _opened(path: Path) -> Any:
    from arro3.io import read_parquet

    try:
        with path.open("rb") as file:
            begin, end = file.read(4), file.seek(-4, os.SEEK_END) and file.read(4)
        if (begin, end) == (_MAGIC, _MAGIC):
            return read_parquet(path, batch_size=1 << 20)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the reader panics over bytes that are damaged
        raise InputError(f"{path} is damaged: {error}") from error
    raise InputError(f"{path} is no whole Parquet file")


def _footer(path: Path, reader: Any) -> Footer:
    metadata = dict(reader.schema.metadata)
    try:
        found = json.loads(metadata[_KEY.encode()])
        newer = found["schema"] > SCHEMA
        spans = {"covered": Span(*found["covered"])}
        unsure = [Span(*each) for each in found["unsure"]]
        footer = Footer(**{**found, **spans, "unsure": unsure})
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no file of a store: its footer lacks {_KEY}") from error
    if newer:
        raise InputError(f"{path} is of schema {footer.schema}; this orderflow reads {SCHEMA}")
    return footer


def _array(of: str, values: NDArray[Any]) -> Any:
    from arro3.core import Array, DataType, list_array

    if of == "text":
        return Array(values.tolist(), type=DataType.string())
    if of == "floats":
        lengths = [len(each) for each in values]
        flat = np.fromiter((each for row in values for each in row), np.float64, sum(lengths))
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return list_array(Array.from_numpy(offsets), Array.from_numpy(flat))
    if of == "float" and np.isnan(values).any():
        nulls = [None if value != value else value for value in values.tolist()]
        return Array(nulls, type=DataType.float64())
    return Array.from_numpy(values)


def _values(of: str, column: Any) -> NDArray[Any]:
    if of in ("text", "floats") or column.null_count:
        listed = column.to_pylist()
        if of == "float":
            return np.array([np.nan if value is None else value for value in listed])
        found = np.empty(len(listed), object)
        found[:] = [tuple(each) if of == "floats" else each for each in listed]
        return found
    values: NDArray[Any] = column.to_numpy()
    return values


def _bytes(of: str, values: NDArray[Any]) -> bytes:
    if of in _NUMBERS:
        return np.ascontiguousarray(values, _NUMBERS[of]).tobytes()
    if of == "floats":
        return b"".join(np.asarray(each, "<f8").tobytes() for each in values)
    return b"".join(_texts(values))


def _texts(values: Iterable[str]) -> Iterator[bytes]:
    for value in values:
        yield value.encode() + b"\0"
