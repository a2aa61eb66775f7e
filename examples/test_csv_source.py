"""Tests of the CSV source."""

from pathlib import Path

import pytest

from examples.csv_source import CsvSource
from orderflow_core import Book, InputError, Plugin, TradeBatch, hookimpl
from orderflow_core.testing import run_plugins

BOOK = """timestamp,side,price,size
1000,bid,100.0,5
1000,ask,100.5,3
2000,bid,100.0,0
2000,bid,99.5,2
3000,ask,high,1
3000,ask,100.5,4
"""
TRADES = "timestamp,side,price,size\n1500,buy,100.5,1\n2500,hold,99.5,2\n2600,sell,99.5,2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of one instrument."""
    (tmp_path / "X.book.csv").write_text(BOOK)
    (tmp_path / "X.trades.csv").write_text(TRADES)
    return tmp_path


class Seen(Plugin):
    """Keeps the trades of each window."""

    def __init__(self) -> None:
        super().__init__()
        self.trades: list[tuple[int, list[float]]] = []

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        """Keep the signed sizes."""
        self.trades.append((batch.timestamp, [trade.size * trade.side for trade in batch]))


class Touch(Plugin):
    """Keeps the best prices after each row."""

    def __init__(self) -> None:
        super().__init__()
        self.prices: list[tuple[float, float]] = []

    @hookimpl
    def on_book(self, book: Book) -> None:
        """Keep the touch."""
        self.prices.append((book.best_bid, book.best_ask))


@pytest.mark.parametrize("rows", [1, 2048])
def test_each_trade_is_in_the_window_of_its_time(folder: Path, rows: int) -> None:
    seen = Seen()
    run_plugins([seen], CsvSource(directory=folder, rows=rows).blocks("X"))

    assert seen.trades == [(1000, [1]), (2000, [-2]), (3000, [])]


def test_the_lines_of_one_time_are_one_row_of_the_book(folder: Path) -> None:
    from orderflow_book import OrderBook

    touch = Touch()
    run_plugins([OrderBook(levels=2), touch], CsvSource(directory=folder).blocks("X"))

    assert touch.prices == [(100, 100.5), (99.5, 100.5), (99.5, 100.5)]


def test_lines_that_cannot_be_read_are_refused_and_counted(folder: Path) -> None:
    source = CsvSource(directory=folder)
    list(source.blocks("X"))

    assert source.ledger.refused == {"a line that cannot be read": 2}
    assert sorted(counted.rows for counted in source.ledger.inputs) == [3, 6]


def test_with_strict_the_first_such_line_is_an_error_that_names_it(folder: Path) -> None:
    source = CsvSource(directory=folder)
    source.ledger.strict = True

    with pytest.raises(InputError, match=r"X\.trades\.csv, line 3: a line that cannot be read"):
        list(source.blocks("X"))


def test_times_that_go_back_are_an_error(folder: Path) -> None:
    (folder / "X.book.csv").write_text(BOOK + "2999,ask,100.5,4\n")

    with pytest.raises(InputError, match="out of order: 2999 after 3000"):
        list(CsvSource(directory=folder).blocks("X"))


def test_every_book_is_an_instrument(folder: Path) -> None:
    (folder / "A.book.csv").write_text(BOOK)

    assert CsvSource(directory=folder).instruments() == ["A", "X"]


def test_a_folder_without_a_book_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file \*\.book\.csv in"):
        CsvSource(directory=tmp_path).instruments()
