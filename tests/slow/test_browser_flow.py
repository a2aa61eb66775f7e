"""Signals and tape in a browser: what the plugins gave, drawn and listed."""

from collections.abc import Iterator
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import orderflow_core
from orderflow_core import Plugin, Signal, Trade, hookimpl
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit
from tests.recordings import DATA, needs_recordings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

NAME = "BTCUSD_PERP"
HELD = """(() => {
    const found = [];
    orderflow.tape.newestFirst((time, price, size, side) => {
        found.push([time, price, side, size]);
    });
    return found;
})()"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


class Run:
    """A run over the recordings: what its plugins gave, and the folder of its files."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        trades = self.trades = list[tuple[Any, ...]]()

        class Tape(Plugin):
            @hookimpl
            def on_trade(self, trade: Trade) -> None:
                trades.append((trade.timestamp, trade.price, trade.side, trade.size))

        plugins: dict[str, Any] = {
            name: {} for name in ("ohlc", "obi", "large_trades", "liquidity")
        }
        sink = {"directory": str(self.out / "{instrument}"), "trades": True}
        settings = {
            "run": {"window_seconds": 10},
            "source": {"path": str(DATA), "instruments": [NAME]},
            "plugins": {
                "book": {"levels": 50},
                **plugins,
                "sweeps": {"levels": 2},
                "alert": {"when": "obi > 0.2", "text": "bids outweigh asks"},
                "json": sink,
            },
        }
        results = orderflow_core.run(settings, plugins=[Tape])
        table = results[NAME].events(Signal)
        columns = {name: list(table[name]) for name in ("timestamp", "price", "side", "text")}
        self.signals = list(zip(*columns.values(), strict=True))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("flow"))


@pytest.fixture(scope="module")
def page(chromium: Browser, run: Run) -> Iterator[Visit]:
    with dashboard(run.out) as url, visit(chromium, url, 1366, 1100) as seen:
        seen.until("rows('price') > 60")
        seen.show("All")
        seen.wait_for_trades()
        yield seen
        assert seen.complaints == []


def five_places(rows: list[Any]) -> list[Any]:
    return [rows[round(share * (len(rows) - 1))] for share in (0, 0.25, 0.5, 0.75, 1)]


def known(signal: dict[str, Any]) -> tuple[Any, ...]:
    return signal["timestamp"], signal["price"], signal["side"], signal["text"]


@needs_recordings
def test_the_marks_of_the_chart_are_the_signals_of_the_plugins(page: Visit, run: Run) -> None:
    shown = page.chart("data('price').signals")
    drawn = [known(signal) for signal in shown if signal["price"] is not None]
    priced = [row for row in run.signals if row[1] == row[1]]

    assert len(priced) > 100
    assert len(drawn) == len(priced)
    assert five_places(sorted(drawn)) == five_places(sorted(priced))


@needs_recordings
def test_a_signal_without_a_price_is_marked_on_its_pane(page: Visit, run: Run) -> None:
    alerts = [row for row in run.signals if row[1] != row[1]]
    everywhere = page.chart("shown.flatMap(name => data(name).signals)")
    drawn = [known(signal) for signal in everywhere if signal["price"] is None]

    assert [row[0] for row in drawn] == [row[0] for row in alerts]
    assert alerts


@needs_recordings
def test_the_list_has_the_newest_signals_first(page: Visit, run: Run) -> None:
    lines = page.page.locator("#signals li")
    newest = run.signals[-1]

    assert lines.count() == 40
    assert newest[3] in lines.first.inner_text()


@needs_recordings
def test_the_tape_has_the_trades_of_the_recording(page: Visit, run: Run) -> None:
    merged = [
        (*key, pytest.approx(sum(trade[3] for trade in same)))
        for key, same in groupby(run.trades, key=lambda trade: trade[:3])
    ][-5_000:]
    found = [tuple(row) for row in page.page.evaluate(HELD)][::-1]

    assert len(found) == len(merged)
    assert five_places(found) == five_places(merged)
    assert [row["timestamp"] for row in page.page.evaluate("orderflow.tape.shown()")] == [
        row[0] for row in reversed(merged[-60:])
    ]


@needs_recordings
def test_the_tape_shows_trades_from_a_size_on_and_marks_the_large_ones(page: Visit) -> None:
    sizes = sorted(row[3] for row in page.page.evaluate(HELD))
    page.page.locator("#tape input").fill(str(sizes[-30]))
    shown = page.page.evaluate("orderflow.tape.shown()")

    assert len(shown) >= 30
    assert all(row["size"] >= sizes[-30] for row in shown)
    assert sum(row["large"] for row in shown) == sum(
        size >= sizes[ceil(0.99 * len(sizes)) - 1] for size in sizes
    )
    assert page.page.locator("#tape tbody tr").count() == len(shown)

    page.page.locator("#tape input").fill(str(sizes[-1] + 1))
    expect(page.page.locator("#tape .empty")).to_contain_text("trades is so large")
    page.page.locator("#tape input").fill("")


@needs_recordings
def test_a_click_on_a_signal_shows_its_time(page: Visit) -> None:
    page.show("15 m")
    page.page.locator("#signals li button").last.click()
    time = page.page.evaluate("orderflow.signals.listed().at(-1).timestamp")
    first, last = page.range()

    assert first < time < last


@needs_recordings
def test_liquidity_fate_has_a_pane_of_its_own(page: Visit) -> None:
    titles = page.chart("data('liquidity fate').series.map(({title}) => title)")

    assert page.chart("data('liquidity fate').title") == "Liquidity fate"
    assert titles[:3] == ["Pulled", "Consumed", "Added"]
