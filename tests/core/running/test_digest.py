"""`Account`: what a run comes to, in counts, times and one digest."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from orderflow_core import Bars, Books, MetricBars
from orderflow_core.contract.report import Counts
from orderflow_core.running.digest import Account
from orderflow_core.testing import (
    INSTRUMENT,
    Row,
    Tick,
    blocks,
    metric_bars,
    price_bars,
    trade,
    update,
)

NAN = float("nan")
MARKET: Sequence[Row | Tick] = [
    trade(2, "9 buy 1"),
    update(10, bids="100 x 1"),
    trade(11, "100 buy 1"),
    update(20, asks="101 x 1", sure=False),
    update(30),
    trade(35, "101 sell 1"),
]
TWO_BARS = metric_bars("a", [(0, 1, 4, 1, 2), (60, 2, 2, 1, 1)])
PRICE_BARS = price_bars("p", [(0, 1, 4, 1, 2, 8), (60, 2, 2, 1, 1, 9)])


def books(*rows: tuple[float, float, float, float], crossed: bool = False) -> Books:
    """Books of one level a side: bid price, bid size, ask price, ask size."""
    columns = np.array(rows, np.float64).reshape(-1, 4)
    bid_price, bid_size, ask_price, ask_size = np.hsplit(columns, 4)
    sure = np.ones(len(rows), np.bool_)
    return Books(
        instrument=INSTRUMENT,
        timestamp=np.arange(len(rows)),
        bid_price=bid_price,
        bid_size=bid_size,
        ask_price=ask_price,
        ask_size=ask_size,
        crossed=sure & crossed,
        sure=sure,
    )


def seen(
    market: Sequence[Row | Tick] = MARKET, size: int = 2048, books: Books | None = None
) -> Account:
    account = Account()
    for block in blocks(market, size):
        account.saw_block(block, books)
    return account


def digest_of(*events: Bars | MetricBars) -> str:
    account = Account()
    for event in events:
        account.saw_bars(event)
    return account.digest()


# Counts and times


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_book_rows_trades_and_rows_that_are_not_sure_are_counted(size: int) -> None:
    assert seen(size=size).counts == Counts(windows=3, trades=3, unsure=1)


def test_crossed_books_are_counted() -> None:
    account = seen([update(0), update(1)], books=books((2, 1, 1, 1), (2, 1, 1, 1), crossed=True))

    assert account.counts.crossed == 2


@pytest.mark.parametrize("size", [1, 2, 2048])
def test_the_first_and_last_time_are_those_of_rows_or_trades(size: int) -> None:
    account = seen(size=size)

    assert (account.first_time, account.last_time) == (2, 35)


def test_without_a_block_there_is_no_time() -> None:
    account = Account()

    assert (account.first_time, account.last_time, account.progress) == (None, None, 0.0)


def test_progress_is_the_share_of_the_span_that_has_passed() -> None:
    account = Account()
    found = []
    for block in blocks([update(0), update(25), update(100)], 1):
        account.saw_block(block, None)
        found.append(account.progress)

    assert found == [0.0, 0.25, 1.0]


def test_closed_bars_are_counted_by_series() -> None:
    account = Account()
    account.saw_bars(TWO_BARS)
    account.saw_bars(PRICE_BARS)
    account.saw_bars(metric_bars("a", [(120, 1, 1, 1, 1)]))
    account.saw_bars(metric_bars("a", [(180, 1, 1, 1, 1)], closed=False))

    assert account.bars == {"a": 3, "p": 2}


# What the digest does not depend on


@pytest.mark.parametrize("size", [1, 2])
def test_the_digest_does_not_depend_on_the_block_size(size: int) -> None:
    assert seen(size=size).digest() == seen().digest()


@pytest.mark.parametrize("count", [2, 33, 100])
def test_the_digest_does_not_depend_on_how_bars_are_cut_into_events(count: int) -> None:
    bars = [(60 * place, 1, 4, 1, place) for place in range(count)]

    assert digest_of(*(metric_bars("a", [bar]) for bar in bars)) == digest_of(
        metric_bars("a", bars)
    )


def test_the_digest_does_not_depend_on_the_order_of_series() -> None:
    assert digest_of(TWO_BARS, PRICE_BARS) == digest_of(PRICE_BARS, TWO_BARS)


def test_the_digest_does_not_depend_on_open_bars() -> None:
    still_open = metric_bars("a", [(0, 1, 3, 1, 3)], closed=False)

    assert digest_of(still_open, TWO_BARS) == digest_of(TWO_BARS)


def test_the_digest_does_not_depend_on_books_before_the_last() -> None:
    first = seen([update(0), update(1)], books=books((7, 7, 8, 8), (1, 1, 2, 1)))
    second = seen([update(0), update(1)], books=books((3, 3, 4, 4), (1, 1, 2, 1)))

    assert first.digest() == second.digest()


def test_the_digest_does_not_depend_on_how_many_levels_are_empty() -> None:
    narrow = books((1, 1, NAN, 0))
    pad = np.array([[NAN]]), np.array([[0.0]])
    wide = replace(
        narrow,
        bid_price=np.hstack([narrow.bid_price, pad[0]]),
        bid_size=np.hstack([narrow.bid_size, pad[1]]),
        ask_price=np.hstack([narrow.ask_price, pad[0]]),
        ask_size=np.hstack([narrow.ask_size, pad[1]]),
    )

    assert seen(books=wide).digest() == seen(books=narrow).digest()


def test_the_digest_does_not_depend_on_how_a_series_is_drawn() -> None:
    drawn = replace(TWO_BARS, series=replace(TWO_BARS.series, title="A", color="#ffffff"))

    assert digest_of(drawn) == digest_of(TWO_BARS)


def test_reading_the_digest_changes_nothing() -> None:
    account = seen()
    account.saw_bars(TWO_BARS)

    assert account.digest() == account.digest()


# What it does depend on


@pytest.mark.parametrize("column", ["timestamp", "open", "high", "low", "close", "known_at"])
@pytest.mark.parametrize("row", [0, 1])
def test_the_digest_depends_on_each_column_of_metric_bars(column: str, row: int) -> None:
    assert digest_of(one_changed(TWO_BARS, column, row)) != digest_of(TWO_BARS)


@pytest.mark.parametrize(
    "column", ["timestamp", "open", "high", "low", "close", "volume", "known_at"]
)
@pytest.mark.parametrize("row", [0, 1])
def test_the_digest_depends_on_each_column_of_price_bars(column: str, row: int) -> None:
    assert digest_of(one_changed(PRICE_BARS, column, row)) != digest_of(PRICE_BARS)


def one_changed(bars: Any, column: str, row: int) -> Any:
    """Return the bars with the smallest change to one value."""
    values = getattr(bars, column).copy()
    is_time = values.dtype.kind == "i"
    values[row] = values[row] + 1 if is_time else np.nextafter(values[row], np.inf)
    return replace(bars, **{column: values})


def test_the_digest_depends_on_the_key_of_a_series() -> None:
    assert digest_of(replace(TWO_BARS, series=TWO_BARS.series.named("b"))) != digest_of(TWO_BARS)


def test_the_digest_depends_on_the_order_of_bars_of_a_series() -> None:
    first, second = metric_bars("a", [(0, 1, 1, 1, 1)]), metric_bars("a", [(60, 1, 1, 1, 1)])

    assert digest_of(first, second) != digest_of(second, first)


@pytest.mark.parametrize("changed", [(9, 1, 2, 1), (1, 9, 2, 1), (1, 1, 9, 1), (1, 1, 2, 9)])
def test_the_digest_depends_on_each_price_and_size_of_the_last_book(
    changed: tuple[float, float, float, float],
) -> None:
    assert seen(books=books(changed)).digest() != seen(books=books((1, 1, 2, 1))).digest()


def test_the_digest_depends_on_the_side_of_a_level() -> None:
    bid, ask = books((1, 1, NAN, 0)), books((NAN, 0, 1, 1))

    assert seen(books=bid).digest() != seen(books=ask).digest()


@pytest.mark.parametrize("count", [field.name for field in fields(Counts)])
def test_the_digest_depends_on_each_count(count: str) -> None:
    plain, counting = Account(), Account()
    setattr(counting.counts, count, {"a reason": 1} if count == "refused" else 1)

    assert counting.digest() != plain.digest()
