"""What a browser is sent: once the whole, then what has changed."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from orderflow_app.dashboard.figures.style import THEMES
from orderflow_app.dashboard.reading.reader import View
from orderflow_app.dashboard.updates import Have, chart_update

from orderflow_core.contract.shapes import OHLC_FILE
from tests.app.dashboard.files import bars, series
from tests.app.dashboard.views import view

DARK = THEMES["dark"]


def update(shown: View, have: object = None, hidden: tuple[str, ...] = ()) -> dict[str, Any] | None:
    return chart_update(shown, DARK, hidden, Have.of(have))


def whole(shown: View) -> dict[str, Any]:
    found = update(shown)
    assert found is not None
    return found


def apply(figure: Any, tails: list[dict[str, Any]]) -> Any:
    """Do what the browser does with tails."""
    figure = copy.deepcopy(figure)
    for tail in tails:
        trace = figure["data"][tail["trace"]]
        for path, values in tail["columns"].items():
            *heads, leaf = path.split(".")
            place = trace[heads[0]] if heads else trace
            kept = list(place[leaf])[tail["drop"] : tail["drop"] + tail["keep"]]
            place[leaf] = kept + values
    return figure


def columns(figure: Any) -> list[Any]:
    names = ("x", "y", "open", "high", "low", "close")
    return [
        {name: list(trace[name]) for name in names if trace.get(name) is not None}
        for trace in figure["data"]
    ]


def test_a_browser_without_anything_gets_the_whole_chart() -> None:
    found = whole(view())

    assert len(found["figure"]["data"]) == 3
    assert found["instrument"] == "TEST-USDT"
    assert "tails" not in found


def test_a_browser_that_has_it_all_gets_nothing() -> None:
    assert update(view(), whole(view())["have"]) is None


def test_new_rows_come_as_tails_that_give_the_whole() -> None:
    before = whole(view(3))
    found = update(view(5, stamp=2), before["have"])

    assert found is not None
    assert "figure" not in found
    assert found["base"] == before["have"]
    assert [len(tail["columns"]["x"]) for tail in found["tails"]] == [3, 3, 3]
    after = whole(view(5, stamp=2))
    assert columns(apply(before["figure"], found["tails"])) == columns(after["figure"])
    assert found["have"] == after["have"]


def test_rows_that_leave_at_the_front_are_dropped() -> None:
    before = whole(view(3))
    moved = replace(view(3, stamp=2), bars=OHLC_FILE.validate_python(bars(3, first=1)))
    found = update(moved, before["have"])

    assert found is not None
    assert [(tail["drop"], tail["keep"]) for tail in found["tails"]] == [(1, 1), (1, 1), (0, 2)]


def test_labels_follow_the_last_values() -> None:
    found = update(view(5, stamp=2), whole(view(3))["have"])

    assert found is not None
    assert found["overlay"]["annotations"][-1]["text"] == "105.0"


@pytest.mark.parametrize(
    "changed",
    [
        view(metrics={"obi": series(3), "mine": series(3, "Mine", "mine")}),
        view(metrics={}),
        view(metrics={"obi": series(3, style="line")}),
        view(run={"started_at": "2026-01-02T00:00:00.000+00:00"}),
        replace(view(), instrument="OTHER"),
        replace(view(stamp=2), bars=OHLC_FILE.validate_python(bars(3, first=50))),
    ],
    ids=["appeared", "vanished", "style", "another run", "another instrument", "jumped"],
)
def test_what_is_no_growth_comes_as_a_whole(changed: View) -> None:
    found = update(changed, whole(view())["have"])

    assert found is not None
    assert "figure" in found


def test_another_theme_comes_as_a_whole() -> None:
    found = chart_update(view(), THEMES["light"], (), Have.of(whole(view())["have"]))

    assert found is not None
    assert "figure" in found


def test_a_hidden_pane_comes_as_a_whole() -> None:
    found = update(view(), whole(view())["have"], hidden=("obi",))

    assert found is not None
    assert len(found["figure"]["data"]) == 2


@pytest.mark.parametrize(
    "nonsense", [None, 5, "x", {}, {"files": "a", "layout": "b", "traces": [[1, 2]]}]
)
def test_nonsense_from_a_browser_is_as_nothing(nonsense: object) -> None:
    assert Have.of(nonsense) is None
