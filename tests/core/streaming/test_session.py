"""One day of a stream: where it ends, and what is known of its book."""

from collections.abc import Sequence

import pytest

from orderflow_core import Block
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.streaming.session import NO_SNAPSHOT, Session
from orderflow_core.testing import Row, Tick, blocks, book, trade, update

Market = Sequence[Row | Tick]
BEFORE = book(10, bids="100 x 1", asks="101 x 1")
DAY: Market = [BEFORE, trade(55, "101 buy 2"), update(60), trade(65, "101 buy 1")]
SIZES = pytest.mark.parametrize("size", [1, 2, 2048])


def passed(session: Session, market: Market, size: int) -> list[Block]:
    return list(session.blocks(iter(blocks(market, size))))


@SIZES
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([], None),
        ([update(103)], 103),
        ([trade(102, "101 buy 1")], 102),
        ([trade(102, "101 buy 1"), update(103)], 102),
        ([update(100), trade(100, "101 buy 1"), update(120)], 100),
    ],
)
def test_the_next_time_is_that_of_the_first_row_or_trade_after_the_day(
    after: Market, expected: int | None, size: int
) -> None:
    session = Session(50, 100, Ledger())

    found = passed(session, [*DAY, *after], size)

    assert session.next_time == expected
    assert max(block.last_time for block in found) == 65


@SIZES
def test_no_more_is_read_than_to_the_first_row_after_the_day(size: int) -> None:
    session = Session(50, 100, Ledger())
    rest = iter(blocks([*DAY, update(100), *(update(200 + i) for i in range(6000))], size))

    list(session.blocks(rest))

    assert next(rest, None) is not None


SURE = [
    ("a snapshot before", [BEFORE, update(60), update(70)], [True, True]),
    ("its first row is one", [update(10), book(60), update(70)], [True, True]),
    ("one comes later", [update(10), update(60), book(70), update(80)], [False, True, True]),
    ("none at all", [update(60), update(70)], [False, False]),
]


@SIZES
@pytest.mark.parametrize(("market", "sure"), [case[1:] for case in SURE], ids=[c[0] for c in SURE])
def test_rows_are_unsure_until_a_snapshot_and_that_is_told(
    market: Market, sure: list[bool], size: int
) -> None:
    ledger = Ledger()

    found = passed(Session(50, 100, ledger), market, size)

    assert [bool(each) for block in found for each in block.windows.sure] == sure
    assert ledger.warnings == ([] if all(sure) else [NO_SNAPSHOT])


def test_trades_without_a_book_are_in_no_doubt() -> None:
    ledger = Ledger()

    passed(Session(50, 100, ledger), [trade(60, "101 buy 1")], 2048)

    assert not ledger.warnings
