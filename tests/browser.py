"""Debian's Chromium on the dashboard, and what it had to complain about."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from orderflow_app.dashboard.server import make_server
from playwright.sync_api import Browser, Page, sync_playwright
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
PLOT = "document.querySelector('#chart .js-plotly-plot')"


@dataclass
class Visit:
    """A page of the dashboard, and all that a user would rather not see."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def chart(self, expression: str) -> Any:
        """Return what an expression of the chart, `chart`, gives."""
        return self.page.evaluate(f"(() => {{ const chart = {PLOT}; return {expression}; }})()")

    def until(self, condition: str) -> None:
        """Wait until a condition of the chart, `chart`, holds."""
        self.page.wait_for_function(
            f"(() => {{ const chart = {PLOT}; return chart?.data?.length && ({condition}); }})()"
        )

    def rows(self, name: str) -> int:
        """Return how many rows a trace has."""
        count: int = self.chart(f"chart.data.find(trace => trace.name === '{name}').x.length")
        return count

    def range(self) -> list[float]:
        """Return the range of time in sight, in ms."""
        found: list[float] = self.chart(
            "chart._fullLayout.xaxis.range.map(chart._fullLayout.xaxis.r2l)"
        )
        return found

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
    context.set_default_timeout(15_000)
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
