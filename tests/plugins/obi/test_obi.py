"""Order-book imbalance and total depth."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orderflow_obi import Obi
from pydantic import ValidationError

from orderflow_core import Book, Books, MetricBars, SettingsError, hookimpl
from orderflow_core.testing import (
    Moment,
    Row,
    assert_same_results,
    bars,
    book,
    run_plugin,
    run_plugins,
    update,
)

BIDS = "100.0 x 5, 99.9 x 7, 99.8 x 3"
ASKS = "100.1 x 3, 100.2 x 4, 100.3 x 8"


def samples(rows: Sequence[Row], key: str = "obi", **settings: Any) -> list[float]:
    """Return the close of each bar, for rows that stand in bars of their own."""
    published = run_plugin(Obi(name="obi", window_seconds=1, **settings), rows)
    return [bar[4] for bar in bars(published, key)]


# The numbers


@pytest.mark.parametrize(("levels", "expected"), [(1, 0.25), (3, 0.0), (2, 5 / 19)])
def test_the_imbalance_is_that_of_the_best_levels(levels: int, expected: float) -> None:
    """(5 - 3) / (5 + 3) for one level; (15 - 15) / (15 + 15) for three."""
    assert samples([book(0, BIDS, ASKS)], levels=levels) == [expected]


def test_all_levels_of_the_books_count_by_default() -> None:
    assert samples([book(0, BIDS, "100.1 x 3")]) == [(15 - 3) / (15 + 3)]


def test_the_difference_is_in_the_unit_of_sizes() -> None:
    assert samples([book(0, BIDS, ASKS)], mode="difference", levels=2) == [(5 + 7) - (3 + 4)]


@pytest.mark.parametrize("mode", ["ratio", "difference"])
def test_the_total_is_the_sum_of_both_sides_in_either_mode(mode: str) -> None:
    assert samples([book(0, BIDS, ASKS)], "tot", mode=mode) == [30]


def test_the_total_is_of_the_levels_asked_for() -> None:
    assert samples([book(0, BIDS, ASKS)], "tot", levels=1) == [8]


@pytest.mark.parametrize(("bids", "asks", "expected"), [(BIDS, "", 1), ("", ASKS, -1)])
def test_with_one_side_empty_the_imbalance_is_one_way(
    bids: str, asks: str, expected: float
) -> None:
    assert samples([book(0, bids, asks)]) == [expected]


def test_with_one_side_empty_the_total_is_the_other() -> None:
    assert samples([book(0, BIDS)], "tot") == [15]


@pytest.mark.parametrize("mode", ["ratio", "difference"])
@pytest.mark.parametrize("key", ["obi", "tot"])
def test_there_is_no_sample_while_both_sides_are_empty(key: str, mode: str) -> None:
    rows = [book(0), book(1000, BIDS, ASKS), book(2000)]

    published = run_plugin(Obi(window_seconds=1, mode=mode), rows)

    assert [bar[0] for bar in bars(published, key)] == [1000]


def test_levels_below_the_ones_asked_for_do_not_count() -> None:
    """Three bids against one ask, of which one each counts."""
    assert samples([book(0, BIDS, "100.1 x 5")], levels=1) == [0]


SIZES = st.lists(st.integers(1, 1000), max_size=5)


@settings(deadline=None)
@given(bids=SIZES, asks=SIZES)
def test_the_imbalance_lies_between_minus_one_and_one(bids: list[int], asks: list[int]) -> None:
    row = book(
        0,
        [(100 - rank, size) for rank, size in enumerate(bids)],
        [(101 + rank, size) for rank, size in enumerate(asks)],
    )

    found = samples([row])

    assert len(found) == bool(bids or asks)
    assert all(-1 <= value <= 1 for value in found)


# Bars


@pytest.mark.parametrize("block_size", [1, 2048])
def test_each_book_row_gives_one_sample(block_size: int) -> None:
    rows = [
        book(0, "100 x 3", "101 x 1"),
        book(300, "100 x 1", "101 x 3"),
        book(600, "100 x 4"),
        book(900, "100 x 1", "101 x 1"),
        book(1000, "100 x 1", "101 x 1"),
    ]

    published = run_plugin(Obi(window_seconds=1), rows, block_size=block_size)

    assert bars(published, "obi") == [(0, 0.5, 1, -0.5, 0), (1000, 0, 0, 0, 0)]
    assert bars(published, "tot") == [(0, 4, 4, 2, 2), (1000, 2, 2, 2, 2)]


def test_rows_that_are_not_sure_are_left_out_and_counted() -> None:
    """Each row that is left out is one sample of the imbalance and one of the total."""
    plugin = Obi(window_seconds=1)
    rows = [
        book(0, "100 x 3", "101 x 1"),
        book(1, "100 x 9", "101 x 1", sure=False),
        book(2, "100 x 1", "101 x 3"),
    ]

    published = run_plugin(plugin, rows)

    assert bars(published, "obi") == [(0, 0.5, 0.5, -0.5, -0.5)]
    assert bars(published, "tot") == [(0, 4, 4, 4, 4)]
    assert plugin.samples_left_out == 2


def test_an_empty_book_that_is_not_sure_is_no_sample_to_leave_out() -> None:
    plugin = Obi(window_seconds=1)

    run_plugin(plugin, [book(0, BIDS, ASKS), book(1, sure=False)])

    assert plugin.samples_left_out == 0


def test_without_books_it_publishes_nothing() -> None:
    assert run_plugin(Obi(), [update(0, BIDS, ASKS)]) == []


# Names


def test_the_total_of_the_table_obi_is_the_series_tot() -> None:
    assert Obi(name="obi").series_keys() == ["obi", "tot"]


def test_the_total_of_another_table_is_keyed_by_the_table() -> None:
    assert Obi(name="touch").series_keys() == ["touch", "touch.tot"]


def test_two_tables_publish_side_by_side() -> None:
    plugins = [Obi(name="obi", window_seconds=1), Obi(name="touch", window_seconds=1, levels=1)]

    published = run_plugins(plugins, [book(0, BIDS, ASKS)])

    closes = {key: bars(published, key)[0][4] for key in ("obi", "tot", "touch", "touch.tot")}
    assert closes == {"obi": 0, "tot": 30, "touch": 0.25, "touch.tot": 8}


def test_the_series_have_titles_and_panes_of_their_own() -> None:
    published = run_plugin(Obi(name="obi"), [book(0, BIDS, ASKS)])

    described = {
        event.series.key: (event.series.title, event.series.pane)
        for event in published
        if isinstance(event, MetricBars)
    }
    assert described == {
        "obi": ("Order-book imbalance", "obi"),
        "tot": ("Total depth", "tot"),
    }


# Settings


def test_more_levels_than_the_books_carry_are_an_error_that_names_both_tables() -> None:
    with pytest.raises(SettingsError) as caught:
        run_plugin(Obi(name="deep", levels=4), [book(0, BIDS, ASKS)])

    assert "[plugins.deep] levels = 4" in str(caught.value)
    assert "[plugins.given_books] carries only 3" in str(caught.value)


def test_as_many_levels_as_the_books_carry_are_fine() -> None:
    assert samples([book(0, BIDS, ASKS)], levels=3) == [0]


@pytest.mark.parametrize("settings", [{"levels": 0}, {"mode": "percent"}, {"depth": 5}])
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(settings))):
        Obi(**settings)


# A market


class ObiByRow(Obi):
    """The same, one row at a time."""

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Leave the columns alone."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        bids, asks = float(book.bid_size.sum()), float(book.ask_size.sum())
        self.sample(book.timestamp, (bids - asks) / (bids + asks))
        self.sample(book.timestamp, bids + asks, series="tot")


@pytest.mark.slow
def test_both_lanes_and_all_sizes_of_blocks_give_the_same(sample_market: list[Moment]) -> None:
    makes = [partial(each, window_seconds=5) for each in (Obi, ObiByRow)]

    assert_same_results(*makes, market=sample_market)
