"""What the first rows of a book table tell of all: what its numbers are, and what its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from orderflow_core import Bools, Floats, InputError, Ints
from orderflow_sqlite.chain import NO_NUMBER, Kind
from orderflow_sqlite.level_scan import scan
from orderflow_sqlite.levels import parse_levels, read_level
from orderflow_sqlite.one_level import LevelRows
from orderflow_sqlite.raw_rows import RawRows
from orderflow_sqlite.reader import OWN, SNAPSHOT, TableReader
from orderflow_sqlite.relation import SIDES

SEQ, PREV = "seq_id", "prev_seq_id"
"""The columns of a feed's numbers."""
FIRST = 1_000
_FEW = 64
_NEARLY_ALL = 0.9
_CROSSED = 0.01

SequenceKind: TypeAlias = Literal["auto", "chain", "counter", "order", "none"]
_Side: TypeAlias = tuple[Floats, ...]


class Numbers(NamedTuple):
    """What a table's numbers are; `seen` says that there are any."""

    kind: Kind | None
    seen: bool


NO_NUMBERS = Numbers(None, seen=False)


def find_numbers(reader: TableReader, wanted: SequenceKind) -> Numbers:
    """Return what a table's numbers are; raises InputError where it lacks the wanted ones."""
    needed = {"chain": (SEQ, PREV), "counter": (SEQ,), "order": (SEQ,)}.get(wanted, ())
    missing = [name for name in needed if not reader.has(name)]
    if missing:
        raise InputError(
            f'{reader.where}: no column {missing[0]}, which sequence = "{wanted}" in [source] needs'
        )
    if wanted == "none" or not reader.has(SEQ):
        return NO_NUMBERS
    seq, prev, snapshot = _first_numbers(reader)
    seen = bool((seq != NO_NUMBER).any() or (prev != NO_NUMBER).any())
    if wanted != "auto":
        return Numbers(wanted, seen)
    if reader.has(PREV) and ((prev != NO_NUMBER).any() or not seen):
        return Numbers("chain", seen)
    return Numbers("counter" if _counts(seq, snapshot) else "order", seen)


def _first_numbers(reader: TableReader) -> tuple[Ints, Ints, Bools]:
    """Return the numbers of the first rows, and which of them are snapshots."""
    names = [name for name in (SEQ, PREV, SNAPSHOT, OWN) if reader.has(name)]
    rows = reader.first(FIRST + 1, names)
    columns = {name: rows.whole_numbers(place, NO_NUMBER) for place, name in enumerate(names)}
    none = np.full(len(rows), NO_NUMBER)
    own = columns.get(OWN, none + 1) != 0
    seq, prev, snapshot = (columns.get(name, none)[own] for name in (SEQ, PREV, SNAPSHOT))
    return seq, prev, snapshot == 1


def _counts(seq: Ints, snapshot: Bools) -> bool:
    """Whether nearly all numbers are 1 above the one before."""
    has = seq != NO_NUMBER
    steps = np.diff(seq[has])[~snapshot[has][1:]]
    return len(steps) > 0 and bool(np.count_nonzero(steps == 1) >= _NEARLY_ALL * len(steps))


def are_books(reader: TableReader) -> bool | None:
    """Whether a table's rows are whole books, each in the place of the one before.

    They are where no size is 0, both sides are there, no row calls itself a snapshot, and, read as
    updates, more than 1 % of the rows are crossed, as whole books none. The answer is None where
    all that is so but for what is crossed as updates.
    """
    if _best_prices(reader, _FEW) is None:  # as most tables are told by their very first rows
        return False
    best = _best_prices(reader, FIRST)
    if best is None:
        return False
    bids, asks = best
    if (bids >= asks).any():
        return False
    crossed = np.maximum.accumulate(bids) >= np.minimum.accumulate(asks)
    return True if np.count_nonzero(crossed) > _CROSSED * len(bids) else None


def _best_prices(reader: TableReader, count: int) -> tuple[Floats, Floats] | None:
    """Return the best bid and ask of each of the first rows, None where not all are books."""
    names = [name for name in (*SIDES, SNAPSHOT, OWN) if reader.has(name)]
    rows = reader.first(count, names)
    best = []
    for row, (bids, asks) in enumerate(_books(rows)):
        value = {
            name: rows.value(place, row) for place, name in enumerate(names) if name not in SIDES
        }
        if value.get(OWN) == 0:
            continue
        if value.get(SNAPSHOT) == 1 or not (_is_full(bids) and _is_full(asks)):
            return None
        best.append((bids[0].max(), asks[0].min()))
    best_bids, best_asks = np.array(best, np.float64).reshape(-1, 2).T
    return best_bids, best_asks


def first_levels(reader: TableReader) -> tuple[_Side, _Side] | None:
    """Return prices and sizes of both sides of the first row."""
    return next(_books(reader.first(1, SIDES)), None)


def _is_full(side: _Side) -> bool:
    price, size = side
    return len(price) > 0 and bool(size.all())


def _books(rows: RawRows) -> Iterator[tuple[_Side, _Side]]:
    """Yield prices and sizes of both sides of each row; what cannot be used is left out."""
    if isinstance(rows, LevelRows):
        sides = [rows.bids, rows.asks]
    else:
        sides = [scan(rows, column) for column in (0, 1)]
    for row in range(len(rows)):
        bids, asks = (
            _parsed(rows, column, row) if odd[row] else levels.of(row)
            for column, (levels, odd) in enumerate(sides)
        )
        yield bids, asks


def _parsed(rows: RawRows, column: int, row: int) -> _Side:
    if isinstance(rows, LevelRows):
        levels = rows.parsed(SIDES[column], row)
    else:
        levels = parse_levels(rows.value(column, row)) or []
    found = map(read_level, levels)
    good = [level for level in found if not isinstance(level, str)]
    price, size = np.array(good, np.float64).reshape(-1, 2).T
    return price, size
