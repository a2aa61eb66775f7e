"""A book with one level a row, as data vendors keep it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from orderflow_sqlite.levels import BAD_LEVEL_SIZE, BAD_PRICE
from orderflow_sqlite.one_level import BAD_LEVEL_SIDE

from tests.plugins.sqlite.make import Row, execute, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, Reading, read
from tests.roads import Road, every_road

COLUMNS = ["id", "timestamp", "side", "price", "size"]


def level(time: object, side: object, price: object, size: object = 1, **more: object) -> Row:
    return {"timestamp": time, "side": side, "price": price, "size": size, **more}


def reading(folder: Path, rows: Sequence[Row], *more: str, **settings: Any) -> Reading:
    path = write(folder / DAY_1, rows, [trade_row(10)], columns={"book": [*COLUMNS, *more]})
    return read(path, **settings)


ROWS = [
    level(10, "bid", 99.5, 2),
    level(10, "ask", 100.5, 3),
    level(10, "bid", 99, 4),
    level(12, "ask", 100.5, 0),
    level(13, "bid", 99.5, 1),
]


@every_road
@pytest.mark.parametrize(("at_once", "batch"), [(1, 2048), (2, 1), (3, 2), (65_536, 2)])
def test_rows_of_one_time_are_one_book_row(
    tmp_path: Path, batch: int, at_once: int, road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_sqlite.one_level._AT_ONCE", at_once)
    with road():
        found = reading(tmp_path, ROWS, book_batch=batch)

    assert found.times == [10, 12, 13]
    assert found.bids == [[(99.5, 2), (99, 4)], [], [(99.5, 1)]]
    assert found.asks == [[(100.5, 3)], [(100.5, 0)], []]
    assert found.ledger.inputs[0].rows == len(ROWS) + 1


@pytest.mark.parametrize("time", [str, float])
def test_times_may_be_kept_in_other_ways(tmp_path: Path, time: Any) -> None:
    rows = [{**row, "timestamp": time(row["timestamp"])} for row in ROWS]

    assert reading(tmp_path, rows).times == [10, 12, 13]


def test_prices_and_sizes_may_be_texts(tmp_path: Path) -> None:
    rows = [{**row, "price": str(row["price"]), "size": str(row["size"])} for row in ROWS]

    assert reading(tmp_path, rows).bids == [[(99.5, 2), (99, 4)], [], [(99.5, 1)]]


@pytest.mark.parametrize("at_once", [2, 65_536])
def test_a_snapshot_begins_where_the_flag_turns_on(
    tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_sqlite.one_level._AT_ONCE", at_once)
    words = ["snap", "snap", "snap", "set", "set", "snap", "snap", "set"]
    times = [10, 10, 11, 11, 12, 12, 13, 13]
    rows = [
        level(time, "b", 90 + place, action="snapshot" if word == "snap" else word)
        for place, (time, word) in enumerate(zip(times, words, strict=True))
    ]

    found = reading(tmp_path, rows, "action")

    assert found.times == [10, 11, 11, 12, 12, 13, 13]
    assert found.snapshots == [True, False, False, False, True, False, False]


def test_rows_of_one_time_and_other_numbers_are_several_book_rows(tmp_path: Path) -> None:
    numbers = [(1, -1), (1, -1), (2, 1), (4, 3)]
    rows = [level(10, "b", 99, seq_id=seq, prev_seq_id=prev) for seq, prev in numbers]

    found = reading(tmp_path, rows, "seq_id", "prev_seq_id")

    assert (found.snapshots, found.sure) == ([True, False, False], [True, True, False])


def test_rows_without_a_number_belong_together(tmp_path: Path) -> None:
    rows = [level(10, "b", price, seq_id=None, prev_seq_id=None) for price in (99, 98)]

    assert reading(tmp_path, rows, "seq_id", "prev_seq_id").bids == [[(99, 1), (98, 1)]]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (level(10, "middle", 99), BAD_LEVEL_SIDE),
        (level(10, None, 99), BAD_LEVEL_SIDE),
        (level(10, "bid", 0), BAD_PRICE),
        (level(10, "ask", "ten"), BAD_PRICE),
        (level(10, "ask", float("inf")), BAD_PRICE),
        (level(10, "bid", 99, -1), BAD_LEVEL_SIZE),
        (level(10, "bid", 99, None), BAD_LEVEL_SIZE),
    ],
)
def test_a_level_that_is_unusable_is_refused_and_the_rest_of_its_row_is_used(
    tmp_path: Path, bad: Row, reason: str
) -> None:
    found = reading(tmp_path, [ROWS[0], bad, ROWS[1], *ROWS[3:]])

    assert found.ledger.refused == {reason: 1}
    assert (found.times, found.bids[0], found.asks[0]) == ([10, 12, 13], [(99.5, 2)], [(100.5, 3)])


@pytest.mark.parametrize(
    ("bid", "ask"), [("bid", "ask"), ("B", "A"), ("buy", "Sell"), ("bids", "asks"), ("b", "s")]
)
def test_sides_have_their_usual_words(tmp_path: Path, bid: str, ask: str) -> None:
    found = reading(tmp_path, [level(10, bid, 99), level(10, ask, 101)])

    assert (found.bids, found.asks) == ([[(99, 1)]], [[(101, 1)]])


def test_the_words_of_the_settings_win_over_the_usual_ones(tmp_path: Path) -> None:
    rows = [level(10, "S", 99), level(10, 1, 98), level(10, "b", 101)]

    found = reading(tmp_path, rows, sides={"buy": ["s", 1], "sell": ["b"]})

    assert (found.bids, found.asks) == ([[(99, 1), (98, 1)]], [[(101, 1)]])


def test_columns_of_levels_may_have_other_names(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [level(10, "bid", 99, 5)], columns={"book": COLUMNS})
    execute(path, "ALTER TABLE book RENAME size TO amount", "ALTER TABLE book RENAME TO l2")

    found = read(path, tables={"book": "l2"}, columns={"book": {"size": "amount"}})

    assert found.bids == [[(99, 5)]]


def test_levels_of_several_instruments_are_told_apart(tmp_path: Path) -> None:
    rows = [level(10, "bid", 99 + place % 2, instrument="AB"[place % 2]) for place in range(4)]
    path = write(tmp_path / "all.db", rows, columns={"book": [*COLUMNS, "instrument"]})

    assert read(path, "A").bids == [[(99, 1), (99, 1)]]
    assert read(path, "B").bids == [[(100, 1), (100, 1)]]
