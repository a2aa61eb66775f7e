"""Disks that do not take what a recorder writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from unittest.mock import patch

from orderflow_record.database import DayFile
from orderflow_record.rows import Batch


@contextmanager
def slow_disk() -> Iterator[Event]:
    """Let each batch wait until this is over, or the event that it gives is set."""
    free, write = Event(), DayFile.write

    def wait_and_write(file: DayFile, batch: Batch) -> None:
        free.wait()
        write(file, batch)

    with patch.object(DayFile, "write", wait_and_write):
        try:
            yield free
        finally:
            free.set()


@contextmanager
def full_disk() -> Iterator[None]:
    """Refuse each batch until this is over."""

    def refuse(file: DayFile, batch: Batch) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with patch.object(DayFile, "write", refuse):
        yield
