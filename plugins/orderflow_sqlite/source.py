"""The source `sqlite`: one instrument's files as one stream."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator, model_validator

from orderflow_core import InputError, InstrumentFacts, Source
from orderflow_core.sources import Block, BookRows, Span, TradeRows, join
from orderflow_sqlite.book_rows import BookReading, SnapshotRule
from orderflow_sqlite.facts import FIRST_ROWS, facts_of
from orderflow_sqlite.files import (
    PATTERN,
    RecordingFile,
    find_files,
    is_vacant,
    near_days,
    pattern_regex,
)
from orderflow_sqlite.first_rows import SequenceKind
from orderflow_sqlite.reader import Stream
from orderflow_sqlite.recording import Recording, check_overlaps
from orderflow_sqlite.simulate import write_sample
from orderflow_sqlite.snapshots import SNAPSHOT_WORDS
from orderflow_sqlite.times import TimestampUnit
from orderflow_sqlite.trade_rows import read_trades

log = logging.getLogger(__name__)

SAMPLE_INSTRUMENT = "SIM-BTC-USDT"


class SqliteSource(Source):
    """Reads recordings: tables `book` (level updates) and `trades`, a file per UTC day.

    The files of an instrument are one stream: the book and open bars carry over from one to the
    next. They are opened read-only and never written to.
    """

    class Settings(Source.Settings):
        """Where the recordings are and how they are to be read."""

        undeciding = (
            *Source.Settings.undeciding,
            *("pattern", "book_batch", "trade_batch", "gap_seconds", "sample"),
        )
        path: Path = Field(Path("data"), description="a file, a folder or a glob")
        pattern: str = Field(PATTERN, description="file names: {instrument} and %y %Y %m %d")
        book_batch: int = Field(8192, ge=1, le=65_536, description="book rows in a block")
        trade_batch: int = Field(16384, ge=1, le=1_000_000, description="trades read at once")
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
            description="sort rows without numbers by time first; slower, and needs room on the "
            "disk",
        )
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
        sample: bool = Field(
            False, description="where there is nothing yet, write a simulated market first"
        )

        @field_validator("pattern")
        @classmethod
        def _usable_pattern(cls, value: str) -> str:
            pattern_regex(value)
            return value

        @model_validator(mode="before")
        @classmethod
        def _no_sample_elsewhere(cls, values: object, info: ValidationInfo) -> object:
            """Write no sample into a path that the settings file does not name."""
            origins = (info.context or {}).get("origins", {})
            if isinstance(values, dict) and origins.get("path", "file") != "file":
                return {**values, "sample": False}
            return values

    settings: Settings

    def instruments(self) -> list[str]:
        """Return the instruments that there are recordings of."""
        if self._wants_sample():
            return [SAMPLE_INSTRUMENT]
        files = find_files(self.settings.path, self.settings.pattern)
        if not files:
            raise InputError(
                f"there is no recording at {self.settings.path}: [source] path names a file, a "
                f"folder with files like {self.settings.pattern}, or a glob; "
                "`orderflow sample` writes a simulated one"
            )
        return sorted({self._instrument_of(file) for file in files})

    def blocks(self, instrument: str) -> Iterator[Block]:
        """Yield the instrument's stream in blocks of at most `book_batch` book rows."""
        if self._wants_sample():
            log.warning(
                "no recordings in %s: writing two SIMULATED hours of %s",
                self.settings.path,
                SAMPLE_INSTRUMENT,
            )
            write_sample(self.settings.path, instrument=SAMPLE_INSTRUMENT)
        settings = self.settings
        recordings = [
            Recording(path, settings.timestamp_unit, settings.snapshot_words)
            for path in self._paths(instrument)
        ]
        try:
            yield from self._stream(instrument, recordings)
        finally:
            for recording in recordings:
                recording.close()

    def facts(self, instrument: str) -> InstrumentFacts:
        """Return what the first file says of the instrument, or its first rows let infer."""
        settings = self.settings
        paths = [] if self._wants_sample() or settings.sort else self._paths(instrument)
        if not paths:
            return InstrumentFacts()
        first = settings.model_copy(update={"book_batch": FIRST_ROWS, "trade_batch": FIRST_ROWS})
        return facts_of(paths[0], SqliteSource(first).blocks(instrument))

    def _wants_sample(self) -> bool:
        return self.settings.sample and is_vacant(self.settings.path)

    def _paths(self, instrument: str) -> list[Path]:
        files = find_files(self.settings.path, self.settings.pattern)
        wanted = near_days(files, self.settings.start, self.settings.end)
        return [file.path for file in wanted if self._instrument_of(file) == instrument]

    def _instrument_of(self, file: RecordingFile) -> str:
        return file.instrument or Recording(file.path).instrument()

    def _stream(self, instrument: str, recordings: Sequence[Recording]) -> Iterator[Block]:
        settings = self.settings
        self.ledger.inputs = [recording.counted for recording in recordings]
        spans = [recording.spans(settings.sort) for recording in recordings]
        check_overlaps(recordings, spans)
        books = self._book_rows(recordings, self._table("book", instrument, settings.book_batch))
        trades = self._trade_rows(
            recordings, self._table("trades", instrument, settings.trade_batch)
        )
        return join(instrument, books, trades, self._asked_for(spans))

    def _table(self, table: str, instrument: str, batch: int) -> Stream:
        settings = self.settings
        return Stream(
            table,
            instrument,
            self.ledger,
            batch,
            settings.sort,
            settings.start_ms,
            settings.stop_ms,
        )

    def _book_rows(self, recordings: Sequence[Recording], stream: Stream) -> Iterator[BookRows]:
        settings = self.settings
        reading = BookReading(
            self.ledger,
            settings.snapshot,
            settings.snapshot_levels,
            settings.sequence,
            int(settings.gap_seconds * 1000),
            settings.start_ms,
        )
        for recording in recordings:
            with recording.reader(stream) as reader:
                yield from reading.read(reader)
        yield from reading.end()

    def _trade_rows(self, recordings: Sequence[Recording], stream: Stream) -> Iterator[TradeRows]:
        for recording in recordings:
            with recording.reader(stream) as reader:
                yield from read_trades(reader)

    def _asked_for(self, spans: Sequence[dict[str, Span]]) -> Span:
        """Return the time from the first row to the last, within the range asked for."""
        tables = [span for recording in spans for span in recording.values()]
        first = min((span.first for span in tables), default=0)
        last = max((span.last for span in tables), default=0)
        start, stop = self.settings.start_ms, self.settings.stop_ms
        return Span(max(first, start or first), min(last, stop or last))
