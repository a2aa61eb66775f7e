"""What a browser is sent of the chart: once the whole, then what has changed."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from orderflow_app.dashboard.reading.reader import View
from orderflow_app.dashboard.updates import Have, chart_update

from orderflow_core.contract.shapes import OHLC_FILE
from tests.app.dashboard.files import bars, series
from tests.app.dashboard.views import view


def update(shown: View, have: Any = None) -> dict[str, Any]:
    return chart_update(shown, Have.model_validate(have) if have else None)


def columns(update: dict[str, Any]) -> list[Any]:
    return [series["columns"] for pane in update["panes"] for series in pane["series"]]


def joined(whole: dict[str, Any], tails: list[dict[str, Any]]) -> list[Any]:
    """Do what the browser does with tails."""
    found = copy.deepcopy(columns(whole))
    for series_columns, tail in zip(found, tails, strict=True):
        for name, values in tail["columns"].items():
            kept = series_columns[name][tail["drop"] : tail["drop"] + tail["keep"]]
            series_columns[name] = kept + values
    return found


def test_a_browser_without_anything_gets_the_whole_chart() -> None:
    found = update(view())

    assert [pane["title"] for pane in found["panes"]] == [
        "Price", "Volume", "Order-book imbalance"
    ]  # fmt: skip
    assert (found["instrument"], found["simulated"], found["running"]) == (
        "TEST-USDT",
        False,
        False,
    )
    assert "tails" not in found


def test_new_rows_come_as_tails_that_give_the_whole() -> None:
    before = update(view(3))
    found = update(view(5), before["have"])

    assert "panes" not in found
    assert [len(tail["columns"]["x"]) for tail in found["tails"]] == [3, 3, 3]
    after = update(view(5))
    assert joined(before, found["tails"]) == columns(after)
    assert found["have"] == after["have"]


def test_rows_that_leave_at_the_front_are_dropped() -> None:
    before = update(view(3))
    moved = replace(view(3), bars=OHLC_FILE.validate_python(bars(3, first=1)))
    found = update(moved, before["have"])

    assert [(tail["drop"], tail["keep"]) for tail in found["tails"]] == [(1, 1), (1, 1), (0, 2)]


@pytest.mark.parametrize(
    "changed",
    [
        view(metrics={"obi": series(3), "mine": series(3, "Mine", "mine")}),
        view(metrics={}),
        view(metrics={"obi": series(3, style="line")}),
        view(run={"started_at": "2026-01-02T00:00:00.000+00:00"}),
        replace(view(), instrument="OTHER"),
        replace(view(), bars=OHLC_FILE.validate_python(bars(3, first=50))),
    ],
    ids=["appeared", "vanished", "style", "another run", "another instrument", "jumped"],
)
def test_what_is_no_growth_comes_as_a_whole(changed: View) -> None:
    assert "panes" in update(changed, update(view())["have"])
