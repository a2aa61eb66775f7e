"""What the page costs in a browser: frames a second, processor time of a tick, delay, memory."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession

from tests.app.dashboard.files import MINUTE, START
from tests.browser import CHROMIUM, Visit, browser, visit

REPEAT, TICKS, SECONDS = 5, 20, 2
PAN = """new PointerEvent("pointermove", {...place, pointerId: 1,
    clientX: place.clientX - 200 + 4 * Math.abs(count % 100 - 50)})"""
WHEEL = "new WheelEvent('wheel', {...place, deltaY: count % 40 < 20 ? -30 : 30})"
# Moves once a frame; gives how many pictures were painted, and in how many seconds.
MOVE = """([move, seconds]) => new Promise(done => {
    const target = document.querySelector("[data-pane=price] canvas");
    const {left, top} = target.getBoundingClientRect();
    const place = {bubbles: true, cancelable: true, clientX: left + 500, clientY: top + 150};
    const make = new Function("place", "count", `return ${move}`);
    const begin = performance.now(), first = orderflow.frames;
    const step = count => {
        const passed = (performance.now() - begin) / 1000;
        if (passed > seconds) return done([orderflow.frames - first, passed]);
        target.dispatchEvent(make(place, count));
        requestAnimationFrame(() => step(count + 1));
    };
    step(0);
})"""
PAINTED = """last => new Promise(done => {
    const look = () => {
        const {x} = orderflow.data("price").series[0];
        requestAnimationFrame(x.at(-1) === last ? () => done(Date.now()) : look);
    };
    look();
})"""


def measure_page(url: str, count: int, write: Callable[[int], None]) -> None:
    """Move and feed the page that shows what `write` writes; print what it costs.

    The processor's time is that of the page's main thread, and so does not depend on what else the
    machine does; of the frames a second the best of several tries is told.
    """
    if CHROMIUM is None:
        print("there is no chromium: the page is not measured")
        return
    write(count)
    with browser() as chromium, visit(chromium, url, 1366, 900) as seen:
        seen.page.context.set_default_timeout(60_000)
        seen.until(f"rows('price') === {count}")
        seen.page.wait_for_selector("#depth .js-line")  # Plotly comes last
        seen.choose("span", "All")
        tools = seen.page.context.new_cdp_session(seen.page)
        tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        panes = seen.chart("shown.length")
        print(f"\n{panes} panes of {count:,} bars, 1366 x 900, no GPU")
        for name, move in (("pan", PAN), ("wheel", WHEEL)):
            rates, costs = zip(*(frames(seen, tools, move) for _ in range(REPEAT)), strict=True)
            print(f"  {f'{name}, frames a second':25}{max(rates):8.0f}")
            print(f"  {f'{name}, ms of a frame':25}{min(costs):8.1f}", flush=True)
        seen.choose("span", "All")
        seconds, delays = [], []
        for _ in range(TICKS):
            count += 1
            time.sleep(random.uniform(0.3, 0.8))
            before = metric(tools, "TaskDuration")
            write(count)
            written = time.time() * 1000
            last = START + (count - 1) * MINUTE
            delays.append(seen.page.evaluate(PAINTED, last) - written)
            seconds.append(metric(tools, "TaskDuration") - before)
        print(f"  {'tick, ms of processor':25}{median(seconds) * 1000:8.0f}")
        print(f"  {'file to pixels, ms':25}{median(delays):8.0f}", flush=True)
        assert seen.complaints == []


def measure_memory(url: str, minutes: int, count: int, write: Callable[[int], None]) -> None:
    """Feed the page for so many minutes ten bars a second, as a run of 600 times the speed does.

    Prints what the page holds after each minute.
    """
    write(count)
    with browser() as chromium, visit(chromium, url) as seen:
        seen.page.context.set_default_timeout(60_000)
        seen.until(f"rows('price') === {count}")
        tools = seen.page.context.new_cdp_session(seen.page)
        tools.send("Performance.enable")
        print("\nminute   JavaScript, MB   nodes")
        begin = time.monotonic()
        for minute in range(minutes + 1):
            while time.monotonic() < begin + minute * 60:
                count += 5
                write(count)
                seen.page.wait_for_timeout(500)
            tools.send("HeapProfiler.collectGarbage")
            heap, nodes = metric(tools, "JSHeapUsedSize") / 1e6, metric(tools, "Nodes")
            print(f"{minute:6}{heap:17.1f}{nodes:8.0f}", flush=True)
        assert seen.complaints == []


def frames(seen: Visit, tools: CDPSession, move: str) -> tuple[float, float]:
    """Return the frames a second while something moves at each, and the processor's ms of one."""
    seen.point(500, 150)
    seen.page.mouse.down()
    before = metric(tools, "TaskDuration")
    frames, seconds = seen.page.evaluate(MOVE, [move, SECONDS])
    cost = (metric(tools, "TaskDuration") - before) / frames * 1000
    seen.page.mouse.up()
    return frames / seconds, cost


def metric(tools: CDPSession, name: str) -> float:
    """Return one of the browser's own measures of the page."""
    metrics: list[Any] = tools.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == name))
