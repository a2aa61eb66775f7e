"""Views of what the files hold, without files."""

from typing import Any

from orderflow_app.dashboard.reading.reader import View

from orderflow_core.contract.files import OHLC, SERIES
from orderflow_core.contract.shapes import DEPTH_FILE, OHLC_FILE, RUN_FILE, SERIES_FILE
from tests.app.dashboard.files import DEPTH, bars, report, series


def view(count: int = 3, **changes: Any) -> View:
    """Return a view of so many bars and OBI rows."""
    metrics = changes.pop("metrics", {"obi": series(count)})
    stamps = dict.fromkeys((OHLC, SERIES), (1, 1, 1))
    given = {
        "bars": OHLC_FILE.validate_python(bars(count)),
        "depth": DEPTH_FILE.validate_python(DEPTH),
        "series": SERIES_FILE.validate_python({"series": metrics}).series,
        "run": RUN_FILE.validate_python(report(**changes.pop("run", {}))),
        "state": "ok",
        "stamps": stamps,
    }
    return View("TEST-USDT", "version", **{**given, **changes})
