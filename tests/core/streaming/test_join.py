"""`join`: book rows and trades into blocks, each trade in exactly one window."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow_core import Block, InputError
from orderflow_core.events import Span, Texts
from orderflow_core.streaming.join import join
from orderflow_core.streaming.rows import BookRow, BookRows, TradeRows

SPAN = Span(0, 100)
Times = Sequence[int]
Window = tuple[int, int, list[int]]
"""Start, end and the numbers of the trades."""


def book_rows(times: Times) -> BookRows:
    """Return rows of one bid each, its price the row's time."""
    return BookRows.of([BookRow(time, [(float(time), float(time))], ()) for time in times])


def trade_rows(times: Times, first: int = 1) -> TradeRows:
    """Return trades numbered from `first`, each of its number in all columns."""
    numbers = np.arange(first, first + len(times))
    return TradeRows(
        id=numbers,
        trade_id=Texts.of(map(str, numbers)),
        price=numbers.astype(np.float64),
        size=numbers.astype(np.float64),
        side=np.ones(len(times), np.int8),
        timestamp=np.array(times, np.int64),
    )


def joined(books: Sequence[Times], trades: Sequence[Times]) -> list[Block]:
    """Join chunks of times; trades are numbered from 1 over all chunks."""
    firsts = accumulate(map(len, trades), initial=1)
    tapes = [trade_rows(times, first) for times, first in zip(trades, firsts, strict=False)]
    return list(join("TEST-USDT", map(book_rows, books), tapes, SPAN))


def windows(blocks: Iterable[Block]) -> list[Window]:
    return [
        (batch.timestamp, batch.end_timestamp, batch.id.tolist())
        for block in blocks
        for batch in block.batches
    ]


# Windows


def test_a_row_is_open_until_the_next_and_has_the_trades_in_between() -> None:
    blocks = joined([[10, 20]], [[10, 19, 20, 25]])

    assert windows(blocks) == [(10, 20, [1, 2]), (20, 26, [3, 4])]


def test_the_book_windows_and_their_batches_have_one_span() -> None:
    [block] = joined([[10, 20]], [[25]])

    assert block.windows.timestamp.tolist() == block.batches.timestamp.tolist()
    assert block.windows.end_timestamp.tolist() == block.batches.end_timestamp.tolist()


def test_of_rows_with_equal_times_the_last_has_the_trades() -> None:
    assert windows(joined([[10, 10, 10, 20]], [[10]])) == [
        (10, 10, []),
        (10, 10, []),
        (10, 20, [1]),
        (20, 21, []),
    ]


def test_of_rows_with_equal_times_in_two_chunks_the_last_has_the_trades() -> None:
    assert windows(joined([[10], [10, 20]], [[10]])) == [(10, 10, []), (10, 20, [1]), (20, 21, [])]


def test_trades_before_the_first_row_come_in_an_opening_window_without_levels() -> None:
    opening, rest = joined([[10]], [[4, 9, 10]])

    assert windows([opening, rest]) == [(4, 10, [1, 2]), (10, 11, [3])]
    assert (opening.opening, rest.opening) == (True, False)
    assert (len(opening.windows[0].bid_price), len(opening.windows[0].ask_price)) == (0, 0)


def test_the_opening_window_is_sure_and_no_snapshot() -> None:
    opening, _ = joined([[10]], [[4]])

    assert (opening.windows[0].sure, opening.windows[0].snapshot) == (True, False)


def test_without_a_trade_before_the_first_row_there_is_no_opening_window() -> None:
    assert [block.opening for block in joined([[10]], [[10]])] == [False]


def test_trades_without_any_row_are_all_in_the_opening_window() -> None:
    blocks = joined([], [[4, 9], [12]])

    assert windows(blocks) == [(4, 13, [1, 2, 3])]
    assert blocks[0].book_rows == 0


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("times", "most", "expected"),
    [
        ([1, 2, 3, 4, 5], 2, [(1, 3, [1, 2]), (3, 5, [3, 4]), (5, 6, [5])]),
        ([1, 2, 2, 4], 2, [(1, 2, [1]), (2, 4, [2, 3]), (4, 5, [4])]),
        ([1, 1, 1, 4, 5], 2, [(1, 4, [1, 2, 3]), (4, 6, [4, 5])]),
        ([1, 1, 1], 1, [(1, 2, [1, 2, 3])]),
        ([1, 9], 2, [(1, 10, [1, 2])]),
        ([], 2, []),
    ],
)
def test_trades_without_any_row_come_in_windows_of_whole_milliseconds(
    times: Times, most: int, expected: list[Window], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_core.streaming.join.ALONE", most)
    tape = trade_rows(times)
    pieces = [tape.rows(at, at + chunk) for at in range(0, len(times), chunk)]

    blocks = list(join("TEST-USDT", [], pieces, SPAN))

    assert windows(blocks) == expected
    assert all(block.opening and block.book_rows == 0 for block in blocks)


@pytest.mark.parametrize(("trades", "end"), [([], 21), ([20], 21), ([22], 23)])
def test_the_last_window_ends_one_ms_after_the_later_of_its_row_and_the_last_trade(
    trades: Times, end: int
) -> None:
    assert windows(joined([[20]], [trades]))[-1][:2] == (20, end)


def test_without_rows_and_trades_there_is_no_block() -> None:
    assert joined([], []) == []
    assert joined([[]], [[]]) == []


# Columns


def test_all_columns_of_a_trade_stay_together_over_chunks() -> None:
    [block] = joined([[10]], [[10, 11], [12]])

    trades = [trade for batch in block.batches for trade in batch]
    assert trades == [(1, "1", 1, 1, 1, 10), (2, "2", 2, 2, 1, 11), (3, "3", 3, 3, 1, 12)]


def test_a_row_keeps_its_levels() -> None:
    blocks = joined([[10, 20], [30]], [])

    bids = [window.bid_price.tolist() for block in blocks for window in block.windows]
    assert bids == [[10], [20], [30]]


def test_a_block_is_made_of_each_chunk_of_book_rows() -> None:
    assert [len(block) for block in joined([[1], [], [2, 3, 4], [5]], [])] == [1, 3, 1]


def test_each_block_knows_the_instrument_and_the_span() -> None:
    blocks = joined([[10], [20]], [[5]])

    assert [block.span for block in blocks] == [SPAN] * 3
    assert {block.batches.instrument for block in blocks} == {"TEST-USDT"}


# One after the other


@pytest.mark.parametrize(
    ("books", "trades", "message"),
    [
        ([[10, 9]], [], "the source gave book rows out of order: 9 after 10"),
        ([[10], [9]], [], "the source gave book rows out of order: 9 after 10"),
        ([[10]], [[5, 7, 6]], "the source gave trades out of order: 6 after 7"),
        ([[10]], [[7], [], [6]], "the source gave trades out of order: 6 after 7"),
    ],
    ids=["rows of a chunk", "rows of two chunks", "trades of a chunk", "trades of two chunks"],
)
def test_time_that_goes_back_is_an_error_that_names_both_times(
    books: Sequence[Times], trades: Sequence[Times], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        joined(books, trades)


def test_a_block_is_given_before_the_chunks_after_the_next_are_read() -> None:
    read: list[int] = []

    def chunks() -> Iterator[BookRows]:
        for time in (10, 20, 30):
            read.append(time)
            yield book_rows([time])

    next(join("TEST-USDT", chunks(), [], SPAN))

    assert read == [10, 20]


# Milliseconds


def row_times(blocks: Iterable[Block]) -> list[list[int]]:
    return [block.windows.timestamp.tolist() for block in blocks]


def test_rows_of_one_millisecond_come_in_one_block() -> None:
    found = joined([[1, 2], [2, 2], [2], [2, 5], [6, 7], [8]], [[2, 2, 7]])

    assert row_times(found) == [[1], [2, 2, 2, 2, 2, 5], [6, 7], [8]]
    assert [batch.id.tolist() for batch in found[1].batches] == [[], [], [], [], [1, 2], []]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_a_millisecond_of_very_many_rows_is_cut_at_the_same_places(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_core.streaming.join.MOST_AT_ONCE", 3)
    times = [1, *[2] * 8, 3]
    found = joined([times[start : start + size] for start in range(0, len(times), size)], [])

    cuts = {sum(map(len, row_times(found)[:number])) for number in range(len(found))}
    assert {4, 7} <= cuts
    assert cuts.isdisjoint({2, 3, 5, 6, 8})


def test_levels_stay_with_their_rows_where_chunks_are_cut_anew() -> None:
    found = joined([[1, 2], [2, 3]], [])

    prices = [window.bid_price.tolist() for block in found for window in block.windows]
    assert prices == [[1.0], [2.0], [2.0], [3.0]]


# Against a plain meaning


def meaning(rows: Times, trades: Times) -> list[Window]:
    """Give each trade to the last row at or before it, or else to the opening window."""
    end = max([*rows[-1:], *trades[-1:]], default=0) + 1
    starts = list(rows)
    if trades and (not rows or trades[0] < rows[0]):
        starts.insert(0, trades[0])
    found: list[Window] = [(start, stop, []) for start, stop in pairwise([*starts, end])]
    for number, time in enumerate(trades, start=1):
        owner = max(index for index, start in enumerate(starts) if start <= time)
        found[owner][2].append(number)
    return found


def chunked(draw: st.DrawFn, times: list[int]) -> list[Times]:
    cuts = sorted(draw(st.lists(st.integers(0, len(times)), max_size=5)))
    edges = [0, *cuts, len(times)]
    return [times[start:stop] for start, stop in pairwise(edges)]


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Times], list[Times]]:
    """Chunks of book rows and of trades, many with equal times, some empty."""
    times = st.lists(st.integers(0, 20), max_size=15).map(sorted)
    return chunked(draw, draw(times)), chunked(draw, draw(times))


@given(streams())
def test_any_chunks_give_the_windows_that_the_whole_stream_means(
    stream: tuple[list[Times], list[Times]],
) -> None:
    books, trades = stream

    assert windows(joined(books, trades)) == meaning(
        [time for chunk in books for time in chunk], [time for chunk in trades for time in chunk]
    )
