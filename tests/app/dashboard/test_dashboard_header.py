"""The header and the notices, as text."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from orderflow_app.dashboard import header
from orderflow_app.dashboard.reading.reader import State, View

from tests.app.dashboard.views import view


def text(content: Any) -> str:
    """Return all text of components, in order."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list | tuple):
        return " ".join(filter(None, map(text, content)))
    parts = (getattr(content, name, None) for name in ("title", "children"))
    return " ".join(filter(None, map(text, parts)))


def test_the_last_price_and_its_change_since_a_moment_that_is_named() -> None:
    shown = view(3)

    assert text(header.price(replace(shown, since=shown.bars[0]))) == (
        "103.0 +3.0 (+3.00 %) since 2025-06-01 00:00:00 UTC"
    )


def test_no_bars_have_no_price() -> None:
    assert header.price(view(bars=[])) == []


@pytest.mark.parametrize(
    ("state", "shown"),
    [("live", "Live"), ("stale", "Stale"), ("ok", "Finished"), ("failed", "Failed")],
)
def test_the_state_of_the_run(state: State, shown: str) -> None:
    assert shown in text(header.status(view(state=state)))


def test_a_live_run_has_a_lag_and_its_gaps_in_the_place_of_progress() -> None:
    gaps = [
        {"after": 1_748_736_000_000, "before": 1_748_736_001_000, "reason": "book: disconnect"},
        {"after": 0, "before": 90_000},
    ]
    run = {"status": "running", "lag_seconds": 0.26, "gaps": gaps}
    shown = text(header.status(view(run=run)))

    assert "Lag 0.3 s" in shown
    assert "Progress" not in shown
    assert "2025-06-01 00:00:00 UTC: book: disconnect 1 gaps" in shown


def test_what_the_run_has_done() -> None:
    run = {
        "simulated": True,
        "status": "running",
        "progress": 0.376,
        "settings": {"source": {"speed": 60.0}},
        "counts": {
            "windows": 5000,
            "trades": 1234,
            "refused": {"no size": 2, "no price": 1},
        },
    }
    shown = text(header.status(view(run=run)))

    assert "SIMULATED" in shown
    assert "3 refused" in shown
    assert "2 × no size" in shown
    assert "Progress 38 %" in shown
    assert "Data time 2025-06-01 00:00:00 UTC" in shown
    assert "60× · 2,500 rows/s" in shown
    assert "Trades 1,234" in shown


@pytest.mark.parametrize(
    ("now", "shown"),
    [({"speed": 5.0}, "5× ·"), ({"speed": "max"}, "max ·"), ({"paused": True}, "paused ·")],
)
def test_the_speed_is_that_of_now(now: dict[str, object], shown: str) -> None:
    run = {"settings": {"source": {"speed": 60.0}}, **now}

    assert shown in text(header.status(view(run=run)))


@pytest.mark.parametrize("speed", [10**400, -1, 0, True, "fast", None, [1]])
def test_a_speed_that_is_none_is_not_shown(speed: object) -> None:
    shown = text(header.status(view(run={"settings": {"source": {"speed": speed}}})))

    assert ("1× ·" if speed is True else "max ·") in shown


def test_a_real_market_is_not_called_simulated() -> None:
    assert "SIMULATED" not in text(header.status(view()))


def test_a_failed_plugin_stands_in_plain_sight() -> None:
    plugins = [{"name": "mine", "status": "failed", "error": "division by zero"}]
    shown = text(header.notices(view(run={"plugins": plugins}), Path("out")))

    assert shown == "Plugin mine failed division by zero"


def test_a_fault_is_named_and_the_picture_said_to_be_old() -> None:
    shown = text(header.notices(view(faults={"run.json": "run.json is missing"}), Path("out")))

    assert "Not up to date" in shown
    assert "The last good picture is shown. run.json is missing" in shown


def test_a_silent_run_is_told() -> None:
    shown = text(header.notices(view(state="stale", written=0.0), Path("out")))

    assert "Nothing was written since 1970-01-01 00:00:00 UTC" in shown


def test_a_run_that_writes_elsewhere_is_pointed_to() -> None:
    shown = text(header.notices(view(), Path("out"), "OTHER-USDT"))

    assert shown.startswith("A run writes elsewhere The files of  OTHER-USDT")


def test_all_is_well_without_a_notice() -> None:
    assert header.notices(view(), Path("out")) == []


def test_what_makes_the_results_doubtful_is_told() -> None:
    run = {"warnings": ["5 of 10 (50.0%) book rows are late", "7 rows were refused"]}
    shown = text(header.notices(view(run=run), Path("out")))

    assert "5 of 10 (50.0%) book rows are late; 7 rows were refused" in shown


def test_a_first_visit_says_what_to_run() -> None:
    shown = text(header.notices(View("", ""), Path("out")))

    assert "No data yet" in shown
    assert "orderflow run --config settings.toml" in shown
