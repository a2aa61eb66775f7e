"""Several markets side by side in the test kit."""

from typing import Any

import pytest

from orderflow_core import (
    Book,
    Metric,
    MetricBar,
    Plugin,
    Run,
    Signal,
    Trade,
    hookimpl,
)
from orderflow_core.testing import book, events, run_across, run_plugin, trade, update

MARKETS = {
    "B": [book(0, "9 x 1", "11 x 1"), trade(5, "10 buy 1")],
    "A": [book(5, "1 x 1", "3 x 1"), trade(5, "2 buy 1"), book(9, "2 x 1", "4 x 1")],
}


class Rows(Plugin):
    """Publishes a signal for each row."""

    across = True
    publishes = (Signal,)

    @hookimpl
    def on_book(self, book: Book) -> None:
        self.publish(Signal(text=book.instrument, value=book.mid))

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.publish(Signal(text=trade.instrument))


@pytest.mark.parametrize("size", [1, 2048])
def test_the_rows_of_all_come_in_time_order(size: int) -> None:
    found = events(run_across(Rows(), MARKETS, block_size=size), Signal)

    assert [(each.known_at, each.text, each.value) for each in found] == [
        (0, "B", 10.0),
        (5, "A", 2.0),
        (5, "A", None),
        (5, "B", None),
        (9, "A", 3.0),
    ]
    assert {each.instrument for each in found} == {"rows"}


def test_plugins_beside_give_each_instrument_their_bars() -> None:
    class Mid(Metric):
        @hookimpl
        def on_book(self, book: Book) -> None:
            self.sample(book.timestamp, book.mid)

    class Takes(Plugin):
        across = True
        consumes = ("mid",)
        publishes = (Signal,)

        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            self.publish(Signal(text=bar.instrument, value=bar.close))

    found = run_across(Takes(), MARKETS, beside=lambda: [Mid(window_seconds=1)])

    assert [(each.text, each.value) for each in events(found, Signal)] == [("B", 10.0), ("A", 3.0)]


def test_it_is_told_whose_rows_it_gets() -> None:
    seen: list[Any] = []

    class Starts(Plugin):
        across = True

        @hookimpl
        def on_start(self, run: Run) -> None:
            seen.append((run.instrument, list(run.legs)))

    run_across(Starts(name="all"), MARKETS)

    assert seen == [("all", ["A", "B"])]


def test_what_it_raises_is_raised() -> None:
    class Fails(Plugin):
        across = True

        @hookimpl
        def on_trade(self, trade: Trade) -> None:
            raise RuntimeError("out of ideas")

    with pytest.raises(RuntimeError, match="out of ideas"):
        run_across(Fails(), MARKETS)


def test_the_other_kind_of_run_is_named_where_it_is_the_wrong_one() -> None:
    class Alone(Plugin):
        """Sees one instrument."""

    with pytest.raises(ValueError, match="is across instruments: run it with run_across"):
        run_plugin(Rows(), [update(0)])
    with pytest.raises(ValueError, match="is of one instrument: run it with run_plugin"):
        run_across(Alone(), MARKETS)
