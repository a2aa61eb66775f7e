"""The reader of Parquet stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from orderflow_core.sources import DAY_MS
from orderflow_core.store import KINDS, Columns, Span, Store, chosen, joined, known_kind, merged
from orderflow_parquet.file import Footer, read_file, read_footer
from orderflow_parquet.places import day_of, files_of, instruments_in


class ParquetStore(Store):
    """Reads what `[plugins.parquet]` has written, day by day."""

    @classmethod
    def finds(cls, path: Path) -> bool:
        """Whether a folder has one of the kinds of results."""
        return any((path / f"kind={kind}").is_dir() for kind in KINDS)

    def instruments(self) -> list[str]:
        """Return the instruments of which there is a file, sorted."""
        return instruments_in(self.path)

    def settings(self, instrument: str) -> list[str]:
        """Return the fingerprints of its files, that of the file written last at the end."""
        newest_first = sorted(files_of(self.path, instrument), key=_written, reverse=True)
        found = dict.fromkeys(read_footer(path).settings for path in newest_first)
        return list(found)[::-1]

    def series(self, kind: str, instrument: str, settings: str | None = None) -> list[str]:
        """Return the keys of the series of a kind, sorted."""
        footers = self._footers(self._files(instrument, kind), instrument, settings)
        return sorted({key for _, footer in footers for key in footer.series})

    def columns(
        self,
        kind: str,
        instrument: str,
        series: str | None = None,
        start: int | None = None,
        end: int | None = None,
        settings: str | None = None,
    ) -> Columns:
        """Return rows, from the files of the days that the range touches."""
        files = [
            path
            for path in self._files(instrument, kind)
            if (start is None or (day_of(path) + 1) * DAY_MS > start)
            and (end is None or day_of(path) * DAY_MS < end)
        ]
        parts = []
        for path, footer in self._footers(files, instrument, settings):
            if series is None or series in footer.series:
                rows = read_file(path, series)[0]
                wanted = np.ones(len(rows["timestamp"]), bool)
                if start is not None:
                    wanted &= rows["timestamp"] >= start
                if end is not None:
                    wanted &= rows["timestamp"] < end
                parts.append(chosen(rows, wanted))
        found = joined(kind, parts)
        if series is not None:
            return found
        keys = found["series"].astype(str)
        return chosen(found, np.lexsort((found["sequence"], found["timestamp"], keys)))

    def covered(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        """Return the stretches that the stream went over, in order."""
        return merged(footer.covered for footer in self._of_days(instrument, settings))

    def unsure(self, instrument: str, settings: str | None = None) -> Sequence[Span]:
        """Return the stretches in which the book was not sure, in order."""
        days = self._of_days(instrument, settings)
        return merged(span for footer in days for span in footer.unsure)

    def relation(self, kind: str, instrument: str, settings: str | None = None) -> str | None:
        """Return what duckdb reads the files by, so that it reads no more than a query needs."""
        files = self._footers(self._files(instrument, kind), instrument, settings)
        listed = ", ".join(quoted(str(path)) for path, _ in files)
        reading = f"read_parquet([{listed}], hive_partitioning = false)"
        return f"SELECT * FROM {reading}" if listed else None

    def _files(self, instrument: str, kind: str) -> Sequence[Path]:
        return files_of(self.path, instrument, known_kind(kind))

    def _of_days(self, instrument: str, settings: str | None) -> Iterator[Footer]:
        for _, footer in self._footers(files_of(self.path, instrument), instrument, settings):
            yield footer

    def _footers(
        self, files: Sequence[Path], instrument: str, settings: str | None
    ) -> Iterator[tuple[Path, Footer]]:
        """Yield the files of one fingerprint of settings, with what they say of themselves."""
        if settings is None:
            newest = max(files_of(self.path, instrument), key=_written, default=None)
            settings = None if newest is None else read_footer(newest).settings
        for path in files:
            footer = read_footer(path)
            if footer.settings == settings:
                yield path, footer


def _written(path: Path) -> tuple[int, Path]:
    """Return when a file was written, in an order of its own where times are equal."""
    return path.stat().st_mtime_ns, path


def quoted(text: str) -> str:
    """Return a text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
