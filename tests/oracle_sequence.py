"""What sequence numbers mean, said the plain way: row by row, with all rows at hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

Level = tuple[float, float]  # price, size

KEPT = 4_096


@dataclass(frozen=True)
class BookRow:
    """The level updates of one row of the book table; a snapshot replaces the whole book."""

    timestamp: int
    bids: list[Level]
    asks: list[Level]
    snapshot: bool = False
    sure: bool = True


@dataclass(frozen=True)
class Numbered:
    """A row with its numbers; without a kind it has none."""

    row: BookRow
    kind: str | None = None  # chain, counter or order
    seq: int | None = None
    prev: int | None = None

    def has_numbers(self) -> bool:
        return self.seq is not None and (self.kind != "chain" or self.prev is not None)

    def names(self, last: int | None) -> bool:
        """Whether the row says that it comes right after this number."""
        if not self.has_numbers() or last is None:
            return False
        if self.kind == "chain":
            return self.prev == last
        return self.kind == "counter" and (self.seq == last + 1 or (self.seq == 1 and last > 1))

    def fits(self, last: int | None) -> bool:
        """Whether the row applies after this number."""
        if self.names(last):
            return True
        if not self.has_numbers():
            return False
        assert self.seq is not None
        if self.kind == "order":
            return last is None or self.seq > last
        if self.kind == "counter" or last is None:
            return False
        assert self.prev is not None
        return self.prev < last < self.seq


@dataclass
class _Book:
    """What is known of the book: its last number, and the rows since the last break.

    Each kept row comes with the number after which it brings the changes.
    """

    last: int | None = None
    sure: bool = True
    founded: bool = False
    numbered: bool = False

    def __post_init__(self) -> None:
        self.kept: list[tuple[int, Numbered]] = []

    def reaches(self, number: int) -> bool:
        kept = self.kept[-KEPT:]
        return bool(kept) and kept[0][0] <= number

    def begin(self, seq: int | None) -> None:
        self.last, self.sure, self.founded, self.kept = seq, True, True, []

    def keep(self, row: Numbered, before: int | None) -> None:
        assert row.seq is not None
        if before is not None and row.seq < before:
            self.kept = []
            return
        origins = {
            "chain": row.prev,
            "counter": row.seq - 1,
            "order": row.seq - 1 if before is None else before,
        }
        origin = origins[str(row.kind)]
        assert origin is not None
        self.kept.append((origin, row))


def follow(rows: Sequence[Numbered]) -> tuple[list[BookRow], int]:
    """Return the rows that apply, and how many were stale."""
    book, applied, stale = _Book(), [], 0
    for place, row in enumerate(rows):
        if row.kind is None:
            applied.append(row.row)
            continue
        if row.seq is not None or (row.kind == "chain" and row.prev is not None):
            book.numbered = True
        found = _snapshot(book, rows, place) if row.row.snapshot else _update(book, row)
        stale += found is None
        applied += [] if found is None else [replace(found, sure=book.sure)]
    return applied, stale


def _snapshot(book: _Book, rows: Sequence[Numbered], place: int) -> BookRow | None:
    row = rows[place]
    is_lower = row.seq is not None and book.last is not None and row.seq < book.last
    if not is_lower or row.names(book.last) or _is_new(book, rows, place):
        book.begin(row.seq)
        return row.row
    assert row.seq is not None
    if book.reaches(row.seq):
        book.sure = book.founded = True
        newer = [kept.row for _, kept in book.kept[-KEPT:] if (kept.seq or 0) > row.seq]
        bids = [level for each in (row.row, *newer) for level in each.bids]
        asks = [level for each in (row.row, *newer) for level in each.asks]
        return replace(row.row, bids=bids, asks=asks)
    if book.sure and book.founded:
        return None
    book.sure = False
    return row.row


def _is_new(book: _Book, rows: Sequence[Numbered], place: int) -> bool:
    """Whether the row after a lower snapshot, stale ones aside, goes on from it alone."""
    number = rows[place].seq
    assert number is not None
    for row in islice(rows, place + 1, None):
        if row.kind is None or row.row.snapshot or not row.has_numbers() or row.fits(book.last):
            return False
        if row.names(number):
            return True
        if row.fits(number):
            return not book.reaches(number)
        if row.seq is not None and row.seq > number:
            return False
    return False


def _update(book: _Book, row: Numbered) -> BookRow | None:
    if not book.numbered:
        return row.row
    before = book.last
    fits = row.fits(before)
    if not fits and row.has_numbers() and before is not None and (row.seq or 0) <= before:
        return None
    if not fits:
        book.sure, book.kept = False, []
    book.last = row.seq
    if row.has_numbers():
        book.keep(row, before)
    return row.row
