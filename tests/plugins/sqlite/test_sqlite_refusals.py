"""A table of which not a single row can be used ends the reading, with what to do."""

import re
from pathlib import Path

import pytest

from orderflow_core import InputError
from tests.plugins.sqlite.make import Row, book_row, trade_row, write
from tests.plugins.sqlite.reading import DAY_1, DAY_2, read


@pytest.mark.parametrize(
    ("book", "trades", "told"),
    [
        (
            [],
            [trade_row(1, side="B"), trade_row(2, side="S")],
            "table trades has no row that can be used: 2 x side is not buy or sell, such as 'B' of "
            "id 1 (say in [source.sides] what buy and sell are called)",
        ),
        (
            [],
            [trade_row(1, side=None), trade_row(2, -5)],
            "1 x side is not buy or sell, such as NULL of id 1 (say in [source.sides] what buy and "
            "sell are called); 1 x price is not a positive number, such as -5 of id 2 (name the "
            "column in [source.columns])",
        ),
        ([book_row(1, [(0, 7)])], [], "1 x price is not a positive number, such as '[[0, 7]]' of"),
        ([book_row(1, 17)], [], "levels are neither JSON nor a Python literal of a list, such as"),
        ([book_row("noon")], [], "such as 'noon' of id 1 (name the column in [source.columns], or"),
        (
            [book_row(1, instrument="A"), book_row(2, instrument="B")],
            [trade_row(1, instrument="BTC-USDT")],
            "2 x row of another instrument, such as 'A' of id 1 (name the file by its instrument)",
        ),
    ],
)
def test_each_reason_is_told_with_a_value_and_what_would_help(
    tmp_path: Path, book: list[Row], trades: list[Row], told: str
) -> None:
    path = write(tmp_path / DAY_1, book, trades)

    with pytest.raises(InputError, match=re.escape(told)) as caught:
        read(path)

    assert str(caught.value).startswith(str(path))


def test_one_file_without_a_usable_row_is_enough(tmp_path: Path) -> None:
    write(tmp_path / DAY_1, [book_row(1)], [trade_row(1)])
    write(tmp_path / DAY_2, [book_row(2)], [trade_row(2, side="B")])

    with pytest.raises(InputError, match=DAY_2):
        read(tmp_path)


def test_a_table_without_rows_is_no_matter(tmp_path: Path) -> None:
    assert read(write(tmp_path / DAY_1, [book_row(1)])).times == [1]


def test_rows_beyond_the_range_are_not_asked_about(tmp_path: Path) -> None:
    start, day = 1_748_736_000_000, 86_400_000
    trades = [trade_row(start, side="B"), trade_row(start + day)]
    path = write(tmp_path / DAY_1, [book_row(start)], trades)

    assert read(path, end="2025-06-01").ledger.refused.total() == 1


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [book_row(1, "x" * 999)])

    with pytest.raises(InputError, match=r"'x{59}\.\.\. of id 1"):
        read(path)


def test_the_first_value_of_each_reason_is_kept_with_its_place(tmp_path: Path) -> None:
    sides = ["buy", "B", "A"]
    path = write(tmp_path / DAY_1, [], [trade_row(1, side=side) for side in sides])

    assert read(path).ledger.examples == {
        "side is not buy or sell": f"'B' in {path}, table trades, id 2"
    }
