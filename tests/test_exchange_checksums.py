"""A book of OKX's own strings has OKX's own checksum after every row."""

import pytest

from tests.checksums import checksum_text, exchange_checksums, string_books
from tests.recordings import DATA, needs_recordings


def test_the_text_interleaves_bids_and_asks() -> None:
    """Bid, size, ask, size, level by level."""
    bids = [("3366.1", "7"), ("3366", "6")]
    asks = [("3366.8", "9"), ("3368", "8")]

    assert checksum_text(bids, asks) == "3366.1:7:3366.8:9:3366:6:3368:8"


def test_the_text_goes_on_with_the_longer_side() -> None:
    """Where one side has run out, the levels of the other follow one another."""
    bids = [("3366.1", "7")]
    asks = [("3366.8", "9"), ("3368", "8"), ("3372", "8")]

    assert checksum_text(bids, asks) == "3366.1:7:3366.8:9:3368:8:3372:8"


@needs_recordings
@pytest.mark.parametrize(("name", "rows"), [("BTC-USDT-22-05-13", 98), ("ZEN-USDT-22-02-27", 394)])
def test_every_row_has_the_checksum_of_the_exchange(name: str, rows: int) -> None:
    """No update is lost, doubled or out of place in the best 25 levels of any row."""
    expected = exchange_checksums(DATA / "exchange_truth" / f"{name}.csv")

    books = string_books(DATA / f"{name}.db")

    assert len(expected) == rows
    assert {book.row_id: book.checksum for book in books} == expected
