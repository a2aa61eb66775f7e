"""Events of classes of one's own on the bus: who gets them, when, and the digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from orderflow_core import (
    Book,
    Books,
    BookWindow,
    BookWindows,
    Cells,
    Event,
    Metric,
    MetricBar,
    MetricBars,
    Plugin,
    Report,
    Series,
    SettingsError,
    Signal,
    Trade,
    TradeBatch,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus.bus import Bus
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT, Row, Tick, book, events, run_plugin, trade, update
from tests.core.delivery import Delivered, deliver

MARKET: Sequence[Row | Tick] = [
    update(10, "1 x 1"),
    trade(12, "1 buy 1"),
    trade(15, "1 sell 1"),
    update(20),
]
BLOCK = (
    "the block under way is of 10 to 20, and what is published is known at the time of one of its "
    "rows or trades"
)


@dataclass(frozen=True, kw_only=True)
class Gust(Event, hook="on_gust"):
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Lull(Event, hook="on_lull"):
    """Nobody publishes this."""


@dataclass(frozen=True, kw_only=True)
class OtherGust(Event, hook="on_gust"):
    """Names the hook of another class."""


@dataclass(frozen=True, kw_only=True)
class Bookish(Event, hook="on_book"):
    """Names a hook of the core."""


class PublishesAtTrades(Plugin):
    """Publishes an event with each batch of trades."""

    publishes = (Gust,)

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        if len(batch):
            self.publish(Gust(size=len(batch)))


class Keeps(Plugin):
    """Keeps the events that it is given."""

    def __init__(self, name: str = "keeps", consumes: Sequence[str] | None = None) -> None:
        super().__init__(name=name)
        self.consumes = consumes
        self.got: list[Any] = []

    @hookimpl
    def on_gust(self, gust: Gust) -> None:
        self.got.append(gust)


def problems(*plugins: Plugin) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Bus(INSTRUMENT, plugins, Account())
    return caught.value.problems


def warnings(*plugins: Plugin) -> Sequence[str]:
    return Bus(INSTRUMENT, plugins, Account()).wiring.warnings


# Who gets them


def test_an_event_goes_to_who_has_its_hook() -> None:
    keeps = Keeps()

    deliver([keeps, PublishesAtTrades(name="source")], MARKET)

    [gust] = keeps.got
    assert gust == Gust(size=2, instrument=INSTRUMENT, timestamp=15, known_at=15, table="source")


@pytest.mark.parametrize(
    ("consumes", "tables"),
    [(None, ["a", "b"]), (["a"], ["a"]), (["b", "a"], ["a", "b"]), (["c"], []), ([], [])],
)
def test_consumes_names_tables(consumes: Sequence[str] | None, tables: list[str]) -> None:
    keeps = Keeps(consumes=consumes)

    deliver([PublishesAtTrades(name="a"), PublishesAtTrades(name="b"), keeps], MARKET)

    assert [gust.table for gust in keeps.got] == tables


class SignalsOfTwoSeries(Plugin):
    publishes = (Signal,)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.publish(Signal(series=Series(f"{self.name}.fast"), text="fast"))
        self.publish(Signal(text="main"))


@pytest.mark.parametrize(
    ("consumes", "texts"),
    [
        (None, ["fast", "main"]),
        (["sig"], ["fast", "main"]),
        (["sig.fast"], ["fast"]),
        (["sig.slow"], []),
    ],
)
def test_consumes_names_series(consumes: Sequence[str] | None, texts: list[str]) -> None:
    got: list[str] = []

    class Reads(Plugin):
        @hookimpl
        def on_signal(self, signal: Signal) -> None:
            got.append(signal.text)

    reads = Reads()
    reads.consumes = consumes
    delivered = deliver([SignalsOfTwoSeries(name="sig"), reads], [update(1)])

    assert got == texts
    assert not delivered.member("reads").failed


def test_a_publisher_is_never_given_its_own_events() -> None:
    class Echo(Keeps):
        publishes = (Gust,)

        @hookimpl
        def on_gust(self, gust: Gust) -> None:
            self.got.append(gust.table)
            self.publish(Gust())

    echo = Echo(name="echo", consumes=["echo", "source"])

    delivered = deliver([PublishesAtTrades(name="source"), echo], MARKET)

    assert echo.got == ["source"]
    assert delivered.account.events == {"source.Gust": 1, "echo.Gust": 1}


class Swaps(Plugin):
    publishes: ClassVar[Sequence[type[Any]]] = (Gust,)

    @hookimpl
    def on_gust(self, gust: Gust) -> None:
        """Do nothing."""


def test_plugins_that_consume_each_others_events_are_a_circle() -> None:
    [told] = problems(Swaps(name="a"), Swaps(name="b"))

    assert told.startswith("these tables consume each other's series or events in a circle: ")
    assert "[plugins.a]" in told
    assert "[plugins.b]" in told


def test_two_classes_of_one_hook_in_one_run_are_an_error_that_names_both() -> None:
    class PublishesOther(Plugin):
        publishes = (OtherGust,)

    here = Gust.__module__
    assert problems(PublishesAtTrades(name="a"), PublishesOther(name="b")) == [
        "[plugins.a] and [plugins.b] publish two event classes with the hook on_gust, "
        f"{here}.Gust and {here}.OtherGust: rename one"
    ]


def test_a_class_with_a_hook_of_the_core_is_an_error() -> None:
    class Publishes(Plugin):
        publishes = (Bookish,)

    assert problems(Publishes(name="a")) == [
        "[plugins.a] Bookish names the hook on_book, which the core has: choose another"
    ]


def test_a_class_with_a_hook_of_the_core_troubles_no_plugin_that_has_the_hook() -> None:
    class TakesBooks(Plugin):
        @hookimpl
        def on_book(self, book: Book) -> None:
            """Do nothing."""

    assert warnings(TakesBooks(name="a")) == [
        "[plugins.a] waits for Books, which no table publishes"
    ]


def test_a_hook_whose_class_nobody_publishes_is_a_warning() -> None:
    class Waits(Plugin):
        @hookimpl
        def on_lull(self, lull: Lull) -> None:
            """Never called."""

    assert warnings(Waits(name="a")) == ["[plugins.a] waits for Lull, which no table publishes"]


def test_an_event_that_publishes_does_not_name_is_a_failure() -> None:
    class Unnamed(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.publish(Gust())

    delivered = deliver([Unnamed(name="a")], MARKET)

    assert (
        delivered.error("a") == "TypeError: a publishes Gust, which its `publishes` does not name"
    )


# When: in row hooks, in column hooks, and where there are no rows


class Times(Plugin):
    """Publishes an event without times in the hook that a subclass has."""

    publishes = (Gust,)

    def now(self) -> None:
        self.publish(Gust())


class AtWindow(Times):
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.now()


class AtTrade(Times):
    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.now()


class AtBatch(Times):
    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        self.now()


class AtGust(Times):
    consumes = ("source",)

    @hookimpl
    def on_gust(self, gust: Gust) -> None:
        self.now()


class AtTick(Times):
    @hookimpl
    def on_tick(self, report: Report) -> None:
        self.now()


class AtEnd(Times):
    @hookimpl
    def on_end(self, end: int) -> None:
        self.now()


@pytest.mark.parametrize(
    ("plugin_class", "times"),
    [
        (AtWindow, [10, 20]),
        (AtTrade, [12, 15]),
        (AtBatch, [15, 20]),
        (AtGust, [15]),
        (AtTick, [20]),
        (AtEnd, [20]),
    ],
)
def test_times_left_out_are_those_under_way(plugin_class: type[Times], times: list[int]) -> None:
    plugin, keeps = plugin_class(name="times"), Keeps(consumes=["times"])

    deliver([PublishesAtTrades(name="source"), plugin, keeps], MARKET)

    assert [(gust.timestamp, gust.known_at) for gust in keeps.got] == [(t, t) for t in times]


class InColumns(Plugin):
    """Publishes what a test gives, once, in a hook for columns."""

    publishes = (Gust,)

    def __init__(self, *given: Event) -> None:
        super().__init__(name="columns")
        self.given = given

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        for event in self.given:
            self.publish(event)


def test_in_columns_times_that_are_left_out_are_told() -> None:
    delivered = deliver([InColumns(Gust())], MARKET)

    assert delivered.error("columns") == (
        "ValueError: Gust has no timestamp: in a hook for columns give timestamp and known_at"
    )


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Gust(timestamp=9, known_at=9), f"known at 9: {BLOCK}"),
        (Gust(timestamp=9, known_at=21), f"known at 21: {BLOCK}"),
        (Gust(timestamp=13, known_at=12), "of 13, and known before, at 12"),
    ],
)
def test_an_event_is_known_in_its_block_and_not_before_it_is(event: Event, told: str) -> None:
    assert deliver([InColumns(event)], MARKET).error("columns") == f"ValueError: Gust is {told}"


def test_in_a_row_hook_an_event_is_known_at_that_row() -> None:
    class Late(Plugin):
        publishes = (Gust,)

        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.publish(Gust(known_at=window.timestamp + 1))

    assert deliver([Late(name="late")], MARKET).error("late") == (
        "ValueError: Gust is known at 11: the time under way is 10"
    )


def test_events_of_columns_are_delivered_in_the_order_in_which_they_are_known() -> None:
    keeps = Keeps()
    given = [Gust(timestamp=10, known_at=time, size=time) for time in (20, 12, 12, 15)]

    deliver([InColumns(*given), keeps], MARKET)

    assert [gust.size for gust in keeps.got] == [12, 12, 15, 20]


@pytest.mark.parametrize("method", ["start", "finish"])
def test_nothing_is_published_before_or_after_the_stream(method: str) -> None:
    def on_start(self: Plugin, run: object) -> None:
        self.publish(Gust())

    def on_finish(self: Plugin, report: object) -> None:
        self.publish(Gust())

    hook = hookimpl(on_start if method == "start" else on_finish)
    made = type("Early", (Plugin,), {"publishes": (Gust,), hook.__name__: hook})

    error = deliver([made(name="early")], MARKET).error("early")

    assert error is not None
    assert error.startswith("RuntimeError: early publishes ")


# One event, many hands


class Reuses(Plugin):
    """Publishes one object twice, and writes into it and its array afterwards."""

    publishes = (Cells,)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        values = np.ones((2, 1))
        column = Cells(
            series=Series(style="heat"), timestamp=0, end=9, tick=1, low=1, values=values
        )
        self.publish(column)
        self.publish(column)
        values[:] = 7
        object.__setattr__(column, "low", float("nan"))


class KeepsCells(Plugin):
    def __init__(self, name: str = "keeps", publishes: Sequence[type[Any]] = ()) -> None:
        super().__init__(name=name)
        self.publishes = publishes  # type: ignore[misc]
        self.got: list[Cells] = []

    @hookimpl
    def on_cells(self, cells: Cells) -> None:
        self.got.append(cells)


def test_what_was_published_stays_as_it_was() -> None:
    keeps = KeepsCells()

    deliver([Reuses(name="reuses"), keeps], [update(10)])

    assert [(cells.low, cells.values.tolist()) for cells in keeps.got] == [(1, [[1], [1]])] * 2


def test_who_writes_into_an_event_is_told_to_change_a_copy() -> None:
    class Writes(KeepsCells):
        @hookimpl
        def on_cells(self, cells: Cells) -> None:
            cells.values[0] = 5

    keeps = KeepsCells()
    delivered = deliver([Reuses(name="reuses"), Writes("writes"), keeps], [update(10)])

    error = delivered.error("writes")
    assert error is not None
    assert "an event is shared by all plugins" in error
    assert keeps.got[0].values.tolist() == [[1], [1]]


# Cells that still grow


class Grows(Plugin):
    publishes = (Cells,)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        series = Series(style="heat")
        given: dict[str, Any] = {"timestamp": 0, "tick": 1, "low": 1, "values": [[1.0]]}
        self.publish(Cells(series=series, end=100, closed=window.timestamp == 20, **given))


def test_open_cells_go_to_plugins_that_publish_nothing() -> None:
    sink, other = KeepsCells("sink"), KeepsCells("other", publishes=(Gust,))

    deliver([Grows(name="grows"), sink, other], MARKET)

    assert [cells.closed for cells in sink.got] == [False, True]
    assert [cells.closed for cells in other.got] == [True]


def test_open_cells_enter_no_digest() -> None:
    class OnlyTheLast(Grows):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            if window.timestamp == 20:
                super().on_book_window(window)

    digests = {digest(deliver([made(name="g")], MARKET)) for made in (Grows, OnlyTheLast)}

    assert len(digests) == 1


# The digest


def digest(delivered: Delivered) -> str:
    assert not any(seat.failed for seat in delivered.bus.seats)
    return delivered.account.digest()


def gusts(*sizes: int, **values: Any) -> InColumns:
    return InColumns(*(Gust(timestamp=10, known_at=12, size=size, **values) for size in sizes))


def test_the_digest_has_events_whether_they_are_consumed_or_not() -> None:
    assert digest(deliver([gusts(1)], MARKET)) == digest(deliver([gusts(1), Keeps()], MARKET))


def test_the_digest_is_what_it_was_where_there_are_no_events() -> None:
    assert digest(deliver([gusts()], MARKET)) == digest(deliver([], MARKET))


@pytest.mark.parametrize(
    "other",
    [
        gusts(2, 1),
        gusts(1),
        gusts(1, 3),
        gusts(1, 2, sure=False),
        InColumns(*(Gust(timestamp=10, known_at=15, size=size) for size in (1, 2))),
        InColumns(*(Gust(timestamp=11, known_at=12, size=size) for size in (1, 2))),
    ],
    ids=["order", "fewer", "field", "sure", "known_at", "timestamp"],
)
def test_the_digest_depends_on_each_field_and_on_the_order(other: InColumns) -> None:
    assert digest(deliver([other], MARKET)) != digest(deliver([gusts(1, 2)], MARKET))


def test_the_digest_depends_on_the_table() -> None:
    digests = {digest(deliver([PublishesAtTrades(name=name)], MARKET)) for name in "ab"}

    assert len(digests) == 2


def test_each_series_of_a_table_has_a_hash_of_its_own() -> None:
    class TurnedRound(SignalsOfTwoSeries):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.publish(Signal(text="main"))
            self.publish(Signal(series=Series(f"{self.name}.fast"), text="fast"))

    digests = {
        digest(deliver([made(name="sig")], MARKET)) for made in (SignalsOfTwoSeries, TurnedRound)
    }

    assert len(digests) == 1


@pytest.mark.parametrize("key", ["other", "signals", "sign", ""])
def test_a_series_is_the_tables_own(key: str) -> None:
    class Signals(Plugin):
        publishes = (Signal,)

        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.publish(Signal(series=Series(key)))

    error = deliver([Signals(name="signal")], MARKET).error("signal")

    assert (error is None) == (key == "")


# Events of rows that are not sure


def test_an_event_of_an_unsure_row_is_unsure() -> None:
    keeps = Keeps()

    deliver([AtWindow(name="w"), keeps], [update(1), update(2, sure=False), update(3)])

    assert [gust.sure for gust in keeps.got] == [True, False, True]


def test_what_an_unsure_event_brings_about_is_unsure() -> None:
    source, between, keeps = AtWindow(name="source"), AtGust(name="b"), Keeps(consumes=["b"])

    deliver([source, between, keeps], [update(1, sure=False), update(2)])

    assert [gust.sure for gust in keeps.got] == [False, True]


# The order of closing


def test_the_bars_of_a_metric_are_made_after_its_rows_and_its_end() -> None:
    class Samples(Metric):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            self.sample(window.timestamp, 1)

        @hookimpl
        def on_end(self, end: int) -> None:
            self.sample(end, 5)

    class KeepsBars(Plugin):
        got: ClassVar[list[tuple[float, bool]]] = []

        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            self.got.append((bar.close, bar.complete))

    deliver([Samples(window_seconds=0.015), KeepsBars()], MARKET)

    assert KeepsBars.got == [(1, True), (5, False)]


# Bars and books


def test_bars_that_are_written_into_after_publishing_stay_as_they_were() -> None:
    class Writes(Plugin):
        publishes = (MetricBars,)

        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            value, time = np.ones(1), windows.timestamp[:1].copy()
            columns: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), value)
            marks: dict[str, Any] = {
                "timestamp": time,
                "known_at": time,
                "closed": np.ones(1, bool),
            }
            bars = MetricBars(instrument=INSTRUMENT, series=Series("writes"), **columns, **marks)
            self.publish(bars)
            value[0] = np.nan
            time[0] = 0

    got: list[tuple[int, float]] = []

    class KeepsBars(Plugin):
        @hookimpl
        def on_metric_bar(self, bar: MetricBar) -> None:
            got.append((bar.timestamp, bar.close))

    deliver([Writes(), KeepsBars()], MARKET)

    assert got == [(10, 1)]


@pytest.mark.parametrize("name", ["bid_price", "bid_size", "ask_price", "ask_size"])
def test_books_with_infinite_numbers_are_a_failure_of_their_publisher(name: str) -> None:
    class Endless(Plugin):
        publishes = (Books,)

        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            ones = np.ones((len(windows), 1))
            names = ("bid_price", "bid_size", "ask_price", "ask_size")
            columns: dict[str, Any] = {**dict.fromkeys(names, ones), name: ones * np.inf}
            marks: dict[str, Any] = {"crossed": ones[:, 0] > 1, "sure": windows.sure}
            self.publish(Books(instrument="X", timestamp=windows.timestamp, **columns, **marks))

    class Spread(Metric):
        @hookimpl
        def on_books(self, books: Books) -> None:
            self.sample(books.timestamp, books.spread)

    delivered = deliver([Endless(), Spread()], MARKET)

    assert delivered.error("endless") == (
        f"EventError: Books: {name} has an infinite value; leave such a level out"
    )
    assert not delivered.member("spread").failed


def test_the_kit_gives_events_as_they_travelled() -> None:
    published = run_plugin(AtTrade(name="t"), [book(1, "1 x 1"), trade(2, "1 buy 1")])

    assert [gust.known_at for gust in events(published, Gust)] == [2]


class Anything(Plugin):
    """Writes down whatever there is."""

    def __init__(self, consumes: Sequence[str] | None = None) -> None:
        super().__init__(name="anything")
        self.consumes = consumes
        self.lines: list[str] = []

    @hookimpl
    def on_event(self, event: Event) -> None:
        self.lines.append(f"event {type(event).__name__} of {event.timestamp}")


class AnythingElse(Anything):
    """Has a hook of its own for one of the classes."""

    @hookimpl
    def on_gust(self, gust: Gust) -> None:
        self.lines.append(f"gust of {gust.timestamp}")


class Publisher(Plugin):
    """Publishes an event of either class for each book row."""

    publishes = (Gust, Signal)

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.publish(Gust())
        self.publish(Signal())


@pytest.mark.parametrize(
    ("sink", "lines"),
    [
        (Anything(), ["event Gust of 10", "event Signal of 10"]),
        (AnythingElse(), ["gust of 10", "event Signal of 10"]),
        (Anything(["publisher"]), ["event Gust of 10", "event Signal of 10"]),
        (Anything(["another"]), []),
    ],
)
def test_on_event_gets_the_events_for_which_there_is_no_other_hook(
    sink: Anything, lines: list[str]
) -> None:
    deliver([Publisher(name="publisher"), sink], [update(10)])

    assert sink.lines == lines
