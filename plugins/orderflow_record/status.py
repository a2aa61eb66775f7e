"""What a recorder tells while it goes on: `record.json` for the page, and a line for people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, time
from typing import Any

import orjson

from orderflow_core import OutputError
from orderflow_core.sinks import write_whole
from orderflow_record.feed import Feed
from orderflow_record.recording import Recording
from orderflow_record.writer import Writer

FILE = "record.json"
SCHEMA = 1


@dataclass
class _Watched:
    """What was seen of an instrument: rows at the last look, and how long its book was sure."""

    rows: int = 0
    rate: float = 0.0
    sure: float = 0.0
    passed: float = 0.0

    def look(self, recording: Recording, seconds: float, *, connected: bool) -> None:
        rows = recording.counts.book + recording.counts.trades
        self.rate = (rows - self.rows) / seconds if seconds else 0.0
        self.rows = rows
        self.passed += seconds
        self.sure += seconds if recording.sure and connected else 0.0


class Status:
    """Looks at the feeds each second."""

    def __init__(self, directory: Path, feeds: Sequence[Feed], writer: Writer) -> None:
        self._path = directory / FILE
        self._feeds = feeds
        self._writer = writer
        self._started = time()
        self._looked = monotonic()
        self._watched: dict[str, _Watched] = {}

    def write(self, status: str = "recording") -> None:
        """Look at the feeds and replace `record.json`; a disk that is full is told elsewhere."""
        now = monotonic()
        seconds, self._looked = now - self._looked, now
        for feed in self._feeds:
            for name, recording in feed.session.recordings.items():
                watched = self._watched.setdefault(name, _Watched())
                watched.look(recording, seconds, connected=feed.connected)
        try:
            write_whole(self._path, orjson.dumps(self._content(status)))
        except OutputError:
            if self._writer.trouble is None:
                raise

    def line(self) -> str:
        """Return what there is to say in one line."""
        counts = [
            recording.counts
            for feed in self._feeds
            for recording in feed.session.recordings.values()
        ]
        connected = sum(feed.connected for feed in self._feeds)
        rate = sum(watched.rate for watched in self._watched.values())
        parts = [
            f"{connected} of {len(self._feeds)} connected",
            f"{sum(each.book for each in counts):,} book rows",
            f"{sum(each.trades for each in counts):,} trades",
            f"{rate:,.0f} rows/s",
            f"{sum(each.gaps for each in counts):,} gaps",
        ]
        failures = [f"{feed.host}: {feed.failure}" for feed in self._feeds if not feed.connected]
        return ", ".join([*parts, *filter(None, [self._writer.trouble]), *failures])

    def _content(self, status: str) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "status": status,
            "pid": os.getpid(),
            "started_at": int(self._started * 1000),
            "written_at": int(time() * 1000),
            "pending_bytes": self._writer.pending,
            "trouble": self._writer.trouble,
            "feeds": [self._feed(feed) for feed in self._feeds],
        }

    def _feed(self, feed: Feed) -> dict[str, Any]:
        recordings = feed.session.recordings
        return {
            "host": feed.host,
            "connected": feed.connected,
            "failure": None if feed.connected else feed.failure,
            "frames": feed.session.frames,
            "unreadable": feed.session.unreadable,
            "instruments": {name: self._instrument(each) for name, each in recordings.items()},
        }

    def _instrument(self, recording: Recording) -> dict[str, Any]:
        watched, seen = self._watched[recording.instrument], recording.seen
        return {
            **asdict(recording.counts),
            "rate": round(watched.rate, 1),
            "lag_ms": None if seen is None else int(time() * 1000) - seen,
            "sure": recording.sure,
            "proven": round(watched.sure / watched.passed, 6) if watched.passed else 0.0,
        }
