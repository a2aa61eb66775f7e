"""`run` and `stream` from Python: what they take, give, raise, and leave behind."""

import json
import logging
import signal
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from pydantic import Field

from orderflow_core import (
    Bar,
    Block,
    Book,
    BookWindow,
    InputError,
    Metric,
    MetricBar,
    Plugin,
    Run,
    SettingsError,
    Signal,
    Source,
    Trade,
    TradeBatch,
    hookimpl,
    run,
    stream,
)
from orderflow_core.testing import Moment, blocks, trade, update

MARKET: list[Moment] = [
    update(0, "100.0 x 5", "101.0 x 3", snapshot=True),
    trade(500, "101.0 buy 2"),
    update(1000, "100.5 x 1"),
    trade(1400, "100.5 sell 1"),
    update(2000, "100.5 x 0"),
]


class Market(Source):
    """Gives the market above to as many instruments as are asked for."""

    class Settings(Source.Settings):
        names: list[str] = Field(["A"])
        broken: bool = False

    settings: Settings

    def instruments(self) -> list[str]:
        return self.settings.names

    def blocks(self, instrument: str) -> Iterator[Block]:
        yield from blocks(MARKET, 1, instrument)
        if self.settings.broken:
            raise InputError("the line is cut")


class Mid(Metric):
    """The mid, which the bus is to make bars of."""

    @hookimpl
    def on_book(self, book: Book) -> None:
        self.sample(book.timestamp, book.mid)


class Marks(Plugin):
    """Marks each trade."""

    publishes = (Signal,)

    @hookimpl
    def on_trade(self, trade: Trade) -> None:
        self.publish(Signal(price=trade.price, side=trade.side, text="a trade"))


class Failing(Plugin):
    """Fails at the second row."""

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        if window.timestamp:
            raise ValueError("two is one too many")


def settings(**source: Any) -> dict[str, Any]:
    return {
        "run": {"window_seconds": 1},
        "source": {"use": f"{__name__}:Market", **source},
        "plugins": {"book": {"levels": 2}, "ohlc": {}, "mid": {"use": f"{__name__}:Mid"}},
    }


def mids() -> Mid:
    return Mid(name="mine", window_seconds=2)


def test_a_run_gives_bars_of_prices_and_of_metrics_as_columns() -> None:
    result = run(settings())["A"]

    ohlc, mid = result.bars("ohlc"), result.metric("mid")
    assert ohlc.columns.keys() - mid.columns.keys() == {"volume"}
    assert ohlc["timestamp"].tolist() == [0, 1000]
    assert ohlc["close"].tolist() == [101.0, 100.5]
    assert ohlc["known_at"].tolist() == [1000, 2000]
    assert mid["close"].tolist() == [100.5, 100.75, 100.5]
    assert mid["complete"].tolist() == [True, True, False]


def test_a_run_gives_events_by_their_class() -> None:
    signals = run(settings(), plugins=[Marks(name="marks")])["A"].events(Signal)

    assert signals["timestamp"].tolist() == [500, 1400]
    assert signals["price"].tolist() == [101.0, 100.5]
    assert np.isnan(signals["value"]).all()
    assert signals["series"].tolist() == ["marks", "marks"]


def test_an_event_class_of_which_there_is_none_has_its_columns_all_the_same() -> None:
    signals = polars.DataFrame(run(settings())["A"].events(Signal))

    assert signals.schema["timestamp"] == polars.Datetime("ms", "UTC")
    assert signals.schema["price"] == polars.Float64
    assert len(signals) == 0


@pytest.mark.parametrize("kind", ["Signal", int, Bar])
def test_events_of_what_is_no_event_class_are_refused(kind: Any) -> None:
    with pytest.raises(TypeError, match="is no event class"):
        run(settings())["A"].events(kind)


def test_a_run_gives_what_the_command_gives() -> None:
    by_command = run(settings())["A"].report
    by_hand = run(settings(), plugins=[])["A"].report

    assert by_command.status == "ok"
    assert by_command.digest == by_hand.digest


@pytest.mark.parametrize(
    ("take", "told"),
    [
        (lambda results: results["B"], "'B' was not run; there is A"),
        (lambda results: results["A"].bars("mid"), "there are ohlc"),
        (lambda results: results["A"].metric("mdi"), "did you mean mid"),
        (lambda results: results["A"].bars("ohlc")["hgih"], "there is no column 'hgih'"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(take: Any, told: str) -> None:
    with pytest.raises(KeyError, match=told):
        take(run(settings()))


def test_settings_may_be_a_file_whose_page_is_no_affair_of_a_call(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'[source]\nuse = "{__name__}:Market"\n[plugins.ohlc]\n[dashboard]\nport = 1\n')

    assert run(path)["A"].bars("ohlc")["timestamp"].tolist() == [0]
    assert list(run(str(path))) == ["A"]


def test_overrides_win_over_the_settings() -> None:
    results = run(settings(), overrides={"run.window_seconds": 2, "source.names": ["B", "A"]})

    assert list(results) == ["B", "A"]
    assert results["B"].bars("ohlc")["timestamp"].tolist() == [0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"plugins": {"ohlc": {"levels": 1}}}, r"the settings: \[plugins.ohlc\] has no key"),
        ({"pluigns": {}}, r"the settings: unknown table \[pluigns\]"),
        ({"run": 3}, "run must be a table"),
        ({1: {"a": 2}}, "a key is a text"),
        ({"extends": "nowhere.toml"}, "no settings file .*nowhere.toml"),
    ],
)
def test_mistakes_in_settings_by_hand_are_told(change: dict[Any, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        run({**settings(), **change})


def test_a_plugin_given_by_hand_is_called_after_those_of_the_settings() -> None:
    report = run(settings(), plugins=[mids()])["A"].report

    assert [plugin.name for plugin in report.plugins][-2:] == ["mid", "mine"]
    assert report.settings["plugins"]["mine"]["window_seconds"] == 2


def test_what_makes_a_plugin_makes_one_for_each_instrument() -> None:
    results = run(settings(names=["A", "B"]), plugins=[partial(Mid, name="mine")])

    assert [list(result.metric("mine")["timestamp"]) for result in results.values()] == [[0], [0]]


def test_one_instance_is_for_one_run_of_one_instrument() -> None:
    mine = mids()
    with pytest.raises(SettingsError, match=r"\[plugins.mine\] this Mid has been in a run"):
        run(settings(names=["A", "B"]), plugins=[mine])
    with pytest.raises(SettingsError, match="make a new one for each"):
        run(settings(), plugins=[mine])


@pytest.mark.parametrize("wrong", [3, lambda: 3, "mid"])
def test_what_is_no_plugin_is_told(wrong: Any) -> None:
    with pytest.raises(SettingsError, match=r"is no plugin, and makes none"):
        run(settings(), plugins=[wrong])


def test_an_input_that_cannot_be_used_is_raised_when_all_has_run() -> None:
    with pytest.raises(InputError, match="the line is cut"):
        run(settings(broken=True))


def test_a_plugin_that_fails_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        report = run(settings(), plugins=[Failing(name="failing")])["A"].report

    assert (report.status, report.plugins[-1].error) == (
        "failed",
        "ValueError: two is one too many",
    )
    assert "plugin failing failed" in caplog.text


def test_a_plugin_whose_failure_ends_the_run_raises_it() -> None:
    stops = {"run.on_plugin_error": "stop"}

    with pytest.raises(ValueError, match="two is one too many"):
        run(settings(), overrides=stops, plugins=[Failing(name="failing")])


def test_a_run_leaves_signal_handlers_and_the_log_as_they_are() -> None:
    before = signal.getsignal(signal.SIGINT), list(logging.getLogger().handlers)
    run(settings())

    assert (signal.getsignal(signal.SIGINT), list(logging.getLogger().handlers)) == before


def test_an_interrupt_leaves_no_run_behind(tmp_path: Path) -> None:
    class Interrupted(Plugin):
        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            raise KeyboardInterrupt

    sink = {"plugins.json.directory": str(tmp_path)}
    with pytest.raises(KeyboardInterrupt):
        run(settings(), overrides=sink, plugins=[Interrupted])

    assert json.loads((tmp_path / "run.json").read_text())["status"] == "interrupted"
    assert run(settings(), overrides=sink)["A"].report.status == "ok"


# One by one


def test_a_stream_gives_what_plugins_publish_in_the_order_of_time() -> None:
    found = list(stream(settings(), plugins=[Marks(name="marks")]))

    assert [(event.known_at, type(event)) for event in found] == [
        (500, Signal),
        (1000, Bar),
        (1000, MetricBar),
        (1400, Signal),
        (2000, Bar),
        (2000, MetricBar),
        (2000, MetricBar),
    ]


def test_a_stream_gives_the_rows_that_are_asked_for() -> None:
    found = stream(settings(), events=(BookWindow, Book, Trade, TradeBatch))

    assert [type(event).__name__ for event in islice(found, 4)] == [
        "BookWindow",
        "Book",
        "Trade",
        "TradeBatch",
    ]


def test_a_stream_of_what_is_no_event_is_refused() -> None:
    with pytest.raises(SettingsError, match="is neither one of BookWindow, Book"):
        next(stream(settings(), events=[int]))


def test_who_stops_asking_ends_the_run(tmp_path: Path) -> None:
    events = stream(settings(), overrides={"plugins.json.directory": str(tmp_path)})
    next(events)
    events.close()  # type: ignore[attr-defined]

    assert json.loads((tmp_path / "run.json").read_text())["status"] == "interrupted"


# What plugins learn


def test_a_plugin_learns_source_run_and_version_and_can_change_no_others() -> None:
    seen: list[Run] = []

    class Learning(Plugin):
        @hookimpl
        def on_start(self, run: Run) -> None:
            seen.append(run)

    run(settings(), plugins=[partial(Learning, name="one"), partial(Learning, name="two")])
    one, two = seen
    assert one.source is not None
    assert two.source is not None
    assert one.source.model_dump()["names"] == ["A"]
    assert one.run is not None
    assert one.run.model_dump()["window_seconds"] == 1
    assert one.version
    one.source.names.append("B")  # type: ignore[attr-defined]
    assert two.source.model_dump()["names"] == ["A"]
    assert one.settings["mid"] == two.settings["mid"]
    assert one.settings["mid"] is not two.settings["mid"]
