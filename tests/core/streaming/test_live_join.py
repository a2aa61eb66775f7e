"""`LiveJoin`: rows that come bit by bit, with the windows that all of them together give."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow_core import Block
from orderflow_core.streaming import live_join
from orderflow_core.streaming.clip import clip
from orderflow_core.streaming.join import join
from orderflow_core.streaming.ledger import Ledger
from orderflow_core.streaming.live_join import LiveJoin
from tests.core.streaming.test_join import SPAN, book_rows, trade_rows, windows

Times = Sequence[int]
Window = tuple[int, list[int]]
"""The time of a book row, None for trades before the first, and the numbers of its trades."""

MARKETS = st.tuples(
    st.lists(st.integers(0, 30), max_size=12).map(sorted),
    st.lists(st.integers(0, 30), max_size=12).map(sorted),
    st.lists(st.integers(0, 31), max_size=6).map(sorted),
)
"""Times of book rows, of trades, and up to which times rows are there, one after the other."""


def fed(join: LiveJoin, books: Times, trades: Times, cuts: Times) -> list[Block]:
    """Add the rows up to each cut, take what there is, and end."""
    blocks: list[Block] = []
    before = -1
    for cut in [*cuts, 100]:
        join.add(
            book_rows([time for time in books if before <= time < cut]),
            trade_rows(
                [time for time in trades if before <= time < cut],
                1 + sum(time < before for time in trades),
            ),
        )
        blocks += join.take(cut) if cut < 100 else []
        before = max(before, cut)
    return [*blocks, *join.end()]


def joined(books: Times, trades: Times) -> list[Block]:
    return list(join("TEST-USDT", [book_rows(books)], [trade_rows(trades)], SPAN))


def by_row(blocks: Iterable[Block]) -> list[tuple[int | None, list[int]]]:
    """Return each window with its trades, those of one that is continued in one place."""
    found: list[tuple[int | None, list[int]]] = []
    for block in blocks:
        for row, batch in enumerate(block.batches):
            alone = block.opening and row == 0
            if block.continued or (alone and found):
                found[-1][1].extend(batch.id.tolist())
            else:
                found.append((None if alone else batch.timestamp, batch.id.tolist()))
    return found


@given(MARKETS)
def test_wherever_it_is_cut_each_row_has_the_trades_of_the_whole(
    market: tuple[Times, Times, Times],
) -> None:
    books, trades, cuts = market
    ledger = Ledger()
    blocks = fed(LiveJoin("TEST-USDT", ledger), books, trades, cuts)

    assert by_row(blocks) == by_row(joined(books, trades))
    assert ledger.late == 0


@given(MARKETS, st.none() | st.integers(0, 31), st.none() | st.integers(0, 31))
def test_a_range_of_a_live_stream_is_that_of_the_whole(
    market: tuple[Times, Times, Times], start: int | None, stop: int | None
) -> None:
    books, trades, cuts = market
    blocks = fed(LiveJoin("TEST-USDT", Ledger()), books, trades, cuts)

    found = by_row(clip(iter(blocks), start, stop))
    assert found == by_row(clip(iter(joined(books, trades)), start, stop))


@given(MARKETS)
def test_whole_windows_are_those_of_the_whole(market: tuple[Times, Times, Times]) -> None:
    books, trades, cuts = market
    blocks = fed(LiveJoin("TEST-USDT", Ledger(), whole_windows=True), books, trades, cuts)

    assert not any(block.continued for block in blocks)
    assert windows(blocks) == windows(joined(books, trades))


@given(st.lists(st.integers(0, 20), max_size=30).map(sorted), st.sets(st.integers(1, 20)))
def test_trades_alone_come_in_the_windows_of_the_whole(trades: Times, cuts: set[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_join, "ALONE", 4)
        patch.setattr("orderflow_core.streaming.join.ALONE", 4)
        live = LiveJoin("TEST-USDT", Ledger(), whole_windows=True, has_book=False)
        blocks = fed(live, [], trades, sorted(cuts))

        assert windows(blocks) == windows(joined([], trades))


def test_whole_windows_go_out_once_there_is_a_book() -> None:
    live = LiveJoin("TEST-USDT", Ledger(), whole_windows=True, has_book=False)
    live.add(book_rows([10, 20]), trade_rows([5, 15]))

    assert by_row(live.take(21)) == [(None, [1]), (10, [2])]


def test_trades_between_two_book_rows_go_on_in_the_window() -> None:
    live = LiveJoin("TEST-USDT", Ledger())
    live.add(book_rows([10]), trade_rows([10, 15]))
    blocks = [*live.take(12), *live.take(16)]

    assert [(block.continued, block.book_rows) for block in blocks] == [(False, 1), (True, 0)]
    assert [block.last_time for block in blocks] == [10, 15]


def test_a_row_of_a_time_that_has_gone_out_is_late_and_used_at_that_time() -> None:
    ledger = Ledger()
    live = LiveJoin("TEST-USDT", ledger)
    live.add(book_rows([10]), trade_rows([11]))
    blocks = list(live.take(20))
    live.add(book_rows([12, 25]), trade_rows([19], 2))
    blocks += live.end()

    assert by_row(blocks) == [(10, [1]), (20, [2]), (25, [])]
    assert ledger.late == 2


def test_a_row_below_the_one_before_it_is_late() -> None:
    ledger = Ledger()
    live = LiveJoin("TEST-USDT", ledger)
    live.add(book_rows([10, 8, 12]))

    assert by_row(live.end()) == [(10, []), (10, []), (12, [])]
    assert ledger.late == 1


def test_it_waits_for_rows_of_which_nobody_has_said_that_they_are_all() -> None:
    live = LiveJoin("TEST-USDT", Ledger())
    assert not live.waits

    live.add(book_rows([10]))
    assert live.waits
    list(live.take(10))
    assert live.waits
    list(live.take(11))
    assert not live.waits
