"""How many orders stand at a level, read where a recording tells it and a plugin asks."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orderflow_sqlite.level_scan import scan
from orderflow_sqlite.levels import parse_levels, read_orders
from orderflow_sqlite.raw_rows import RawRows
from orderflow_sqlite.source import SqliteSource

from orderflow_core import Block
from tests.plugins.sqlite.make import Row, book_row, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, INSTRUMENT
from tests.roads import Road, every_road

nan = float("nan")


def blocks(path: Path, *, asked: bool = True, **values: Any) -> Iterator[Block]:
    source = SqliteSource(path=path, **values)
    source.with_orders = asked
    return source.blocks(INSTRUMENT)


def orders(path: Path, **values: Any) -> list[list[float]]:
    """Return how many orders stand at the bids and at the asks of all rows, as the bus has them."""
    windows = [block.windows.with_orders() for block in blocks(path, **values)]
    columns = [(each.bid_orders, each.ask_orders) for each in windows]
    return [np.concatenate(side).tolist() for side in zip(*columns, strict=True)]


def recording(folder: Path, book: Sequence[Row], name: str = DAY_1, **columns: Any) -> Path:
    return write(folder / name, book, [trade_row(10)], **columns)


def same(found: Sequence[Sequence[float]], wanted: Sequence[Sequence[float]]) -> None:
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@every_road
@pytest.mark.parametrize(
    ("levels", "wanted"),
    [
        ('[["99", "5", "0", "3"], ["98", "0", "0", "0"]]', [3, 0]),
        ("[[99, 5, 0, 12], [98, 1, 0, 1234567]]", [12, 1234567]),
        ("[('99', '5', '0', '3'), ('98', '1')]", [3, nan]),
        ('[["99", "5", "7", "3"], ["98", "5", "3"]]', [nan, nan]),
        ('[["99", "5", "0", "0"]]', [nan]),
        ('[["99", "5", "0.0", "3"], ["98", "5", 0, 2]]', [3, 2]),
        ('[["1000099.00000000", "1000005.00000000", "0.00000000", "3.00000000"]]', [3]),
        ('[{"px": "99", "sz": "5", "n": 4}, {"px": "98", "sz": "5"}]', [4, nan]),
        ('[["99", "5", "0", "3"], ["98", "x", "0", "9"], ["97", "5", "0", "2"]]', [3, 2]),
        ('[["99", "5", "0", null], ["98", "5", "0", "-2"]]', [nan, nan]),
        ("[]", []),
        (None, []),
    ],
)
def test_a_level_tells_its_orders_as_okx_writes_them(
    tmp_path: Path, road: Road, levels: str | None, wanted: list[float]
) -> None:
    path = recording(tmp_path, [book_row(10, levels, [(101, 1, 0, 7)])])
    with road():
        same(orders(path), [wanted, [7]])


@pytest.mark.parametrize("batch", [1, 2, 2048])
def test_orders_carry_over_batches_and_files_and_are_unknown_where_they_are_not_told(
    tmp_path: Path, batch: int
) -> None:
    telling = [book_row(time, [(99, time, 0, time)]) for time in (1, 2, 3)]
    recording(tmp_path, telling)
    recording(tmp_path, [book_row(4, [(99, 5)]), book_row(5, [(98, 0)])], DAY_2)

    same(orders(tmp_path, book_batch=batch), [[1, 2, 3, nan, 0], []])


def test_nothing_is_read_of_them_where_nobody_asks(tmp_path: Path) -> None:
    path = recording(tmp_path, [book_row(10, [(99, 5, 0, 3)])])

    [block] = blocks(path, asked=False)

    assert (block.windows.bid_orders, block.windows.ask_orders) == (None, None)


def test_rows_that_a_late_snapshot_is_folded_with_keep_theirs(tmp_path: Path) -> None:
    def row(seq: int, prev: int, *levels: tuple[float, ...], action: str = "update") -> Row:
        return book_row(seq, levels, seq_id=seq, prev_seq_id=prev, action=action)

    path = recording(
        tmp_path,
        [
            row(1, -1, (99, 5, 0, 3), action="snapshot"),
            row(2, 1, (98, 1, 0, 2)),
            row(3, 2, (97, 1, 0, 4)),
            row(1, -1, (99, 5, 0, 6), (96, 1, 0, 8), action="snapshot"),
            row(4, 3, (95, 1, 0, 9)),
        ],
    )

    assert orders(path) == [[3, 2, 4, 6, 8, 2, 4, 9], []]


LEVELS = [
    {"timestamp": 10, "side": "bid", "price": 99, "size": 5, "orders": 3},
    {"timestamp": 10, "side": "ask", "price": 101, "size": 5, "orders": None},
    {"timestamp": 10, "side": "bid", "price": 98, "size": 0, "orders": 0},
    {"timestamp": 12, "side": "bid", "price": 97, "size": 1, "orders": "2"},
]


@every_road
def test_a_table_with_one_level_a_row_has_a_column_of_them(tmp_path: Path, road: Road) -> None:
    columns = ["id", "timestamp", "side", "price", "size", "orders"]
    path = recording(tmp_path, LEVELS, columns={"book": columns})
    with road():
        same(orders(path), [[3, 0, 2], [nan]])


@pytest.mark.parametrize(("price", "wanted"), [(97, [3, 0, 2]), (-1, [3, 0])])
def test_the_column_may_be_called_otherwise(
    tmp_path: Path, price: float, wanted: list[float]
) -> None:
    """Also where a level beside it is refused."""
    given = [*LEVELS[:3], {**LEVELS[3], "timestamp": 10, "price": price}]
    rows = [{"ct" if key == "orders" else key: row[key] for key in row} for row in given]
    columns = ["id", "timestamp", "side", "price", "size", "ct"]
    path = recording(tmp_path, rows, columns={"book": columns})

    same(orders(path, columns={"book": {"orders": "ct"}}), [wanted, [nan]])


whole = st.integers(0, 99).map(str)
element = st.sampled_from(["0", "00", "7", "x", "1.5", ""])
one: st.SearchStrategy[Any] = st.one_of(
    st.tuples(whole, whole),
    st.tuples(whole, whole, element),
    st.tuples(whole, whole, element, element | whole),
)


@given(st.lists(st.lists(one, max_size=4), min_size=1, max_size=4))
@settings(deadline=None)
def test_the_compiled_reading_has_the_meaning_of_the_plain_one(
    texts: list[list[Any]],
) -> None:
    encoded = [json.dumps(text).encode() for text in texts]
    rows = RawRows(1, len(encoded))
    rows.fill([(text,) for text in encoded])
    levels, odd = scan(rows, 0, orders=True)

    for row in np.flatnonzero(~odd).tolist():
        plain = [read_orders(level) for level in parse_levels(encoded[row]) or []]
        np.testing.assert_array_equal(levels.of(row)[2], plain)
