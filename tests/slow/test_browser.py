"""The dashboard as a browser shows it."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.app.dashboard.files import DEPTH, MINUTE, START, bars, report, series, write_files
from tests.app.test_run import SETTINGS
from tests.browser import CHROMIUM, PLOT, Visit, browser, dashboard, visit
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
        found.until("chart.data[0].x.length === 60")
        found.page.wait_for_selector("#chart .boxlayer path.box")
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
        run=report(instrument=name, **changes),
    )
    (out / name).mkdir(parents=True, exist_ok=True)
    for path in new.iterdir():
        path.replace(out / name / path.name)


@needs_recordings
def test_real_recordings_are_drawn(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    source = ["--set", f"source.path={DATA}", "--set", "plugins.book.levels=50"]
    done = orderflow(tmp_path, "run", "--window-seconds", "10", *source, "--instrument", PERP)
    assert done.returncode == 0, done.stderr
    count = len(json.loads((tmp_path / "out" / PERP / "ohlc_data.json").read_text()))

    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        seen.until(f"chart.data[0].x.length === {count}")
        expect(seen.page.locator("#price .last")).to_contain_text("61,600.0")
        assert count > 60
        assert drawn(seen, "price") == count
        assert drawn(seen, "obi") == drawn(seen, "cvd") == seen.rows("obi")
        seen.page.wait_for_selector("#depth .scatterlayer path.js-line")
        assert seen.page.locator("#depth .scatterlayer path.js-line").count() == 2
        assert seen.page.locator("#ladder .level").count() == 20
        assert seen.complaints == []


PERP = "BTCUSD_PERP"


def drawn(seen: Visit, name: str) -> int:
    """Return how many candles of a trace stand in the picture."""
    paths: int = seen.chart(
        f"(() => {{ const i = chart.data.findIndex(trace => trace.name === '{name}');"
        "return chart.calcdata[i][0].t && [...chart.querySelectorAll('.boxlayer .trace')]"
        ".find(trace => trace.__data__[0].trace.index === i).querySelectorAll('path.box').length;"
        "})()"
    )
    return paths


def test_a_paced_run_makes_new_bars_appear(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    orderflow(tmp_path, "sample", "--hours", "0.2")
    command = [sys.executable, "-m", "orderflow_app.cli", "run", "--speed", "20", "--quiet"]
    with (
        subprocess.Popen(command, cwd=tmp_path) as run,
        dashboard(tmp_path / "out") as url,
        visit(chromium, url) as seen,
    ):
        seen.until("chart.data[0].x.length > 2")
        expect(seen.page.locator("#status")).to_contain_text("Live")
        expect(seen.page.locator("#status")).to_contain_text("SIMULATED")
        for name in ("price", "obi", "cvd"):
            before = seen.rows(name)
            seen.until(f"chart.data.find(trace => trace.name === '{name}').x.length > {before + 3}")
        run.terminate()
        expect(seen.page.locator("#status")).to_contain_text("Interrupted")
        assert seen.complaints == []


def test_zoom_survives_ten_updates(page: Visit, out: Path) -> None:
    drag(page, 120)
    page.page.wait_for_function("!document.querySelector('#follow').checked")
    zoomed = page.range()
    for count in range(61, 71):
        write(out, count)
        page.until(f"chart.data[0].x.length === {count}")
        assert page.range() == zoomed

    assert page.rows("obi") == 70


def drag(seen: Visit, pixels: int) -> None:
    """Pull the chart to the right."""
    box = seen.page.locator("#chart").bounding_box()
    assert box is not None
    x, y = box["x"] + 300, box["y"] + 120
    seen.page.mouse.move(x, y)
    seen.page.mouse.down()
    seen.page.mouse.move(x + pixels, y, steps=4)
    seen.page.mouse.up()


def test_the_wheel_zooms_into_time_and_values_fill_their_pane(page: Visit) -> None:
    before, values = page.range(), page.chart("chart.layout.yaxis.range")
    box = page.page.locator("#chart").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + 300, box["y"] + 120)
    page.page.mouse.wheel(0, -600)
    page.page.wait_for_function("!document.querySelector('#follow').checked")
    page.page.wait_for_function(f"{PLOT}.layout.yaxis.range[1] < {values[1]}")
    after = page.range()

    assert after[1] - after[0] < before[1] - before[0]


def test_the_right_edge_is_followed_until_the_user_moves_and_again(page: Visit, out: Path) -> None:
    edge = page.range()[1]
    write(out, 62)
    page.until("chart.data[0].x.length === 62")
    assert page.range()[1] == edge + 2 * MINUTE

    drag(page, 120)
    page.page.wait_for_function("!document.querySelector('#follow').checked")
    width = page.range()[1] - page.range()[0]
    page.page.locator("label[for=follow]").click()
    page.until(f"chart._fullLayout.xaxis.r2l(chart.layout.xaxis.range[1]) >= {edge + 2 * MINUTE}")
    assert page.range()[1] - page.range()[0] == pytest.approx(width)


def test_range_buttons_choose_the_stretch_and_a_double_click_shows_all(page: Visit) -> None:
    page.choose("span", "15 m")
    page.until(f"chart.layout.xaxis.range[1] - chart.layout.xaxis.range[0] === {15 * MINUTE}")
    box = page.page.locator("#chart").bounding_box()
    assert box is not None
    page.page.mouse.dblclick(box["x"] + 300, box["y"] + 120)
    page.until(f"chart._fullLayout.xaxis.r2l(chart.layout.xaxis.range[0]) < {START}")

    expect(page.page.locator("#span input[value=all]")).to_be_checked()


def test_a_stretch_can_be_chosen_again_after_a_move(page: Visit) -> None:
    page.choose("span", "15 m")
    page.until(f"chart.layout.xaxis.range[1] - chart.layout.xaxis.range[0] === {15 * MINUTE}")
    followed = page.range()
    drag(page, 120)
    page.page.wait_for_function("!document.querySelector('#follow').checked")
    page.choose("span", "15 m")
    page.page.wait_for_function("document.querySelector('#follow').checked")
    page.until(f"chart.layout.xaxis.range[1] === {followed[1]}")

    assert page.range() == followed


def test_another_instrument_can_be_chosen(page: Visit, out: Path) -> None:
    write(out, 7, "OTHER-USDT", simulated=True)
    page.page.locator("#instrument").click()
    page.page.get_by_role("option", name="OTHER-USDT").click()
    page.until("chart.data[0].x.length === 7")

    expect(page.page.locator("#status")).to_contain_text("SIMULATED")
    expect(page.page.locator("#price .last")).to_have_text("107.0")


def test_a_custom_metric_gets_a_pane_and_may_leave(page: Visit, out: Path) -> None:
    write(out, 60, metrics={"mine": series(60, "My own", "mine", style="line", unit="bps")})
    page.until("chart.data.some(trace => trace.name === 'mine')")
    expect(page.page.locator("#chart")).to_contain_text("My own")
    expect(page.page.locator("#chart")).to_contain_text("bps")

    write(out, 60)
    page.until("!chart.data.some(trace => trace.name === 'mine')")


def test_a_pane_can_be_hidden_and_stays_hidden(page: Visit, out: Path) -> None:
    page.page.get_by_role("button", name="Panes").click()
    page.page.get_by_label("CVD").click()
    page.until("chart.data.every(trace => trace.name !== 'cvd')")
    page.page.reload()
    page.until("chart.data[0].x.length === 60")

    assert page.chart("chart.data.map(trace => trace.name)") == ["price", "volume", "obi"]


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
        seen.until("chart.data[0].x.length > 10")


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
    page.until("chart.data[0].x.length === 61")
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
        seen.until("chart.data[0].x.length === 5")
        expect(seen.page.locator("#notices")).to_be_empty()
        assert seen.complaints == []


def test_one_bar_alone_has_a_body_and_takes_others_beside_it(
    chromium: Browser, tmp_path: Path
) -> None:
    write(tmp_path / "out", 1)
    with dashboard(tmp_path / "out") as url, visit(chromium, url) as seen:
        body = seen.page.locator("#chart .boxlayer path.box").first
        body.wait_for()
        box = body.bounding_box()
        assert box is not None
        assert box["width"] > 20
        write(tmp_path / "out", 2)
        seen.until(f"chart.data[0].close[1] === 102 && chart.data[0].x[1] === {START + MINUTE}")
        assert seen.chart("chart.data.map(trace => trace.x.length)") == [2, 2, 2, 2]
        assert seen.complaints == []


def test_a_server_that_is_gone_is_told(chromium: Browser, out: Path) -> None:
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.until("chart.data[0].x.length === 60")
        seen.page.route("**/version*", lambda route: route.abort())
        seen.page.wait_for_selector("body.offline")
        seen.page.unroute("**/version*")
        seen.page.wait_for_selector("body:not(.offline)")
        write(out, 61)
        seen.until("chart.data[0].x.length === 61")


def test_questions_do_not_pile_up_when_answers_are_slow(page: Visit, out: Path) -> None:
    held: list[Route] = []
    asked: list[str] = []
    page.page.on("request", lambda each: asked.append(each.url) if QUESTION in each.url else None)
    page.page.route(f"**{QUESTION}*", lambda route: held.append(route), times=1)
    for count in range(61, 66):
        write(out, count)
        page.page.wait_for_timeout(600)
    assert (len(held), len(asked)) == (1, 1)

    held[0].continue_()
    page.until("chart.data[0].x.length === 65")


def test_an_answer_that_is_lost_is_asked_for_again(chromium: Browser, out: Path) -> None:
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.until("chart.data[0].x.length === 60")
        seen.page.route(f"**{QUESTION}*", lambda route: route.abort(), times=1)
        write(out, 61)
        seen.until("chart.data[0].x.length === 61")


def test_what_comes_while_the_user_drags_is_drawn_afterwards(page: Visit, out: Path) -> None:
    box = page.page.locator("#chart").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + 300, box["y"] + 120)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 350, box["y"] + 120)
    write(out, 61)
    page.page.wait_for_timeout(1500)
    assert page.rows("price") == 60

    page.page.mouse.up()
    page.until("chart.data[0].x.length === 61")


QUESTION = "/_dash-update-component"


def test_the_crosshair_reads_every_pane_at_its_time(page: Visit) -> None:
    box = page.page.locator("#chart").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + 300, box["y"] + 120)
    crosshair = page.page.locator("#crosshair")

    expect(crosshair.locator(".readout")).to_have_count(4)
    expect(crosshair.locator(".readout").nth(2)).to_contain_text(
        "O 0.0000  H 0.5000  L −0.5000  C 0.2500"
    )
    expect(crosshair.locator(".time")).to_contain_text("2025-06-01 00:")
    expect(crosshair.locator(".time")).to_contain_text("UTC")
    page.page.mouse.move(box["x"] + 300, 5)
    expect(crosshair).to_be_hidden()


def test_the_series_in_sight_are_saved_as_csv(page: Visit, tmp_path: Path) -> None:
    page.choose("span", "15 m")
    page.until(f"chart.layout.xaxis.range[1] - chart.layout.xaxis.range[0] === {15 * MINUTE}")
    with page.page.expect_download() as saved:
        page.page.locator("#csv").click()
    saved.value.save_as(tmp_path / "saved.csv")
    rows = list(csv.DictReader((tmp_path / "saved.csv").read_text().splitlines()))

    assert saved.value.suggested_filename.startswith(f"{NAME}-")
    assert len(rows) == 14
    assert rows[-1] == {
        "time_utc": "2025-06-01T00:59:00.000Z",
        "timestamp_ms": str(START + 59 * MINUTE),
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
        seen.until("chart.data.length === 8")
        with seen.page.expect_download() as saved:
            seen.page.locator("#csv").click()
        saved.value.save_as(tmp_path / "saved.csv")
    [header, first, *_] = csv.reader((tmp_path / "saved.csv").read_text().splitlines())

    assert header[-4:] == ["'=1+1", "'@sum", "a,b", 'say "so"']
    assert first[-4:] == ["0.25"] * 4


def test_as_many_panes_as_there_are_series_are_drawn(chromium: Browser, out: Path) -> None:
    write(out, 60, metrics={f"m{i}": series(3, f"M {i}", f"m{i}", style="line") for i in range(83)})
    with dashboard(out) as url, visit(chromium, url) as seen:
        seen.until("chart.data.length === 87")
        seen.page.wait_for_selector("#chart .boxlayer path.box")

        assert seen.complaints == []


def test_the_view_is_saved_as_png(page: Visit, tmp_path: Path) -> None:
    with page.page.expect_download() as saved:
        page.page.locator("#png").click()
    saved.value.save_as(tmp_path / "saved.png")

    assert (tmp_path / "saved.png").read_bytes().startswith(b"\x89PNG")


def test_the_theme_changes_page_and_picture_and_is_kept(page: Visit) -> None:
    page.choose("theme", "Light")
    page.until("chart.layout.paper_bgcolor === '#ffffff'")
    page.page.wait_for_selector("html[data-mantine-color-scheme=light]")
    page.page.reload()
    page.until("chart.layout.paper_bgcolor === '#ffffff'")


def test_depth_tells_price_size_and_distance_also_while_it_changes(page: Visit, out: Path) -> None:
    page.page.wait_for_selector("#depth .scatterlayer path.js-line")
    box = page.page.locator("#depth .nsewdrag").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    label = page.page.locator("#depth .hoverlayer")
    expect(label).to_contain_text("5 in total")
    expect(label).to_contain_text("248.76 bps from mid")

    changed = {**DEPTH, "asks": [[101.0, 1.0], [103.0, 6.0]]}
    (out / NAME / "depth_data.json").write_text(json.dumps(changed))
    expect(label).to_contain_text("7 in total")


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
        seen.until("chart.data[0].x.length === 60")
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
