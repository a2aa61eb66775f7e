"""What is in sight on small screens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.app.dashboard.files import bars, report, series, write_files
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

LEVELS = {
    "bids": [[1000 - i / 10, 1.0 + i] for i in range(20)],
    "asks": [[1000.1 + i / 10, 1.0 + i] for i in range(20)],
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a dashboard of sixty bars and ten levels a side."""
    out = tmp_path_factory.mktemp("sizes") / "out"
    metrics = {f"m{i}": series(60, f"Measure {i}", f"m{i}") for i in range(3)}
    running = report(status="running", progress=0.4, simulated=True)
    write_files(out / "TEST-USDT", ohlc=bars(60), metrics=metrics, depth=LEVELS, run=running)
    with dashboard(out) as found:
        yield found


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 740), (768, 1024)])
def test_depth_and_the_middle_of_the_ladder_are_in_sight_under_a_chart_that_is_large(
    chromium: Browser, url: str, width: int, height: int
) -> None:
    with visit(chromium, url, width, height, has_touch=True) as seen:
        seen.until("rows('price') === 60")
        seen.page.wait_for_selector("#ladder .level")

        assert seen.box("#stage")["height"] >= height * 55 // 100
        for selector in ("#depth", "#ladder .mid", "#ladder .bid:first-child"):
            expect(seen.page.locator(selector).first).to_be_in_viewport(ratio=0.9)
        expect(seen.page.locator("#ladder .ask").last).to_be_in_viewport(ratio=0.9)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.complaints == []


def test_the_strip_of_depth_and_ladder_is_folded_and_stays_so(chromium: Browser, url: str) -> None:
    with visit(chromium, url, 390, 844, has_touch=True) as seen:
        seen.until("rows('price') === 60")
        before = seen.box("#stage")["height"]
        seen.page.locator("#fold-aside").tap()
        expect(seen.page.locator("#ladder")).to_be_hidden()
        expect(seen.page.locator("#fold-aside")).to_have_attribute("aria-expanded", "false")
        assert seen.box("#stage")["height"] > before

        seen.page.reload()
        seen.until("rows('price') === 60")
        expect(seen.page.locator("#ladder")).to_be_hidden()
        seen.page.locator("#fold-aside").tap()
        expect(seen.page.locator("#ladder .mid")).to_be_in_viewport()
        seen.page.wait_for_selector("#depth .scatterlayer path")
        assert seen.complaints == []


def test_what_was_folded_on_a_small_screen_is_there_on_a_large_one(
    chromium: Browser, url: str
) -> None:
    with visit(chromium, url, 390, 844, has_touch=True) as seen:
        fold(seen)
        seen.page.set_viewport_size({"width": 1366, "height": 768})

        expect(seen.page.locator("#ladder .mid")).to_be_in_viewport()
        expect(seen.page.locator("#fold-aside")).to_be_hidden()


def fold(seen: Visit) -> None:
    seen.until("rows('price') === 60")
    seen.page.locator("#fold-aside").tap()
    expect(seen.page.locator("#ladder")).to_be_hidden()
