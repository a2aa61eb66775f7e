"""`LiveRows`: rows from any thread, and blocks of them."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest

from orderflow_core import BUY, Block, Trade
from orderflow_core.contract.report import Gap
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.streaming.live_rows import LiveRows
from orderflow_core.streaming.rows import BookRow

SECONDS = 10


def row(time: int, *, snapshot: bool = False) -> BookRow:
    return BookRow(time, [(float(time), 1.0)], (), snapshot=snapshot)


def trade(time: int) -> Trade:
    return Trade(time, str(time), 100.0, 1.0, BUY, time)


def times(block: Block) -> tuple[list[int], list[int]]:
    """Return the times of a block's rows and trades."""
    return block.windows.timestamp.tolist(), block.batches.trade_timestamp.tolist()


def received(fill: Callable[[LiveRows], None], ledger: Ledger | None = None) -> list[Block]:
    """Return the blocks of all that a function puts in."""
    rows = LiveRows(ledger or Ledger())
    return list(rows.blocks("A", lambda: fill(rows)))


def taken_one_by_one(
    *steps: Callable[[LiveRows], None],
) -> Iterator[Block]:
    """Yield a block after each step; the next step is taken when that one has come out."""
    rows, turn = LiveRows(Ledger()), Event()

    def receive() -> None:
        for step in steps:
            step(rows)
            assert turn.wait(SECONDS)
            turn.clear()

    for block in rows.blocks("A", receive):
        yield block
        turn.set()


def test_a_row_goes_out_without_the_next_one() -> None:
    first, second = taken_one_by_one(
        lambda rows: rows.book(row(10)), lambda rows: rows.book(row(20))
    )

    assert (times(first), times(second)) == (([10], []), ([20], []))


def test_a_trade_between_two_rows_goes_out_by_itself() -> None:
    first, second = taken_one_by_one(
        lambda rows: rows.book(row(10)), lambda rows: rows.trade(trade(15))
    )

    assert (first.continued, second.continued) == (False, True)
    assert second.batches.trade_timestamp.tolist() == [15]


def test_rows_wait_for_a_source_that_says_up_to_when_they_are_there() -> None:
    def first(rows: LiveRows) -> None:
        rows.book(row(10))
        rows.complete(10)
        rows.trade(trade(11))
        rows.complete(12)

    [block] = taken_one_by_one(first)

    assert times(block) == ([10], [11])


def test_what_waits_goes_out_together() -> None:
    def fill(rows: LiveRows) -> None:
        for time in range(10, 1010):
            rows.book(row(time))
        rows.complete(2000)

    assert sum(len(block) for block in received(fill)) == 1000
    assert len(received(fill)) < 500


def test_after_a_loss_rows_are_unsure_until_a_snapshot() -> None:
    ledger = Ledger()

    def fill(rows: LiveRows) -> None:
        rows.book(row(10, snapshot=True))
        rows.lost("the connection broke")
        rows.book(row(20))
        rows.book(row(30, snapshot=True))
        rows.book(row(40))

    blocks = received(fill, ledger)

    assert [sure for block in blocks for sure in block.windows.sure.tolist()] == [
        *(True, False, True, True)
    ]
    assert ledger.gaps == [Gap(10, 20, "the connection broke")]


def test_a_loss_after_which_no_book_row_comes_is_told_at_the_end() -> None:
    ledger = Ledger()

    def fill(rows: LiveRows) -> None:
        rows.book(row(10))
        rows.lost("the connection broke")
        rows.trade(trade(15))

    received(fill, ledger)

    assert ledger.gaps == [Gap(10, 15, "the connection broke")]


def test_what_receiving_raises_comes_after_the_rows_before_it() -> None:
    def fill(rows: LiveRows) -> None:
        rows.book(row(10))
        raise ValueError("no such channel")

    rows = LiveRows(Ledger())
    blocks = rows.blocks("A", lambda: fill(rows))

    assert times(next(blocks)) == ([10], [])
    with pytest.raises(ValueError, match="no such channel"):
        next(blocks)


def test_closed_it_gives_out_what_has_come_and_ends() -> None:
    rows = LiveRows(Ledger())

    def receive() -> None:
        rows.complete(5)
        rows.book(row(10))
        rows.close()
        rows.book(row(20))

    assert [times(block) for block in rows.blocks("A", receive)] == [([10], [])]
    assert rows.closed
    assert rows.wait(SECONDS)
