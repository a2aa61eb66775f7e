"""Who publishes what, who waits for it, and who is upstream of whom."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from orderflow_core import (
    Bar,
    Bars,
    Book,
    Books,
    BookWindows,
    MetricBar,
    MetricBars,
    Plugin,
    SettingsError,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus.bus import Bus
from orderflow_core.bus.declared import declared
from orderflow_core.bus.wiring import Wiring, wire
from orderflow_core.events import Event
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT


class BookPublisher(Plugin):
    publishes = (Books,)


class TakesBooks(Plugin):
    @hookimpl
    def on_book(self, book: Book) -> None:
        """Do nothing."""


class TakesBars(Plugin):
    @hookimpl
    def on_bar(self, bar: Bar) -> None:
        """Do nothing."""


class TakesAnything(Plugin):
    """Takes windows and books, as a sink does."""

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        """Do nothing."""

    @hookimpl
    def on_books(self, books: Books) -> None:
        """Do nothing."""


class Link(Plugin):
    """Publishes a series under its name and consumes those given."""

    publishes = (MetricBars,)

    def __init__(
        self, name: str, consumes: Sequence[str] | None = None, keys: Sequence[str] = ()
    ) -> None:
        super().__init__(name=name)
        self.consumes = consumes
        self.keys = [name, *keys]

    def series_keys(self) -> list[str]:
        return self.keys

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        """Do nothing."""


class Sink(Plugin):
    """Takes all metric bars, or those of the series given."""

    def __init__(self, name: str, consumes: Sequence[str] | None = None) -> None:
        super().__init__(name=name)
        self.consumes = consumes

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        """Do nothing."""


def wired(*plugins: Plugin) -> Wiring:
    return wire([declared(plugin) for plugin in plugins])


def problems(*plugins: Plugin) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        wired(*plugins)
    return caught.value.problems


# Who publishes


def test_every_series_has_its_table() -> None:
    wiring = wired(Link("obi", keys=["tot"]), Link("cvd"))

    assert wiring.owners == {"obi": "obi", "tot": "obi", "cvd": "cvd"}


def test_the_book_table_is_the_one_that_publishes_books() -> None:
    assert wired(Link("cvd"), BookPublisher(name="book")).book_table == "book"
    assert wired(Link("cvd")).book_table is None


def test_two_publishers_of_books_are_an_error_that_names_both() -> None:
    assert problems(BookPublisher(name="book"), BookPublisher(name="other")) == [
        "[plugins.book] and [plugins.other] publish Books; only one table may, remove the others"
    ]


def test_two_publishers_of_one_series_are_an_error_that_names_both() -> None:
    assert problems(Link("obi", keys=["tot"]), Link("tot")) == [
        "[plugins.obi] and [plugins.tot] both publish the series 'tot'; rename one of the tables"
    ]


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = problems(
        BookPublisher(name="book"),
        BookPublisher(name="other"),
        Link("a", ["b"]),
        Link("b", ["a"]),
        Link("c", keys=["a"]),
    )

    assert len(found) == 3


def test_two_plugins_of_one_name_are_an_error() -> None:
    assert problems(Link("a"), Link("a"), Link("b")) == ["2 plugins are named 'a'"]


def test_consumes_that_is_a_string_is_an_error_that_shows_the_list() -> None:
    assert problems(Sink("sink", "spread")) == [
        "[plugins.sink] consumes must be a list of series, as in ['spread']"
    ]


@pytest.mark.parametrize("publishes", [Books, (Book,), "Books", (Event,), (TradeBatches,)])
def test_publishes_that_names_no_events_is_an_error(publishes: Any) -> None:
    class Publishes(Plugin):
        pass

    Publishes.publishes = publishes
    [found] = problems(Publishes(name="spread"))

    assert found.startswith("[plugins.spread] publishes must be a tuple of Books, Bars, ")


# Who waits


def test_nobody_waits_where_everything_is_published() -> None:
    wiring = wired(BookPublisher(name="book"), TakesBooks(name="obi"), Link("cvd"), Sink("sink"))

    assert wiring.waiting == frozenset()
    assert wiring.warnings == []


def test_a_plugin_waits_for_an_event_that_nobody_publishes() -> None:
    wiring = wired(TakesBooks(name="obi"))

    assert wiring.waiting == {"obi"}
    assert wiring.warnings == ["[plugins.obi] waits for Books, which no table publishes"]


def test_plugins_that_wait_for_the_same_are_named_together() -> None:
    wiring = wired(TakesBooks(name="obi"), TakesBooks(name="spread"))

    assert wiring.warnings == [
        "[plugins.obi], [plugins.spread] wait for Books, which no table publishes"
    ]


def test_a_plugin_waits_for_a_series_that_nobody_publishes() -> None:
    wiring = wired(Link("spread"), Sink("sink", ["spreed"]))

    assert wiring.waiting == {"sink"}
    assert wiring.warnings == [
        "[plugins.sink] waits for the series 'spreed', which no table publishes; "
        "did you mean spread?"
    ]


def test_a_plugin_that_gets_some_of_what_it_consumes_is_warned_of_but_does_not_wait() -> None:
    wiring = wired(TakesAnything(name="sink"))

    assert wiring.waiting == frozenset()
    assert wiring.warnings == ["[plugins.sink] waits for Books, which no table publishes"]


def test_a_plugin_for_any_series_waits_where_there_is_none() -> None:
    wiring = wired(TakesBars(name="sink"))

    assert wiring.waiting == {"sink"}
    assert wiring.warnings == ["[plugins.sink] waits for Bars, which no table publishes"]


def test_a_plugin_without_hooks_for_data_does_not_wait() -> None:
    assert wired(Plugin(name="idle")).waiting == frozenset()


def test_the_report_says_who_waits() -> None:
    bus = Bus(INSTRUMENT, [TakesBooks(name="obi"), Link("cvd")], Account())

    assert [member.report.status for member in bus.seats] == ["waiting", "ok"]


# Who is upstream


def test_a_table_stands_after_those_whose_series_it_consumes() -> None:
    wiring = wired(Link("c", ["b", "a"]), Link("b", ["a"]), Link("a"))

    assert wiring.upstream_first == ["a", "b", "c"]


def test_tables_stand_as_in_the_settings_where_nobody_is_upstream() -> None:
    assert wired(Link("c"), Link("a"), Link("b")).upstream_first == ["c", "a", "b"]


def test_only_what_is_downstream_moves() -> None:
    wiring = wired(Link("a", ["c"]), Link("b"), Link("c"), Link("d"))

    assert wiring.upstream_first == ["b", "c", "a", "d"]


def test_a_plugin_for_all_series_stands_after_all_that_publish() -> None:
    assert wired(Sink("sink"), Link("a"), Link("b")).upstream_first == ["a", "b", "sink"]


def test_a_circle_is_an_error_that_names_its_tables() -> None:
    [found] = problems(Link("a", ["b"]), Link("b", ["c"]), Link("c", ["a"]), Link("d", ["a"]))

    start, _, circle = found.partition(": ")
    steps = list(pairwise(circle.split(" -> ")))
    assert start == "these tables consume each other's series or events in a circle"
    assert sorted(steps) == [
        ("[plugins.a]", "[plugins.b]"),
        ("[plugins.b]", "[plugins.c]"),
        ("[plugins.c]", "[plugins.a]"),
    ]


def test_a_series_of_ones_own_is_no_circle() -> None:
    assert wired(Link("a", ["a"])).upstream_first == ["a"]


def test_series_that_are_named_but_have_no_hook_make_no_circle() -> None:
    class Names(Plugin):
        publishes = (Bars,)
        consumes = ("b",)

    assert wired(Names(name="a"), Link("b", ["a"])).upstream_first == ["a", "b"]
