"""The settings of the source `sqlite`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from orderflow_core import Source
from orderflow_sqlite.book_rows import SnapshotRule
from orderflow_sqlite.files import PATTERN, pattern_regex
from orderflow_sqlite.first_rows import SequenceKind
from orderflow_sqlite.layout import Columns, Sides, Tables
from orderflow_sqlite.repeats import DuplicateRule
from orderflow_sqlite.snapshots import SNAPSHOT_WORDS
from orderflow_sqlite.times import TimestampUnit


class SqliteSettings(Source.Settings):
    """Where the recordings are and how they are to be read."""

    undeciding = (
        *Source.Settings.undeciding,
        *("pattern", "book_batch", "trade_batch", "gap_seconds", "sample"),
    )
    path: Path = Field(Path("data"), description="a file, a folder or a glob")
    pattern: str = Field(PATTERN, description="file names: {instrument} and %y %Y %m %d %H %M")
    book_batch: int = Field(8192, ge=1, le=65_536, description="book rows in a block")
    trade_batch: int = Field(16_384, ge=1, le=1_000_000, description="trades read at once")
    snapshot: SnapshotRule = Field(
        "auto",
        description="where no column tells: find whole books and a file's large first row, "
        "take every row for a snapshot, or none",
    )
    snapshot_words: list[str] = Field(
        list(SNAPSHOT_WORDS), description="what action says of a snapshot, in any case"
    )
    snapshot_levels: int = Field(
        50, ge=1, le=1_000_000, description="levels a side that make a first row a snapshot"
    )
    sequence: SequenceKind = Field(
        "auto",
        description="what seq_id is: a chain with prev_seq_id, a counter, or an order alone",
    )
    sort: bool = Field(
        False,
        description="sort rows without numbers by time first; slower, and needs room on the disk",
    )
    overlap: Literal["stop", "merge"] = Field(
        "stop", description="files that overlap in time: merge them by their numbers or times"
    )
    price: Literal["positive", "any"] = Field(
        "positive", description="any: prices may be 0 or negative, as those of spreads"
    )
    duplicates: DuplicateRule = Field(
        "keep", description="trades with a trade_id that is among the last 65,536"
    )
    tables: Tables = Field(Tables(), description="what the two tables are called")
    columns: Columns | None = Field(
        None, description="names or SQL expressions of columns that are called otherwise"
    )
    sides: Sides = Field(Sides(), description="the words for the sides of trades and levels")
    timestamp_unit: TimestampUnit | None = Field(
        None, description="of all timestamps; default: found for each table of each file"
    )
    gap_seconds: float = Field(
        60,
        gt=0,
        le=1_000_000_000,
        allow_inf_nan=False,
        description="time without a book row that is reported as a gap",
    )
    follow: bool = Field(
        False,
        description="go on as the recording grows, from the newest file on or from start",
    )
    lateness_ms: int = Field(
        250,
        ge=0,
        le=60_000,
        description="with follow, where no recorder tells how far the file is: how long a row "
        "may come after later ones",
    )
    sample: bool = Field(
        False, description="where there is nothing yet, write a simulated market first"
    )

    @field_validator("pattern")
    @classmethod
    def _usable_pattern(cls, value: str) -> str:
        pattern_regex(value)
        return value

    @model_validator(mode="after")
    def _in_the_order_of_coming(self) -> Self:
        for name, value in (("sort", True), ("overlap", "merge")):
            if self.follow and getattr(self, name) == value:
                raise ValueError(f"follow reads rows as they come: leave {name} out")
        return self

    @model_validator(mode="before")
    @classmethod
    def _no_sample_elsewhere(cls, values: object, info: ValidationInfo) -> object:
        """Write no sample into a path that the settings file does not name."""
        origins = (info.context or {}).get("origins", {})
        if isinstance(values, dict) and origins.get("path", "file") != "file":
            return {**values, "sample": False}
        return values
