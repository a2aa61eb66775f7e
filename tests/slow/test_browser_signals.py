"""Marks of signals that stand close to each other, and the tone of those that come."""

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
COUNT = 300
TONES = """
window.tones = [];
window.AudioContext = class {
    currentTime = 0; destination = {};
    resume() {}
    createGain() {
        const gain = {setValueAtTime() {}, exponentialRampToValueAtTime() {}};
        return {gain, connect() {}};
    }
    createOscillator() {
        const frequency = {};
        return {frequency, connect: to => to, start() { tones.push(frequency.value); }, stop() {}};
    }
};
"""


def signal(index: int, side: int = 1, price: float | None = 110.0) -> dict[str, Any]:
    time = START + index * 10_000
    return {
        "series": "marks",
        "timestamp": time,
        "known_at": time,
        "price": price,
        "value": None,
        "side": side,
        "text": f"signal {index}",
        "table": "marks",
        "title": "Marks",
        "pane": "price",
    }


def write_signals(folder: Path, signals: list[dict[str, Any]]) -> None:
    (folder / "signals_data.json").write_text(json.dumps({"signals": signals}))
    (folder / "run.json").write_text(json.dumps(report(instrument=NAME)))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the files of an hour with a signal each ten seconds of its first fifty minutes."""
    found = write_files(tmp_path / "out" / NAME, ohlc=bars(60), run=report(instrument=NAME))
    write_signals(found, [signal(index, 1 if index % 3 else -1) for index in range(COUNT)])
    return found


@pytest.fixture
def page(chromium: Browser, folder: Path) -> Iterator[Visit]:
    with dashboard(folder.parent) as url, visit(chromium, url) as seen:
        seen.until("data('price').signals.length")
        yield seen
        assert seen.complaints == []


def zoom_to(page: Visit, milliseconds: int) -> None:
    page.page.evaluate(
        "([start, width]) => { const {view} = orderflow, [from, to] = view.range;"
        "view.zoom(width / (to - from), from); view.pan(start - view.range[0]);"
        "orderflow.paint(true); }",
        [START, milliseconds],
    )


def test_marks_that_would_overlap_are_one_with_their_number(page: Visit) -> None:
    zoom_to(page, 60 * MINUTE)
    marks = page.chart("data('price').marks")

    assert sum(mark["count"] for mark in marks) == COUNT
    assert {mark["side"] for mark in marks} == {1, -1}
    assert len(marks) < COUNT / 2
    assert marks == sorted(marks, key=lambda mark: (mark["count"], mark["x"]))


def test_marks_with_room_stay_apart(page: Visit) -> None:
    zoom_to(page, 3 * MINUTE)
    marks = page.chart("data('price').marks")

    assert len(marks) == 18
    assert {mark["count"] for mark in marks} == {1}


def test_a_move_of_the_chart_merges_no_other_marks(page: Visit) -> None:
    zoom_to(page, 60 * MINUTE)
    before = page.chart("data('price').marks.map(({count}) => count)")
    page.page.evaluate("orderflow.view.pan(-20e3); orderflow.paint(true)")

    assert max(before) > 1
    assert page.chart("data('price').marks.map(({count}) => count)") == before


def test_a_mark_that_is_pointed_at_tells_its_signals(page: Visit) -> None:
    zoom_to(page, 120 * MINUTE)
    mark = page.chart("data('price').marks.at(-1)")
    assert mark["count"] > 8
    top = page.page.evaluate("document.querySelector('[data-pane=price]').offsetTop")
    page.point(mark["x"], top + mark["y"])
    hint = page.page.locator("#crosshair .hint")

    expect(hint).to_contain_text("Marks  signal ")
    expect(hint).to_contain_text(f"and {mark['count'] - 8} more")
    page.point(mark["x"] + 200, top + mark["y"])
    expect(hint).to_be_hidden()


def test_signals_sound_where_that_was_wished_and_one_at_a_time(
    chromium: Browser, folder: Path
) -> None:
    with dashboard(folder.parent) as url, visit(chromium, url) as seen:
        seen.page.evaluate(f"() => {{ {TONES} }}")
        seen.until("data('price').signals.length")
        box = seen.page.locator("#signals label", has_text="sound").locator("input")
        expect(box).not_to_be_checked()
        shown = [signal(index) for index in range(COUNT)]
        for side in (1, -1):
            shown.append(signal(len(shown), side))
            write_signals(folder, shown)
            seen.until(f"orderflow.signals.listed()[0].text === 'signal {len(shown) - 1}'")
        assert seen.page.evaluate("tones") == []

        box.check()
        assert seen.page.evaluate("tones") == [880]
        seen.page.wait_for_timeout(400)
        for side in (-1, 1):
            seen.page.evaluate("tones.length = 0")
            shown += [signal(len(shown) + more, side) for more in range(3)]
            write_signals(folder, shown)
            seen.until(f"orderflow.signals.listed()[0].text === 'signal {len(shown) - 1}'")
            assert seen.page.evaluate("tones") == [880 if side > 0 else 440]
            seen.page.wait_for_timeout(400)
        seen.page.evaluate("tones.length = 0; for (let i = 0; i < 9; i++) orderflow.sound.play(1)")
        assert seen.page.evaluate("tones") == [880]

        seen.page.reload()
        seen.until("data('price').signals.length")
        expect(box).to_be_checked()
        assert seen.complaints == []
