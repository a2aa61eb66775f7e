"""The dashboard as a browser shows it."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.app.dashboard.files import DEPTH, MINUTE, START, bars, report, series, write_files
from tests.app.test_run import SETTINGS
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit
from tests.command import orderflow
from tests.recordings import DATA, needs_recordings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

NAME = "TEST-USDT"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a data folder with an instrument of 60 bars."""
    write(tmp_path / "out", 60)
    return tmp_path / "out"


@pytest.fixture
def page(chromium: Browser, out: Path) -> Iterator[Visit]:
    """Give a page that shows `out`; it must not complain."""
    with dashboard(out) as url, visit(chromium, url) as found:
        found.until("rows('price') === 60")
        yield found
        assert found.complaints == []


def write(out: Path, count: int, name: str = NAME, **changes: Any) -> None:
    """Write the files of so many bars, each whole at once."""
    metrics = {
        "obi": series(count),
        "cvd": series(count, "CVD", "cvd", color=None),
        **changes.pop("metrics", {}),
    }
    new = write_files(
        out.parent / "new",
        ohlc=bars(count),
        metrics=metrics,
        depth=changes.pop("depth", DEPTH),
        run=report(instrument=name, **changes),
    )
    (out / name).mkdir(parents=True, exist_ok=True)
    for path in sorted(new.iterdir(), key=lambda path: path.name == "run.json"):
        path.replace(out / name / path.name)


@needs_recordings
def test_real_recordings_are_drawn(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    source = ["--set", f"source.path={DATA}", "--set", "plugins.book.levels=50"]
    done = orderflow(tmp_path, "run", "--window-seconds", "10", *source, "--instrument", PERP)
    assert done.returncode == 0, done.stderr
    count = len(json.loads((tmp_path / "out" / PERP / "ohlc_data.json").read_text()))

    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        seen.until(f"rows('price') === {count}")
        expect(seen.page.locator("#price .last")).to_contain_text("61,600.0")
        assert count > 60
        assert seen.rows("obi") == seen.rows("cvd") > 60
        assert seen.chart("series('price').length") == 10_000
        assert painted(seen, "price") > 1000
        assert seen.page.locator("#ladder .level").count() == 20
        assert seen.complaints == []


PERP = "BTCUSD_PERP"


def painted(seen: Visit, pane: str) -> int:
    """Return how many points of a pane's canvas are in the colours of up and down."""
    count: int = seen.page.evaluate(
        """pane => {
            const canvas = document.querySelector(`[data-pane="${pane}"] canvas`);
            const {up, down} = orderflow.frame.colors();
            const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16)).join();
            const wanted = [rgb(up), rgb(down)];
            const {width, height} = canvas, context = canvas.getContext("2d");
            const {data} = context.getImageData(0, 0, width - 80, height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4) {
                if (wanted.includes(`${data[i]},${data[i + 1]},${data[i + 2]}`)) count++;
            }
            return count;
        }""",
        pane,
    )
    return count


def test_a_paced_run_makes_new_bars_appear(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    orderflow(tmp_path, "sample", "--hours", "0.2")
    command = [sys.executable, "-m", "orderflow_app.cli", "run", "--speed", "5", "--quiet"]
    with (
        subprocess.Popen(command, cwd=tmp_path) as run,
        dashboard(tmp_path / "out") as url,
        visit(chromium, url) as seen,
    ):
        seen.until("rows('price') > 2")
        expect(seen.page.locator("#status")).to_contain_text("Live")
        expect(seen.page.locator("#status")).to_contain_text("SIMULATED")
        for name in ("price", "obi", "cvd"):
            before = seen.rows(name)
            seen.until(f"rows('{name}') > {before + 3}")
        run.terminate()
        expect(seen.page.locator("#status")).to_contain_text("Interrupted")
        assert seen.complaints == []


def test_zoom_survives_ten_updates(page: Visit, out: Path) -> None:
    drag(page, 120)
    zoomed = page.range()
    for count in range(61, 71):
        write(out, count)
        page.until(f"rows('price') === {count}")
        assert page.range() == zoomed

    assert page.rows("obi") == 70


def drag(seen: Visit, pixels: int) -> None:
    """Pull the chart to the right, which ends the following."""
    seen.point(300, 120)
    seen.page.mouse.down()
    seen.point(300 + pixels, 120)
    seen.page.mouse.up()
    expect(seen.page.locator("#follow")).not_to_be_checked()


def test_the_wheel_zooms_into_time_and_values_fill_their_pane(page: Visit) -> None:
    before, values = page.range(), page.chart("data('price').values")
    page.point(300, 120)
    page.page.mouse.wheel(0, -600)
    page.until(f"data('price').values[1] < {values[1]}")
    after = page.range()

    assert after[1] - after[0] < before[1] - before[0]
    assert page.chart("series('price').x.length") < 60


def test_the_right_edge_is_followed_until_the_user_moves_and_again(page: Visit, out: Path) -> None:
    edge = page.range()[1]
    write(out, 62)
    page.until("rows('price') === 62")
    page.until(f"range[1] === {edge + 2 * MINUTE}")

    drag(page, 120)
    width = page.range()[1] - page.range()[0]
    page.page.locator("label[for=follow]").click()
    page.until(f"range[1] >= {edge + 2 * MINUTE}")
    assert page.range()[1] - page.range()[0] == pytest.approx(width)


def test_a_bar_keeps_its_width_while_bars_come(chromium: Browser, tmp_path: Path) -> None:
    """In a run that goes on they grow into the empty room, and then slide."""
    out = tmp_path / "out"
    write(out, 1, status="running")
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.until("rows('price') === 1")
        seen.choose("span", "1 h")
        seen.until("range[1] - range[0] === 3600e3")
        begin = seen.range()[0]
        for count, left in ((30, begin), (58, begin), (70, begin + 12 * MINUTE)):
            write(out, count, status="running")
            seen.until(f"rows('price') === {count}")
            seen.until(f"range[0] === {left} && range[1] - range[0] === 3600e3")


def test_range_buttons_choose_the_stretch_and_a_double_click_shows_all(page: Visit) -> None:
    page.choose("span", "15 m")
    page.until(f"range[1] - range[0] === {15 * MINUTE}")
    box = page.box("#chart")
    page.page.mouse.dblclick(box["x"] + 300, box["y"] + 120)
    page.until(f"range[0] < {START}")

    expect(page.page.locator("#span input[value=all]")).to_be_checked()


def test_a_stretch_can_be_chosen_again_after_a_move(page: Visit) -> None:
    page.choose("span", "15 m")
    page.until(f"range[1] - range[0] === {15 * MINUTE}")
    followed = page.range()
    drag(page, 120)
    page.choose("span", "15 m")
    page.until(f"range[1] === {followed[1]}")

    assert page.range() == followed
    expect(page.page.locator("#follow")).to_be_checked()


@pytest.mark.parametrize(
    ("key", "holds"),
    [
        ("ArrowLeft", "range[0] < before[0]"),
        ("ArrowRight", "range[0] > before[0]"),
        ("+", "range[1] - range[0] < before[1] - before[0]"),
        ("-", "range[1] - range[0] > before[1] - before[0]"),
        ("Home", f"range[0] === {START - MINUTE}"),
        ("End", f"range[1] === {START + 61 * MINUTE}"),
    ],
)
def test_keys_move_and_zoom(page: Visit, key: str, holds: str) -> None:
    page.choose("span", "15 m")
    page.until(f"range[1] - range[0] === {15 * MINUTE}")
    drag(page, 200)
    before = page.range()
    page.page.locator("#chart").focus()
    page.page.keyboard.press(key)
    page.until(f"(before => {holds})({before})")


def test_two_fingers_zoom_and_a_tap_reads(chromium: Browser, out: Path) -> None:
    with dashboard(out) as url, visit(chromium, url, 390, 844, has_touch=True) as seen:
        seen.until("rows('price') === 60")
        before, box = seen.range(), seen.box("#chart")
        x, y = box["x"], box["y"] + 100
        seen.page.touchscreen.tap(x + 150, y)
        expect(seen.page.locator("#crosshair .time")).to_contain_text("2025-06-01 00:")
        touch = seen.page.context.new_cdp_session(seen.page)
        for kind, half in (("touchStart", 30), ("touchMove", 60), ("touchMove", 90)):
            points = [{"x": x + 150 + way * half, "y": y, "id": way + 1} for way in (-1, 1)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        seen.until(f"range[1] - range[0] < {(before[1] - before[0]) / 2}")
        assert seen.complaints == []


def test_the_scale_of_values_is_fixed_by_a_drag_and_automatic_after_a_double_click(
    page: Visit,
) -> None:
    values = page.chart("data('price').values")
    box = page.box("#chart")
    x, y = box["x"] + box["width"] - 30, box["y"] + 100
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x, y + 60, steps=3)
    page.page.mouse.up()
    page.until(f"data('price').values[1] > {values[1]} && data('price').values[0] < {values[0]}")
    page.page.mouse.dblclick(x, y)
    page.until(f"data('price').values[1] === {values[1]}")


def test_a_scale_may_be_logarithmic(page: Visit) -> None:
    page.point(300, 120)
    page.page.locator("[data-pane=price] .log").click()
    page.until("data('price').log && data('price').values[0] > 95")

    expect(page.page.locator("[data-pane=price] .log")).to_have_attribute("aria-pressed", "true")


def test_another_instrument_can_be_chosen(page: Visit, out: Path) -> None:
    write(out, 7, "OTHER-USDT", simulated=True)
    page.page.locator("#instrument").click()
    page.page.get_by_role("option", name="OTHER-USDT").click()
    page.until("rows('price') === 7")

    expect(page.page.locator("#status")).to_contain_text("SIMULATED")
    expect(page.page.locator("#price .last")).to_have_text("107.0")


def test_a_custom_metric_gets_a_pane_and_may_leave(page: Visit, out: Path) -> None:
    write(out, 60, metrics={"mine": series(60, "My own", "mine", style="line", unit="bps")})
    page.until("data('mine')")
    expect(page.page.locator("[data-pane=mine]")).to_contain_text("My own")
    expect(page.page.locator("[data-pane=mine]")).to_contain_text("0.2500 bps")

    write(out, 60)
    page.until("!data('mine')")


def test_a_pane_can_be_hidden_and_stays_hidden(page: Visit, out: Path) -> None:
    open_menu(page)
    page.page.get_by_role("checkbox", name="CVD").click()
    page.until("!data('cvd')")
    page.page.reload()
    page.until("rows('price') === 60")

    assert page.chart("shown") == ["price", "volume", "obi"]


def open_menu(seen: Visit) -> None:
    """Open the menu of the panes."""
    seen.page.locator("#pane-menu summary").click()


def test_all_panes_hidden_is_an_empty_page_that_says_so(page: Visit) -> None:
    open_menu(page)
    for box in page.page.locator("#pane-list input").all():
        box.uncheck()
    shown = page.page.evaluate(
        "getComputedStyle(document.querySelector('#chart'), '::after').content"
    )

    assert page.chart("shown") == []
    assert "All panes are hidden" in shown


def test_panes_are_moved_folded_and_resized_and_stay_so(page: Visit) -> None:
    open_menu(page)
    page.page.get_by_label("Move CVD up").click()
    page.page.get_by_label("Fold Volume").click()
    before = page.box("[data-pane=cvd]")["height"]
    page.page.get_by_label("Height of CVD").focus()
    page.page.keyboard.press("ArrowDown")
    page.page.reload()
    page.until("rows('price') === 60 && data('volume').collapsed")

    assert page.chart("shown") == ["price", "volume", "cvd", "obi"]
    assert page.box("[data-pane=volume]")["height"] == 24
    assert page.box("[data-pane=cvd]")["height"] > before


def test_the_address_holds_instrument_span_and_panes(page: Visit, out: Path) -> None:
    write(out, 7, "OTHER-USDT")
    page.page.goto(f"{page.url}/?instrument=OTHER-USDT&span=1h&hidden=obi&hidden=cvd")
    page.until("rows('price') === 7")
    assert page.chart("shown") == ["price", "volume"]
    expect(page.page.locator("#span input[value='1h']")).to_be_checked()

    page.choose("span", "15 m")
    page.page.wait_for_url("**/?instrument=OTHER-USDT&span=15m&hidden=obi&hidden=cvd")


def test_a_failed_plugin_is_shown_while_the_others_go_on(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        "from orderflow_core import Metric, hookimpl\n"
        "class Wrong(Metric):\n"
        "    @hookimpl\n"
        "    def on_books(self, books):\n"
        "        raise ValueError('the moon is too low')\n"
    )
    table = '[plugins.wrong]\nuse = "wrong.py:Wrong"\n'
    (tmp_path / "settings.toml").write_text(SETTINGS + table)
    orderflow(tmp_path, "sample", "--hours", "0.02")
    assert orderflow(tmp_path, "run").returncode == 1

    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        notice = seen.page.locator("#notices")
        expect(notice).to_contain_text("Plugin wrong failed")
        expect(notice).to_contain_text("the moon is too low")
        seen.until("rows('price') > 10")


@pytest.mark.parametrize("name", ["ohlc_data.json", "series_data.json", "run.json"])
def test_a_broken_file_keeps_the_last_picture_and_names_the_fault(
    page: Visit, out: Path, name: str
) -> None:
    good = (out / NAME / name).read_text()
    (out / NAME / name).write_text(good[: len(good) // 2])
    expect(page.page.locator("#notices")).to_contain_text(f"{name} is not what is expected")
    assert page.rows("price") == page.rows("obi") == 60
    expect(page.page.locator("#price .last")).to_have_text("160.0")

    write(out, 61)
    page.until("rows('price') === 61")
    expect(page.page.locator("#notices")).to_be_empty()


def test_missing_files_keep_the_last_picture(page: Visit, out: Path) -> None:
    shutil.rmtree(out / NAME)
    expect(page.page.locator("#notices")).to_contain_text("ohlc_data.json is missing")
    page.page.wait_for_timeout(1500)

    assert page.rows("price") == 60
    expect(page.page.locator("#instrument")).to_have_value(NAME)


def test_a_first_visit_says_what_to_run_and_then_shows_it(
    chromium: Browser, tmp_path: Path
) -> None:
    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        expect(seen.page.locator("#notices")).to_contain_text("orderflow run --config")
        write(tmp_path / "out", 5)
        seen.until("rows('price') === 5")
        expect(seen.page.locator("#notices")).to_be_empty()
        assert seen.complaints == []


def test_one_bar_alone_has_its_own_length_and_takes_others_beside_it(
    chromium: Browser, tmp_path: Path
) -> None:
    settings = {"run": {"window_seconds": 10.0}, "source": {}, "plugins": {}}
    write(tmp_path / "out", 1, settings=settings)
    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        seen.until("rows('price') === 1")
        assert seen.chart("shown.map(name => data(name).series[0].length)") == [10_000] * 4
        assert painted(seen, "price") > 100
        write(tmp_path / "out", 2, settings=settings)
        seen.until(f"rows('price') === 2 && series('price').x[1] === {START + MINUTE}")
        assert seen.complaints == []


def test_a_server_that_is_gone_is_told_and_never_called_live(chromium: Browser, out: Path) -> None:
    write(out, 60, status="running")
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.until("rows('price') === 60")
        expect(seen.page.locator("#status .state")).to_be_visible()
        seen.page.route(f"**{UPDATE}", lambda route: route.abort())
        seen.page.wait_for_selector("body.offline")
        expect(seen.page.locator("#behind")).to_contain_text("Offline")
        expect(seen.page.locator("#behind")).to_contain_text("behind by")
        expect(seen.page.locator("#status .state")).to_be_hidden()
        seen.page.unroute(f"**{UPDATE}")
        write(out, 61)
        seen.until("rows('price') === 61")
        seen.page.wait_for_selector("body:not(.offline)")


UPDATE = "/update"


@pytest.mark.parametrize("latency", [300, 600, 1000])
def test_with_latency_redraws_go_on_and_show_one_moment(
    page: Visit, out: Path, latency: int
) -> None:
    late(page, latency)
    page.page.evaluate(WATCH)
    for count in range(61, 67):
        write(out, count)
        page.until(f"rows('price') === {count}")
    moments = page.page.evaluate("window.moments")
    page.page.unroute_all(behavior="ignoreErrors")

    assert len({tuple(moment) for moment in moments}) >= 5
    assert all(price == title == label for price, title, label in moments[1:])


# At the end of each frame: the last price of the header, of the chart, and of its label.
WATCH = """() => {
    window.moments = [];
    const text = selector => document.querySelector(selector).textContent;
    const look = () => {
        const last = orderflow.held.panes[0].series[0].close.at(-1);
        const label = text("[data-pane=price] .legend span").split("C ")[1];
        window.moments.push([text("#price .last"), last.toFixed(1), label]);
        requestAnimationFrame(() => setTimeout(look));
    };
    requestAnimationFrame(() => setTimeout(look));
}"""


def late(seen: Visit, milliseconds: int) -> None:
    """Let each answer to the page come so much later."""

    def answer(route: Route) -> None:
        seen.page.wait_for_timeout(milliseconds)
        route.continue_()

    seen.page.route(f"**{UPDATE}", answer)


def test_one_question_is_under_way_and_its_answer_is_shown_however_late(
    page: Visit, out: Path
) -> None:
    asked: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.page.route(f"**{UPDATE}", hold_the_first)
    page.wait_for(lambda: bool(asked))
    for count in range(61, 66):
        write(out, count)
        page.page.wait_for_timeout(600)
    assert len(asked) == 1
    expect(page.page.locator("#behind")).to_contain_text("behind by")

    asked[0].continue_()
    page.until("rows('price') === 65")
    expect(page.page.locator("#behind")).to_be_empty()


def test_what_comes_while_the_user_drags_is_drawn_and_the_drag_goes_on(
    page: Visit, out: Path
) -> None:
    page.point(300, 120)
    page.page.mouse.down()
    page.point(350, 120)
    write(out, 61)
    page.until("rows('price') === 61")
    before = page.range()
    page.point(400, 120)
    page.until(f"range[0] < {before[0]}")
    page.page.mouse.up()


def test_the_crosshair_reads_every_pane_at_its_time_with_names(page: Visit, out: Path) -> None:
    overlay = {"vwap": series(60, "VWAP", "price", style="line")}
    write(out, 60, metrics=overlay)
    page.until("series('vwap')")
    page.point(300, 120)
    crosshair = page.page.locator("#crosshair")
    legend = page.page.locator("[data-pane] .legend")

    expect(crosshair.locator(".time")).to_contain_text("2025-06-01 00:")
    expect(crosshair.locator(".time")).to_contain_text("UTC")
    expect(legend).to_have_count(4)
    expect(legend.nth(0)).to_contain_text("VWAP 0.3")
    expect(legend.nth(2)).to_contain_text("O 0.0000  H 0.5000  L −0.5000  C 0.2500")
    minute = int(crosshair.locator(".time").inner_text()[14:16])
    expect(legend.nth(0)).to_contain_text(f"O {100 + minute}.0  H {102.5 + minute}")
    page.page.mouse.move(700, 5)
    expect(crosshair).to_be_hidden()
    expect(legend.nth(0)).to_contain_text("O 159.0")


@pytest.mark.parametrize(("style", "read"), [("steps", r"7\.0+"), ("line", "–")])
def test_the_value_of_a_step_holds_until_the_next(
    chromium: Browser, tmp_path: Path, style: str, read: str
) -> None:
    """There are bars in the first two minutes and in the last; a line has nothing between them."""
    minutes = {0: 6.0, 1: 7.0, 59: 8.0}
    rows = [[START + minute * MINUTE, *[value] * 4] for minute, value in minutes.items()]
    poc = {**series(0, "POC", "poc", style=style), "rows": rows}
    write(tmp_path / "out", 60, metrics={"poc": poc})
    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        seen.until("series('poc')")
        seen.point(300, 120)
        legend = seen.page.locator("[data-pane=poc] .legend")

        expect(legend).to_have_text(re.compile(f"{read}$"))


def test_series_with_bars_of_another_length_are_read_at_the_same_time(
    chromium: Browser, tmp_path: Path
) -> None:
    plugins = {"ohlc": {"window_seconds": 60.0}, "fast": {"window_seconds": 10.0}}
    rows = [[START + i * 10_000, float(i), float(i), float(i), float(i)] for i in range(60)]
    fast = {**series(0, "Fast", "fast", style="line"), "rows": rows}
    settings = {"run": {}, "source": {}, "plugins": plugins}
    write(tmp_path / "out", 10, metrics={"fast": fast}, settings=settings)
    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        seen.until("rows('fast') === 60")
        seen.point(400, 100)
        time = seen.page.locator("#crosshair .time").inner_text()
        minute, second = int(time[14:16]), int(time[17:19])
        expect(seen.page.locator("[data-pane=fast] .legend")).to_contain_text(
            f"{minute * 6 + second // 10}.00"
        )
        expect(seen.page.locator("[data-pane=price] .legend")).to_contain_text(
            f"O {100 + minute}.0"
        )


def test_the_series_in_sight_are_saved_as_csv(page: Visit, tmp_path: Path) -> None:
    page.choose("span", "15 m")
    page.until(f"range[1] - range[0] === {15 * MINUTE}")
    with page.page.expect_download() as saved:
        page.page.locator("#csv").click()
    saved.value.save_as(tmp_path / "saved.csv")
    rows = list(csv.DictReader((tmp_path / "saved.csv").read_text().splitlines()))

    assert saved.value.suggested_filename == f"{NAME}-1min-2025-06-01-004600.csv"
    assert len(rows) == 14
    assert rows[-1] == {
        "time_utc": "2025-06-01T00:59:00.000Z",
        "timestamp_ms": str(START + 59 * MINUTE),
        "instrument": NAME,
        "market": "recorded",
        "bar_seconds": "60",
        "price_open": "159",
        "price_high": "161.5",
        "price_low": "158.5",
        "price_close": "160",
        "volume": "60",
        **{f"{key}_open": "0" for key in ("obi", "cvd")},
        **{f"{key}_high": "0.5" for key in ("obi", "cvd")},
        **{f"{key}_low": "-0.5" for key in ("obi", "cvd")},
        **{f"{key}_close": "0.25" for key in ("obi", "cvd")},
    }


def test_a_saved_csv_quotes_its_fields_and_holds_no_formula(
    chromium: Browser, out: Path, tmp_path: Path
) -> None:
    keys = ["=1+1", "@sum", "a,b", 'say "so"']
    write(out, 60, metrics={key: series(60, key, key, style="line") for key in keys})
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.until("shown.length === 8")
        with seen.page.expect_download() as saved:
            seen.page.locator("#csv").click()
        saved.value.save_as(tmp_path / "saved.csv")
    [header, first, *_] = csv.reader((tmp_path / "saved.csv").read_text().splitlines())

    assert header[-4:] == ["'=1+1", "'@sum", "a,b", 'say "so"']
    assert first[-4:] == ["0.25"] * 4


def test_as_many_panes_as_there_are_series_are_drawn(chromium: Browser, out: Path) -> None:
    write(out, 60, metrics={f"m{i}": series(3, f"M {i}", f"m{i}", style="line") for i in range(83)})
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.until("shown.length === 87")
        assert seen.chart("shown.length") == 87
        assert seen.box("[data-pane=price]")["height"] >= seen.box("#chart")["height"] / 3
        assert seen.box("#times")["y"] < 768 - 30
        assert seen.complaints == []


def test_the_view_is_saved_as_png(page: Visit, tmp_path: Path) -> None:
    with page.page.expect_download() as saved:
        page.page.locator("#png").click()
    saved.value.save_as(tmp_path / "saved.png")

    assert saved.value.suggested_filename == f"{NAME}-1min-2025-05-31-235900.png"
    assert (tmp_path / "saved.png").read_bytes().startswith(b"\x89PNG")


def test_the_theme_changes_page_and_picture_and_is_kept(page: Visit) -> None:
    page.choose("theme", "Light")
    page.page.wait_for_selector("html[data-mantine-color-scheme=light]")
    corner = "getContext('2d').getImageData(0, 30, 1, 1).data[0]"
    white = f"document.querySelector('#times').{corner} === 255"
    page.until(white)
    page.page.reload()
    page.until(white)


def test_depth_tells_price_size_and_distance_also_while_it_changes(page: Visit, out: Path) -> None:
    label = point_at_last_ask(page)
    expect(label).to_contain_text("103.0")
    expect(label).to_contain_text("5 in total")
    expect(label).to_contain_text("248.76 bps from mid")

    write(out, 60, depth={**DEPTH, "asks": [[101.0, 1.0], [103.0, 6.0]]})
    expect(label).to_contain_text("7 in total")


def point_at_last_ask(seen: Visit) -> Locator:
    """Point at the worst ask of the depth; give the label there."""
    seen.page.wait_for_selector("#depth .scatterlayer path")
    box = seen.box("#depth")
    seen.page.mouse.move(box["x"] + box["width"] - 54, box["y"] + box["height"] / 2)
    return seen.page.locator("#depth .hoverlayer")


def test_depth_of_one_side_has_neither_mid_nor_distance(page: Visit, out: Path) -> None:
    write(out, 60, depth={"bids": [], "asks": DEPTH["asks"]})
    expect(page.page.locator("#ladder")).to_contain_text("one side is empty")
    label = point_at_last_ask(page)

    expect(label).to_contain_text("5 in total")
    expect(label).not_to_contain_text("mid")
    expect(page.page.locator("#depth .shapelayer path")).to_have_count(0)


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_depth_is_in_the_colours_of_the_theme(page: Visit, theme: str) -> None:
    page.choose("theme", theme)
    page.page.wait_for_selector(f"html[data-mantine-color-scheme={theme.lower()}]")
    up, down, muted = page.page.evaluate(
        """["--up", "--down", "--muted"].map(name => {
            const style = getComputedStyle(document.documentElement), [r, g, b] =
                style.getPropertyValue(name).match(/[0-9a-f]{2}/g).map(two => parseInt(two, 16));
            return `rgb(${r}, ${g}, ${b})`;
        })"""
    )
    lines = page.page.locator("#depth .js-line")

    expect(lines.nth(0)).to_have_css("stroke", up)
    expect(lines.nth(1)).to_have_css("stroke", down)
    expect(page.page.locator("#depth .xtick text").first).to_have_css("fill", muted)


LADDERS = {
    "whole": ([100.0, 99.0], [101.0, 103.0]),
    "fine": ([0.10001, 0.10000], [0.10002, 0.10003]),
    "far apart": ([61_600.5, 61_512.0], [61_600.6, 61_688.5]),
    "many": ([1_100 - i / 10 for i in range(50)], [1_100.1 + i / 10 for i in range(50)]),
}


@pytest.mark.parametrize("name", LADDERS)
def test_depth_has_two_to_four_prices_under_it(page: Visit, out: Path, name: str) -> None:
    bids, asks = ([[price, 1.0] for price in side] for side in LADDERS[name])
    write(out, 60, depth={"bids": bids, "asks": asks})
    page.until(f"document.querySelector('#depth .js-plotly-plot')?.data[0].x[0] === {bids[0][0]}")
    labels = page.page.locator("#depth .xtick text").all_text_contents()

    assert 2 <= len(set(labels)) == len(labels) <= 4, labels


def test_depth_is_drawn_when_it_comes_into_sight(chromium: Browser, out: Path) -> None:
    best_bid = "document.querySelector('#depth .js-plotly-plot')?.data?.[0].x[0]"
    with dashboard(out) as url, visit(chromium, url, 390, 844) as seen:
        seen.page.wait_for_selector("#depth .js-plotly-plot")
        seen.page.wait_for_selector("#ladder .level")
        seen.page.locator("#fold-aside").click()
        seen.page.wait_for_selector("#depth", state="hidden")
        write(out, 61, depth={"bids": [[98.5, 1.0]], "asks": DEPTH["asks"]})
        seen.until("rows('price') === 61")
        assert seen.page.evaluate(best_bid) != 98.5
        seen.page.locator("#fold-aside").click()
        seen.page.wait_for_function(f"{best_bid} === 98.5")
        assert seen.complaints == []


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768)])
@pytest.mark.parametrize("count", [1, 8])
def test_nothing_overlaps_or_scrolls_sideways(
    chromium: Browser, tmp_path: Path, width: int, height: int, count: int
) -> None:
    metrics = {f"m{i}": series(60, f"Measure {i}", f"m{i}") for i in range(count)}
    counts = {"windows": 9, "trades": 1_234_567, "refused": {"no size": 12_345}}
    running: dict[str, Any] = {
        "status": "running",
        "progress": 0.37,
        "simulated": True,
        "counts": counts,
    }
    write(tmp_path / "out", 60, metrics=metrics, **running)
    with dashboard(tmp_path / "out") as url, visit(chromium, url, width, height) as seen:
        seen.until("rows('price') === 60")
        seen.page.wait_for_selector("#ladder .level")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        selectors = "#identity > *, #status > *, #theme, #toolbar > :not(.space), #stage, #depth"
        boxes = [each.bounding_box() for each in seen.page.locator(selectors).all()]
        for one, other in combinations([box for box in boxes if box and box["width"]], 2):
            assert not overlap(one, other), (one, other)
        assert all(box is None or box["x"] + box["width"] <= width for box in boxes)
        assert seen.complaints == []


def overlap(one: Any, other: Any) -> bool:
    return all(
        one[start] + one[size] > other[start] + 0.5
        and other[start] + other[size] > one[start] + 0.5
        for start, size in (("x", "width"), ("y", "height"))
    )


def test_a_day_is_chosen_and_the_newest_is_gone_on_with(chromium: Browser, tmp_path: Path) -> None:
    out = tmp_path / "days" / NAME
    for day, count in (("2025-06-01", 20), ("2025-06-02", 60)):
        write(out, count, day)
    template = tmp_path / "days" / "{instrument}" / "{date}"
    with dashboard(template) as url, visit(chromium, url) as page:
        page.until("rows('price') === 60")
        page.page.locator("#day").click()
        page.page.get_by_role("option", name="2025-06-01").click()
        page.until("rows('price') === 20")
        page.page.wait_for_url("**day=2025-06-01**")
        assert page.complaints == []
