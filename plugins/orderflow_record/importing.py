"""Tapes through a venue into recordings, as a recorder would have written them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from orderflow_core import InputError, OutputError
from orderflow_record.about import metas
from orderflow_record.database import find_past
from orderflow_record.recording import Counts, Recording
from orderflow_record.rows import Batch
from orderflow_record.session import Session
from orderflow_record.tape import Frame, frames
from orderflow_record.timing import Timing
from orderflow_record.venue import venue_class
from orderflow_record.writer import Writer

_FRAMES_A_BATCH = 1_000
"""After how many frames rows are written where no line has a time of receipt."""


def import_tapes(
    tapes: Sequence[Path],
    venue: str,
    instruments: Sequence[str],
    directory: Path,
    timing: Timing | None = None,
) -> dict[str, Counts]:
    """Write what tapes hold of instruments, and return what was written of each.

    Raises InputError where a tape cannot be read or holds nothing of them, and OutputError where
    the directory has recordings of one of them, or cannot be written.
    """
    made = venue_class(venue)(instruments)
    _refuse_old(directory, instruments)
    timing = timing or Timing()
    recordings = {name: Recording(name, made.checksum, timing.hold_ms) for name in instruments}
    session = Session(made, recordings, timing)
    writer = Writer(directory, meta=metas(venue, made, instruments))
    try:
        for name, batch in played(session, chain.from_iterable(map(frames, tapes))):
            writer.write(name, batch)
            if writer.trouble:
                raise OutputError(writer.trouble)
    finally:
        writer.close()
    if writer.failure:
        raise OutputError(writer.failure)
    if not session.frames:
        names = ", ".join(instruments)
        raise InputError(f"{', '.join(map(str, tapes))}: nothing of {names} at {venue} is in there")
    return {name: recording.counts for name, recording in recordings.items()}


def played(session: Session, tape: Iterable[Frame]) -> Iterator[tuple[str, Batch]]:
    """Yield what is to be written of a tape, the times of receipt being the clock."""
    timing, now, written, waiting = session.timing, 0.0, 0.0, 0
    session.opened()
    for receipt, text in tape:
        if text is None:
            if session.frames:
                session.lost("disconnect")
            session.opened()
            continue
        if receipt is not None:
            if now and receipt / 1000 - now > timing.silent_seconds:
                session.lost("silent")
            now = receipt / 1000
        session.take(text, now, None if receipt is None else int(receipt))
        waiting += 1
        if now >= written + timing.batch_ms / 1000 or waiting >= _FRAMES_A_BATCH:
            yield from session.batches(now)
            written, waiting = now, 0
    yield from session.batches(now, end=True)


def _refuse_old(directory: Path, instruments: Sequence[str]) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{directory} is not writable: {error.strerror}") from error
    for name in instruments:
        if find_past(directory, name) is not None:
            raise OutputError(
                f"{directory} has recordings of {name}: remove them, or choose another directory"
            )
