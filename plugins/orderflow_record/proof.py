"""What recordings prove of themselves: each day, and the step from one to the next."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from orderflow_core import InputError, SettingsError
from orderflow_core.sources import DAY_MS, instrument_of
from orderflow_record.database import day_of
from orderflow_record.keeper import Keeper, Sides
from orderflow_record.recording import Checksum
from orderflow_record.venue import venue_class

_NAME = re.compile(r"(?P<instrument>.+)-(?P<day>\d\d-\d\d-\d\d)\.db")
_BOOK = """SELECT timestamp, action, seq_id, prev_seq_id, bids, asks, checksum FROM book
    ORDER BY id"""


@dataclass
class Proof:
    """What a file proves.

    Attributes:
        path, instrument: the file, and whose it is.
        rows, trades: how many it has.
        breaks: updates that their numbers do not link, outside the gaps that are told.
        gaps: the gaps that are told, each `(from, to, channel, reason)`, times in ms.
        begins_as_ended: whether its first row is the book at the end of the file before it; None
            where it does not begin with the recorder's own book, or no day before it is there.
        checksums, wrong_checksums: how many rows have one, and how many books are not its.
        missing_ids: how many ids of trades are left out; a trade that stands for several has one.
        proven: the share of time, from the first row to the last, in which the book is sure.

    """

    path: str
    instrument: str
    rows: int = 0
    trades: int = 0
    breaks: int = 0
    gaps: list[tuple[int, int | None, str, str]] = field(default_factory=list)
    begins_as_ended: bool | None = None
    checksums: int = 0
    wrong_checksums: int = 0
    missing_ids: int = 0
    proven: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing in it speaks against it; a gap that is told does not."""
        return not self.breaks and not self.wrong_checksums and self.begins_as_ended is not False


def prove(paths: Iterable[Path]) -> list[Proof]:
    """Look at files of a recorder, those of an instrument one after the other by their days.

    Raises InputError for one that cannot be read.
    """
    found: list[Proof] = []
    before: dict[str, tuple[int | None, Keeper]] = {}
    for path in sorted(paths, key=lambda path: path.name):
        match = _NAME.fullmatch(path.name)
        name = instrument_of(match["instrument"]) if match else path.stem
        day = day_of(f"{match['day']}.db") if match else None
        last, keeper = before.get(name, (None, Keeper()))
        if last is None or day != last + DAY_MS:
            keeper = Keeper()
        found.append(_proof(path, name, keeper))
        before[name] = day, keeper
    return found


def _proof(path: Path, name: str, keeper: Keeper) -> Proof:
    try:
        is_there = path.is_file()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if not is_there:
        raise InputError(f"there is no recording at {path}")
    proof = Proof(str(path), name)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            proof.gaps = database.execute(
                'SELECT "from", "to", channel, reason FROM gaps ORDER BY id'
            ).fetchall()
            _walk(proof, database.execute(_BOOK), keeper, _checksum(database))
            ids = [id for (id,) in database.execute("SELECT trade_id FROM trades")]
    except sqlite3.Error as error:
        raise InputError(f"{path} is no file of a recorder: {error}") from error
    proof.trades = len(ids)
    if ids and all(map(str.isdecimal, ids)):
        numbers = set(map(int, ids))
        proof.missing_ids = max(numbers) - min(numbers) + 1 - len(numbers)
    return proof


def _checksum(database: sqlite3.Connection) -> Checksum | None:
    """Return the checksum of the venue that the file names, None where it cannot be had."""
    row = database.execute("SELECT value FROM meta WHERE key = 'venue'").fetchone()
    try:
        return None if row is None else venue_class(row[0])([]).checksum
    except SettingsError:
        return None


def _walk(proof: Proof, rows: Iterable[Any], keeper: Keeper, checksum: Checksum | None) -> None:
    """Follow the book through a file."""
    told = [(start, end) for start, end, channel, _ in proof.gaps if channel == "book"]
    unsure: list[tuple[int, int]] = []
    first = last = None
    for time, action, seq, prev, bids, asks, said in rows:
        sides = Sides(orjson.loads(bids), orjson.loads(asks), bids, asks)
        if last is not None and not keeper.sure:
            unsure.append((last, time))
        if proof.rows == 0 and action == "snapshot" and keeper.sure:
            proof.begins_as_ended = keeper.last == seq and _is_book(keeper, sides)
        is_told = _is_within(told, time)
        was_sure = keeper.sure
        if action == "snapshot":
            _found(keeper, seq, sides)
        elif keeper.update(seq, prev, sides) == "gap" and was_sure and not is_told:
            proof.breaks += 1
        if said is not None and checksum is not None and keeper.sure:
            proof.checksums += 1
            is_right = checksum(keeper.ladder.bids, keeper.ladder.asks) == said
            proof.wrong_checksums += not is_right and not is_told
        first, last = time if first is None else first, time
        proof.rows += 1
    if first is not None and last is not None:
        proof.proven = _share(first, last, [*unsure, *((a, b or last) for a, b in told)])


def _found(keeper: Keeper, seq: int | None, sides: Sides) -> None:
    if seq is None or not keeper.complete(seq, sides):
        keeper.begin(seq, sides)


def _is_book(keeper: Keeper, sides: Sides) -> bool:
    bids, asks = keeper.ladder.sides()
    return bids == sides.bids and asks == sides.asks


def _is_within(spans: Sequence[tuple[int, int | None]], time: int) -> bool:
    return any(start <= time and (end is None or time <= end) for start, end in spans)


def _share(first: int, last: int, unsure: Iterable[tuple[int, int]]) -> float:
    """Return the share of a time that is in none of these spans."""
    if first == last:
        return 1.0
    left, at = 0, first
    for start, end in sorted(unsure):
        left += max(0, min(start, last) - at)
        at = max(at, min(end, last))
    return (left + last - at) / (last - first)


def lines(proof: Proof) -> Iterator[tuple[str, str]]:
    """Yield what to tell of a file, as names and values."""
    told = "unbroken" if not proof.breaks else f"{proof.breaks:,} breaks that no gap row tells"
    yield "chain", f"{told}, {proof.rows:,} rows"
    kinds = [f"{reason} of {channel}" for _, _, channel, reason in proof.gaps]
    yield (
        "gaps",
        ", ".join(f"{kinds.count(kind):,} x {kind}" for kind in dict.fromkeys(kinds)) or "none",
    )
    begins = {None: "no day before it to hold it against", True: "yes", False: "no"}
    yield "begins as the day before ended", begins[proof.begins_as_ended]
    if proof.checksums:
        right = proof.checksums - proof.wrong_checksums
        yield "checksums", f"{right:,} of {proof.checksums:,} are those of the book"
    yield "trades", f"{proof.trades:,}, {proof.missing_ids:,} ids left out"
    yield "proven", f"{proof.proven:.4%} of the time"
