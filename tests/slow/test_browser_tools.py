"""Ladder, ruler, horizontal lines, time zone and countdown in a browser."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.app.dashboard.files import MINUTE, START, bars, report, write_files
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

NAME = "TEST-USDT"
DEPTH = {
    "bids": [[100.2, 2.0], [100.1, 8.0], [99.9, 1.0], [98.4, 4.0]],
    "asks": [[100.3, 1.0], [100.6, 4.0], [101.3, 3.0]],
}
TRADES = {
    "timestamp": [START, START + 1, START + 2, START + 3],
    "price": [100.3, 100.3, 100.2, 99.9],
    "size": [1.5, 2.0, 4.0, 0.25],
    "side": [1, 1, -1, -1],
}
RUN = {
    "status": "running",
    "facts": {"tick": 0.1},
    "first_timestamp": START,
    "last_timestamp": START + 59 * MINUTE + 20_000,
    "progress": 0.5,
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tools") / "out"
    write_files(folder / NAME, ohlc=bars(60), depth=DEPTH)
    (folder / NAME / "trades_data.jsonl").write_text(json.dumps(TRADES) + "\n")
    (folder / NAME / "run.json").write_text(json.dumps(report(**RUN)))
    return folder


@pytest.fixture
def page(chromium: Browser, out: Path) -> Iterator[Visit]:
    with dashboard(out) as url, visit(chromium, url, timezone_id="Asia/Kathmandu") as seen:
        seen.until("rows('price') === 60")
        yield seen
        assert seen.complaints == []


def ladder(seen: Visit) -> list[list[str]]:
    """Return the cells of the ladder, from above."""
    found: list[list[str]] = seen.page.evaluate(
        "[...document.querySelectorAll('#ladder tr')].map(row => "
        "[...row.cells].map(cell => cell.textContent))"
    )
    return found


# The ladder


def test_the_ladder_has_the_levels_with_what_was_traded_there(page: Visit) -> None:
    assert ladder(page) == [
        ["101.3", "", "3"],
        ["100.6", "", "4"],
        ["100.3", "3.5", "1"],
        ["100.2", "4", "2"],
        ["100.1", "", "8"],
        ["99.9", "0.25", "1"],
        ["98.4", "", "4"],
    ]
    expect(page.page.locator("#ladder .mid")).to_contain_text("100.25")


def test_a_grouped_ladder_has_each_price_around_the_mid(page: Visit) -> None:
    page.page.locator("#group").select_option("5")
    rows = ladder(page)

    assert [row[0] for row in rows] == [
        *(f"{105.0 - 0.5 * step:.1f}" for step in range(10)),
        *(f"{100.0 - 0.5 * step:.1f}" for step in range(10)),
    ]
    assert rows[9] == ["100.5", "3.5", "1"]
    assert rows[8] == ["101.0", "", "4"]
    assert rows[10] == ["100.0", "4", "10"]
    assert rows[11] == ["99.5", "0.25", "1"]
    assert rows[14] == ["98.0", "", "4"]


def test_the_group_is_remembered(page: Visit) -> None:
    page.page.locator("#group").select_option("10")
    page.page.reload()
    page.until("rows('price') === 60")

    assert len(ladder(page)) == 20
    assert page.page.locator("#group").input_value() == "10"


# Ruler and lines


def drag(seen: Visit, start: tuple[float, float], end: tuple[float, float]) -> None:
    seen.point(*start)
    seen.page.mouse.down()
    seen.point(*end)
    seen.page.mouse.up()


def place(seen: Visit, time: int, price: float) -> tuple[float, float]:
    """Return where a time and a price of the first pane stand, in pixels."""
    x, y = seen.page.evaluate(
        "([time, price]) => { const {frame} = orderflow.panes.shown[0]; "
        "return [frame.x(time), frame.y(price)]; }",
        [time, price],
    )
    return x, y


@pytest.mark.parametrize("how", ["button", "shift"])
def test_the_ruler_measures_price_share_bars_and_time(page: Visit, how: str) -> None:
    before = page.range()
    start, end = place(page, START + 10 * MINUTE, 110.0), place(page, START + 24 * MINUTE, 132.0)
    if how == "button":
        page.page.get_by_role("button", name="Ruler").click()
    else:
        page.page.keyboard.down("Shift")
    drag(page, start, end)
    page.page.keyboard.up("Shift")
    value, time = page.page.evaluate("orderflow.tools.measure()")

    change = float(value.split()[0].lstrip("+"))
    assert change == pytest.approx(22.0, abs=0.6)
    assert float(value.split("(+")[1].split()[0]) == pytest.approx(20.0, abs=0.7)
    assert time == "14 bars · 14 min" or time.startswith(("14 bars · 13 min", "14 bars · 14 min"))
    assert page.range() == before

    page.page.keyboard.press("Escape")
    assert page.page.evaluate("orderflow.tools.measure()") is None


def test_a_drag_moves_the_chart_again_after_one_measure(page: Visit) -> None:
    page.page.get_by_role("button", name="Ruler").click()
    drag(page, (200, 150), (300, 100))
    before = page.range()
    drag(page, (200, 150), (300, 150))

    assert page.range() != before


def test_a_horizontal_line_is_set_kept_and_taken_away(page: Visit) -> None:
    button = page.page.get_by_role("button", name="Horizontal line")
    button.click()
    page.point(*place(page, START + 20 * MINUTE, 120.0))
    page.page.mouse.down()
    page.page.mouse.up()
    lines = page.chart("data('price').lines")

    assert lines == [pytest.approx(120.0, abs=0.5)]
    assert round(lines[0], 1) == lines[0]

    page.page.reload()
    page.until("rows('price') === 60")
    assert page.chart("data('price').lines") == lines

    page.page.get_by_role("button", name="Horizontal line").click()
    page.point(*place(page, START + 30 * MINUTE, lines[0]))
    page.page.mouse.down()
    page.page.mouse.up()
    assert page.chart("data('price').lines") == []


# Times


@pytest.mark.parametrize(
    ("zone", "clock", "date", "label"),
    [
        ("UTC", "00:00", "2025-06-01", "UTC"),
        ("local", "05:45", "2025-06-01", "UTC+5:45"),
        ("America/New_York", "20:00", "2025-05-31", "UTC−4"),
        ("Asia/Tokyo", "09:00", "2025-06-01", "UTC+9"),
    ],
)
def test_times_are_those_of_the_zone_that_was_chosen(
    page: Visit, zone: str, clock: str, date: str, label: str
) -> None:
    page.page.locator("#zone").select_option(zone)
    found = page.page.evaluate(
        f"[orderflow.scale.clock({START}, 60000), orderflow.scale.date({START}), "
        f"orderflow.zone.label({START})]"
    )

    assert found == [clock, date, label]
    if zone != "UTC":
        assert f"zone={zone.replace('/', '%2F')}" in page.page.url
        page.page.reload()
        page.until("rows('price') === 60")
        assert page.page.locator("#zone").input_value() == zone


def test_the_ticks_of_time_are_round_in_the_zone(page: Visit) -> None:
    page.page.evaluate("orderflow.zone.use('Asia/Kathmandu')")
    labels = page.page.evaluate(f"orderflow.scale.times({START}, {START} + 6 * 3600e3, 8)")

    assert [tick["label"] for tick in labels] == [f"{hour:02}:00" for hour in range(6, 12)]


def test_the_clock_goes_on_where_summer_time_begins(page: Visit) -> None:
    page.page.evaluate("orderflow.zone.use('Europe/Berlin')")
    before, after = 1_743_296_340_000, 1_743_296_400_000  # 2025-03-30 00:59 and 01:00 UTC
    clocks = page.page.evaluate(
        f"[{before}, {after}].map(time => orderflow.scale.clock(time, 60000))"
    )

    assert clocks == ["01:59", "03:00"]


def test_a_zone_that_nobody_knows_is_utc(chromium: Browser, out: Path) -> None:
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.page.goto(f"{url}/?zone=Mars/Olympus")
        seen.until("rows('price') === 60")

        assert seen.page.locator("#zone").input_value() == "UTC"
        assert seen.complaints == []


def test_the_countdown_is_what_is_left_of_the_bar(page: Visit) -> None:
    painted: list[Any] = page.page.evaluate(
        """() => {
            const found = [], before = CanvasRenderingContext2D.prototype.fillText;
            CanvasRenderingContext2D.prototype.fillText = function(text, ...more) {
                found.push(text);
                return before.call(this, text, ...more);
            };
            orderflow.redraw();
            orderflow.paint();
            CanvasRenderingContext2D.prototype.fillText = before;
            return found;
        }"""
    )

    assert "0:40" in painted
