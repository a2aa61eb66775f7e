"""The pictures of the documentation: `uv run python -m tests.screenshots`.

A simulated market is written, run with the repository's settings and a metric of one's own, and
photographed in both themes.
"""

import shutil
import tempfile
from pathlib import Path

from tests.browser import browser, dashboard, visit
from tests.command import orderflow

REPOSITORY = Path(__file__).resolve().parents[1]
METRIC = '''
from orderflow_core import Metric, hookimpl


class Spread(Metric):
    """Quoted spread, in quote currency."""

    title, style, unit, color = "Spread", "line", "USDT", "#b58af0"

    @hookimpl
    def on_books(self, books):
        self.sample(books.timestamp, books.ask_price[:, 0] - books.bid_price[:, 0])
'''


def main() -> None:
    """Write docs/dashboard-dark.png and docs/dashboard-light.png."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(REPOSITORY / "settings.toml", folder)
        (folder / "spread.py").write_text(METRIC)
        with (folder / "settings.toml").open("a") as settings:
            settings.write('\n[plugins.spread]\nuse = "spread.py:Spread"\n')
        done = orderflow(folder, "run", "--no-serve", "--set", "dashboard.enabled=false")
        assert done.returncode == 0, done.stderr
        with browser() as chromium, dashboard(folder / "out") as url:
            for theme in ("Dark", "Light"):
                with visit(chromium, url, 1440, 860) as seen:
                    seen.choose("theme", theme)
                    seen.until("rows('price') === 120")
                    seen.page.wait_for_function("orderflow.flow.held.trades.extent[0] === 0")
                    seen.page.wait_for_function("orderflow.flow.held.cells.extent[0] === 0")
                    seen.point(560, 190)
                    seen.page.wait_for_timeout(1000)
                    path = REPOSITORY / "docs" / f"dashboard-{theme.lower()}.png"
                    path.parent.mkdir(exist_ok=True)
                    seen.page.screenshot(path=path)
                    print(f"{path.relative_to(REPOSITORY)}  {path.stat().st_size / 1e3:,.0f} kB")


if __name__ == "__main__":
    main()
