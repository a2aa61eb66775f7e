"""What the page costs in a browser: frames a second, processor time of a tick, delay, memory."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession

from tests.app.dashboard.files import MINUTE, START
from tests.browser import CHROMIUM, Visit, browser, dashboard, visit
from tests.command import orderflow

REPEAT, TICKS, MOVES = 5, 20, 150
SETTINGS = Path(__file__).resolve().parents[1] / "settings.toml"


def measure_page(url: str, count: int, write: Callable[[int], None]) -> None:
    """Move and feed the page that shows what `write` writes; print what it costs."""
    if CHROMIUM is None:
        print("there is no chromium: the page is not measured")
        return
    write(count)
    with browser() as chromium, visit(chromium, url, 1366, 900) as seen:
        seen.until(f"rows('price') === {count}")
        seen.choose("span", "All")
        panes = seen.chart("shown.length")
        print(f"\n{panes} panes of {count:,} bars, 1366 x 900, no GPU")
        print(f"  pan, frames a second     {max(_frames(seen, _drag) for _ in range(REPEAT)):8.0f}")
        print(
            f"  wheel, frames a second   {max(_frames(seen, _wheel) for _ in range(REPEAT)):8.0f}"
        )
        seen.choose("span", "All")
        tools = seen.page.context.new_cdp_session(seen.page)
        tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        seconds, delays = [], []
        for _ in range(TICKS):
            count += 1
            time.sleep(random.uniform(0.3, 0.8))
            before = _metric(tools, "TaskDuration")
            write(count)
            written = time.time() * 1000
            delays.append(_painted(seen, count) - written)
            seconds.append(_metric(tools, "TaskDuration") - before)
        print(f"  processor of a tick, ms  {median(seconds) * 1000:8.0f}")
        print(f"  file to pixels, ms       {median(delays):8.0f}")
        assert seen.complaints == []


def measure_memory(minutes: int) -> None:
    """Watch the page for so many minutes beside a run at 600 times the speed; print its memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "settings.toml").write_text(SETTINGS.read_text())
        orderflow(folder, "sample", "--hours", str(minutes * 10 + 2))
        quiet = ["--quiet", "--set", "dashboard.enabled=false"]
        command = [sys.executable, "-m", "orderflow_app.cli", "run", "--speed", "600", *quiet]
        with (
            subprocess.Popen(command, cwd=folder) as run,
            browser() as chromium,
            dashboard(folder / "out") as url,
            visit(chromium, url) as seen,
        ):
            seen.until("rows('price') > 5")
            tools = seen.page.context.new_cdp_session(seen.page)
            tools.send("Performance.enable")
            print("\nminute   bars   JavaScript, MB   nodes")
            for minute in range(minutes + 1):
                tools.send("HeapProfiler.collectGarbage")
                heap = _metric(tools, "JSHeapUsedSize") / 1e6
                print(f"{minute:6}{seen.rows('price'):7}{heap:17.1f}{_metric(tools, 'Nodes'):8.0f}")
                seen.page.wait_for_timeout(60_000 if minute < minutes else 0)
            run.terminate()
            assert seen.complaints == []


def _frames(seen: Visit, move: Callable[[Visit], None]) -> float:
    """Return how many frames a second were painted while something moved."""
    begin = seen.page.evaluate("[performance.now(), orderflow.frames]")
    move(seen)
    end = seen.page.evaluate("[performance.now(), orderflow.frames]")
    return float((end[1] - begin[1]) / (end[0] - begin[0]) * 1000)


def _drag(seen: Visit) -> None:
    seen.point(200, 150)
    seen.page.mouse.down()
    for step in range(MOVES):
        seen.point(200 + 3 * abs(step % 80 - 40), 150)
    seen.page.mouse.up()


def _wheel(seen: Visit) -> None:
    seen.point(500, 150)
    for step in range(MOVES):
        seen.page.mouse.wheel(0, -30 if step % 40 < 20 else 30)


def _metric(tools: CDPSession, name: str) -> float:
    metrics: list[Any] = tools.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == name))


def _painted(seen: Visit, count: int) -> float:
    """Return when a bar that was written last is on the screen, in ms since the epoch."""
    found: float = seen.page.evaluate(
        """last => new Promise(done => {
            const look = () => {
                const {x} = orderflow.data("price").series[0];
                if (x.at(-1) === last) requestAnimationFrame(() => done(Date.now()));
                else requestAnimationFrame(look);
            };
            look();
        })""",
        START + (count - 1) * MINUTE,
    )
    return found
