"""Two instruments side by side, with one view and one crosshair."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, expect

from tests.app.dashboard.files import MINUTE, bars, report, series, write_files
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

FIRST, SECOND, THIRD = "ONE-USDT", "TWO-USDT", "THREE-USDT"
COUNT = 120
NEXT_TIME = """before => {
    const documents = [document, document.querySelector("#second").contentDocument];
    const [one, two] = documents.map(each => each.querySelector("#crosshair .time")?.textContent);
    return one === two && one !== before && one;
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three instruments, the second half as dear as the others."""
    folder = tmp_path_factory.mktemp("out")
    for name in (SECOND, THIRD, FIRST):
        rows = bars(COUNT)
        if name == SECOND:
            rows = [[time, *(value / 2 for value in values)] for time, *values in rows]
        run = report(instrument=name, simulated=name == SECOND)
        write_files(folder / name, ohlc=rows, metrics={"obi": series(COUNT)}, run=run)
    return folder


@pytest.fixture
def page(chromium: Browser, out: Path) -> Iterator[Visit]:
    """Give a page with the first and the second instrument."""
    with dashboard(out) as url, visit(chromium, f"{url}/?instrument={FIRST}") as seen:
        seen.url = url
        seen.complaints.clear()
        seen.until("rows('price')")
        compare(seen, SECOND)
        yield seen
        assert seen.complaints == []


def pick(seen: Visit, component: str, name: str) -> None:
    seen.page.locator(f"#{component}").click()
    seen.page.get_by_role("option", name=name).click()


def compare(seen: Visit, name: str) -> None:
    pick(seen, "beside", name)
    wait_for_second(seen, name)


def wait_for_second(seen: Visit, name: str) -> None:
    seen.page.wait_for_function(
        "name => orderflow.beside.other()?.data('price')?.instrument === name", arg=name
    )


def second(seen: Visit) -> Frame:
    [_, found] = seen.page.frames
    return found


def ranges(seen: Visit) -> Any:
    """Return the stretch of time that each chart has painted last."""
    return seen.page.evaluate(
        "[orderflow, orderflow.beside.other()].map(({panes}) => panes.shown[0].frame.range)"
    )


def test_each_instrument_has_a_chart_of_its_own(page: Visit) -> None:
    first = page.chart("series('price').close.at(-1)")
    other = page.page.evaluate("orderflow.beside.other().data('price')")

    assert other["series"][0]["rows"] == COUNT
    assert other["series"][0]["close"][-1] == first / 2
    assert other["values"][1] < page.chart("data('price').values[1]")
    expect(page.page.locator("#head")).to_have_text(FIRST)
    expect(second(page).locator("#head b").first).to_have_text(SECOND)
    expect(second(page).locator("#status")).to_contain_text("SIMULATED")
    assert second(page).evaluate("orderflow.data()") == page.chart("shown")


@pytest.mark.parametrize("chart", ["orderflow", "orderflow.beside.other()"])
def test_a_move_of_one_moves_both(page: Visit, chart: str) -> None:
    for act in (f"pan({-10 * MINUTE})", f"zoom(0.5, {chart}.view.range[0])", "toFirst()"):
        before = ranges(page)
        page.page.evaluate(f"{chart}.view.{act}; orderflow.paint(true)")
        found = ranges(page)
        assert found[0] == found[1] == page.range()
        assert found != before


def test_a_drag_over_the_second_moves_both(page: Visit) -> None:
    page.show("1 h")
    box = page.box("#second")
    before = page.range()
    page.page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 300, box["y"] + 150, steps=4)
    page.page.mouse.up()
    page.page.wait_for_function(
        "from => orderflow.panes.shown[0].frame.range[0] < from", arg=before[0]
    )

    assert ranges(page)[0] == ranges(page)[1]


def test_pointing_at_one_shows_the_time_in_both(page: Visit) -> None:
    box = page.box("#second")
    shown = None
    for x, y in ((200, 150), (box["x"] - page.box("#chart")["x"] + 150, 180)):
        page.point(x, y)
        shown = page.page.wait_for_function(NEXT_TIME, arg=shown).json_value()
        assert shown.endswith("UTC")
        for found in (page.page, second(page)):
            expect(found.locator("#crosshair .vertical")).to_be_visible()
    expect(page.page.locator("#crosshair .horizontal")).to_be_hidden()
    expect(second(page).locator("#crosshair .horizontal")).to_be_visible()

    page.page.mouse.move(5, 5)
    expect(page.page.locator("#crosshair")).to_be_hidden()
    expect(second(page).locator("#crosshair")).to_be_hidden()


def test_what_is_chosen_for_one_is_chosen_for_both(page: Visit) -> None:
    second(page).locator("[data-pane=volume] .fold").dispatch_event("click")
    page.until("data('volume').collapsed")
    page.page.locator("#pane-menu summary").click()
    page.page.locator("#pane-list [data-line=obi] input").uncheck()
    page.page.wait_for_function("!orderflow.beside.other().data().includes('obi')")
    page.page.locator("#zone").select_option("Asia/Tokyo")
    page.page.wait_for_function("orderflow.beside.other().zone.label(0) === 'UTC+9'")
    page.choose("theme", "Light")
    scheme = "document.documentElement.dataset.mantineColorScheme"
    second(page).wait_for_function(f"{scheme} === 'light'")
    assert json.loads(page.page.evaluate("localStorage.orderflow"))["folded"] == ["volume"]


def test_both_stand_in_the_address_and_come_again(page: Visit) -> None:
    assert f"instrument={FIRST}&beside={SECOND}" in page.page.url
    page.page.reload()
    wait_for_second(page, SECOND)


def test_the_first_takes_the_place_of_the_second(page: Visit) -> None:
    pick(page, "instrument", SECOND)
    wait_for_second(page, FIRST)

    assert page.chart("data('price').instrument") == SECOND


def test_one_that_is_closed_costs_nothing_more(page: Visit) -> None:
    second(page).locator("#close").click()
    expect(page.page.locator("#second")).to_have_count(0)
    expect(page.page.locator("#head")).to_be_hidden()
    assert "beside=" not in page.page.url

    asked: list[Any] = []
    page.page.on("request", lambda request: asked.append(request.post_data_json))
    page.wait_for(lambda: len(asked) >= 4)
    assert {each["instrument"] for each in asked} == {FIRST}


def test_the_rows_of_both_are_saved_as_one_csv(page: Visit, tmp_path: Path) -> None:
    with page.page.expect_download() as saved:
        page.page.locator("#csv").click()
    saved.value.save_as(tmp_path / "saved.csv")
    rows = list(csv.DictReader((tmp_path / "saved.csv").read_text().splitlines()))

    name = f"{FIRST}-{SECOND}-SIMULATED-1min-2025-05-31-235900.csv"
    assert saved.value.suggested_filename == name
    found = [(each["instrument"], each["market"], float(each["price_open"])) for each in rows]
    assert found[:2] == [(FIRST, "recorded", 100), (SECOND, "SIMULATED", 50)]
    assert len(rows) == 2 * COUNT


def test_the_pictures_of_both_are_saved_as_one(page: Visit, tmp_path: Path) -> None:
    with page.page.expect_download() as saved:
        page.page.locator("#png").click()
    saved.value.save_as(tmp_path / "saved.png")
    width = int.from_bytes((tmp_path / "saved.png").read_bytes()[16:20])

    charts = "[orderflow, orderflow.beside.other()]"
    widths = f"{charts}.map(({{plotWidth, panes}}) => plotWidth + panes.AXIS)"
    assert width == sum(page.page.evaluate(widths))


def test_a_chart_without_bars_of_the_time_in_sight_says_where_they_are(
    chromium: Browser, tmp_path: Path
) -> None:
    for name, rows in ((FIRST, bars(COUNT)), (SECOND, bars(COUNT, first=3000))):
        write_files(tmp_path / name, ohlc=rows, metrics={}, run=report(instrument=name))
    with dashboard(tmp_path) as url, visit(chromium, f"{url}/?instrument={FIRST}") as seen:
        seen.url = url
        seen.until("rows('price')")
        compare(seen, SECOND)
        expect(second(seen).locator("#history")).to_have_text(
            f"{SECOND} has no bars of this time: "
            "its bars are of 2025-06-03 02:00 to 2025-06-03 04:00 UTC."
        )
        expect(seen.page.locator("#history")).not_to_contain_text("no bars")


def test_there_is_nothing_to_compare_with_where_one_is_all(
    chromium: Browser, tmp_path: Path
) -> None:
    write_files(tmp_path / FIRST, run=report(instrument=FIRST))
    with dashboard(tmp_path) as url, visit(chromium, f"{url}/?beside={SECOND}") as seen:
        seen.url = url
        seen.until("rows('price') === 3")
        expect(seen.page.locator("#beside")).to_be_hidden()
        expect(seen.page.locator("#second")).to_have_count(0)
