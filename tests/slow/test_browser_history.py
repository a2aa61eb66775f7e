"""Bars that are older than those of the files, and of other lengths, as a browser shows them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from orderflow_core.store import open_store
from tests.app.dashboard.kept import BEGIN, MINUTE, NAME, SINKS, cut, write_run
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

MINUTES, LAST = 600, 60
HOUR = 60 * MINUTE
NAMES = ("open", "high", "low", "close")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(params=list(SINKS))
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder of a run of ten hours whose files hold the last one; of each store."""
    write_run(tmp_path, MINUTES, LAST, request.param)
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of such a run with the default store."""
    write_run(tmp_path, MINUTES, LAST)
    return tmp_path


@pytest.fixture
def page(chromium: Browser, folder: Path) -> Iterator[Visit]:
    with dashboard(folder / "out") as url, visit(chromium, url) as seen:
        seen.until("orderflow.history.begins")
        yield seen
        assert seen.complaints == []


def go_to(seen: Visit, time: int, width: int = HOUR) -> None:
    """Bring a stretch of time into sight, and wait until it has been read."""
    seen.page.evaluate(
        "([time, width]) => { const {view} = orderflow; view.zoom(width / (view.range[1] - "
        "view.range[0]), view.range[0]); view.pan(time - view.range[0]); }",
        [time, width],
    )
    settle(seen)


def settle(seen: Visit) -> None:
    """Wait until two pictures have been painted without anything being read."""
    seen.page.evaluate(
        """() => new Promise(done => {
            let quiet = 0;
            const look = () => {
                quiet = orderflow.history.reading ? 0 : quiet + 1;
                orderflow.redraw();
                if (quiet > 3) done(); else requestAnimationFrame(look);
            };
            look();
        })"""
    )


def shown(seen: Visit, key: str) -> list[list[Any]]:
    """Return the rows of a series that are drawn: time, open, high, low, close."""
    found = seen.chart(f"series('{key}')")
    return [list(row) for row in zip(*(found[name] for name in ("x", *NAMES)), strict=True)]


def kept(folder: Path, kind: str, key: str, seen: Visit) -> list[list[Any]]:
    """Return what the store has from the stretch in sight."""
    length = 420_000 if key == "slow" else MINUTE
    from_, to = seen.range()
    start, end = int(from_) - length + 1, int(-(-to // 1))
    rows = open_store(folder / "store").read(kind, NAME, key, start, end)
    columns = (rows[name].tolist() for name in ("timestamp", *NAMES))
    return [list(row) for row in zip(*columns, strict=True)]


def test_bars_before_those_of_the_files_are_the_stores(chromium: Browser, any_store: Path) -> None:
    with dashboard(any_store / "out") as url, visit(chromium, url) as seen:
        seen.until("orderflow.history.begins")
        for hours in (8.6, 8, 5.5, 0, 0.6, 3, 7.7):
            go_to(seen, int(BEGIN + hours * HOUR))
            for kind, pane, key in (
                ("bars", "price", "ohlc"),
                ("metrics", "obi", "obi"),
                ("metrics", "slow", "slow"),
            ):
                found = shown(seen, pane)
                assert found == kept(any_store, kind, key, seen)
                assert len(found) > 5
        assert seen.complaints == []


def test_dragging_back_reads_on(page: Visit) -> None:
    for _ in range(12):
        page.point(100, 120)
        page.page.mouse.down()
        page.point(900, 120)
        page.page.mouse.up()
        settle(page)

    assert page.chart("series('obi').x[0]") == BEGIN
    assert page.rows("obi") == MINUTES


def test_the_key_home_shows_the_first_bar_of_the_store_and_says_that_it_is_the_first(
    page: Visit, folder: Path
) -> None:
    page.page.locator("#chart").focus()
    page.page.keyboard.press("Home")
    page.until(f"series('obi').x[0] === {BEGIN}")
    page.page.keyboard.press("ArrowLeft")
    page.page.keyboard.press("ArrowLeft")

    expect(page.page.locator("#history")).to_have_text(
        f"The first bar: {folder / 'store'} has nothing older."
    )
    page.page.keyboard.press("End")
    expect(page.page.locator("#history")).to_be_empty()


def test_all_is_all_that_the_store_has(page: Visit) -> None:
    page.choose("span", "All")
    page.until(f"range[0] < {BEGIN} && rows('obi') === {MINUTES}")

    assert page.chart("orderflow.view.follow") is True


def test_without_a_store_the_chart_says_that_there_are_no_older_bars(
    chromium: Browser, folder: Path
) -> None:
    (folder / "store").rename(folder / "moved")
    with dashboard(folder / "out") as url, visit(chromium, url) as seen:
        seen.until("orderflow.history.told")
        seen.page.locator("#chart").focus()
        for key in ("Home", "ArrowLeft", "ArrowLeft"):
            seen.page.keyboard.press(key)

        expect(seen.page.locator("#history")).to_contain_text("no store was found")
        assert seen.rows("obi") == LAST
        assert seen.complaints == []


def test_bars_of_another_length_are_made_of_those_that_there_are(
    page: Visit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_app.dashboard.figures.lengths.ROWS", LAST)
    page.page.locator("#length").click()
    page.page.get_by_role("option", name="15 min", exact=True).click()
    page.until(f"series('price').length === {15 * MINUTE}")
    page.until("orderflow.history.begins")
    for hours in (0, 2, 6.5):
        go_to(page, BEGIN + int(hours * HOUR), 3 * HOUR)
        for kind, pane, key in (("bars", "price", "ohlc"), ("metrics", "obi", "obi")):
            rows = open_store(folder / "store").read(kind, NAME, key)
            columns = (rows[name].tolist() for name in ("timestamp", *NAMES))
            longer = made(list(zip(*columns, strict=True)), 15 * MINUTE)
            from_, to = page.range()
            assert shown(page, pane) == [
                row for row in longer if row[0] < to and row[0] + 15 * MINUTE > from_
            ]
    expect(page.page.locator("[data-pane=slow] .legend")).to_contain_text("no bars of 900 s")
    expect(page.page.locator("[data-pane=ofi] .legend")).to_contain_text("window_seconds = 900")

    page.page.reload()
    page.until(f"series('price').length === {15 * MINUTE}")
    assert "bars=900" in page.page.url


def made(rows: list[Any], length: int) -> list[list[Any]]:
    """Return bars of a length made of shorter ones, the plain way."""
    bars: dict[int, list[Any]] = {}
    for time, first, high, low, last in rows:
        begin = time // length * length
        bar = bars.setdefault(begin, [begin, first, high, low, last])
        bar[2:] = [max(bar[2], high), min(bar[3], low), last]
    return list(bars.values())


def test_bars_that_leave_the_files_of_a_run_stay_on_the_chart(
    chromium: Browser, folder: Path
) -> None:
    out = folder / "out" / NAME
    files = {name: json.loads((out / name).read_text()) for name in FILES}
    show_until(out, files, 20)
    asked: list[Route] = []

    def answer_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.continue_()

    with dashboard(folder / "out") as url, visit(chromium, url) as seen:
        seen.page.goto("about:blank")  # so that nothing is asked by a page from before
        seen.page.route("**/older", answer_the_first)
        seen.page.goto(url)
        seen.until("orderflow.history.begins && rows('obi') === 20")
        cut_store(folder)
        seen.page.unroute("**/older")
        for route in asked[1:]:
            route.continue_()
        for last in (26, 40, 60):
            show_until(out, files, last)
            time = files["series_data.json"]["series"]["obi"]["rows"][last - 1][0]
            seen.until(f"orderflow.rows.all().find(({{key}}) => key === 'obi').x.at(-1) === {time}")
        expected = files["series_data.json"]["series"]["obi"]["rows"]
        go_to(seen, expected[0][0], HOUR)

        assert shown(seen, "obi") == [row for row in expected if row[0] < seen.range()[1]]
        assert seen.complaints == []


FILES = ("ohlc_data.json", "series_data.json")


def show_until(out: Path, files: dict[str, Any], last: int) -> None:
    """Let the files be those of a run under way, with twenty rows up to one of them."""
    rows = slice(last - 20, last)
    cut(out / "ohlc_data.json", lambda _: files["ohlc_data.json"][rows])
    series = files["series_data.json"]["series"]
    cut(
        out / "series_data.json",
        lambda _: {
            "series": {k: {**each, "rows": each["rows"][rows]} for k, each in series.items()}
        },
    )
    cut(out / "run.json", lambda run: {**run, "status": "running"})


def cut_store(folder: Path) -> None:
    """Take the store away, as one that is not up to date."""
    (folder / "store").rename(folder / "moved")
