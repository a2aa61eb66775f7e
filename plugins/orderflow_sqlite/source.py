"""The source `sqlite`: one instrument's files as one stream."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from orderflow_core import InputError, InstrumentFacts, PluginSettings, Source
from orderflow_core.sources import (
    DAY_MS,
    Block,
    BookRows,
    Ledger,
    LiveJoin,
    Span,
    TradeRows,
    day_of,
    join,
)
from orderflow_sqlite.book_rows import BookReading
from orderflow_sqlite.entering import Entrance
from orderflow_sqlite.facts import FIRST_ROWS, facts_of
from orderflow_sqlite.files import (
    RecordingFile,
    around,
    find_files_once,
    is_vacant,
    near_days,
    other_names,
)
from orderflow_sqlite.following import Following
from orderflow_sqlite.instruments import Kept, instruments_of
from orderflow_sqlite.layout import Columns, Layout, TableName
from orderflow_sqlite.merging import Merged, overlapping
from orderflow_sqlite.reader import Stream
from orderflow_sqlite.recording import Recording, check_overlaps
from orderflow_sqlite.repeats import Repeats
from orderflow_sqlite.settings import SqliteSettings
from orderflow_sqlite.tail import Tail
from orderflow_sqlite.trade_rows import TradeReading

log = logging.getLogger(__name__)

SAMPLE_INSTRUMENT = "SIM-BTC-USDT"
RARELY = 100
"""After how many times of what it takes to look for an instrument in a file it is done again."""
OPEN_AT_ONCE = 3
"""Files that stay open from the look at their times on: those of a day and of the days around."""


class SqliteSource(Source):
    """Reads recordings: tables `book` (level updates) and `trades`, a file per UTC day.

    The files of an instrument are one stream: the book and open bars carry over from one to the
    next. They are opened read-only and never written to.
    """

    class Settings(SqliteSettings):
        """Where the recordings are and how they are to be read."""

    settings: Settings

    def __init__(
        self, settings: PluginSettings | None = None, /, *, name: str = "source", **values: Any
    ) -> None:
        super().__init__(settings, name=name, **values)
        self.live = self.settings.follow
        self._closed = Event()
        self._known: dict[Path, Kept] = {}
        self._due: dict[Path, float] = {}

    def instruments(self) -> list[str]:
        """Return the instruments that there are recordings of, or are waited for."""
        if self.settings.follow and self.settings.instruments:
            return self.settings.instruments
        if self._wants_sample():
            return [SAMPLE_INSTRUMENT]
        files = self._files()
        if not files:
            raise InputError(
                f"there is no recording at {self.settings.path}: [source] path names a file, a "
                f"folder with files like {self.settings.pattern}, or a glob; "
                f"{other_names(self.settings.path)}`orderflow sample` writes a simulated one"
            )
        return sorted({name for kept in self._kept(files) for name in kept.instruments})

    def blocks(self, instrument: str) -> Iterator[Block]:
        """Yield the instrument's stream in blocks of at most `book_batch` book rows."""
        if self._wants_sample():
            log.warning(
                "no recordings in %s: writing two SIMULATED hours of %s",
                self.settings.path,
                SAMPLE_INSTRUMENT,
            )
            from orderflow_sqlite.simulate import write_sample

            write_sample(self.settings.path, instrument=SAMPLE_INSTRUMENT)
        if self.settings.follow:
            yield from self._followed(instrument)
            return
        opened = [self._recording(kept, instrument) for kept in self._kept_near(instrument)]
        try:
            yield from self._stream(instrument, self._entered(instrument, opened))
        finally:
            for recording in opened:
                recording.close()

    def days(self, instrument: str) -> list[date]:
        """Return the days of the files' rows, which are looked up where ids have an index."""
        if self._wants_sample():
            from orderflow_sqlite.simulate import START

            return [START.date()]
        near = self._kept_near(instrument)
        found = set().union(*(self._recording(kept, instrument).days() for kept in near))
        return [day_of(day * DAY_MS) for day in sorted(found)]

    def files(self, instrument: str) -> Sequence[Path]:
        """Return the files near the range that have the instrument."""
        if self._wants_sample():
            return ()
        return [kept.path for kept in self._kept_near(instrument)]

    def close(self) -> None:
        """Follow no longer: what is there by now is still given."""
        self._closed.set()

    def facts(self, instrument: str) -> InstrumentFacts:
        """Return what the first file says of the instrument, or its first rows let infer."""
        settings = self.settings
        if self._wants_sample() or settings.sort:
            return InstrumentFacts()
        first_file = next(self._kept_near(instrument), None)
        if first_file is None:
            return InstrumentFacts()
        first = settings.model_copy(
            update={"book_batch": FIRST_ROWS, "trade_batch": FIRST_ROWS, "follow": False}
        )
        return facts_of(first_file.path, SqliteSource(first).blocks(instrument))

    def _wants_sample(self) -> bool:
        settings = self.settings
        return settings.sample and not settings.follow and is_vacant(settings.path)

    @property
    def _layout(self) -> Layout:
        settings = self.settings
        columns = settings.columns or Columns()
        return Layout(tables=settings.tables, columns=columns, sides=settings.sides)

    def _recording(self, kept: Kept, instrument: str) -> Recording:
        settings = self.settings
        only = instrument if kept.by_column else None
        return Recording(
            kept.path,
            settings.timestamp_unit,
            settings.snapshot_words,
            self._layout,
            only,
            follow=settings.follow,
        )

    def _kept_near(self, instrument: str) -> Iterator[Kept]:
        """Yield the files near the range that have the instrument, in their order.

        Where there is none of the days around an end of the range, the next one there is near.
        """
        files = self._files()
        near = near_days(files, self.settings.start, self.settings.end)
        found = list(self._of(instrument, near))
        paths = {kept.path for kept in found}
        near = [file for file in near if file.path in paths]
        before, after = around(files, near, self.settings.start, self.settings.end)
        yield from islice(self._of(instrument, before), 1)
        yield from found
        yield from islice(self._of(instrument, after), 1)

    def _of(self, instrument: str, files: Sequence[RecordingFile]) -> Iterator[Kept]:
        """Yield those of the files that have the instrument."""
        return (kept for kept in self._kept(files) if instrument in kept.instruments)

    def _earlier(self, instrument: str, first: Path) -> Iterator[Recording]:
        """Yield the instrument's recordings before that at a path, the last one first."""
        files = self._files()
        places = [file.path for file in files]
        for kept in self._of(instrument, files[: places.index(first)][::-1]):
            yield self._recording(kept, instrument)

    def _entered(self, instrument: str, opened: list[Recording]) -> Sequence[Recording]:
        """Return the recordings that are read, told where to begin; what is opened is added."""
        settings, start = self.settings, self.settings.start_ms
        whole = settings.sort or settings.overlap == "merge" or settings.duplicates == "drop"
        if start is None or whole or not opened:
            return opened

        def earlier() -> Iterator[Recording]:
            for recording in self._earlier(instrument, opened[0].path):
                opened.append(recording)
                yield recording

        return Entrance(
            list(opened),
            earlier(),
            start,
            self._book_reading(Ledger()),
            self._table("book", instrument, settings.book_batch),
            self._table("trades", instrument, settings.trade_batch),
        ).enter()

    def _kept(self, files: Sequence[RecordingFile]) -> Iterator[Kept]:
        layout = self._layout
        return (instruments_of(file, layout) for file in files)

    def _stream(self, instrument: str, recordings: Sequence[Recording]) -> Iterator[Block]:
        settings = self.settings
        self.ledger.inputs = [recording.counted for recording in recordings]
        spans = [
            recording.spans(settings.sort, soon=place < OPEN_AT_ONCE)
            for place, recording in enumerate(recordings)
        ]
        read: Sequence[Recording | Merged] = recordings
        if settings.overlap == "merge":
            read = overlapping(recordings, spans)
        else:
            check_overlaps(recordings, spans)
        books = self._book_rows(read, self._table("book", instrument, settings.book_batch))
        trades = self._trade_rows(read, self._table("trades", instrument, settings.trade_batch))
        return join(instrument, books, trades, self._asked_for(spans))

    def _table(self, table: TableName, instrument: str, batch: int) -> Stream:
        settings = self.settings
        return Stream(
            table,
            instrument,
            self.ledger,
            batch,
            settings.sort,
            settings.start_ms,
            settings.stop_ms,
            settings.price == "any",
            self.with_orders,
        )

    def _followed(self, instrument: str) -> Iterator[Block]:
        """Yield the stream of files that grow, from the newest one on or from the range's first."""
        settings = self.settings
        streams: dict[TableName, Stream] = {
            "book": self._table("book", instrument, settings.book_batch),
            "trades": self._table("trades", instrument, settings.trade_batch),
        }

        def join(has_book: bool) -> LiveJoin:
            whole = self.whole_windows
            return LiveJoin(instrument, self.ledger, whole_windows=whole, has_book=has_book)

        following = Following(
            lambda: [file for file in self._files() if self._has(file, instrument)],
            lambda file: self._tail(file, instrument, streams),
            self._book_reading(self.ledger),
            self._trade_reading(),
            join,
            settings.lateness_ms,
            settings.stop_ms,
            self._closed,
        )
        return following.blocks(lambda files: self._first(files, instrument))

    def _first(self, files: Sequence[RecordingFile], instrument: str) -> RecordingFile:
        """Return the file with which following begins: the newest one, or that of the range."""
        if self.settings.start is None:
            return files[-1]
        near = next(self._kept_near(instrument), None)
        return next((file for file in files if near and file.path == near.path), files[0])

    def _files(self) -> list[RecordingFile]:
        return find_files_once(self.settings.path, self.settings.pattern)

    def _has(self, file: RecordingFile, instrument: str) -> bool:
        """Whether a file has an instrument, which may come to one that is being written."""
        kept, began = self._known.get(file.path), monotonic()
        is_known = kept is not None
        is_open = kept is None or not (kept.settled or instrument in kept.instruments)
        if is_open and began >= self._due.get(file.path, began):
            try:
                self._known[file.path] = kept = instruments_of(file, self._layout)
            except InputError:
                kept = None
            if is_known:  # the first look may have had more to do
                self._due[file.path] = began + RARELY * (monotonic() - began)
        return kept is not None and instrument in kept.instruments

    def _tail(
        self, file: RecordingFile, instrument: str, streams: Mapping[TableName, Stream]
    ) -> Tail:
        recording = self._recording(self._known[file.path], instrument)
        try:
            tail = Tail(recording, streams)
        except BaseException:
            recording.close()
            raise
        return tail

    def _trade_reading(self) -> TradeReading:
        return TradeReading(
            self.ledger, Repeats(self.settings.duplicates, always=self.settings.sort)
        )

    def _book_rows(
        self, recordings: Sequence[Recording | Merged], stream: Stream
    ) -> Iterator[BookRows]:
        reading = self._book_reading(self.ledger)
        for recording in recordings:
            with recording.reader(stream) as reader:
                if reader is not None:
                    yield from reading.read(reader)
        yield from reading.end()

    def _book_reading(self, ledger: Ledger) -> BookReading:
        settings = self.settings
        return BookReading(
            ledger,
            settings.snapshot,
            settings.snapshot_levels,
            settings.sequence,
            int(settings.gap_seconds * 1000),
            settings.start_ms,
            settings.stop_ms,
        )

    def _trade_rows(
        self, recordings: Sequence[Recording | Merged], stream: Stream
    ) -> Iterator[TradeRows]:
        reading = self._trade_reading()
        for recording in recordings:
            with recording.reader(stream) as reader:
                if reader is not None:
                    yield from reading.read(reader)
        reading.end()

    def _asked_for(self, spans: Sequence[dict[TableName, Span]]) -> Span:
        """Return the time from the first row to the last, within the range asked for."""
        tables = [span for recording in spans for span in recording.values()]
        first = min((span.first for span in tables), default=0)
        last = max((span.last for span in tables), default=0)
        start, stop = self.settings.start_ms, self.settings.stop_ms
        return Span(max(first, start or first), min(last, stop or last))
