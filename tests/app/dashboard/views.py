"""Views of what the files hold, without files."""

from typing import Any

from orderflow_app.dashboard.reading.reader import View
from orderflow_app.dashboard.reading.shapes import BARS, DEPTH, RUN, SERIES

from tests.app.dashboard.files import DEPTH as LEVELS
from tests.app.dashboard.files import bars, report, series


def view(count: int = 3, stamp: int = 1, **changes: Any) -> View:
    """Return a view of so many bars and OBI rows; a stamp stands for the files' times."""
    metrics = changes.pop("metrics", {"obi": series(count)})
    stamps = dict.fromkeys(("ohlc_data.json", "series_data.json"), (stamp, 1, 1))
    given = {
        "bars": BARS.validate_python(bars(count)),
        "depth": DEPTH.validate_python(LEVELS),
        "series": SERIES.validate_python({"series": metrics}).series,
        "run": RUN.validate_python(report(**changes.pop("run", {}))),
        "state": "ok",
        "stamps": stamps,
    }
    return View("TEST-USDT", "version", **{**given, **changes})
