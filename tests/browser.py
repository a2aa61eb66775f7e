"""Debian's Chromium on the dashboard, and what it had to complain about."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from orderflow_app.dashboard.server import make_server
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright
from werkzeug.serving import ThreadedWSGIServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 60_000
"""How long a page may take until something is so: that of a machine that has other work."""
expect.set_options(timeout=PATIENCE_MS)
_CHART = """
    const {data, view: {range}} = window.orderflow, shown = data();
    const all = shown.flatMap(name => data(name)?.series ?? []);
    const series = key => all.find(each => each.key === key);
    const rows = key => series(key)?.rows;
"""


@dataclass
class Visit:
    """A page of the dashboard, and all that a user would rather not see."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def chart(self, expression: str) -> Any:
        """Return what an expression gives; `data(pane)` is what is drawn, `shown` its panes."""
        return self.page.evaluate(f"(() => {{ {_CHART}; return {expression}; }})()")

    def until(self, condition: str) -> None:
        """Wait until a condition of the chart holds, in the words of `chart`."""
        self.page.wait_for_function(
            f"(() => {{ {_CHART}; return shown.length && range && ({condition}); }})()"
        )

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so outside of the chart, while the page goes on."""
        end = monotonic() + PATIENCE_MS / 1000
        while not condition():
            assert monotonic() < end, "it did not come to that"
            self.page.wait_for_timeout(50)

    def show(self, choice: str) -> None:
        """Choose the stretch of time in sight, and wait until it is there."""
        self.choose("span", choice)
        span = choice.replace(" ", "").lower()
        self.until(f"orderflow.view.span === '{span}' && orderflow.view.width")

    def wait_for_trades(self) -> None:
        """Wait until all trades of the files are there, which come in several answers."""
        trades = "orderflow.flow.held.trades"
        self.until(f"{trades}.epoch && {trades}.extent[0] <= {trades}.first")

    def rows(self, key: str) -> int:
        """Return how many rows a series has."""
        count: int = self.chart(f"rows('{key}')")
        return count

    def range(self) -> list[float]:
        """Return the range of time in sight, in ms."""
        found: list[float] = self.chart("range")
        return found

    def box(self, selector: str) -> FloatRect:
        """Return where an element is."""
        found = self.page.locator(selector).bounding_box()
        assert found is not None
        return found

    def point(self, x: float, y: float) -> None:
        """Move the mouse to a place of the chart, in pixels from its corner."""
        box = self.box("#chart")
        self.page.mouse.move(box["x"] + x, box["y"] + y)

    def choose(self, component: str, choice: str) -> None:
        """Click one of the choices of a segmented control."""
        self.page.locator(f"#{component} label", has_text=choice).click()


@contextmanager
def browser() -> Iterator[Browser]:
    """Give a browser; there must be one."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@contextmanager
def dashboard(data: Path) -> Iterator[str]:
    """Serve a data folder from a thread; give the address."""
    server = ThreadedWSGIServer("127.0.0.1", 0, make_server(data, "127.0.0.1"))
    server.daemon_threads = False  # so that closing waits for those that still answer
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def visit(
    browser: Browser, url: str, width: int = 1366, height: int = 768, **options: Any
) -> Iterator[Visit]:
    """Open the dashboard; give the page as soon as the server answers."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    found = Visit(page, url)
    page.on("console", lambda said: found.complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: found.complaints.append(f"error: {error}"))
    page.on("request", lambda asked: _check(found, asked.url))
    page.goto(url)
    page.wait_for_selector("#toolbar")
    yield found
    context.close()


def _check(found: Visit, url: str) -> None:
    if not url.startswith((found.url, "blob:", "data:")):
        found.complaints.append(f"a request to another host: {url}")
