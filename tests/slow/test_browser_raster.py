"""The pixels that the page's script paints, held against those of the browser's own canvas."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import CHROMIUM, browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]

SCRIPT = Path(__file__).parents[2] / "app" / "orderflow_app" / "dashboard" / "assets" / "raster.js"
WIDTH, HEIGHT = 300, 20  # three strips
PAINT = """async ([width, height, shapes]) => {
    const canvas = () => new OffscreenCanvas(width, height).getContext("2d");
    const [mine, usual] = [canvas(), canvas()], raster = orderflow.raster;
    raster.begin({width, height, pixel: 1});
    for (const [color, left, top, right, bottom] of shapes) {
        raster.rectangle(raster.color(color), left, top, right, bottom);
        usual.fillStyle = color;
        usual.fillRect(left, top, right - left, bottom - top);
    }
    raster.lay(mine);
    return [mine, usual].map(each => [...each.getImageData(0, 0, width, height).data]);
}"""
STAMP = """async ([width, height, size, colors, places]) => {
    const target = new OffscreenCanvas(width, height).getContext("2d"), raster = orderflow.raster;
    raster.begin({width, height, pixel: 1});
    const shape = raster.shape(size, new Int32Array(colors.map(each => raster.color(each))));
    for (const [left, top] of places) raster.stamp(shape, left, top);
    raster.lay(target);
    const pixels = target.getImageData(0, 0, width, height).data, found = [];
    for (let at = 0; at < pixels.length; at += 4) {
        if (pixels[at + 3]) found.push([at / 4 % width, at / 4 / width | 0, pixels[at]]);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as chromium:
        found = chromium.new_page()
        found.add_script_tag(path=SCRIPT)
        yield found


@pytest.mark.parametrize(
    "shapes",
    [
        [("#ff0000", 10, 2, 290, 18)],
        [("#00ff00", -5, -5, 400, 40)],
        [("#336699", 127, 0, 129, 20), ("#996633", 128, 4, 256, 5)],
        [("#ff000080", 100, 0, 200, 20), ("#0000ff80", 120, 5, 300, 15)],
        [("#12345640", 0, 0, 300, 20)] * 5,
        [("#ffffff", 300, 0, 310, 20), ("#ffffff", 0, 20, 300, 30)],
    ],
)
def test_rectangles_are_painted_as_the_canvas_paints_them(
    page: Page, shapes: list[tuple[Any, ...]]
) -> None:
    mine, usual = page.evaluate(PAINT, [WIDTH, HEIGHT, shapes])

    assert len(mine) == len(usual) == 4 * WIDTH * HEIGHT
    assert max(abs(one - other) for one, other in zip(mine, usual, strict=True)) <= 2


def test_a_shape_is_stamped_across_strips_and_edges(page: Page) -> None:
    red, none = "#c80000ff", "#00000000"
    diamond = [none, red, none, red, red, red, none, red, none]
    pixels = [(1, 0), (0, 1), (1, 1), (2, 1), (1, 2)]
    places = [(127, 5), (-1, 9), (298, 0), (50, 18), (200, -2)]

    found = page.evaluate(STAMP, [WIDTH, HEIGHT, 3, diamond, places])

    inside = {
        (left + x, top + y)
        for left, top in places
        for x, y in pixels
        if 0 <= left + x < WIDTH and 0 <= top + y < HEIGHT
    }
    assert {(x, y) for x, y, _ in found} == inside
    assert {value for *_, value in found} == {0xC8}


def test_what_was_laid_is_not_painted_again(page: Page) -> None:
    page.evaluate(PAINT, [WIDTH, HEIGHT, [("#ff0000", 0, 0, 300, 20)]])

    mine, _ = page.evaluate(PAINT, [WIDTH, HEIGHT, [("#0000ff", 5, 5, 6, 6)]])

    assert [place // 4 for place, value in enumerate(mine) if value] == [5 * WIDTH + 5] * 2
