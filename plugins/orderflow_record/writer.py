"""The thread that writes: batches in, rows on the disk, again and again while it is full."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue

from orderflow_record.database import DayFile, Durability, file_of
from orderflow_record.rows import CHANNELS, Batch, GapEnd, GapRow

log = logging.getLogger(__name__)


class Writer:
    """Writes the batches of all instruments, in their order, in a thread of its own.

    A batch that cannot be written is tried again after `retry_seconds`: nothing is dropped here.
    Whoever feeds it looks at `pending` and stops before the memory is full.

    Attributes:
        pending: about how many bytes wait to be written.
        trouble: why the last batch could not be written, None where it could.
        failure: why rows were dropped at the end, None where none were.

    What cannot be written at the end is dropped, with a gap row where the disk takes that much.

    """

    def __init__(
        self,
        directory: Path,
        durability: Durability = "kill",
        meta: Mapping[str, Mapping[str, str]] | None = None,
        retry_seconds: float = 1.0,
    ) -> None:
        self.pending = 0
        self.trouble: str | None = None
        self.failure: str | None = None
        self._directory = directory
        self._durability = durability
        self._meta = meta or {}
        self._retry_seconds = retry_seconds
        self._files: dict[str, tuple[int, DayFile]] = {}
        self._queue: SimpleQueue[tuple[str, Batch, int] | None] = SimpleQueue()
        self._written: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orderflow-record-writer")
        self._thread.start()

    def write(self, instrument: str, batch: Batch) -> None:
        """Have a batch written."""
        size = batch.size
        with self._lock:
            self.pending += size
        self._queue.put((instrument, batch, size))

    def close(self) -> None:
        """Wait until all is written; what cannot be written now is tried no longer."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        dropped: set[str] = set()
        while (item := self._queue.get()) is not None:
            instrument, batch, size = item
            if instrument not in dropped and not self._persist(instrument, batch):
                dropped.add(instrument)
                self.failure = self.trouble
            with self._lock:
                self.pending -= size
        for instrument in dropped:
            self._leave_gap(instrument)
        for _, file in self._files.values():
            file.close()

    def _persist(self, instrument: str, batch: Batch) -> bool:
        """Write a batch, however long it takes; return False where the end came first."""
        while not self._try(instrument, batch):
            if self._closing.is_set():
                return False
            self._closing.wait(self._retry_seconds)
        self._written[instrument] = batch.day, batch.progress
        return True

    def _leave_gap(self, instrument: str) -> None:
        """Write a gap row for what was dropped; where even that fails, the next start does."""
        if instrument in self._written:
            day, progress = self._written[instrument]
            sure = max(day, progress - 1)  # what was dropped may stand at the progress itself
            gaps: list[GapRow | GapEnd] = [
                GapRow(sure, None, channel, "disk") for channel in CHANNELS
            ]
            self._try(instrument, Batch(day, progress, gaps=gaps))

    def _try(self, instrument: str, batch: Batch) -> bool:
        try:
            self._file(instrument, batch.day).write(batch)
            if batch.closed:
                self._files.pop(instrument)[1].close()
        except (sqlite3.Error, OSError) as error:
            path = file_of(self._directory, instrument, batch.day)
            if self.trouble is None:
                log.warning("%s cannot be written: %s: it is tried again", path, error)
            self.trouble = f"{path} cannot be written: {error}"
            return False
        if self.trouble is not None:
            log.warning("the disk takes rows again")
        self.trouble = None
        return True

    def _file(self, instrument: str, day: int) -> DayFile:
        """Return the file of a day, in the place of an earlier one."""
        held = self._files.get(instrument)
        if held is not None and held[0] == day:
            return held[1]
        if held is not None:
            self._files.pop(instrument)[1].close()
        path = file_of(self._directory, instrument, day)
        file = DayFile(path, instrument, self._durability, self._meta.get(instrument, {}))
        self._files[instrument] = day, file
        return file
