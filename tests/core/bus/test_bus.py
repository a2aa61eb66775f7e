"""The bus: who is called when, who gets what, and what may be published."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from orderflow_core import (
    Bar,
    Bars,
    Book,
    Books,
    BookWindow,
    BookWindows,
    MetricBar,
    MetricBars,
    Plugin,
    Report,
    Run,
    Series,
    SettingsError,
    TradeBatch,
    TradeBatches,
    hookimpl,
)
from orderflow_core.bus.bus import Bus
from orderflow_core.running.digest import Account
from orderflow_core.testing import (
    INSTRUMENT,
    Row,
    Tick,
    blocks,
    book,
    metric_bars,
    price_bars,
    run_plugin,
    run_plugins,
    trade,
    update,
)
from tests.core.delivery import deliver

Log = list[str]
Derived = Sequence[Bars | MetricBars]
TWO_ROWS: Sequence[Row | Tick] = [
    book(0, bids="100 x 1"),
    trade(1, "100 sell 1"),
    book(10, bids="99 x 1"),
]
ONE_ROW = [update(0, bids="100 x 1")]
UPDATES = [update(0), trade(1, "100 sell 1"), *map(update, (5, 7, 8, 9, 10))]


class Plural(Plugin):
    """Logs its calls for whole columns."""

    def __init__(self, name: str, log: Log) -> None:
        super().__init__(name=name)
        self.log = log

    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        self.log.append(f"{self.name} windows")

    @hookimpl
    def on_books(self, books: Books) -> None:
        self.log.append(f"{self.name} books")

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.log.append(f"{self.name} batches")

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        self.log.append(f"{self.name} bars of {bars.series.key}")


class Singular(Plugin):
    """Logs its calls for single rows."""

    def __init__(self, name: str, log: Log) -> None:
        super().__init__(name=name)
        self.log = log

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.log.append(f"{self.name} window {window.timestamp}")

    @hookimpl
    def on_book(self, book: Book) -> None:
        self.log.append(f"{self.name} book {book.timestamp}")

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        self.log.append(f"{self.name} batch {batch.timestamp} of {len(batch)}")


class Publisher(Plugin):
    """Publishes the events given to it, in one hook."""

    publishes: ClassVar[Sequence[type[Any]]] = (Books, Bars, MetricBars)

    def __init__(self, *events: Any, name: str = "spread", keys: Sequence[str] = ()) -> None:
        super().__init__(name=name)
        self.events = list(events)
        self.keys = list(keys) or [name]

    def series_keys(self) -> list[str]:
        return self.keys

    def publish_all(self) -> None:
        while self.events:
            self.publish(self.events.pop(0))


class InWindows(Publisher):
    @hookimpl
    def on_book_windows(self, windows: BookWindows) -> None:
        self.publish_all()


class InTrades(Publisher):
    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        self.publish_all()


class InStart(Publisher):
    @hookimpl
    def on_start(self, run: Run) -> None:
        self.publish_all()


class InBookWindow(Publisher):
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.publish_all()


class InTick(Publisher):
    @hookimpl
    def on_tick(self, report: Report) -> None:
        self.publish_all()


class InEnd(Publisher):
    @hookimpl
    def on_end(self, end: int) -> None:
        self.publish_all()


class InFinish(Publisher):
    @hookimpl
    def on_finish(self, report: Report) -> None:
        self.publish_all()


class Taker(Plugin):
    """Keeps the bars that its hooks get."""

    def __init__(self, name: str = "taker", consumes: Sequence[str] | None = None) -> None:
        super().__init__(name=name)
        self.consumes = consumes
        self.plural: list[tuple[str, list[int]]] = []
        self.singular: list[tuple[str, int]] = []

    @hookimpl
    def on_bars(self, bars: Bars) -> None:
        self.plural.append((bars.series.key, bars.timestamp.tolist()))

    @hookimpl
    def on_metric_bars(self, bars: MetricBars) -> None:
        self.plural.append((bars.series.key, bars.timestamp.tolist()))

    @hookimpl
    def on_bar(self, bar: Bar) -> None:
        self.singular.append((bar.series.key, bar.timestamp))

    @hookimpl
    def on_metric_bar(self, bar: MetricBar) -> None:
        self.singular.append((bar.series.key, bar.timestamp))


class TakingPublisher(Taker):
    """Publishes bars, one event in the first block, and has bar hooks too."""

    publishes = (MetricBars,)

    def __init__(self, name: str, consumes: Sequence[str] | None = None) -> None:
        super().__init__(name, consumes)
        self.events = [metric_bars(name, [(0, 1, 1, 1, 1)])]

    @hookimpl
    def on_trade_batches(self, batches: TradeBatches) -> None:
        while self.events:
            self.publish(self.events.pop())


def books_for(timestamps: Sequence[int]) -> Books:
    """Books of one level, empty, one row a timestamp."""
    price, size = np.full((len(timestamps), 1), np.nan), np.zeros((len(timestamps), 1))
    flags = np.zeros(len(timestamps), np.bool_)
    return Books(
        instrument=INSTRUMENT,
        timestamp=np.array(timestamps),
        bid_price=price,
        bid_size=size,
        ask_price=price,
        ask_size=size,
        crossed=flags,
        sure=~flags,
    )


# Order of calls


def test_a_block_is_delivered_stage_by_stage_in_the_order_of_the_tables() -> None:
    log: Log = []

    run_plugins([Plural("first", log), Plural("second", log)], TWO_ROWS)

    assert log == [
        "first windows",
        "second windows",
        "first books",
        "second books",
        "first batches",
        "second batches",
    ]


def test_single_rows_come_plugin_after_plugin_each_in_the_order_of_time() -> None:
    log: Log = []

    run_plugins([Singular("first", log), Singular("second", log)], TWO_ROWS)

    rows = ["window 0", "book 0", "batch 0 of 1", "window 10", "book 10", "batch 10 of 0"]
    assert log == [f"{name} {row}" for name in ("first", "second") for row in rows]


def test_single_rows_come_after_the_columns_of_their_block() -> None:
    log: Log = []

    run_plugins([Singular("rows", log), Plural("columns", log)], TWO_ROWS, block_size=1)

    assert log == [
        "columns windows",
        "columns books",
        "columns batches",
        "rows window 0",
        "rows book 0",
        "rows batch 0 of 1",
        "columns windows",
        "columns books",
        "columns batches",
        "rows window 10",
        "rows book 10",
        "rows batch 10 of 0",
    ]


def test_columns_of_bars_come_in_the_order_of_their_publishing() -> None:
    bars = [metric_bars(key, [(time, 1, 1, 1, 1)]) for key, time in [("a", 0), ("b", 0), ("a", 9)]]
    taker = Taker()

    run_plugins([InWindows(*bars, keys=["a", "b"]), taker], UPDATES)

    assert taker.plural == [("a", [0]), ("b", [0]), ("a", [9])]


def test_books_reach_no_hook_where_nobody_publishes_them() -> None:
    log: Log = []

    run_plugins([Plural("columns", log), Singular("rows", log)], ONE_ROW)

    assert log == ["columns windows", "columns batches", "rows window 0", "rows batch 0 of 0"]


def test_publish_only_queues() -> None:
    log: Log = []

    class Publishing(Publisher):
        @hookimpl
        def on_trade_batches(self, batches: TradeBatches) -> None:
            log.append("before publish")
            self.publish_all()
            log.append("after publish")

    publisher = Publishing(metric_bars("spread", [(0, 1, 1, 1, 1)]))
    run_plugins([publisher, Plural("columns", log)], ONE_ROW)

    assert log[1:] == [
        "before publish",
        "after publish",
        "columns batches",
        "columns bars of spread",
    ]


def test_what_derived_rows_bring_about_is_delivered_in_the_same_block() -> None:
    class Second(Plugin):
        publishes = (MetricBars,)
        consumes = ("spread",)

        @hookimpl
        def on_metric_bars(self, bars: MetricBars) -> None:
            self.publish(metric_bars("second", [(bars.timestamp[0], 2, 2, 2, 2)]))

    log: Log = []
    publisher = InTrades(metric_bars("spread", [(0, 1, 1, 1, 1)]))
    market = [update(0), update(10)]
    run_plugins([Plural("columns", log), publisher, Second()], market, block_size=1)

    assert log == [
        "columns windows",
        "columns batches",
        "columns bars of spread",
        "columns bars of second",
        "columns windows",
        "columns batches",
    ]


def test_bars_published_in_a_tick_are_delivered_at_once() -> None:
    taker = Taker()
    bus = Bus(INSTRUMENT, [InTick(metric_bars("spread", [(0, 1, 1, 1, 1)])), taker], Account())

    bus.deliver(*blocks(ONE_ROW))
    bus.tick(Report("test", "running", 0, INSTRUMENT, False, {}))

    assert taker.plural == [("spread", [0])]


def test_a_row_hook_may_leave_its_argument_out() -> None:
    class Counts(Plugin):
        rows = 0

        @hookimpl
        def on_book(self) -> None:
            self.rows += 1

    counts = Counts()
    run_plugin(counts, TWO_ROWS)

    assert counts.rows == 2


# Who gets what


def test_a_plugin_does_not_get_its_own_bars() -> None:
    own = TakingPublisher("own", consumes=["own", "other"])

    run_plugins([own, TakingPublisher("other")], ONE_ROW)

    assert own.plural == [("other", [0])]
    assert own.singular == [("other", 0)]


def test_a_plugin_does_not_get_its_own_books() -> None:
    log: Log = []

    class Own(Plural):
        publishes = (Books,)

        @hookimpl
        def on_book_windows(self, windows: BookWindows) -> None:
            self.publish(books_for(windows.timestamp.tolist()))

        @hookimpl
        def on_book(self, book: Book) -> None:
            self.log.append("own book")

    run_plugins([Own("own", log), Singular("other", log)], ONE_ROW)

    assert log == ["own batches", "other window 0", "other book 0", "other batch 0 of 0"]


def test_a_plugin_that_publishes_nothing_gets_all_series() -> None:
    taker = Taker()
    given: Derived = [metric_bars("a", [(0, 1, 1, 1, 1)]), price_bars("b", [(0, 1, 1, 1, 1, 1)])]

    run_plugin(taker, ONE_ROW, derived=given)

    assert taker.plural == [("a", [0]), ("b", [0])]
    assert taker.singular == [("a", 0), ("b", 0)]


def test_a_plugin_that_publishes_bars_gets_none_unless_it_names_them() -> None:
    publisher = TakingPublisher("own")

    run_plugin(publisher, ONE_ROW, derived=[metric_bars("a", [(0, 1, 1, 1, 1)])])

    assert publisher.plural == []
    assert publisher.singular == []


def test_a_plugin_gets_only_the_series_it_names() -> None:
    taker = Taker(consumes=["b"])
    given = [metric_bars(key, [(0, 1, 1, 1, 1)]) for key in ("a", "b", "c")]

    run_plugin(taker, ONE_ROW, derived=given)

    assert taker.plural == [("b", [0])]
    assert taker.singular == [("b", 0)]


def test_a_plugin_that_names_no_series_at_all_gets_none() -> None:
    taker = Taker(consumes=[])

    run_plugin(taker, ONE_ROW, derived=[metric_bars("a", [(0, 1, 1, 1, 1)])])

    assert taker.plural == []


def test_the_singular_bar_hooks_get_closed_rows_only() -> None:
    taker = Taker()
    given: Derived = [
        metric_bars("a", [(0, 1, 1, 1, 1)]),
        metric_bars("a", [(5, 1, 1, 1, 1)], closed=False),
        price_bars("b", [(0, 1, 1, 1, 1, 1)], closed=False),
    ]

    run_plugin(taker, TWO_ROWS, derived=given)

    assert taker.plural == [("a", [0]), ("a", [5]), ("b", [0])]
    assert taker.singular == [("a", 0)]


def test_open_bars_are_for_plugins_that_publish_nothing() -> None:
    taker = TakingPublisher("own", consumes=["a"])
    closed = metric_bars("a", [(0, 1, 1, 1, 1)])
    growing = metric_bars("a", [(5, 1, 1, 1, 1)], closed=False)

    run_plugins([taker, InWindows(closed, growing, keys=["a"])], UPDATES)

    assert taker.plural == [("a", [0])]


# What may be published


def test_books_have_one_row_a_window() -> None:
    with pytest.raises(ValueError, match="found 1 rows for 2 windows"):
        run_plugin(InWindows(books_for([0])), [update(0), update(10)])


def test_books_are_published_once_a_block() -> None:
    given = books_for([0])

    with pytest.raises(ValueError, match="once a block, and these are the second"):
        run_plugin(InWindows(given, given), ONE_ROW)


def test_books_have_the_windows_timestamps() -> None:
    with pytest.raises(ValueError, match="or other times"):
        run_plugin(InWindows(books_for([0, 11])), [update(0), update(10)])


@pytest.mark.parametrize("plugin_class", [InStart, InTrades, InBookWindow, InTick, InEnd])
def test_books_are_published_in_on_book_windows_only(plugin_class: type[Publisher]) -> None:
    with pytest.raises(ValueError, match="in on_book_windows, at no other moment"):
        run_plugin(plugin_class(books_for([0])), ONE_ROW)


@pytest.mark.parametrize(
    ("bars", "message"),
    [
        (metric_bars("other", [(0, 1, 1, 1, 1)]), r"the series 'other'; its own are \['spread'\]"),
        (metric_bars("spread", [(0, 1, float("inf"), 1, 1)]), "only finite ones"),
        (metric_bars("spread", [(0, 1, 1, float("-inf"), 1)]), "only finite ones"),
        (metric_bars("spread", [(0, float("nan"), 1, 1, 1)]), "only finite ones"),
        (price_bars("spread", [(0, 1, 1, 1, 1, float("inf"))]), "only finite ones"),
        (metric_bars("spread", [(9, 1, 1, 1, 1), (8, 1, 1, 1, 1)]), "a bar of 8 after one of 9"),
        (metric_bars("spread", [(9, 1, 1, 1, 1), (9, 1, 1, 1, 1)]), "a bar of 9 after one of 9"),
    ],
    ids=["other key", "infinite", "minus infinite", "nan", "volume", "decreasing", "twice"],
)
def test_bars_that_may_not_be_published(bars: Bars | MetricBars, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run_plugin(InWindows(bars), ONE_ROW)


def test_the_error_names_the_bar_that_is_not_finite() -> None:
    bars = metric_bars("spread", [(0, 1, 1, 1, 1), (60_000, 1, float("inf"), 1, 1)])

    with pytest.raises(ValueError, match=r"\[1.0, inf, 1.0, 1.0\] in its bar of 60000"):
        run_plugin(InWindows(bars), ONE_ROW)


@pytest.mark.parametrize("closed", [True, False])
def test_a_closed_bar_is_not_published_again(closed: bool) -> None:
    first = metric_bars("spread", [(0, 1, 1, 1, 1)])
    again = metric_bars("spread", [(0, 2, 2, 2, 2)], closed=closed)

    with pytest.raises(ValueError, match="each once closed"):
        run_plugin(InWindows(first, again), ONE_ROW)


def test_the_open_bar_is_published_until_it_is_closed() -> None:
    rows = [(0, 1, 1, 1, 1)]
    growing = [metric_bars("spread", rows, closed=closed) for closed in (False, False, True)]

    published = run_plugin(InWindows(*growing), ONE_ROW)

    assert len(published) == 3


def test_each_series_has_a_time_of_its_own() -> None:
    bars = [metric_bars("a", [(9, 1, 1, 1, 1)]), metric_bars("b", [(5, 1, 1, 1, 1)])]

    published = run_plugin(InWindows(*bars, keys=["a", "b"]), UPDATES)

    assert len(published) == 2


def test_an_event_that_publishes_does_not_name_is_an_error() -> None:
    class OnlyMetricBars(InWindows):
        publishes = (MetricBars,)

    plugin = OnlyMetricBars(price_bars("spread", [(0, 1, 1, 1, 1, 1)]))

    with pytest.raises(TypeError, match="spread publishes Bars, which its `publishes`"):
        run_plugin(plugin, ONE_ROW)


@pytest.mark.parametrize(
    ("plugin_class", "bar", "known_at", "told"),
    [
        (InWindows, 0, 11, "the block under way is of 0 to 10"),
        (InWindows, -9, -1, "the block under way is of 0 to 10"),
        (InWindows, 8, 7, "no bar is known before it begins"),
        (InBookWindow, 0, 1, "the time under way is 0"),
        (InEnd, 0, 9, "the time under way is 10"),
    ],
    ids=["later", "earlier", "before it begins", "not the row's", "not the end's"],
)
def test_a_bar_is_known_at_a_time_of_its_moment(
    plugin_class: type[Publisher], bar: int, known_at: int, told: str
) -> None:
    bars = metric_bars("spread", [(bar, 1, 1, 1, 1)], known_at=[known_at])

    with pytest.raises(ValueError, match=told):
        run_plugin(plugin_class(bars), UPDATES)


def test_bars_become_known_in_their_order() -> None:
    bars = metric_bars("spread", [(0, 1, 1, 1, 1), (1, 1, 1, 1, 1)], known_at=[9, 8])

    with pytest.raises(ValueError, match="bars become known in their order"):
        run_plugin(InWindows(bars), UPDATES)


def test_publishing_in_on_start_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="publishes MetricBars before the stream has begun"):
        run_plugin(InStart(metric_bars("spread", [(0, 1, 1, 1, 1)])), ONE_ROW)


def test_publishing_in_on_finish_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="publishes in on_finish"):
        run_plugin(InFinish(metric_bars("spread", [(0, 1, 1, 1, 1)])), ONE_ROW)


def test_publishing_without_a_bus_is_an_error_that_says_how_to_test() -> None:
    with pytest.raises(RuntimeError, match=r"run it with orderflow_core\.testing"):
        InWindows().publish(metric_bars("spread", []))


# Start and end


class OnStart(Plugin):
    """Does in `on_start` what a test says."""

    def __init__(self, name: str, action: Callable[[Run], object]) -> None:
        super().__init__(name=name)
        self.action = action

    @hookimpl
    def on_start(self, run: Run) -> None:
        self.action(run)


def refuse(*problems: str) -> Callable[[Run], object]:
    def action(run: Run) -> None:
        raise SettingsError(*problems)

    return action


def test_the_settings_errors_of_all_plugins_are_raised_together() -> None:
    plugins = [OnStart("first", refuse("a", "b")), OnStart("second", refuse("c"))]
    bus = Bus(INSTRUMENT, plugins, Account())

    with pytest.raises(SettingsError) as caught:
        bus.start(Run(INSTRUMENT, [INSTRUMENT], {}))

    assert caught.value.problems == ["a", "b", "c"]


def test_a_settings_error_without_a_word_is_told_with_the_table() -> None:
    class Refuses(Plugin):
        @hookimpl
        def on_start(self, run: Run) -> None:
            raise SettingsError

    with pytest.raises(SettingsError, match=r"^\[plugins.mute\] refuses the settings, and does"):
        deliver([Refuses(name="mute")], ONE_ROW)


def test_another_error_in_on_start_is_a_failure_of_the_plugin() -> None:
    delivered = deliver([OnStart("first", lambda run: 1 / 0)], ONE_ROW)

    assert delivered.error("first") == "ZeroDivisionError: division by zero"


def test_on_start_tells_what_there_is() -> None:
    class TwoLevels(Publisher):
        publishes = (Books,)

        @property
        def book_levels(self) -> int:
            return 2

    runs: list[Run] = []
    book_table = TwoLevels(name="book", keys=["depth"])
    plugin = OnStart("plugin", runs.append)
    bus = Bus("A-USDT", [book_table, plugin], Account())

    bus.start(Run("A-USDT", ["A-USDT", "B-USDT"], {"plugin": plugin.settings}))

    [run] = runs
    assert (run.instrument, run.instruments) == ("A-USDT", ["A-USDT", "B-USDT"])
    assert run.settings == {"plugin": plugin.settings}
    assert run.series == {"depth": "book"}
    assert (run.book_table, run.book_levels) == ("book", 2)


def test_on_start_tells_that_there_are_no_books() -> None:
    runs: list[Run] = []

    deliver([OnStart("plugin", runs.append)], ONE_ROW)

    assert (runs[0].book_table, runs[0].book_levels) == (None, None)


@pytest.mark.parametrize(
    ("market", "end"),
    [
        ([update(0), update(10)], 10),
        ([update(0), update(10), trade(15, "1 buy 1")], 15),
        ([trade(3, "1 buy 1")], 3),
    ],
    ids=["row", "trade", "trades only"],
)
def test_on_end_gets_the_streams_last_time(market: Sequence[Row | Tick], end: int) -> None:
    ends: list[int] = []

    class Ends(Plugin):
        @hookimpl
        def on_end(self, end: int) -> None:
            ends.append(end)

    deliver([Ends()], market)

    assert ends == [end]


class AtEnd(Taker):
    """Publishes at the end how many bars of other series it has got."""

    publishes = (MetricBars,)

    @hookimpl
    def on_end(self, end: int) -> None:
        count = len(self.singular)
        self.publish(metric_bars(self.name, [(end, count, count, count, count)]))


def test_on_end_comes_to_upstream_plugins_first_and_their_bars_are_delivered_before_the_next() -> (
    None
):
    last, middle, first = (
        AtEnd("last", ["middle", "first"]),
        AtEnd("middle", ["first"]),
        AtEnd("first"),
    )
    sink = Taker("sink")

    published = run_plugins([sink, last, middle, first], ONE_ROW)

    closes = {
        event.series.key: event.close.tolist()
        for event in published
        if isinstance(event, MetricBars)
    }
    assert closes == {"first": [0.0], "middle": [1.0], "last": [2.0]}
    assert [key for key, _ in sink.singular] == ["first", "middle", "last"]


def test_on_end_follows_the_tables_where_nobody_is_upstream() -> None:
    sink = Taker("sink")

    run_plugins([sink, AtEnd("b"), AtEnd("a"), AtEnd("c")], ONE_ROW)

    assert [key for key, _ in sink.singular] == ["b", "a", "c"]


def test_the_bus_knows_a_series_by_its_key() -> None:
    series: list[Series] = []

    class Keeps(Plugin):
        @hookimpl
        def on_metric_bars(self, bars: MetricBars) -> None:
            series.append(bars.series)

    run_plugin(Keeps(), ONE_ROW, derived=[metric_bars("spread", [(0, 1, 1, 1, 1)])])

    assert series == [Series().named("spread")]
